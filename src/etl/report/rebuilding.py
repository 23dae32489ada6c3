"""Reports and pages of a committed run, made again from its datasets.

The run itself is never touched: it is what its manifest says. What is made again goes to a folder of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from etl.datasets import CommittedRun, current_run, shard_scan
from etl.errors import BrokenPromiseError, OutputError
from etl.files import json_bytes, write_bytes
from etl.history import earlier_reports
from etl.pipeline import STAGES
from etl.proof import not_rebuilt
from etl.quality import (
    Earlier,
    Found,
    Usage,
    add,
    audit,
    characters,
    count,
    run_report,
    stage_report,
    verdict_of,
)
from etl.recipe import Recipe
from etl.report.pages import write_pages

__all__ = ["rebuild"]

MARKER = ".etl-report"
"""File that says: this folder holds a report of ours, so that a slip of the hand overwrites nothing else."""


def rebuild(output: Path, folder: Path) -> Path:
    """Measure the current run of an output folder again, and write its reports and pages.

    Seconds and memory are those that the run itself put on record, for no dataset has them.

    Args:
        output: the output folder.
        folder: where to write to; a new or an empty folder, or one that holds a report.

    Returns:
        The page to open.

    Raises:
        OutputError: the folder holds something else, or the output holds no run.
        BrokenPromiseError: the run is broken.
    """
    run = current_run(output)
    if folder.exists() and not (folder.is_dir() and ((folder / MARKER).exists() or not any(folder.iterdir()))):
        raise OutputError(f"{folder}: holds other files; name a new or an empty folder for the report")
    write_bytes(folder / MARKER, b"")
    expectations = Recipe.model_validate(run.manifest["recipe"]).expectations
    before = _reports(output / "runs" / str(run.manifest.get("previous_run")))
    own = _reports(run.folder)
    reports: list[dict[str, Any]] = []
    for stage in STAGES:
        figures = add(count(shard_scan(run, number), stage.name) for number in run.shards)
        report = stage_report(figures, stage.name, Usage(), Found.of(run.manifest))
        if stage is STAGES[-1]:
            report["not_rebuilt_documents"] = sum(_not_rebuilt(run, number) for number in run.shards)
        report["characters"] = characters(figures, reports[-1]["characters"] if reports else None)
        if stage.name in own:
            report["usage"] = own[stage.name]["usage"]
        report |= {digest: run.manifest[digest] for digest in ("recipe_digest", "rules_digest")}
        earlier = Earlier(before.get(stage.name), earlier_reports(output, stage.name, before=run.run_id))
        report |= audit(report, expectations, earlier)
        write_bytes(folder / f"{stage.name}.json", json_bytes(report))
        reports.append(report)
    summary: dict[str, Any] = {"run_id": run.run_id, "changes": run.manifest.get("changes")}
    summary |= run_report(reports)
    summary["verdict"] = verdict_of(summary["expectations"])
    write_bytes(folder / "run.json", json_bytes(summary))
    write_pages(folder, run.scan, run.manifest)
    return folder / "index.html"


def _not_rebuilt(run: CommittedRun, number: str) -> int:
    ledger = run.shard("ledger", number).filter(pl.col("stage") != STAGES[0].name)
    return len(not_rebuilt(run.shard("decoded", number), run.shard("documents", number), ledger))


def _reports(folder: Path) -> dict[str, dict[str, Any]]:
    """A run's reports by stage; none if one is gone or broken."""
    try:
        return {stage.name: CommittedRun(folder, {}).report(stage.name) for stage in STAGES}
    except BrokenPromiseError:
        return {}
