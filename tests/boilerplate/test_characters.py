"""Counting characters by kind gives what counting them by regular expressions gives."""

from __future__ import annotations

import re

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from etl.boilerplate.characters import CODE_POINTS, HAN, KINDS, LONGEST_PART, han_characters, look_at
from etl.boilerplate.vocabulary import Vocabulary

TEXTS = st.lists(st.text(st.sampled_from("，。的是xZ9٣𝟗|“”甲 \U0010ffff") | st.characters(exclude_categories=["Cs"])))


def count_characters(texts: pl.Series) -> pl.DataFrame:
    look = look_at(texts, Vocabulary.of(["a"]))
    return pl.DataFrame({**look.counts, "chars": look.chars, "first": look.first, "last": look.last})


@given(TEXTS)
def test_each_kind_is_counted_in_each_text(texts: list[str]) -> None:
    counts = count_characters(pl.Series(texts, dtype=pl.String))
    assert counts["chars"].to_list() == [len(text) for text in texts]
    for name, characters in KINDS.items():
        assert counts[name].to_list() == [sum(each in characters for each in text) for text in texts]


def test_characters_at_either_end_are_told() -> None:
    counts = count_characters(pl.Series(["", "甲b。", "", "\U00020000", ""]))
    assert counts["chars"].to_list() == [0, 3, 0, 1, 0]
    assert counts["first"].to_list() == [0, ord("甲"), 0, 0x20000, 0]
    assert counts["last"].to_list() == [0, ord("。"), 0, 0x20000, 0]


def test_no_count_is_too_large() -> None:
    texts = pl.Series(["1" * LONGEST_PART, "1，" * 700, "", "，" * (LONGEST_PART + 1)])
    assert count_characters(texts).select("digits", "commas").rows() == [(255, 0), (700, 700), (0, 0), (0, 256)]


def test_numerals_are_the_digits_of_every_other_script() -> None:
    assert re.fullmatch(r"\d+", KINDS["numerals"])
    assert count_characters(pl.Series(["1２٣𝟗a一"])).select("digits", "numerals").row(0) == (1, 3)


def test_chinese_characters_are_those_that_regular_expressions_know() -> None:
    surrogates = range(0xD800, 0xE000)
    every = pl.Series([chr(code) for code in range(CODE_POINTS) if code not in surrogates])
    known = every.filter(every.str.contains(r"^\p{Han}$")).to_list()
    assert known == [chr(code) for first, last in HAN for code in range(first, last + 1)]


def test_chinese_characters_are_given_with_their_text() -> None:
    found = han_characters(pl.Series(["临江a", "", "\U0010ffff，桥桥"]))
    assert found.rows() == [(0, ord("临")), (0, ord("江")), (2, ord("桥")), (2, ord("桥"))]
