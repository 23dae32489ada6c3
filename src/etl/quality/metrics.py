"""What an expectation can be about: one table of measures, each a plain function of reports.

A measure gives a value for each thing that it looks at: for the stage as a whole (named ""), for each rule, for each
site. It is at its best at 0, and gives nothing where there is nothing to look at, such as no earlier run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from etl.quality.effects import jensen_shannon, kolmogorov_smirnov, stability_index
from etl.quality.sites import SITE_DOCUMENTS
from etl.recipe import MeasureName

__all__ = ["MEASURES", "Evidence", "Report", "inputs"]

Report = Mapping[str, Any]
"""A stage's report, or that of one site within it."""

FEWEST_RUNS = 3
"""Earlier runs that a median needs to be one."""

FEWEST_DOCUMENTS = 200
"""Documents in both of two runs whose shares by rule, bin or category are compared: of 200, the share of a rule
varies by 0.035 by chance (one standard deviation), and a histogram of 12 bins has a stability index of 0.11."""

DAMAGE = "damaged-bytes"
"""Rule that shows damaged bytes as U+FFFD."""


@dataclass(frozen=True)
class Evidence:
    """What a measure may look at; all are reports of one stage, or all of one site in it.

    Attributes:
        report: of this run.
        last: of the run before, if it was made by the same recipe and rules.
        earlier: of the last runs that did not fail, newest first.
        alike: those of them that the same recipe and rules made.
    """

    report: Report
    last: Report | None = None
    earlier: Sequence[Report] = ()
    alike: Sequence[Report] = ()

    @property
    def night(self) -> Evidence | None:
        """The same of what the run cleaned anew, if it took over the rest."""
        return self._of(lambda report: report.get("night")) if self.report.get("night") else None

    @property
    def sites(self) -> dict[str, Evidence]:
        """The same of each site that was measured by itself."""
        return {name: self._of(partial(_site, name)) for name in self.report["sites"]}

    def _of(self, part: Callable[[Report], Report | None]) -> Evidence:
        earlier, alike = ([one for one in map(part, reports) if one] for reports in (self.earlier, self.alike))
        return Evidence(part(self.report) or {}, part(self.last) if self.last else None, earlier, alike)


def _site(name: str, report: Report) -> Report | None:
    found: Report | None = report["sites"].get(name)
    return found


Measure = Callable[[Evidence], dict[str, float]]


def _documents(report: Report) -> int:
    return int(report["output"]["documents"])


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _whole(measure: Callable[[Report], float]) -> Measure:
    return lambda evidence: {"": measure(evidence.report)}


def _marked(mark: str) -> Measure:
    return _whole(lambda report: _share(report["marks"].get(mark, 0), _documents(report)))


def inputs(report: Report) -> int:
    """Documents and refused sources."""
    refused: int = sum(report["quarantined"].values())
    return _documents(report) + refused


def _quarantined(report: Report) -> float:
    return _share(sum(report["quarantined"].values()), inputs(report))


def _emptied(report: Report) -> float:
    return _share(report["distributions"]["chars_out"]["counts"][0], _documents(report))


def _damaged_characters(report: Report) -> float:
    damage = sum(rule["chars_inserted"] for rule in report["rules"] if rule["rule"] == DAMAGE)
    return _share(damage, report["balance"]["chars_out"])


def _removed_by_rule(evidence: Evidence) -> dict[str, float]:
    whole = evidence.report["balance"]["chars_in"]
    return {rule["rule"]: _share(rule["chars_removed"], whole) for rule in evidence.report["rules"]}


def _fall(now: float, usual: float | None) -> float:
    """Share of the usual number of documents that is missing."""
    return max(1 - now / usual, 0.0) if usual else 0.0


def _rise(now: float, usual: float | None) -> float:
    """Share of the usual number of documents that there is on top of it."""
    return max(now / usual - 1, 0.0) if usual else 0.0


def _volume(change: Callable[[float, float | None], float]) -> Measure:
    def measure(evidence: Evidence) -> dict[str, float]:
        usual = _median(_documents(report) for report in evidence.earlier)
        return {"": change(_documents(evidence.report), usual)} if usual else {}

    return measure


def _site_volume_fall(evidence: Evidence) -> dict[str, float]:
    now = _site_documents(evidence.report)
    usual = {site: count for site, count in _usual_sites(evidence).items() if count >= SITE_DOCUMENTS}
    return {site: _fall(now.get(site, 0), count) for site, count in usual.items()}


def _silent_sites(evidence: Evidence) -> dict[str, float]:
    """Documents that a site without any usually has; 0 for a site with documents."""
    now = _site_documents(evidence.report)
    return {site: 0.0 if site in now else count for site, count in _usual_sites(evidence).items()}


