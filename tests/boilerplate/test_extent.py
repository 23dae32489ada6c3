"""Where the article is: the stretch with the greatest sum, and the block around it where its form says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.boilerplate.extent import CAP, FLOOR, find_article
from etl.boilerplate.frame import Frame
from etl.boilerplate.standing import START_FAMILIES, Lines

NUMBERS = ("at", "document", "chars", "family", "twin")
"""Columns of lines that are numbers; the others are true or false."""


def article(scores: list[float], **columns: Sequence[object]) -> list[bool]:
    """The article of lines with some scores, all of them prose, where nothing else is said of them."""
    size = len(scores)
    families = columns.pop("family", [None] * size)
    given: dict[str, Sequence[object]] = {name: [0] * size for name in Lines._fields} | {"prose": [1] * size} | columns
    known: dict[str, Any] = {
        name: np.array(values, dtype=np.int64 if name in NUMBERS else np.bool_) for name, values in given.items()
    }
    of_families = {
        "family": np.array([0 if family is None else 1 for family in families]),
        "opening": np.array([family in START_FAMILIES for family in families]),
        "closing": np.array([family not in (None, *START_FAMILIES) for family in families]),
    }
    lines = Lines(**(known | of_families))
    inside = find_article(lines, np.array(scores, dtype=np.float64), Frame.of(lines.document))
    return [bool(one) for one in inside]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([-4, 3, 2, -1, 5, -6], [False, True, True, True, True, False]),
        ([-4, 3, -9, 5], [False, False, False, True]),
        ([5, -9, 5, 5], [False, False, True, True]),
        ([1], [True]),
    ],
)
def test_article_is_the_stretch_with_the_greatest_sum(scores: list[float], expected: list[bool]) -> None:
    assert article(scores) == expected


@given(st.lists(st.integers(-6, 6).map(float), min_size=1, max_size=30))
def test_no_other_stretch_has_a_greater_sum(scores: list[float]) -> None:
    inside = article(scores)
    sums = [sum(scores[a:b]) for a in range(len(scores)) for b in range(a + 1, len(scores) + 1)]
    if max(sums) > 0:
        assert sum(s for s, kept in zip(scores, inside, strict=True) if kept) == max(sums)


def test_documents_do_not_reach_into_each_other() -> None:
    assert article([3, -4, -4, 3], document=[0, 0, 1, 1]) == [True, False, False, True]


def test_where_no_article_stands_out_only_the_worst_lines_are_outside() -> None:
    assert article([-1, FLOOR - 1, -2]) == [True, False, True]


def test_line_that_a_rule_knows_costs_the_stretch_that_holds_it() -> None:
    assert article([2, 1, 2]) == [True, True, True]
    assert article([3, -0.5, 2], family=[None, "share", None]) == [True, False, False]


def test_salutation_above_the_article_belongs_to_it() -> None:
    assert article([-1, 5], announces=[True, False]) == [True, True]
    assert article([-1, 5], announces=[False, False]) == [False, True]
    assert article([FLOOR - 1, 5], announces=[True, False]) == [False, True]
    assert article([-1, 5], announces=[True, False], document=[0, 1]) == [True, True]


def test_list_of_facts_belongs_to_the_article_it_begins_in() -> None:
    scores = [5.0] + [-1.5] * 14
    assert sum(article(scores)) == 1
    assert all(article(scores, keyed=[True] * 15))


def test_official_document_keeps_its_block_whole() -> None:
    scores = [-5.0, -5, -5, 5, -1, -1, -4]
    families = ["government-header"] * 3 + [None] * 3 + ["app"]
    assert article(scores, family=families, official=[True] * 7) == [True] * 6 + [False]


def test_lines_that_recur_on_the_site_end_the_article_save_in_official_documents() -> None:
    recurs = [False, True, True, False]
    assert article([2, 1, 1, 3], recurs=recurs) == [False, False, False, True]
    assert article([2, 1, 1, 3], recurs=recurs, official=[True] * 4) == [True] * 4


def test_many_short_lines_do_not_outweigh_the_article() -> None:
    scores = [1.0, 1, 1, 1, 1, -9, 4]
    assert article(scores, prose=[False] * 5 + [True] * 2) == [False] * 6 + [True]


def test_one_line_cannot_outweigh_all_others() -> None:
    assert article([100, -CAP - 1, 5, 5])[2:] == [True, True]


def test_a_second_copy_of_the_article_is_of_the_article_with_its_heading() -> None:
    inside = article(
        [-1, 5, -9, -1, 5, 5],
        twin=[1, 2, 0, 1, 2, 0],
        prose=[False, True, False, False, True, True],
    )
    # The heading of the core was left out by its score, so the one of the copy is no copy of anything inside.
    assert inside == [False, True, False, False, True, True]
    inside = article(
        [-1, 5, -9, 5, -1, 5],
        twin=[1, 2, 0, 2, 1, 2],
        prose=[False, True, False, True, False, True],
    )
    assert inside == [True, True, False, True, True, True]


def test_a_short_line_that_the_article_has_too_is_no_copy_of_it() -> None:
    assert article([-2, -2, 5], twin=[1, 0, 1], prose=[False] * 3) == [False, False, True]
