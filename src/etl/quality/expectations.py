"""Expectations: what a stage's report must hold, each measure against a warning and a failing threshold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from etl.quality.metrics import MEASURES, Evidence, Report, inputs
from etl.quality.sites import SITE_DOCUMENTS
from etl.recipe import SITELESS, STAGE_OF, Expectation, MeasureName

__all__ = ["INVARIANTS", "judge", "told", "verdict_of"]

VERDICTS = ("pass", "warn", "fail")
"""From best to worst."""

INVARIANTS: tuple[MeasureName, ...] = (
    "balance-difference", "unbalanced-documents", "lost-documents", "not-rebuilt-documents",
)  # fmt: skip
"""What must be 0 in every stage that has it, whatever the recipe says."""

MOST_TOLD = 10
"""Rules or sites over a threshold that an entry names, the worst first."""


def judge(
    evidence: Evidence, expectations: Iterable[Expectation], previous: Report | None = None
) -> list[dict[str, Any]]:
    """Hold a stage's report against what is expected of it.

    Args:
        evidence: the stage's report, and those of earlier runs.
        expectations: of the recipe; those of other stages are passed over.
        previous: the stage's report in the last run, whichever rules made it.

    Returns:
        One entry an expectation: stage, measure, each, warn, fail, value (the worst), about (the site or rule that it
        is about, "" for the stage), previous (the same in the last run, null where it had none), judged (things looked
        at, 0 where there is nothing to compare with yet), exceeding (things over a threshold), exceeded (the worst of
        them, with their values), verdict.
    """
    stage = evidence.report["stage"]
    mine = (measure for measure in INVARIANTS if STAGE_OF.get(measure, stage) == stage)
    invariants = (Expectation(stage=stage, measure=measure, fail=0) for measure in mine)
    held = (*invariants, *(expectation for expectation in expectations if expectation.stage == stage))
    return [_entry(expectation, evidence, previous) for expectation in held]


def _entry(expectation: Expectation, evidence: Evidence, previous: Report | None) -> dict[str, Any]:
    values = _values(expectation, evidence)
    about = max(values, key=lambda name: values[name], default="")
    value = values.get(about, 0.0)
    exceeded = [name for name in values if _verdict(expectation, values[name]) != "pass"]
    worst = sorted(exceeded, key=lambda name: -values[name])[:MOST_TOLD]
    before = _values(expectation, Evidence(previous)) if previous else {}
    return {
        "stage": evidence.report["stage"],
        "measure": expectation.measure,
        "each": expectation.each,
        "warn": expectation.warn,
        "fail": expectation.fail,
        "value": value,
        "about": about,
        "previous": before.get(about),
        "judged": len(values),
        "exceeding": len(exceeded),
        "exceeded": [{"about": name, "value": values[name]} for name in worst],
        "verdict": _verdict(expectation, value),
    }


def _values(expectation: Expectation, evidence: Evidence) -> dict[str, float]:
    """Value of each thing that an expectation looks at."""
    measure = MEASURES[expectation.measure]
    if expectation.each == "stage":
        return measure(evidence)
    if expectation.each == "night":
        night = evidence.night
        enough = night and (expectation.measure in SITELESS or inputs(night.report) >= SITE_DOCUMENTS)
        return measure(night) if night and enough else {}
    return {
        f"{site}: {about}" if about else site: value
        for site, own in evidence.sites.items()
        for about, value in measure(own).items()
    }


def _verdict(expectation: Expectation, value: float) -> str:
    thresholds = zip(VERDICTS[1:], (expectation.warn, expectation.fail), strict=True)
    return [VERDICTS[0], *(name for name, most in thresholds if most is not None and value > most)][-1]


def told(entry: Mapping[str, Any]) -> str:
    """An expectation that was not met, in one line: what, how much, of which site or rule, and how many more."""
    night = " of the night" if entry["each"] == "night" else ""
    others = f" and {entry['exceeding'] - 1} more" if entry["exceeding"] > 1 else ""
    about = f" ({entry['about']}{others})" if entry["about"] else ""
    most = entry[entry["verdict"]]
    return f"{entry['stage']} {entry['measure']}{night} {entry['value']:.3g}, over {most:.3g}{about}"


def verdict_of(entries: Iterable[Mapping[str, Any]]) -> str:
    """The worst verdict among some entries: pass, warn or fail."""
    return max((entry["verdict"] for entry in entries), key=VERDICTS.index, default="pass")