def _usual_sites(evidence: Evidence) -> dict[str, float]:
    """Median over earlier runs of each site's documents."""
    return _medians([_site_documents(report) for report in evidence.earlier])


def _site_documents(report: Report) -> dict[str, float]:
    return {row["value"]: row["documents"] for row in report["slices"]["site"] if row["value"] is not None}


def _same_input(evidence: Evidence) -> dict[str, float]:
    if evidence.last is None:
        return {}
    return {"": float(evidence.report["input"]["sha256"] == evidence.last["input"]["sha256"])}


def _hit_rates(report: Report) -> dict[str, float]:
    return {rule["rule"]: _share(rule["documents"], _documents(report)) for rule in report["rules"]}


def _usual_hit_rates(evidence: Evidence) -> dict[str, float]:
    """Median over earlier runs, of documents enough, of the share of documents that each rule hit."""
    return _medians([_hit_rates(report) for report in evidence.alike if _documents(report) >= FEWEST_DOCUMENTS])


def _hit_rate_change(evidence: Evidence) -> dict[str, float]:
    usual, now = _usual_hit_rates(evidence), _hit_rates(evidence.report)
    if not usual or _documents(evidence.report) < FEWEST_DOCUMENTS:
        return {}
    return {rule: abs(now.get(rule, 0.0) - usual.get(rule, 0.0)) for rule in sorted({*usual, *now})}


def _silent_rules(evidence: Evidence) -> dict[str, float]:
    """Documents that a rule without a hit would have hit at its usual rate; 0 for a rule with a hit."""
    now = _hit_rates(evidence.report)
    usual = _usual_hit_rates(evidence)
    return {rule: 0.0 if rule in now else rate * _documents(evidence.report) for rule, rate in usual.items()}


def _shapes(effect: Callable[[Sequence[int], Sequence[int]], float]) -> Measure:
    """An effect size of each distribution, against the run before."""

    def compare(now: Report, before: Report) -> dict[str, float]:
        shapes = now["distributions"].items()
        return {name: effect(shape["counts"], before["distributions"][name]["counts"]) for name, shape in shapes}

    return _against_last(compare)


def _categories(now: Report, before: Report) -> dict[str, float]:
    return {name: jensen_shannon(counts, before["categories"][name]) for name, counts in now["categories"].items()}


def _against_last(compare: Callable[[Report, Report], dict[str, float]]) -> Measure:
    def measure(evidence: Evidence) -> dict[str, float]:
        if evidence.last is None or min(map(_documents, (evidence.report, evidence.last))) < FEWEST_DOCUMENTS:
            return {}
        return compare(evidence.report, evidence.last)

    return measure


def _median(values: Iterable[float]) -> float | None:
    """The median, of runs enough."""
    known = list(values)
    return float(median(known)) if len(known) >= FEWEST_RUNS else None


def _medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each thing over some runs, 0 in a run that does not have it; nothing of too few runs."""
    names = sorted({name for run in runs for name in run})
    return {name: value for name in names if (value := _median(run.get(name, 0.0) for run in runs)) is not None}


MEASURES: Mapping[MeasureName, Measure] = {
    "balance-difference": _whole(
        lambda report: sum(abs(report["balance"][f"difference_{side}"]) for side in ("in", "out"))
    ),
    "unbalanced-documents": _whole(lambda report: report["unbalanced_documents"]),
    "not-rebuilt-documents": _whole(lambda report: report["not_rebuilt_documents"]),
    "lost-documents": _whole(lambda report: report["lost_documents"]),
    "quarantined-share": _whole(_quarantined),
    "low-confidence-share": _marked("low-confidence-encoding"),
    "damaged-share": _marked("damaged-characters"),
    "damaged-characters-share": _whole(_damaged_characters),
    "removed-share": _whole(lambda report: _share(report["balance"]["removed"], report["balance"]["chars_in"])),
    "rule-removed-share": _removed_by_rule,
    "all-boilerplate-share": _marked("all-boilerplate"),
    "emptied-share": _whole(_emptied),
    "volume-fall": _volume(_fall),
    "volume-rise": _volume(_rise),
    "site-volume-fall": _site_volume_fall,
    "same-input": _same_input,
    "rule-hit-change": _hit_rate_change,
    "silent-rule": _silent_rules,
    "silent-site": _silent_sites,
    "drift-stability": _shapes(stability_index),
    "drift-distance": _shapes(kolmogorov_smirnov),
    "drift-categories": _against_last(_categories),
}
"""By name, as the recipe spells it."""
