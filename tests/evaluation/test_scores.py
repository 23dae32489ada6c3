"""Figures by hand."""

from __future__ import annotations

import polars as pl
import pytest

from etl.evaluation.scores import agreement, document_f1, share

JUDGED = pl.DataFrame(
    {
        "doc_id": ["a", "a", "a", "a", "b", "c"],
        "chosen": [True, True, False, False, True, False],
        "wanted": [True, False, True, False, True, False],
        "chars": [10, 30, 10, 99, 50, 5],
    }
)


def test_agreement_pools_all_rows() -> None:
    found = agreement(JUDGED)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 3)
    assert found.f1 == pytest.approx(2 / 3)


def test_agreement_weighs_by_characters() -> None:
    found = agreement(JUDGED, "chars")
    assert found.precision == pytest.approx(60 / 90)
    assert found.recall == pytest.approx(60 / 70)
    assert found.f1 == pytest.approx(120 / 160)


def test_a_document_counts_as_much_as_any_other() -> None:
    # a: one hit, two chosen, two wanted; b: perfect; c: nothing wanted and nothing chosen.
    assert document_f1(JUDGED) == pytest.approx((0.5 + 1 + 1) / 3)


def test_nothing_wanted_but_something_chosen_is_worth_nothing() -> None:
    assert document_f1(pl.DataFrame({"doc_id": ["a"], "chosen": [True], "wanted": [False]})) == 0


def test_no_rows_are_no_error() -> None:
    empty = JUDGED.clear()
    assert agreement(empty) == (1, 1, 1)
    assert document_f1(empty) == 1
    assert share(empty["chosen"]) == 1


def test_share_counts_true() -> None:
    assert share(pl.Series([True, False, False, True])) == 0.5
