"""Carrying out a run: shards through the stages, facts between them, reports after them, one commit at the end."""

from __future__ import annotations

import hashlib
import math
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from etl.announcing import Announcer, announced
from etl.carrying import take_over
from etl.datasets import CommittedRun, Staging, current_run, lock, publish
from etl.errors import BrokenPromiseError, ExpectationError, OutputError, UsageError
from etl.facts import merge_facts, nights_of
from etl.files import json_bytes, write_bytes
from etl.history import earlier_reports, new_run_id
from etl.increments import find_increment
from etl.pipeline import STAGES, stage_named
from etl.quality import (
    Earlier,
    Figures,
    Found,
    Usage,
    add,
    audit,
    characters,
    run_report,
    stage_report,
    told,
    verdict_of,
)
from etl.recipe import Recipe
from etl.report import write_pages
from etl.resuming import WORKERS, staging
from etl.rules import rules_digest
from etl.schemas import SCHEMA_VERSION
from etl.shards import ShardJob, count_shard, prove_shard, shard_number, work_shard
from etl.sources import find_sources, plan_shards
from etl.timing import Stopwatch
from etl.workers import worker_processes

__all__ = ["Progress", "RunInProgress", "begin", "run"]

Result = TypeVar("Result")

Progress = Callable[[str, int, int], None]
"""Told the stage, the shards that are done, and how many there are."""


@dataclass
class RunInProgress:
    """A run between its first stage and its commit. `do` the stages in order, then `commit`.

    Attributes:
        output: the output folder, locked.
        folder: staging folder.
        recipe: options of the run.
        plan: sources that are cleaned, each with its shard.
        manifest: what the manifest will say.
        described: what the manifest says of files that were taken over from the run before, or are written.
        pool: worker processes, if there are any.
        progress: told after each shard.
        taken_up: pieces of work, a shard in a stage each, that an earlier run left finished.
        previous: reports of the run before, by stage.
        reports: reports of the stages that are done, by stage.
        announcer: tells what becomes of the run.
    """

    output: Path
    folder: Path
    recipe: Recipe
    plan: pl.DataFrame
    manifest: dict[str, Any]
    described: dict[str, Any] = field(default_factory=dict)
    pool: ProcessPoolExecutor | None = None
    progress: Progress = field(default=lambda stage, done, of: None)
    taken_up: int = 0
    previous: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    announcer: Announcer | None = None

    @property
    def shards(self) -> int:
        """How many shards are cleaned."""
        return self.plan["shard"].n_unique()

    def do(self, name: str) -> dict[str, Any]:
        """Take every shard through one stage, and report on it.

        Returns:
            The stage's report, with its expectations judged.
        """
        begun, watch = time.perf_counter(), Stopwatch()
        jobs = [ShardJob(self.folder, self.recipe, shard) for shard in self.plan["shard"].unique().sort()]
        largest, figures = 0.0, self._carried_figures(name, watch)
        for done, measured in enumerate(self._each(partial(work_shard, name), jobs), start=1):
            watch.add(measured.seconds)
            largest = max(largest, measured.peak_memory_mb)
            figures.append(measured.figures)
            self.described |= {file.removeprefix("run/"): told for file, told in measured.files.items()}
            self.taken_up += measured.taken_up
            self.progress(name, done, self.shards)
        if jobs and stage_named(name).merged:
            with watch.step("merge"):
                merge_facts(self.folder, stage_named(name).merged, nights_of(self.manifest["shards"]))
        wrong = self._prove(jobs, watch) if name == STAGES[-1].name else None
        usage = Usage(
            wall_seconds=round(time.perf_counter() - begun, 3),
            cpu_seconds=round(sum(watch.seconds.values()), 3),
            peak_memory_mb=largest,
            input_bytes=int(self.plan["size_bytes"].sum()),
        )
        with watch.step("report"):
            last = list(self.reports.values())[-1:]
            summed = add(figures)
            report = stage_report(summed, name, usage, Found.of(self.manifest))
            report |= {} if wrong is None else {"not_rebuilt_documents": wrong}
            report["characters"] = characters(summed, last[0]["characters"] if last else None)
        report["usage"]["steps"] = {step: round(spent, 3) for step, spent in watch.seconds.items()}
        report |= {digest: self.manifest[digest] for digest in ("recipe_digest", "rules_digest")}
        earlier = Earlier(self.previous.get(name), earlier_reports(self.output, name))
        report |= audit(report, self.recipe.expectations, earlier)
        self.reports[name] = report
        self._write_report(name, report)
        return report

    def _each(self, work: Callable[[ShardJob], Result], jobs: Iterable[ShardJob]) -> Iterator[Result]:
        return self.pool.map(work, jobs) if self.pool else map(work, jobs)

    def _carried_figures(self, name: str, watch: Stopwatch) -> list[Figures]:
        """Figures of the shards that were taken over."""
        cleaned = {*self.plan["shard"]}
        numbers = [number for number in map(int, self.manifest["shards"]) if number not in cleaned]
        jobs = [ShardJob(self.folder, self.recipe, number) for number in numbers]
        counted = list(self._each(partial(count_shard, name), jobs))
        for _, seconds in counted:
            watch.add(seconds)
        return [figures for figures, _ in counted]

    def _prove(self, jobs: list[ShardJob], watch: Stopwatch) -> int:
        """How many of the documents that were cleaned do not come back when their edits are undone."""
        wrong = 0
        for found, seconds in self._each(prove_shard, jobs):
            wrong += found
            watch.add(seconds)
        return wrong

    def commit(self) -> CommittedRun:
        """Publish the run.

        Raises:
            ExpectationError: an expectation failed; the run is kept for inspection, and readers stay with the last.
        """
        summary = {name: self.manifest[name] for name in ("run_id", "changes")}
        summary |= run_report([self.reports[stage.name] for stage in STAGES])
        summary["verdict"] = verdict_of(summary["expectations"])
        self._write_report("run", summary)
        write_pages(self.folder / "run" / "reports", Staging(self.folder / "run").scan, self.manifest)
        failed = summary["verdict"] == "fail"
        manifest = self.manifest | {"taken_up": self.taken_up}
        staged = Staging(self.folder / "run")
        committed = publish(self.output, staged, manifest, current=not failed, described=self.described)
        if self.announcer:
            self.announcer.committed(committed, summary)
        if failed:
            worst = next(entry for entry in summary["expectations"] if entry["verdict"] == "fail")
            raise ExpectationError(f"{committed.folder}: not published, for {told(worst)}; see its report")
        return committed

    def _write_report(self, name: str, report: dict[str, Any]) -> None:
        write_bytes(self.folder / "run" / "reports" / f"{name}.json", json_bytes(report))


