"""The runs of an output folder: which there are, going back to one, and dropping old ones."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from etl.datasets import CURRENT, MANIFEST, CommittedRun, current_id, lock, open_run
from etl.errors import BrokenPromiseError, OutputError, UsageError
from etl.files import write_bytes
from etl.quality import told
from etl.quality.measures import REPORT_VERSION
from etl.schemas import CHANGES

__all__ = [
    "BROKEN",
    "HISTORY_RUNS",
    "RunSummary",
    "drop_old_runs",
    "earlier_reports",
    "list_runs",
    "new_run_id",
    "roll_back",
]

HISTORY_RUNS = 14
"""Earlier runs that a run is compared with: two weeks of nights, so that every weekday is among them twice."""

STAMP = "%Y%m%dT%H%M%S%f"
"""Time in a run's name, to the microsecond."""

RUN_ID = re.compile(r"(\d{8}T\d{12})Z-[0-9a-f]{6}")


BROKEN = "broken"

UNFIT = {"fail": "failed its expectations", BROKEN: "is broken"}
"""Verdicts of runs that readers must not be led to, and why."""


@dataclass(frozen=True)
class RunSummary:
    """One committed run.

    Attributes:
        run_id: name of the run; runs sort by time.
        started_at: when it began, in UTC.
        verdict: pass, warn or fail; a run that failed was never published. Or broken: what there is of it is not what
            was written, `etl verify` says in what, and only its name is known.
        documents: how many it cleaned.
        chars_out: code points of clean text.
        current: whether readers use it.
        news: what was different from the run before, and what was not as expected, in one line.
    """

    run_id: str
    started_at: str
    verdict: str
    documents: int
    chars_out: int
    current: bool
    news: str = ""


def new_run_id(output: Path, now: datetime, recipe_digest: str) -> str:
    """Name for a run that begins now; it sorts after every earlier run's, even where the clock went back.

    Args:
        output: the output folder.
        now: in UTC, to the microsecond.
        recipe_digest: the name ends in its first digits.
    """
    stamps = [match[1] for path in (output / "runs").glob("*") if (match := RUN_ID.fullmatch(path.name))]
    latest = datetime.strptime(max(stamps), STAMP).replace(tzinfo=UTC) if stamps else now - timedelta(microseconds=1)
    return f"{max(now, latest + timedelta(microseconds=1)):{STAMP}}Z-{recipe_digest[:6]}"


def list_runs(output: Path) -> list[RunSummary]:
    """Every committed run of an output folder, oldest first.

    Raises:
        OutputError: the folder holds no run.
    """
    current = current_id(output)
    runs = [_summary(manifest.parent, current) for manifest in sorted((output / "runs").glob(f"*/{MANIFEST}"))]
    if not runs:
        raise OutputError(f"{output}: holds no committed run; write one with `etl run INPUT --output {output}`")
    return runs


def earlier_reports(output: Path, name: str, before: str | None = None) -> list[dict[str, Any]]:
    """One report of each of the last runs that did not fail, newest first, at most as many as `HISTORY_RUNS`.

    A run whose reports are gone or broken is passed over: it is for `etl verify` to say so.

    Args:
        output: the output folder; it may hold no run.
        name: the report: a stage's name, or `run`.
        before: only runs older than this one.
    """
    folders = sorted((manifest.parent for manifest in (output / "runs").glob(f"*/{MANIFEST}")), reverse=True)
    found = (_passed(folder, name) for folder in folders if before is None or folder.name < before)
    return list(islice((report for report in found if report), HISTORY_RUNS))


def _passed(folder: Path, name: str) -> dict[str, Any] | None:
    """A report of a run that did not fail, if it can be read."""
    run = CommittedRun(folder, {})
    try:
        return run.report(name) if run.report("run")["verdict"] != "fail" else None
    except BrokenPromiseError:
        return None


def _summary(folder: Path, current: str | None) -> RunSummary:
    is_current = folder.name == current
    try:
        run = open_run(folder)
        report = run.report("run")
    except BrokenPromiseError:
        return RunSummary(folder.name, "", BROKEN, 0, 0, is_current)
    return RunSummary(
        run_id=run.run_id,
        started_at=str(run.manifest["started_at"]),
        verdict=str(report["verdict"]),
        documents=int(report["output"]["documents"]),
        chars_out=int(report["output"]["chars"]),
        current=is_current,
        news="; ".join(_news(report)),
    )


def _news(report: Mapping[str, Any]) -> Iterator[str]:
    """What a run's report says in short: the sources that are not carried, and the worst that was not as expected."""
    changes = report["changes"]
    if changes:
        counts = [f"{changes[name]:,} {name}" for name in CHANGES if changes[name]]
        yield ", ".join(counts) or "nothing new"
    missed = [entry for entry in report["expectations"] if entry["verdict"] != "pass"]
    if missed and report["report_version"] == REPORT_VERSION:
        worst = max(missed, key=lambda entry: entry["verdict"] == "fail")
        yield told(worst) + (f", and {len(missed) - 1} more" if len(missed) > 1 else "")


def roll_back(output: Path, run_id: str) -> RunSummary:
    """Make an earlier run the one that readers use.

    Args:
        output: the output folder.
        run_id: the run, or the beginning of its name if no other begins so.

    Raises:
        UsageError: no run, or more than one, answers to the name; or it failed its expectations, or is broken.
        OutputError: the folder holds no run, or one is being written.
    """
    with lock(output):
        found = [run for run in list_runs(output) if run.run_id.startswith(run_id)]
        if len(found) != 1:
            raise UsageError(f"{run_id}: names {len(found)} runs; `etl runs {output}` lists them")
        if found[0].verdict in UNFIT:
            raise UsageError(f"{found[0].run_id}: {UNFIT[found[0].verdict]}; choose a run that passed")
        write_bytes(output / CURRENT, f"{found[0].run_id}\n".encode())
    return found[0]


def drop_old_runs(output: Path, keep: int) -> list[str]:
    """Delete all but the newest runs, and what is left of runs half deleted; the current one always stays.

    Args:
        output: the output folder.
        keep: how many of the newest runs stay.

    Returns:
        The names of the runs that were deleted, oldest first.

    Raises:
        OutputError: the folder holds no run, or one is being written.
    """
    with lock(output):
        runs = list_runs(output)
        for left in (folder for folder in (output / "runs").iterdir() if RUN_ID.fullmatch(folder.name)):
            if not (left / MANIFEST).exists():
                shutil.rmtree(left)
        dropped = [run.run_id for run in runs[: max(len(runs) - keep, 0)] if not run.current]
        for run_id in dropped:
            # Without its manifest a folder is no run, so a crash half-way through leaves nothing that reads as one.
            (output / "runs" / run_id / MANIFEST).unlink()
            shutil.rmtree(output / "runs" / run_id)
    return dropped
