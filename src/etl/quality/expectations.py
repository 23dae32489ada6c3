"""Expectations: measures of a stage's report, each held against a warning and a failing threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from etl.recipe import Expectation

__all__ = ["MEASURES", "judge", "verdict_of"]

VERDICTS = ("pass", "warn", "fail")
"""From best to worst."""


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _marked(report: Mapping[str, Any], mark: str) -> float:
    return _share(report["marks"].get(mark, 0), report["output"]["documents"])


def _quarantined(report: Mapping[str, Any]) -> float:
    refused = sum(report["quarantined"].values())
    return _share(refused, refused + report["output"]["documents"])


def _emptied(report: Mapping[str, Any]) -> float:
    return _share(report["distributions"]["chars_out"]["counts"][0], report["output"]["documents"])


MEASURES: Mapping[str, Callable[[Mapping[str, Any]], float]] = {
    "balance-difference": lambda report: sum(abs(report["balance"][f"difference_{side}"]) for side in ("in", "out")),
    "quarantined-share": _quarantined,
    "low-confidence-share": lambda report: _marked(report, "low-confidence-encoding"),
    "damaged-share": lambda report: _marked(report, "damaged-characters"),
    "removed-share": lambda report: _share(report["balance"]["removed"], report["balance"]["chars_in"]),
    "all-boilerplate-share": lambda report: _marked(report, "all-boilerplate"),
    "emptied-share": _emptied,
}
"""What an expectation can be about, by name; each is at its best at 0."""


def judge(
    report: Mapping[str, Any], expectations: Iterable[Expectation], previous: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Hold a stage's report against what is expected of it.

    Args:
        report: the stage's report.
        expectations: of the recipe; those of other stages are passed over.
        previous: the same stage's report in the last run, if there is one.

    Returns:
        One entry an expectation: stage, measure, warn, fail, value, previous, verdict.
    """
    stage = report["stage"]
    balanced = Expectation(stage=stage, measure="balance-difference", fail=0)  # No recipe waives it.
    held = (balanced, *(expectation for expectation in expectations if expectation.stage == stage))
    return [_entry(expectation, report, previous) for expectation in held]


def _entry(expectation: Expectation, report: Mapping[str, Any], previous: Mapping[str, Any] | None) -> dict[str, Any]:
    measure = MEASURES[expectation.measure]
    value = measure(report)
    thresholds = (expectation.warn, expectation.fail)
    exceeded = [name for name, most in zip(VERDICTS[1:], thresholds, strict=True) if most is not None and value > most]
    return {
        "stage": report["stage"],
        "measure": expectation.measure,
        "warn": expectation.warn,
        "fail": expectation.fail,
        "value": value,
        "previous": measure(previous) if previous else None,
        "verdict": exceeded[-1] if exceeded else "pass",
    }


def verdict_of(entries: Iterable[Mapping[str, Any]]) -> str:
    """The worst verdict among some entries: pass, warn or fail."""
    return max((entry["verdict"] for entry in entries), key=VERDICTS.index, default="pass")
