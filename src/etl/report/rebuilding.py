"""Reports and pages of a committed run, made again from its datasets.

The run itself is never touched: it is what its manifest says. What is made again goes to a folder of its own.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from etl.datasets import CommittedRun, current_run, shard_rows
from etl.errors import BrokenPromiseError, OutputError
from etl.files import json_bytes, write_bytes
from etl.history import earlier_reports
from etl.pipeline import STAGES
from etl.proof import not_rebuilt
from etl.quality import Adding, Earlier, Inspection, Totals, Usage, Worked, count, run_report, verdict_of
from etl.recipe import Recipe
from etl.report.pages import write_pages
from etl.scratch import OnDisk

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
    before = _reports(output / "runs" / str(run.manifest["previous_run"]))
    own = _reports(run.folder)
    inspection = Inspection(run.manifest, Recipe.model_validate(run.manifest["recipe"]).expectations)
    for stage in STAGES:
        proven = stage is STAGES[-1]
        wrong = sum(_not_rebuilt(run, number) for number in run.shards) if proven else None
        earlier = Earlier(before.get(stage.name), earlier_reports(output, stage.name, before=run.run_id))
        report = inspection.report(Worked(stage.name, Usage(), wrong), _totals(run, stage.name), earlier)
        if stage.name in own:
            report["usage"] = own[stage.name]["usage"]
        write_bytes(folder / f"{stage.name}.json", json_bytes(report))
    summary: dict[str, Any] = {"run_id": run.run_id, "changes": run.manifest["changes"]}
    summary |= run_report([*inspection.reports.values()])
    summary["verdict"] = verdict_of(summary["expectations"])
    if "run" in own:
        summary["usage"] = own["run"]["usage"]
    write_bytes(folder / "run.json", json_bytes(summary))
    write_pages(folder, run, run.manifest)
    return folder / "index.html"


def _totals(run: CommittedRun, stage: str) -> Totals:
    with TemporaryDirectory() as folder, OnDisk(Path(folder) / "figures") as scratch:
        adding = Adding(scratch, len(run.shards))
        for number in run.shards:
            adding.add(count(shard_rows(run, number), stage))
        return adding.totals()


def _not_rebuilt(run: CommittedRun, number: str) -> int:
    ledger = run.shard("ledger", number).filter(pl.col("stage") != STAGES[0].name)
    return len(not_rebuilt(run.shard("decoded", number), run.shard("documents", number), ledger))


def _reports(folder: Path) -> dict[str, dict[str, Any]]:
    """A run's reports by stage, and its own as `run`; none if one is gone or broken."""
    try:
        return {name: CommittedRun(folder, {}).report(name) for name in (*(stage.name for stage in STAGES), "run")}
    except BrokenPromiseError:
        return {}
