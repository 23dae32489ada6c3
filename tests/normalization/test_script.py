from __future__ import annotations

from etl.normalization.script import _differences, find_traditional


def test_characters_that_stand_together_change_together() -> None:
    assert find_traditional("與後面的漢字") == [(0, 2, "与后"), (4, 5, "汉")]


def test_a_phrase_decides_how_a_character_is_read() -> None:
    assert find_traditional("乾坤，乾淨") == [(3, 5, "干净")]


def test_the_shortest_difference_is_booked_where_the_length_changes() -> None:
    assert _differences(5, "甲乙丙", "甲丙") == [(6, 7, "")]
