from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.quality.effects import distance, jensen_shannon, kolmogorov_smirnov, stability_index

COUNTS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=20)


@pytest.mark.parametrize(
    ("now", "before", "moved"),
    [
        ([1, 1], [2, 2], 0.0),
        ([4, 0], [0, 9], 1.0),
        ([3, 1], [1, 1], 0.25),
        ([0, 0], [1, 1], 0.0),
        ([1, 0], [0, 0], 0.0),
    ],
)
def test_the_distance_is_the_share_of_documents_in_another_bin(now: list[int], before: list[int], moved: float) -> None:
    assert distance(now, before) == pytest.approx(moved)


def test_the_stability_index_is_that_of_the_books() -> None:
    expected = (0.6 - 0.5) * math.log(0.6 / 0.5) + (0.4 - 0.5) * math.log(0.4 / 0.5)
    assert stability_index([60, 40], [50, 50]) == pytest.approx(expected)


def test_an_empty_bin_counts_as_half_a_document_and_one_that_both_lack_as_none() -> None:
    expected = (1 / 3 - 2 / 3) * math.log((1 / 3) / (2 / 3)) * 2
    assert stability_index([0, 1, 0], [1, 0, 0]) == pytest.approx(expected)


def test_the_largest_difference_of_cumulated_shares() -> None:
    assert kolmogorov_smirnov([5, 5, 0], [0, 5, 5]) == pytest.approx(0.5)
    assert kolmogorov_smirnov([0, 0, 3], [2, 0, 0]) == pytest.approx(1)


def test_categories_that_only_one_run_has_are_compared_too() -> None:
    assert jensen_shannon({"utf-8": 3}, {"big5": 1}) == pytest.approx(1)
    half = jensen_shannon({"utf-8": 1, "gb18030": 1}, {"utf-8": 2})
    assert half == pytest.approx(
        math.sqrt(0.5 * 0.5 * math.log2(2) + 0.5 * (0.5 * math.log2(2 / 3) + math.log2(4 / 3)))
    )


@given(COUNTS)
def test_effects_are_bounded_symmetric_and_zero_between_equals(pairs: list[tuple[int, int]]) -> None:
    now, before = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    for effect in (distance, stability_index, kolmogorov_smirnov):
        assert effect(now, now) == pytest.approx(0, abs=1e-9)
        assert effect(now, before) == pytest.approx(effect(before, now))
        assert effect(now, before) >= 0
        if effect is not stability_index:
            assert effect(now, before) <= 1 + 1e-9
    tables = [{str(name): count for name, count in enumerate(counts)} for counts in (now, before)]
    assert 0 <= jensen_shannon(*tables) <= 1 + 1e-9
    assert jensen_shannon(tables[0], tables[0]) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("effect", [distance, stability_index, kolmogorov_smirnov])
def test_nothing_is_no_different_from_anything(effect: object) -> None:
    assert callable(effect)
    assert effect([0, 0], [1, 1]) == effect([1, 0], [0, 0]) == effect([], []) == 0
    assert jensen_shannon({}, {"utf-8": 1}) == 0