@contextmanager
def begin(
    source: Path,
    output: Path,
    recipe: Recipe,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Iterator[RunInProgress]:
    """Prepare a run: lock the output, take over what did not change, plan the shards, start the workers.

    Args:
        source: folder of documents, or one document.
        output: folder to write to; made if it is not there.
        recipe: options of the run.
        workers: processes; by default one a core, but no more than there are shards.
        progress: told after each shard of each stage.

    Raises:
        UsageError: there is no such source, or it is the output.
        OutputError: the output folder is not ours, another run is at work in it, or it cannot be written to.
        LostWorkerError: a worker was killed; the next run goes on from there.
    """
    with ExitStack() as stack:
        announcer = stack.enter_context(announced(recipe, source, output))
        if source.resolve() == output.resolve():
            raise UsageError(f"{output}: is the input too; name another folder for the output")
        sources = find_sources(source, leave_out=output)
        stack.enter_context(lock(output))
        last, previous = _previous(output)
        job = _manifest(source, output, recipe) | {"sources": sources.height, "previous_run": last}
        increment = find_increment(output, sources, job, recipe)
        plan = plan_shards(increment.due(sources), math.ceil(recipe.run.shard_mb * 1e6), increment.first_shard)
        job |= {"changes": increment.summary, "plan_sha256": _sha256(plan, increment.changes)}
        staged, manifest = stack.enter_context(staging(output, job))
        announcer.started(manifest["run_id"])
        folder = staged.folder.parent
        plan.write_parquet(folder / "plan.parquet")
        tasks = max(plan["shard"].n_unique(), len(increment.stale))
        processes = min(workers or len(os.sched_getaffinity(0)), tasks)
        pool = stack.enter_context(worker_processes(processes, folder / WORKERS)) if processes > 1 else None
        adopted, carried = take_over(increment, folder, recipe, pool)
        cleaned = dict.fromkeys((shard_number(shard) for shard in plan["shard"]), manifest["run_id"])
        manifest |= {"shards": carried | cleaned}
        work = RunInProgress(
            output, folder, recipe, plan, manifest, adopted, pool, previous=previous, announcer=announcer
        )
        if progress:
            work.progress = progress
        yield work


def run(
    source: Path,
    output: Path,
    recipe: Recipe | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> CommittedRun:
    """Clean every document below a folder and commit the result; the arguments are those of `begin`.

    Raises:
        UsageError: there is no such source.
        OutputError: the output folder is not ours, or another run is at work in it.
        ExpectationError: an expectation failed.
    """
    with begin(source, output, recipe or Recipe(), workers=workers, progress=progress) as work:
        for stage in STAGES:
            work.do(stage.name)
        return work.commit()


def _sha256(*frames: pl.DataFrame) -> str:
    digest = hashlib.sha256()
    for frame in frames:
        frame.write_parquet(written := BytesIO())
        digest.update(written.getvalue())
    return digest.hexdigest()


def _previous(output: Path) -> tuple[str | None, dict[str, dict[str, Any]]]:
    """The run to compare with and its reports; a first run has none, and a broken one is being replaced."""
    try:
        last = current_run(output)
        return last.run_id, {stage.name: last.report(stage.name) for stage in STAGES}
    except (OutputError, BrokenPromiseError):
        return None, {}


def _manifest(source: Path, output: Path, recipe: Recipe) -> dict[str, Any]:
    """What a manifest says of a run besides its files."""
    now = datetime.now(UTC)
    rules = rules_digest()
    return {
        "run_id": new_run_id(output, now, recipe.digest),
        "schema_version": SCHEMA_VERSION,
        "started_at": now.isoformat(timespec="seconds"),
        "source": str(source),
        "recipe": recipe.model_dump(mode="json"),
        "recipe_digest": recipe.digest,
        "rules_digest": rules,
        "versions": {name: version(name) for name in ("etl", "polars", "pyarrow", "charset-normalizer")}
        | {"python": platform.python_version()},
    }
