from __future__ import annotations

from typing import Any

import pytest

from etl.quality.drift import distance, drift


def report(chars_in: int, **rules: int) -> dict[str, Any]:
    removed = sum(rules.values())
    return {
        "output": {"documents": 2},
        "balance": {"chars_in": chars_in, "removed": removed, "inserted": 0},
        "rules": [{"rule": rule, "chars_removed": chars} for rule, chars in rules.items()],
        "distributions": {"chars_out": {"edges": [0, 10], "counts": [1, 1]}},
    }


def test_there_is_nothing_to_say_without_a_last_run() -> None:
    assert drift(report(10), None) is None


def test_rules_are_compared_by_the_share_that_they_removed() -> None:
    found = drift(report(100, menu=10, share=5), report(200, menu=10, login=20))
    assert found is not None
    assert found["rules"] == {
        "login": {"value": 0.0, "previous": 0.1},
        "menu": {"value": 0.1, "previous": 0.05},
        "share": {"value": 0.05, "previous": 0.0},
    }
    assert (found["new_rules"], found["gone_rules"]) == (["share"], ["login"])
    assert found["totals"]["chars_in"] == {"value": 100, "previous": 200}
    assert found["totals"]["removed_share"] == {"value": 0.15, "previous": 0.15}


def test_a_distribution_that_is_the_same_has_not_moved() -> None:
    found = drift(report(10), report(20))
    assert found is not None
    assert found["distributions"]["chars_out"] == {"distance": 0.0, "previous": [1, 1]}


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


def test_nothing_in_gives_shares_of_nothing() -> None:
    found = drift(report(0), report(0))
    assert found is not None
    assert found["totals"]["removed_share"] == {"value": 0.0, "previous": 0.0}
