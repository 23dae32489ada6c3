from __future__ import annotations

from typing import Any

from etl.quality.audit import Earlier, audit
from etl.recipe import Expectation
from tests.quality.test_expectations import report

VOLUME = [Expectation(stage="decode", measure="volume-fall", fail=0.5)]


def night(documents: int, version: int = 2, rules: str = "r") -> dict[str, Any]:
    counts = {"chars_removed": 0, "inserted": 0, "chars_in": 1, "removed": 0, "difference_in": 0, "difference_out": 0}
    return report(
        documents=documents, report_version=version, recipe_digest="c", rules_digest=rules, balance=counts
    )  # fmt: skip


def test_reports_of_another_version_are_not_compared_and_that_is_said() -> None:
    earlier = Earlier(last=night(100, version=1), runs=[night(100, version=1)] * 3)
    found = audit(night(1), VOLUME, earlier)
    assert (found["drift"], found["left_out"]) == (None, 3)
    assert found["expectations"][-1]["judged"] == 0


def test_reports_of_the_same_version_are() -> None:
    found = audit(night(1), VOLUME, Earlier(last=night(100), runs=[night(100)] * 3))
    assert found["expectations"][-1]["verdict"] == "fail"
    assert found["drift"]["same_rules"]
    assert found["left_out"] == 0


def test_an_input_is_the_same_only_to_the_same_rules() -> None:
    same = [Expectation(stage="decode", measure="same-input", warn=0)]
    assert audit(night(1), same, Earlier(last=night(1)))["expectations"][-1]["verdict"] == "warn"
    assert audit(night(1), same, Earlier(last=night(1, rules="other")))["expectations"][-1]["judged"] == 0
