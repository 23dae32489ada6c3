from __future__ import annotations

import polars as pl
import pytest

from etl.schemas import DATASETS, Ledger, Quarantine, RawDocuments, conform


def test_conforming_orders_casts_and_adds_what_may_be_missing() -> None:
    frame = pl.DataFrame({"reason": ["empty"], "stage": ["decode"], "source": ["a"], "size_bytes": ["7"]})
    conformed = conform(frame, Quarantine)
    assert conformed.columns == list(Quarantine.column_names())
    assert conformed.rows() == [("a", 7, None, "decode", "empty", None)]
    assert Quarantine.is_valid(conformed)


def test_conforming_drops_what_the_contract_does_not_know() -> None:
    frame = pl.DataFrame({"source": ["a"], "stage": ["decode"], "reason": ["empty"], "scratch": [1]})
    assert "scratch" not in conform(frame, Quarantine).columns


def test_a_column_that_may_not_be_null_cannot_be_missing() -> None:
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="reason"):
        conform(pl.DataFrame({"source": ["a"], "stage": ["decode"]}), Quarantine)


def test_a_value_that_does_not_fit_its_column_is_refused() -> None:
    frame = pl.DataFrame({"source": ["a"], "stage": ["decode"], "reason": ["empty"], "size_bytes": ["many"]})
    with pytest.raises(pl.exceptions.InvalidOperationError):
        conform(frame, Quarantine)


@pytest.mark.parametrize("schema", [*DATASETS.values(), RawDocuments])
def test_offsets_and_counts_are_64_bit_and_every_column_says_what_it_is(schema: type[Ledger]) -> None:
    for name, column in schema.columns().items():
        assert column.dtype not in (pl.Int32, pl.UInt32, pl.UInt64), name
        assert column.description, name


@pytest.mark.parametrize("schema", DATASETS.values())
def test_an_empty_frame_keeps_the_contract(schema: type[Ledger]) -> None:
    assert schema.is_valid(pl.DataFrame(schema.create_empty()))
