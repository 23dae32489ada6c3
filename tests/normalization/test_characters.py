from __future__ import annotations

import sys
import unicodedata

import polars as pl
import pytest

from etl.lines import BLANK
from etl.normalization.alphabet import INVISIBLE, JOINER, WHITE_CHARACTERS
from etl.normalization.characters import NFC_HINT, find_decomposed, find_entities, find_joints


def test_what_makes_a_line_blank_is_white_or_invisible() -> None:
    rest = set(BLANK) - set(WHITE_CHARACTERS) - set(JOINER) - {"\n", "\r"}
    assert pl.Series(sorted(rest)).str.contains(f"[{INVISIBLE}]").all()


def test_the_hint_finds_every_character_that_can_break_the_normal_form() -> None:
    surrogates = range(0xD800, 0xE000)
    characters = [chr(point) for point in range(sys.maxunicode + 1) if point not in surrogates]
    alone = [character for character in characters if unicodedata.normalize("NFC", character) != character]
    # What composes with a character before it is a mark, or a vowel or final consonant of Korean.
    marks = [character for character in characters if unicodedata.combining(character)]
    koreans = [chr(point) for point in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))]
    assert pl.Series([*alone, *marks, *koreans]).str.contains(NFC_HINT).all()


@pytest.mark.parametrize(
    ("text", "after"),
    [("e\u0301\u0301e\u0301", [(0, 2, "é"), (3, 5, "é")]), ("\u1100\u1161", [(0, 2, "가")]), ("é", [])],
)
def test_only_what_is_decomposed_is_composed(text: str, after: list[tuple[int, int, str]]) -> None:
    assert find_decomposed(text) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("&amp;amp;lt;", [(0, 12, "<")]),
        ("&amp;unknown;", [(0, 13, "&unknown;")]),
        ("&#10;", [(0, 5, " ")]),
        ("&#x4E2D&#x4E2D;", [(0, 7, "中"), (7, 15, "中")]),
        ("&#xD800;", [(0, 8, "\ufffd")]),
        ("&nbsp=1 &nbspx", []),
    ],
)
def test_references_are_read(text: str, after: list[tuple[int, int, str]]) -> None:
    assert find_entities(text) == after


@pytest.mark.parametrize(
    ("text", "glue"),
    [
        ("中 \n　文", ""),
        ("two\nwords", " "),
        ("well-\nknown", ""),
        ("1995\n2000", " "),
        ("共19\n95户", ""),
        ("用Word\n软件", ""),
        ("\nword", ""),
    ],
)
def test_lines_are_joined_by_what_stands_beside_the_cut(text: str, glue: str) -> None:
    ((_, _, after),) = find_joints(text)
    assert after == glue
