from __future__ import annotations

from typing import Any

import pytest

from etl.quality.drift import drift


def report(chars_in: int, **rules: int) -> dict[str, Any]:
    removed = sum(rules.values())
    return {
        "output": {"documents": 2},
        "balance": {"chars_in": chars_in, "removed": removed, "inserted": 0},
        "rules": [{"rule": rule, "chars_removed": chars} for rule, chars in rules.items()],
        "distributions": {"chars_out": {"edges": [0, 10], "counts": [1, 1]}},
        "categories": {"encoding": {"utf-8": 2}},
        "sites": {},
        "recipe_digest": "a",
        "rules_digest": "b",
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


def test_nothing_in_gives_shares_of_nothing() -> None:
    found = drift(report(0), report(0))
    assert found is not None
    assert found["totals"]["removed_share"] == {"value": 0.0, "previous": 0.0}


def test_effect_sizes_are_given_of_the_stage_and_of_the_sites_that_both_runs_measured() -> None:
    shape = {"distributions": {"chars_out": {"counts": [0, 4]}}, "categories": {}}
    now = report(10) | {"distributions": {"chars_out": {"counts": [2, 0]}}, "sites": {"a": shape, "b": shape}}
    found = drift(now, report(10) | {"sites": {"a": shape, "c": shape}})
    assert found is not None
    assert found["effects"]["distributions"]["chars_out"]["kolmogorov_smirnov"] == 0.5
    assert found["effects"]["distributions"]["chars_out"]["stability_index"] > 0.4
    assert found["effects"]["categories"] == {"encoding": 0}
    still = {"stability_index": 0, "kolmogorov_smirnov": 0}
    assert found["sites"] == {"a": {"distributions": {"chars_out": still}, "categories": {}}}


@pytest.mark.parametrize("digest", ["recipe_digest", "rules_digest"])
def test_effect_sizes_are_given_only_between_runs_of_one_recipe_and_one_set_of_rules(digest: str) -> None:
    found = drift(report(10, menu=1), report(10) | {digest: "other"})
    assert found is not None
    assert (found["same_rules"], found["effects"], found["sites"]) == (False, None, None)
    assert found["new_rules"] == ["menu"], "what is new is told all the same"
