"""Sums and nearest lines within documents, against the same done line by line."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl.arrays import Flags
from etl.boilerplate.frame import Frame, between, running

DOCUMENTS = st.lists(st.lists(st.booleans(), min_size=1, max_size=6), min_size=1, max_size=5)
"""Documents, each a flag for each of its lines."""


def laid_out(documents: list[list[bool]]) -> tuple[Frame, Flags]:
    numbers = np.repeat(np.arange(len(documents)), [len(lines) for lines in documents])
    return Frame.of(numbers), np.array([flag for lines in documents for flag in lines])


@given(DOCUMENTS, st.integers(-8, 8), st.integers(-8, 8))
def test_sums_reach_as_far_as_the_document(documents: list[list[bool]], low: int, length: int) -> None:
    frame, flags = laid_out(documents)
    high = low + abs(length)
    expected = [
        sum(flag for at, flag in enumerate(lines) if low <= at - row <= high)
        for lines in documents
        for row in range(len(lines))
    ]
    assert frame.sums(running(flags.astype(np.int64)), low, high).tolist() == expected


@given(DOCUMENTS, st.integers(-8, 8).filter(bool))
def test_a_line_at_a_distance_is_of_the_same_document(documents: list[list[bool]], step: int) -> None:
    frame, flags = laid_out(documents)
    expected = [0 <= row + step < len(lines) and lines[row + step] for lines in documents for row in range(len(lines))]
    assert frame.at(flags, step).tolist() == expected


@given(DOCUMENTS)
def test_nearest_flagged_lines_are_of_the_same_document(documents: list[list[bool]]) -> None:
    frame, flags = laid_out(documents)
    above, below = frame.nearest(flags)
    since = [
        next((step for step in range(1, row + 1) if lines[row - step]), None)
        for lines in documents
        for row in range(len(lines))
    ]
    until = [
        next((step for step in range(1, len(lines) - row) if lines[row + step]), None)
        for lines in documents
        for row in range(len(lines))
    ]
    for nearest, lines, steps in ((above, frame.row - above.row, since), (below, below.row - frame.row, until)):
        assert nearest.found.tolist() == [step is not None for step in steps]
        assert lines[nearest.found].tolist() == [step for step in steps if step is not None]


@given(DOCUMENTS)
def test_edges_are_the_lines_outside_the_first_and_the_last(documents: list[list[bool]]) -> None:
    frame, flags = laid_out(documents)
    head, tail = frame.edges(flags)
    assert head.tolist() == [not any(lines[: row + 1]) for lines in documents for row in range(len(lines))]
    assert tail.tolist() == [not any(lines[row:]) for lines in documents for row in range(len(lines))]


@given(DOCUMENTS)
def test_counts_are_spread_over_the_lines_of_a_document(documents: list[list[bool]]) -> None:
    frame, flags = laid_out(documents)
    assert frame.spread(frame.counts(flags)).tolist() == [sum(lines) for lines in documents for _ in lines]


@given(DOCUMENTS)
def test_what_one_line_of_a_document_has_the_document_has(documents: list[list[bool]]) -> None:
    frame, flags = laid_out(documents)
    assert frame.having(flags).tolist() == [any(lines) for lines in documents for _ in lines]
    assert frame.totals(running(flags)).tolist() == [sum(lines) for lines in documents]


def test_stretches_may_touch() -> None:
    found = between(np.array([1, 3]), np.array([3, 4]), 5)
    assert found.tolist() == [False, True, True, True, False]
