"""From datasets and ledger to the JSON of a report.

A stage's report is a function of what is on disk, so that it can be rebuilt at any time; only the seconds and the
memory that it states come from the run itself. Histograms have fixed edges, so that two runs compare by reports.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import polars as pl

from etl.ledger import BREAK_RULES
from etl.quality.sites import StageRows, bin_of, site_reports, slices
from etl.sources import site_of

__all__ = ["LENGTH_EDGES", "REPORT_VERSION", "SHARE_EDGES", "Scan", "Usage", "run_report", "stage_report"]

REPORT_VERSION = 2
"""Version of the reports' keys and meanings; runs whose reports differ in it are not compared."""

TOP_LINES = 10
"""Most frequent removed lines that a rule shows."""

TOP_LINE_CHARS = 120
"""Code points; longer removed lines are paragraphs, which hardly ever recur often enough to head a list."""

LENGTH_EDGES = (0, 1, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000)
"""Code points a document; each bin includes its lower edge, and the last one is open."""

SHARE_EDGES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Share of a document's characters; each bin includes its lower edge, and the last one holds what lost all."""

INPUT_OF = {
    "decode": "decoded",
    "boilerplate": "decoded",
    "duplicates": "stripped",
    "sections": "deduplicated",
    "normalize": "sectioned",
}
"""Dataset whose characters a stage takes in; decode's characters come into being with its output."""

OUTPUT_OF = {
    "decode": "decoded",
    "boilerplate": "stripped",
    "duplicates": "deduplicated",
    "sections": "sectioned",
    "normalize": "documents",
}
"""Dataset whose characters a stage puts out."""

REMOVED_SHARE = pl.when(pl.col("chars_in") > 0).then((pl.col("chars_in") - pl.col("kept")) / pl.col("chars_in"))
"""Share of a document's characters that a stage did not keep; null where it has none."""

DISTRIBUTIONS: Mapping[str, tuple[pl.Expr, Sequence[float]]] = {
    "chars_out": (pl.col("chars_out"), LENGTH_EDGES),
    "removed_share": (REMOVED_SHARE, SHARE_EDGES),
}
"""Value of a document, and the edges that it is counted between."""

ROW_A_DOCUMENT = {"boilerplate": "metadata", "normalize": "documents"}
"""Dataset of a stage that has a row for every document; the others have one a line."""

NONE_REFUSED = pl.DataFrame(schema=dict.fromkeys(("source", "site", "reason"), pl.String))

NEWS = ("new", "changed")
"""Changes that bring bytes which no earlier run has seen."""

BALANCED = (pl.col("chars_in") == pl.col("kept") + pl.col("removed")) & (
    pl.col("chars_out") == pl.col("kept") + pl.col("inserted")
)
"""Whether a document's own books balance; in sums, one document's gap could fill another's."""

CHARS = pl.col("chars").sum().cast(pl.Int64)


class Scan(Protocol):
    """Gives a dataset of a run as a lazy frame; `prefix` narrows it to the parts of one stage."""

    def __call__(self, dataset: str, prefix: str = "") -> pl.LazyFrame:
        """Scan one dataset."""


