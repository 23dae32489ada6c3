"""From a stage's figures to the JSON of its report.

A report is a function of what is on disk, so that it can be rebuilt at any time; only the seconds and the memory that
it states come from the run itself. Histograms have fixed edges, so that two runs compare by reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from etl.quality.figures import CATEGORIES, DISTRIBUTIONS, ROW_A_DOCUMENT, Figures
from etl.quality.sites import by_key, histogram, only, part_report, site_reports, slices
from etl.quality.totals import Totals

__all__ = ["REPORT_VERSION", "Found", "Usage", "balance_of", "run_report", "stage_report"]

REPORT_VERSION = 2
"""Version of the reports' keys and meanings; runs whose reports differ in it are not compared."""

NEWS = ("new", "changed")
"""Changes that bring bytes which no earlier run has seen."""


@dataclass(frozen=True)
class Usage:
    """What a stage cost.

    Attributes:
        wall_seconds: from the end of the stage before it, whose report is written meanwhile, to its own end.
        cpu_seconds: summed over all processes.
        peak_memory_mb: of the largest process so far, in 10^6 bytes.
        input_bytes: of the sources that it cleaned, which an incremental run does not with all.
    """

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    input_bytes: int = 0


@dataclass(frozen=True)
class Found:
    """What a manifest says of the input.

    Attributes:
        sources: how many there were; null if that is not known.
        incremental: whether the run cleaned only what was new or changed.
    """

    sources: int | None = None
    incremental: bool = False

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Found:
        """That of a run's manifest."""
        return cls(manifest["sources"], manifest["changes"] is not None)


NOT_KNOWN = Found()


def stage_report(totals: Totals, stage: str, usage: Usage, found: Found = NOT_KNOWN) -> dict[str, Any]:
    """Report on one stage.

    Args:
        totals: of the stage, over all documents.
        stage: its name.
        usage: what it cost.
        found: what the manifest says of the input.

    Returns:
        The report, ready for JSON; see `docs/report.md` for its keys.
    """
    figures = totals.figures
    documents = figures["documents"].select(pl.col(pl.Int64).sum()).row(0, named=True)
    decode = stage == "decode"
    cleaned = only(figures, NEWS) if found.incremental else figures
    return {
        "report_version": REPORT_VERSION,
        "stage": stage,
        "input": _totals(documents, "in") | ({"sha256": totals.input_sha256} if decode else {}),
        "output": _totals(documents, "out"),
        "balance": balance_of(figures),
        "unbalanced_documents": documents["unbalanced"],
        "lost_documents": _lost(figures, stage, found.sources),
        "rules": _rules(figures["rules"], totals.top_lines),
        "marks": by_key(figures["marks"], "mark", "documents"),
        "quarantined": by_key(figures["refused"], "reason", "sources"),
        "categories": {name: _categories(figures, name) for name in CATEGORIES} if decode else {},
        "distributions": {
            name: {"edges": list(edges), "counts": _histogram(figures, name)} for name, edges in DISTRIBUTIONS.items()
        },
        "slices": {name: slices(figures, name) for name in ("site", "encoding")},
        "sites": site_reports(cleaned),
        "night": part_report(cleaned) if found.incremental else None,
        "usage": {**asdict(usage), "mb_per_cpu_second": _speed(usage)},
    }


def balance_of(figures: Figures) -> dict[str, int]:
    """The books of a stage: each side must be what was kept, and what the ledger says was removed or inserted."""
    chars_in, kept, chars_out = (int(figures["documents"][name].sum()) for name in ("chars_in", "kept", "chars_out"))
    removed, inserted = (int(figures["rules"][name].sum()) for name in ("removed", "inserted"))
    return {
        "chars_in": chars_in,
        "kept": kept,
        "removed": removed,
        "inserted": inserted,
        "chars_out": chars_out,
        "difference_in": chars_in - kept - removed,
        "difference_out": chars_out - kept - inserted,
    }


def run_report(stages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Sum up a run from its stages' reports."""
    first, last = stages[0], stages[-1]
    return {
        "report_version": REPORT_VERSION,
        "input": first["input"] | {"quarantined": sum(first["quarantined"].values())},
        "output": last["output"],
        "difference": sum(
            abs(stage["balance"][side]) for stage in stages for side in ("difference_in", "difference_out")
        ),
        "stages": [
            {name: stage[name] for name in ("stage", "input", "output", "balance", "usage")}
            | {"top_rules": [[rule["rule"], rule["chars_removed"]] for rule in _by_chars(stage["rules"])[:3]]}
            for stage in stages
        ],
        "expectations": [entry for stage in stages for entry in stage["expectations"]],
        "usage": {
            "wall_seconds": sum(stage["usage"]["wall_seconds"] for stage in stages),
            "cpu_seconds": sum(stage["usage"]["cpu_seconds"] for stage in stages),
            "peak_memory_mb": max(stage["usage"]["peak_memory_mb"] for stage in stages),
        },
    }


def _by_chars(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted((rule for rule in rules if rule["chars_removed"]), key=lambda rule: -rule["chars_removed"])


def _totals(documents: Mapping[str, int], side: str) -> dict[str, int]:
    return {"documents": documents["documents"]} | {name: documents[f"{name}_{side}"] for name in ("lines", "chars")}


def _lost(figures: Figures, stage: str, sources: int | None) -> int:
    """Documents in less those out and those refused, whichever way they differ, by datasets with a row a document."""
    documents, answers = int(figures["documents"]["documents"].sum()), int(figures["answers"]["rows"].sum())
    if stage == "decode":
        return 0 if sources is None else abs(sources - documents - int(figures["refused"]["sources"].sum()))
    return abs(documents - answers) if stage in ROW_A_DOCUMENT else 0


def _rules(rules: pl.DataFrame, lines: pl.DataFrame) -> list[dict[str, Any]]:
    """What each rule did, and the lines that it removed most often."""
    table = rules.group_by("rule").agg(
        pl.col("edits", "documents").sum(),
        chars_removed=pl.col("removed").sum(),
        chars_inserted=pl.col("inserted").sum(),
    )
    top: dict[str, list[dict[str, Any]]] = {}
    for rule, text, count in lines.select("rule", "text", "count").iter_rows():
        top.setdefault(rule, []).append({"text": text, "count": count})
    return [row | {"top_removed": top.get(row["rule"], [])} for row in table.sort("rule").to_dicts()]


def _categories(figures: Figures, name: str) -> dict[str, int]:
    return by_key(figures["categories"].filter(name=name), "value", "documents")


def _histogram(figures: Figures, name: str) -> list[int]:
    return histogram(by_key(figures["bins"].filter(distribution=name), "bin", "documents"), DISTRIBUTIONS[name])


def _speed(usage: Usage) -> float | None:
    """Raw input in 10^6 bytes a second of CPU."""
    return round(usage.input_bytes / 1e6 / usage.cpu_seconds, 2) if usage.cpu_seconds else None
