"""Equal values that stand together are one run, and the same value further down begins another."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl.adjacent import differs, starts_of


@given(st.lists(st.integers(0, 2), max_size=12))
def test_runs_are_those_that_a_look_at_each_value_finds(values: list[int]) -> None:
    runs = [list(run) for _, run in groupby(values)]
    array = np.array(values, dtype=np.uint32)
    assert np.diff(starts_of(array)).tolist() == [len(run) for run in runs]
    assert differs(array).tolist() == [place == 0 for run in runs for place in range(len(run))]
