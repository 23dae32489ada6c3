from __future__ import annotations

from typing import Any

import pytest

from etl.quality import judge, verdict_of
from etl.quality.expectations import MEASURES
from etl.recipe import Expectation


def report(stage: str = "decode", **parts: Any) -> dict[str, Any]:
    """A stage's report of ten documents, with nothing remarkable in it but what is given."""
    plain: dict[str, Any] = {
        "stage": stage,
        "output": {"documents": 10},
        "marks": {},
        "quarantined": {},
        "balance": {"chars_in": 100, "removed": 0, "difference_in": 0, "difference_out": 0},
        "distributions": {"chars_out": {"counts": [0, 10]}},
    }
    return plain | parts


def removed(share: float) -> dict[str, Any]:
    balance = {"chars_in": 100, "removed": 100 * share, "difference_in": 0, "difference_out": 0}
    return report("boilerplate", balance=balance)


@pytest.mark.parametrize(
    ("measure", "parts", "value"),
    [
        ("balance-difference", {"balance": {"difference_in": -3, "difference_out": 4}}, 7),
        ("quarantined-share", {"quarantined": {"empty": 4, "binary": 6}}, 0.5),
        ("low-confidence-share", {"marks": {"low-confidence-encoding": 1}}, 0.1),
        ("damaged-share", {"marks": {"damaged-characters": 2}}, 0.2),
        ("removed-share", {"balance": {"chars_in": 80, "removed": 20}}, 0.25),
        ("all-boilerplate-share", {"marks": {"all-boilerplate": 10}}, 1),
        ("emptied-share", {"distributions": {"chars_out": {"counts": [3, 7]}}}, 0.3),
    ],
)
def test_each_measure_is_a_figure_of_the_report(measure: str, parts: dict[str, Any], value: float) -> None:
    assert MEASURES[measure](report(**parts)) == value


def test_every_measure_of_nothing_is_at_its_best() -> None:
    nothing = report(output={"documents": 0}, balance=dict.fromkeys(report()["balance"], 0))
    assert {name: measure(nothing) for name, measure in MEASURES.items()} == dict.fromkeys(MEASURES, 0)


@pytest.mark.parametrize(
    ("share", "verdict"), [(0, "pass"), (0.2, "pass"), (0.21, "warn"), (0.4, "warn"), (0.41, "fail"), (1, "fail")]
)
def test_a_value_over_a_threshold_warns_or_fails(share: float, verdict: str) -> None:
    expectation = Expectation(stage="boilerplate", measure="removed-share", warn=0.2, fail=0.4)
    _, entry = judge(removed(share), [expectation])
    assert entry == {
        "stage": "boilerplate",
        "measure": "removed-share",
        "warn": 0.2,
        "fail": 0.4,
        "value": share,
        "previous": None,
        "verdict": verdict,
    }


def test_an_expectation_may_only_warn_or_only_fail() -> None:
    warns = Expectation(stage="boilerplate", measure="removed-share", warn=0.2)
    fails = Expectation(stage="boilerplate", measure="removed-share", fail=0.2)
    assert [entry["verdict"] for entry in judge(removed(0.5), [warns, fails])] == ["pass", "warn", "fail"]
    neither = Expectation(stage="boilerplate", measure="removed-share")
    assert judge(removed(1), [neither])[1]["verdict"] == "pass"


def test_the_books_must_balance_whatever_the_recipe_says() -> None:
    wrong = report(balance={"difference_in": 1, "difference_out": 0})
    (entry,) = judge(wrong, [])
    assert (entry["measure"], entry["verdict"]) == ("balance-difference", "fail")


def test_expectations_of_other_stages_are_passed_over() -> None:
    other = Expectation(stage="normalize", measure="emptied-share", fail=0)
    assert [entry["measure"] for entry in judge(report(), [other])] == ["balance-difference"]


def test_the_value_of_the_run_before_is_stated() -> None:
    expectation = Expectation(stage="boilerplate", measure="removed-share")
    assert judge(removed(0.5), [expectation], removed(0.25))[1]["previous"] == 0.25


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [([], "pass"), (["pass"], "pass"), (["warn", "pass"], "warn"), (["pass", "fail", "warn"], "fail")],
)
def test_the_verdict_of_a_run_is_its_worst(verdicts: list[str], worst: str) -> None:
    assert verdict_of([{"verdict": verdict} for verdict in verdicts]) == worst
