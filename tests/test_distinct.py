from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.distinct import find_rows, number_texts, number_values, rows_of

AMONG = pl.Series(["a", "b", "c"])
words = st.lists(st.sampled_from(["a", "b", "c", ""]))


@given(st.lists(st.sampled_from(["a", "b", "c", "", None])))
def test_distinct_values_are_numbered_as_they_come(several: list[str | None]) -> None:
    values, numbers = number_values(pl.Series(several, dtype=pl.String))
    assert values.to_list() == list(dict.fromkeys(several))
    assert values.gather(numbers).to_list() == several


@given(words)
def test_distinct_texts_are_numbered_those_last_that_stand_once(several: list[str]) -> None:
    texts, numbers = number_texts(pl.Series(several, dtype=pl.String))
    assert texts.to_list() == sorted(dict.fromkeys(several), key=lambda text: several.count(text) == 1)
    assert texts.gather(numbers).to_list() == several


@given(words)
def test_each_value_has_the_row_of_its_like(several: list[str]) -> None:
    rows = find_rows(pl.Series(several, dtype=pl.String), AMONG)
    assert rows.tolist() == [AMONG.to_list().index(value) if value else -1 for value in several]


def test_an_unknown_value_is_an_error_where_all_are_to_be_known() -> None:
    assert rows_of(pl.Series(["c", "c", "a"]), AMONG).tolist() == [2, 2, 0]
    with pytest.raises(KeyError, match="d"):
        rows_of(pl.Series(["a", "d", "b"]), AMONG)
