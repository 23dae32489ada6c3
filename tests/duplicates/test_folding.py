"""What counts when two lines are compared, and what does not."""

from __future__ import annotations

import polars as pl
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from etl.duplicates.folding import fold, fold_text

LINES = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=30), max_size=8)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("　　• 会议召开，任务明确。", "会议召开,任务明确."),
        ("ＡＢＣ１２３", "ABC123"),
        ("会\u200b议", "会议"),
        ("“会议”——召开……", "会议召开"),
        ("①会议", "1会议"),
    ],
)
def test_layout_punctuation_and_width_do_not_count(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("增长1.5万", "增长15万"), ("8:30", "830"), ("增长5%", "增长5"), ("（一）会议", "（二）会议"), ("a", "A")],
)
def test_letters_figures_and_numbers_count(one: str, other: str) -> None:
    assert fold_text(one) != fold_text(other)


def test_a_line_feed_is_white_space() -> None:
    assert fold_text("甲\n乙") == "甲乙"


def test_a_key_is_the_hash_of_the_folded_line() -> None:
    keys = fold(pl.Series(["会议，召开"])).keys()
    assert keys.tolist() == [xxhash.xxh3_64_intdigest("会议召开".encode("utf-16-le"))]


@given(LINES)
def test_lines_are_folded_each_for_itself(lines: list[str]) -> None:
    folded = fold(pl.Series(lines, dtype=pl.String))
    assert [folded.text(row) for row in range(len(lines))] == [fold_text(line) for line in lines]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_folding_again_changes_nothing_but_what_stood_between_figures(text: str) -> None:
    once = fold_text(text)
    assert fold_text(once) == once