@dataclass(frozen=True)
class Usage:
    """What a stage cost.

    Attributes:
        wall_seconds: from its start to its end.
        cpu_seconds: summed over all processes.
        peak_memory_mb: of the largest process, in 10^6 bytes.
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


def stage_report(scan: Scan, stage: str, usage: Usage, found: Found = NOT_KNOWN) -> dict[str, Any]:
    """Measure one stage.

    Args:
        scan: gives the run's datasets.
        stage: name of the stage.
        usage: what it cost.
        found: what the manifest says of the input.

    Returns:
        The report, ready for JSON; see `docs/report.md` for its keys.
    """
    documents = _per_document(scan, stage)
    rules = _rules(scan, stage)
    decode = stage == "decode"
    edits, marks = _changes(scan("ledger", f"{stage}-")), scan("marks", f"{stage}-")
    rows = StageRows(documents, edits, marks, _refused(scan) if decode else NONE_REFUSED, DISTRIBUTIONS)
    cleaned = rows.only(scan("changes").filter(pl.col("change").is_in(NEWS)).collect()) if found.incremental else rows
    return {
        "report_version": REPORT_VERSION,
        "stage": stage,
        "input": _totals(documents, "in") | ({"sha256": _input_digest(scan)} if decode else {}),
        "output": _totals(documents, "out"),
        "balance": _balance(documents, rules),
        "unbalanced_documents": documents.filter(~BALANCED).height,
        "lost_documents": _lost(scan, stage, found.sources),
        "rules": rules,
        "marks": _counts(marks.group_by("mark").agg(pl.col("doc_id").n_unique()), "mark"),
        "quarantined": _counts(rows.refused.lazy().group_by("reason").agg(pl.len()), "reason"),
        "categories": _categories(scan) if decode else {},
        "distributions": {
            name: _histogram(documents.select(value).to_series().drop_nulls(), edges)
            for name, (value, edges) in DISTRIBUTIONS.items()
        },
        "slices": {name: slices(documents, name) for name in ("site", "encoding")},
        "sites": site_reports(cleaned),
        "night": cleaned.report() if found.incremental else None,
        "usage": {**asdict(usage), "mb_per_cpu_second": _speed(usage)},
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


def _content(scan: Scan, dataset: str) -> pl.LazyFrame:
    """doc_id, lines, chars, slices of each document in a dataset; chars are counted, slices are measured."""
    if dataset == "decoded":
        return scan(dataset).select("doc_id", "lines", "chars", slices="chars")
    if dataset == "documents":
        chars = pl.col("text").str.len_chars().cast(pl.Int64)
        return scan(dataset).select("doc_id", lines="paragraphs", chars=chars, slices=chars)
    length = pl.col("end") - pl.col("start")
    return (
        scan(dataset)
        .select("doc_id", length=length, chars=pl.coalesce(pl.col("text").str.len_chars().cast(pl.Int64), length))
        .group_by("doc_id")
        .agg(lines=pl.len().cast(pl.Int64), chars=CHARS, slices=pl.col("length").sum())
    )


def _per_document(scan: Scan, stage: str) -> pl.DataFrame:
    """doc_id, site, encoding, lines_in, chars_in, lines_out, chars_out, kept, removed, inserted of each document."""
    names = {"lines": pl.Int64, "chars": pl.Int64, "slices": pl.Int64}
    table = scan("decoded").select("doc_id", "site", "encoding")
    for side, dataset in (("in", INPUT_OF[stage]), ("out", OUTPUT_OF[stage])):
        columns = _content(scan, dataset).rename({name: f"{name}_{side}" for name in names})
        table = table.join(columns, on="doc_id", how="left")
    filled = table.with_columns(pl.col(f"{name}_{side}").fill_null(0) for name in names for side in ("in", "out"))
    changes = _changes(scan("ledger", f"{stage}-")).group_by("doc_id").agg(pl.col("removed", "inserted").sum())
    narrows = stage not in ("decode", "normalize")
    kept = pl.col("slices_out") if narrows else pl.col("chars_out") - pl.col("inserted")
    booked = filled.join(changes, on="doc_id", how="left").with_columns(pl.col("removed", "inserted").fill_null(0))
    frame = booked.with_columns(kept=kept)
    if stage == "decode":
        # Its input is bytes; the characters that it takes in are those that sound bytes stand for.
        frame = frame.with_columns(chars_in=pl.col("kept") + pl.col("removed"))
    return frame.drop("slices_in", "slices_out").collect().sort("doc_id")


def _lost(scan: Scan, stage: str, sources: int | None) -> int:
    """Documents in less those out and those refused, whichever way they differ, by datasets with a row a document."""
    documents = _height(scan("decoded"))
    if stage == "decode":
        return 0 if sources is None else abs(sources - documents - _height(scan("quarantine")))
    return abs(documents - _height(scan(ROW_A_DOCUMENT[stage]))) if stage in ROW_A_DOCUMENT else 0


def _height(frame: pl.LazyFrame) -> int:
    height: int = frame.select(pl.len()).collect().item()
    return height


def _changes(ledger: pl.LazyFrame) -> pl.LazyFrame:
    return ledger.select(
        "doc_id",
        "rule",
        "before",
        removed=pl.col("before").str.len_chars().cast(pl.Int64),
        inserted=pl.col("after").str.len_chars().cast(pl.Int64).fill_null(0),
        vanished=pl.col("after").is_null(),
    )


def _totals(documents: pl.DataFrame, side: str) -> dict[str, int]:
    return {
        "documents": documents.height,
        "lines": int(documents[f"lines_{side}"].sum()),
        "chars": int(documents[f"chars_{side}"].sum()),
    }


def _balance(documents: pl.DataFrame, rules: list[dict[str, Any]]) -> dict[str, int]:
    chars_in, chars_out = int(documents["chars_in"].sum()), int(documents["chars_out"].sum())
    removed, inserted = (sum(rule[f"chars_{name}"] for rule in rules) for name in ("removed", "inserted"))
    kept = int(documents["kept"].sum())
    return {
        "chars_in": chars_in,
        "kept": kept,
        "removed": removed,
        "inserted": inserted,
        "chars_out": chars_out,
        "difference_in": chars_in - kept - removed,
        "difference_out": chars_out - kept - inserted,
    }


def _rules(scan: Scan, stage: str) -> list[dict[str, Any]]:
    """What each rule did, and the lines that it removed most often."""
    changes = _changes(scan("ledger", f"{stage}-"))
    table = changes.group_by("rule").agg(
        edits=pl.len(),
        documents=pl.col("doc_id").n_unique(),
        chars_removed=pl.col("removed").sum(),
        chars_inserted=pl.col("inserted").sum(),
    )
    lines = (
        changes.filter("vanished", pl.col("removed") <= TOP_LINE_CHARS, ~pl.col("rule").is_in(BREAK_RULES))
        .group_by("rule", text=pl.col("before").str.strip_chars())
        .agg(count=pl.len())
        .collect()
        .sort("rule", pl.col("count").cast(pl.Int64).neg(), "text")
        .group_by("rule", maintain_order=True)
        .head(TOP_LINES)
    )
    top: dict[str, list[dict[str, Any]]] = {}
    for rule, text, count in lines.select("rule", "text", "count").iter_rows():
        top.setdefault(rule, []).append({"text": text, "count": count})
    return [row | {"top_removed": top.get(row["rule"], [])} for row in table.collect().sort("rule").to_dicts()]


def _counts(table: pl.LazyFrame, key: str) -> dict[str, int]:
    """A two-column table of a key and a count, as a mapping ordered by key."""
    return {str(name): int(count) for name, count in table.collect().sort(key, nulls_last=True).iter_rows()}


def _refused(scan: Scan) -> pl.DataFrame:
    """source, site, reason: one row per refused source."""
    refused = scan("quarantine").select("source", "reason").collect()
    site = pl.col("source").map_elements(site_of, return_dtype=pl.String)
    return refused.select("source", site.alias("site"), "reason")


def _input_digest(scan: Scan) -> str:
    """SHA-256 over the names and digests of all sources, in the order of the names: equal inputs, equal digests."""
    names = pl.concat([scan(dataset).select("source", "sha256") for dataset in ("decoded", "quarantine")])
    digest = hashlib.sha256()
    for source, sha256 in names.collect().sort("source").iter_rows():
        digest.update(f"{source}\0{sha256}\n".encode())
    return digest.hexdigest()


def _categories(scan: Scan) -> dict[str, dict[str, int]]:
    decoded = scan("decoded")
    names = ("encoding", "encoding_evidence", "media_type")
    return {name: _counts(decoded.group_by(name).agg(pl.len()), name) for name in names}


def _histogram(values: pl.Series, edges: Sequence[float]) -> dict[str, list[float] | list[int]]:
    """Counts between fixed edges."""
    counts = [0] * len(edges)
    bins = pl.DataFrame({"value": values}).select(bin=bin_of(pl.col("value"), edges)).group_by("bin").len()
    for position, count in bins.iter_rows():
        counts[position] = count
    return {"edges": list(edges), "counts": counts}


def _speed(usage: Usage) -> float | None:
    """Raw input in 10^6 bytes a second of CPU."""
    return round(usage.input_bytes / 1e6 / usage.cpu_seconds, 2) if usage.cpu_seconds else None
