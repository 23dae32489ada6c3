"""What a run's manifest and reports say of it, as rows of the history tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from etl.datasets import CommittedRun
from etl.errors import BrokenPromiseError
from etl.files import file_sha256
from etl.warehouse.files import RunFiles
from etl.warehouse.tables import HISTORY, NO_SITE, RUNS, WAREHOUSE_VERSION

__all__ = ["history", "manifest_sha256", "started_at"]


def manifest_sha256(run: CommittedRun) -> str:
    """Digest of the run's manifest: what a load is keyed by."""
    return file_sha256(run.folder / "manifest.json")


def started_at(run: CommittedRun) -> datetime:
    """When the run started, UTC without a zone: engines disagree about zones, and a warehouse needs only one."""
    return datetime.fromisoformat(run.manifest["started_at"]).astimezone(UTC).replace(tzinfo=None)


def history(files: RunFiles, deeds: pl.DataFrame, *, loaded_at: datetime) -> dict[str, pl.DataFrame]:
    """A run's rows of every history table and of `runs`, by name.

    Args:
        files: of the run.
        deeds: what each rule did at each site, by the ledger.
        loaded_at: when it is loaded, UTC without a zone.

    Raises:
        BrokenPromiseError: the ledger's sums by rule are not those of the reports.
    """
    run, summary = files.run, files.report("run")
    stages = [files.report(entry["stage"]) for entry in summary["stages"]]
    _compare_rules(run, stages, deeds)
    rows: dict[str, list[dict[str, Any]]] = {
        "stage_balance": [_balance_row(report) for report in stages],
        "site_stats": [row for report in stages for row in _site_rows(report)],
        "rule_stats": deeds.to_dicts(),
        "expectations": [entry | {"expectation_no": no} for no, entry in enumerate(summary["expectations"], start=1)],
        "runs": [_run_row(run, summary) | {"loaded_at": loaded_at, "stale": False}],
    }
    named = {"run_id": run.run_id}
    return {
        table.name: pl.DataFrame([row | named for row in rows[table.name]], schema=dict(table.types))
        for table in (*HISTORY, RUNS)
    }


def _run_row(run: CommittedRun, summary: dict[str, Any]) -> dict[str, Any]:
    manifest, stages = run.manifest, {stage["stage"]: stage["balance"] for stage in summary["stages"]}
    return {
        "manifest_sha256": manifest_sha256(run),
        "started_at": started_at(run),
        "source": manifest["source"],
        "schema_version": manifest["schema_version"],
        "warehouse_version": WAREHOUSE_VERSION,
        "recipe_digest": manifest["recipe_digest"],
        "rules_digest": manifest["rules_digest"],
        "etl_version": manifest["versions"]["etl"],
        "verdict": summary["verdict"],
        "documents": summary["output"]["documents"],
        "quarantined": summary["input"]["quarantined"],
        "chars_in": stages["decode"]["chars_out"],
        "chars_out": stages["normalize"]["chars_out"],
        "wall_seconds": float(summary["usage"]["wall_seconds"]),
        "cpu_seconds": float(summary["usage"]["cpu_seconds"]),
    }


def _balance_row(report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "stage": report["stage"],
        "documents": report["output"]["documents"],
        "lines_in": report["input"]["lines"],
        "lines_out": report["output"]["lines"],
        **report["balance"],
        "wall_seconds": float(report["usage"]["wall_seconds"]),
        "peak_memory_mb": float(report["usage"]["peak_memory_mb"]),
    }


def _site_rows(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"stage": report["stage"], **entry, "site": entry["value"] if entry["value"] is not None else NO_SITE}
        for entry in report["slices"]["site"]
    ]


def _compare_rules(run: CommittedRun, stages: list[dict[str, Any]], rules: pl.DataFrame) -> None:
    """The ledger as it is read here gives the sums that the reports state."""
    names = ("edits", "chars_removed", "chars_inserted")
    sums = rules.group_by("stage", "rule").agg(pl.col(names).sum())
    counted = {
        (stage, rule): tuple(values) for stage, rule, *values in sums.select("stage", "rule", *names).iter_rows()
    }
    stated = {
        (report["stage"], rule["rule"]): tuple(rule[name] for name in names)
        for report in stages
        for rule in report["rules"]
    }
    wrong = sorted(key for key in counted.keys() | stated.keys() if counted.get(key) != stated.get(key))
    if wrong:
        raise BrokenPromiseError(
            f"{run.folder}: rule {wrong[0][1]} of stage {wrong[0][0]} did {counted.get(wrong[0])} by the ledger and "
            f"{stated.get(wrong[0])} by the report; `etl verify` says more"
        )
