"""Auditing a stage's report: its expectations and its drift, against the reports of earlier runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etl.quality.drift import drift, same_rules
from etl.quality.expectations import judge
from etl.quality.metrics import Evidence, Report
from etl.recipe import Expectation

__all__ = ["Earlier", "audit"]


@dataclass(frozen=True)
class Earlier:
    """Reports of a stage in earlier runs.

    Attributes:
        last: of the run that readers use, if there is one.
        runs: of the last runs that did not fail, newest first.
    """

    last: Report | None = None
    runs: Sequence[Report] = ()


def audit(report: Mapping[str, Any], expectations: Iterable[Expectation], earlier: Earlier) -> dict[str, Any]:
    """Judge a stage's report, and say what changed.

    Args:
        report: of the stage, with the digests of the recipe and of the rules that made it.
        expectations: of the recipe.
        earlier: the stage's reports in earlier runs; those of another `report_version` are left out, for their keys
            mean something else.

    Returns:
        `expectations` (see `judge`), `drift` (see `drift`), and `left_out` (earlier reports of another version).
    """
    last = earlier.last if earlier.last and _readable(earlier.last, report) else None
    runs = [one for one in earlier.runs if _readable(one, report)]
    alike = [one for one in runs if same_rules(one, report)]
    comparable = last if last and same_rules(last, report) else None
    left_out = len(earlier.runs) - len(runs)
    return {
        "expectations": judge(Evidence(report, comparable, runs, alike), expectations, last),
        "drift": drift(report, last),
        "left_out": left_out,
    }


def _readable(one: Report, report: Report) -> bool:
    return bool(one["report_version"] == report["report_version"])
