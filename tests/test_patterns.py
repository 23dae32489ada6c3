"""Work that keeps its patterns has a thread of its own, and stays on it."""

from __future__ import annotations

from threading import Thread, current_thread

import polars as pl
import pytest

from etl.patterns import keeps_patterns


def test_work_has_one_thread_of_its_own() -> None:
    kept, other = keeps_patterns(current_thread), keeps_patterns(current_thread)
    assert kept() is kept()
    assert len({kept(), other(), current_thread()}) == 3


def test_work_gets_its_arguments_and_raises_what_it_raises() -> None:
    whole = keeps_patterns(int)
    assert whole("z", base=36) == 35
    with pytest.raises(ValueError, match="invalid literal"):
        whole("z")


def test_columns_are_selected_one_after_the_other_on_the_thread_that_asks() -> None:
    threads = list[Thread]()

    def noted(values: pl.Series) -> pl.Series:
        threads.append(current_thread())
        return values

    value = pl.col("value").map_batches(noted, return_dtype=pl.Int64)
    columns = {str(factor): value * factor for factor in range(4)}
    assert pl.DataFrame({"value": [1, 2]}).select_seq(**columns).row(1) == (0, 2, 4, 6)
    assert set(threads) == {current_thread()}
