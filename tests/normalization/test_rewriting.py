from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.ledger import Edit, apply_edits
from etl.normalization import characters, width
from etl.normalization.rewriting import (
    FEW,
    REWRITERS,
    ROUNDS,
    Rewriter,
    _rewrite_each,
    _rewrite_on_columns,
    active_rewriters,
    rewrite,
)
from etl.recipe import NormalizeOptions
from etl.rules import Rule, load_rules

RULES = load_rules("normalize", Rule)

CHARACTERS = (
    " \t\u3000\xa0\x0b\u2028\x00\u200b\u200d\ufeff\u0301\u1161\u1100\uf914\ufe0f\U0001f468"
    "eEaA1２Ａ．－％.,;:?!()（）［，。：；、…·•-*/“”\"'&《》第次年月日中文漢後"
)
STRINGS = ("amp;", "nbsp", "&nbsp;", "#8220", "lt;", "www.", "http://", "...")
TRICKY = st.lists(st.sampled_from((*CHARACTERS, *STRINGS)), max_size=24).map("".join)
"""Texts of what the rules look at, side by side in every order."""

DEFAULT = active_rewriters(NormalizeOptions())


def rewritten(text: str, rewriters: Sequence[Rewriter]) -> tuple[str, pl.DataFrame]:
    texts, pieces = rewrite(pl.Series([text]), rewriters)
    return texts.item(), pieces


def in_place(text: str) -> tuple[str, list[Edit]]:
    clean, pieces = rewritten(text, REWRITERS)
    return clean, [Edit(*row) for row in pieces.select("from", "to", "before", "after").iter_rows()]


def test_every_rule_is_in_the_table_and_has_an_option() -> None:
    assert [rewriter.rule for rewriter in REWRITERS] == [rule.id for rule in RULES][2:]
    assert {rewriter.option for rewriter in REWRITERS} == set(NormalizeOptions.model_fields) - {"join_lines"}


@given(TRICKY)
def test_the_edits_turn_the_text_into_the_clean_one(text: str) -> None:
    clean, changes = in_place(text)
    assert apply_edits(text, changes) == clean


@given(TRICKY)
def test_a_clean_text_stays_as_it_is(text: str) -> None:
    clean, _ = in_place(text)
    assert in_place(clean) == (clean, [])


@given(TRICKY)
def test_a_rule_finds_nothing_where_its_hint_does_not_match(text: str) -> None:
    for rewriter in REWRITERS:
        if not pl.Series([text]).str.contains(rewriter.hint).item():
            assert rewriter.find(text) == []


def test_many_texts_are_rewritten_as_few_are() -> None:
    texts = pl.Series([f"第{number} 条,中文 ２０" for number in range(FEW)])
    many, few = rewrite(texts, DEFAULT), [rewrite(texts[:-1], DEFAULT), rewrite(texts[-1:], DEFAULT)]
    assert many.texts.to_list() == [text for some in few for text in some.texts]
    assert many.pieces.drop("text").rows() == [row for some in few for row in some.pieces.drop("text").rows()]


@pytest.mark.parametrize(
    "asked", [width._FOLD, characters._WHITE_RUN, characters._STRAY, characters._DATE, characters._ELLIPSIS]
)
@given(text=TRICKY)
def test_asking_first_what_a_pattern_begins_with_loses_nothing(asked: re.Pattern[str], text: str) -> None:
    alone = re.compile(asked.pattern.split(")", 1)[1])
    assert [match.span() for match in asked.finditer(text)] == [match.span() for match in alone.finditer(text)]


def nested(levels: int) -> str:
    """A # that is written as &num;, the n of which is written as &#110;, and so on: each level takes two rounds."""
    return f"&&{nested(levels - 1)}110;um;" if levels else "#"


def test_a_text_of_endless_nesting_is_left_after_a_while() -> None:
    assert in_place(nested(ROUNDS // 2 - 1))[0] == "#"
    text = nested(ROUNDS)
    clean, changes = in_place(text)
    assert clean == nested(ROUNDS // 2)
    assert apply_edits(text, changes) == clean


def test_a_change_across_a_cut_is_booked_line_by_line() -> None:
    clean, pieces = rewritten("two \u3000\n  words", DEFAULT)
    assert clean == "two words"
    assert pieces.select("line", "from", "to", "before", "after").rows() == [
        (0, 3, 5, " \u3000", ""),
        (1, 0, 2, "  ", " "),
    ]


POINTED = st.text("中文第年”“，、《》,;:?!()（）12aAw./-. \u3000\t\u2000\x85\x00&•２Ａ％／＆｛｝．：ｗ…", max_size=16)


@given(st.lists(POINTED, max_size=5))
def test_what_is_done_on_columns_is_what_is_done_one_by_one(texts: list[str]) -> None:
    off = NormalizeOptions(invisible=False, stray_spaces=False, entities=False)
    for rewriters in (DEFAULT, active_rewriters(off)):
        column = pl.Series(texts, dtype=pl.String)
        together, each = _rewrite_on_columns(column, rewriters), _rewrite_each(column, rewriters)
        assert together.texts.to_list() == each.texts.to_list()
        assert together.pieces.sort("text", "from").rows() == each.pieces.sort("text", "from").rows()


LONG = (
    *("…" * 30000 + "x", "(" * 30000, "中" + " " * 30000 + "a", "👨" + "\u200d" * 30000 + "👨", "&" + "amp;" * 30000),
    *("中" + "," * 30000, "www." * 8000, "- " * 15000 + "5", "a" * 30000 + "://", '"' * 30000 + ",中"),
)


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:4])
def test_the_work_grows_with_the_length_of_a_text_alone(text: str) -> None:
    # A pattern that tried the partitions of a run, or each of its tails, would not come back from this.
    assert len(rewritten(text, DEFAULT)[0]) <= len(text)
