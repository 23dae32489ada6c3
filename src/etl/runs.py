"""Carrying out a run: shards through the stages, facts between them, reports after them, one commit at the end."""

from __future__ import annotations

import hashlib
import math
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from etl.announcing import Announcer, announced
from etl.carrying import take_over
from etl.datasets import CommittedRun, Staging, current_run, lock, publish
from etl.errors import BrokenPromiseError, ExpectationError, OutputError, UsageError
from etl.facts import merge_facts, nights_of
from etl.files import json_bytes, write_bytes
from etl.history import earlier_reports, new_run_id
from etl.increments import find_increment
from etl.pipeline import STAGES, stage_named, stages_from
from etl.quality import Adding, Earlier, Inspection, Usage, Worked, run_report, told, verdict_of
from etl.recipe import Recipe
from etl.report import write_pages
from etl.resuming import WORKERS, staging, take_up
from etl.rules import rules_digest
from etl.scheduling import Schedule, legs_from
from etl.schemas import SCHEMA_VERSION
from etl.scratch import OnDisk
from etl.shards import PROOF, ShardJob, count_shard, shard_number, take_shard
from etl.sources import find_sources, in_order, plan_shards
from etl.timing import Stopwatch, peak_memory_mb
from etl.workers import Each, Workers, worker_processes

__all__ = ["Progress", "RunInProgress", "begin", "run"]

Progress = Callable[[str, int, int], None]
"""Told the stage, the shards that are done, and how many there are."""

PLAN_ROWS = 8192
"""Sources in a row group of the plan, of which a shard reads those that it has some of."""


@dataclass
class RunInProgress:
    """A run between its first stage and its commit. `do` the stages in order, then `commit`.

    Attributes:
        output: the output folder, locked.
        folder: staging folder.
        recipe: options of the run.
        numbers: of the shards that are cleaned.
        input_bytes: of the sources that are cleaned.
        manifest: what the manifest will say.
        described: what the manifest says of files that were taken over from the run before, or are written.
        each: calls a function with each of some shards.
        progress: told after each shard.
        taken_up: pieces of work, a shard in a stage each, that an earlier run left finished.
        previous: reports of the run before, by stage.
        announcer: tells what becomes of the run.
        watch: CPU seconds of this process by step outside the stages.
        begun: when workers could begin with the stage that comes next, which is before the report on the last one.
    """

    output: Path
    folder: Path
    recipe: Recipe
    numbers: Sequence[int]
    input_bytes: int
    manifest: dict[str, Any]
    described: dict[str, Any] = field(default_factory=dict)
    each: Each = map
    progress: Progress = field(default=lambda stage, done, of: None)
    taken_up: int = 0
    previous: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    announcer: Announcer | None = None
    watch: Stopwatch = field(default_factory=Stopwatch)
    inspection: Inspection = field(init=False)
    schedule: Schedule = field(init=False)
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        self.inspection = Inspection(self.manifest, self.recipe.expectations)
        jobs = [ShardJob(self.folder, self.recipe, shard) for shard in self.numbers]
        *legs, last = legs_from(STAGES[0].name)
        self.schedule = Schedule([*legs, [*last, PROOF]], take_shard, jobs, self.each)
        self.begun = time.perf_counter()

    @property
    def shards(self) -> int:
        """How many shards are cleaned."""
        return len(self.numbers)

    def do(self, name: str) -> dict[str, Any]:
        """Take every shard through one stage, and report on it.

        Returns:
            The stage's report, with its expectations judged.
        """
        watch = Stopwatch()
        with OnDisk(self.folder / "figures") as scratch:
            adding = Adding(scratch, len(self.manifest["shards"]))
            largest = self._work(name, watch, adding)
            wrong = self._prove(watch) if name == STAGES[-1].name else None
            self._go_on_from(name, watch)
            begun, self.begun = self.begun, time.perf_counter()
            with watch.step("report"):
                totals = adding.totals()
        usage = Usage(
            wall_seconds=round(self.begun - begun, 3),
            cpu_seconds=round(sum(watch.seconds.values()), 3),
            peak_memory_mb=max(largest, peak_memory_mb()),
            input_bytes=self.input_bytes,
        )
        with watch.step("report"):
            earlier = Earlier(self.previous.get(name), earlier_reports(self.output, name))
            report = self.inspection.report(Worked(name, usage, wrong), totals, earlier)
        report["usage"]["steps"] = {step: round(spent, 3) for step, spent in watch.seconds.items()}
        self._write_report(name, report)
        return report

    def _work(self, name: str, watch: Stopwatch, adding: Adding) -> float:
        """Take every shard through one stage, and add up their figures; the memory of the largest worker."""
        largest = 0.0
        add = watch.timed("report", adding.add)
        counted = self.each(partial(count_shard, name), self._carried())
        for done, measured in enumerate(self.schedule.results(name), start=1):
            watch.add(measured.seconds)
            largest = max(largest, measured.peak_memory_mb)
            add(measured.figures)
            self.described |= {file.removeprefix("run/"): told for file, told in measured.files.items()}
            self.taken_up += measured.taken_up
            self.progress(name, done, self.shards)
        for figures, seconds in counted:
            watch.add(seconds)
            add(figures)
        return largest

    def _go_on_from(self, name: str, watch: Stopwatch) -> None:
        """Make of the shards what the next stage needs of them all, and have the workers begin with that stage."""
        if self.numbers and (facts := stage_named(name).merged):
            with watch.step("merge"):  # here, for a worker has less memory left
                merge_facts(self.folder, facts, nights_of(self.manifest["shards"]))
        _, *following = stages_from(name)
        if following:
            self.schedule.begin(following[0].name)

    def _carried(self) -> Iterator[ShardJob]:
        """The shards that were taken over."""
        cleaned = {*self.numbers}
        numbers = (number for number in map(int, self.manifest["shards"]) if number not in cleaned)
        return (ShardJob(self.folder, self.recipe, number) for number in numbers)

    def _prove(self, watch: Stopwatch) -> int:
        """How many of the documents that were cleaned do not come back when their edits are undone."""
        wrong = 0
        for found, seconds in self.schedule.results(PROOF):
            wrong += found
            watch.add(seconds)
        return wrong

    def commit(self) -> CommittedRun:
        """Publish the run.

        Raises:
            ExpectationError: an expectation failed; the run is kept for inspection, and readers stay with the last.
        """
        summary = {name: self.manifest[name] for name in ("run_id", "changes")}
        summary |= run_report([self.inspection.reports[stage.name] for stage in STAGES])
        summary["verdict"] = verdict_of(summary["expectations"])
        self._write_report("run", summary)
        with self.watch.step("pages"):
            write_pages(self.folder / "run" / "reports", Staging(self.folder / "run"), self.manifest)
        summary["usage"]["steps"] = {step: round(spent, 3) for step, spent in self.watch.seconds.items()}
        self._write_report("run", summary)
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
        workers: processes beside this one; by default one a core, but no more than there are shards. Where one
            would do and there is little to do, this one does it.
        progress: told after each shard of each stage.

    Raises:
        UsageError: there is no such source, or it is the output.
        OutputError: the output folder is not ours, another run is at work in it, or it cannot be written to.
        LostWorkerError: a worker was killed; the next run goes on from there.
    """
    with ExitStack() as stack:
        watch = Stopwatch()
        with watch.step("prepare"):
            work = _prepare(stack, source, output, recipe, workers)
        work.watch = watch
        if progress:
            work.progress = progress
        yield work


def _prepare(stack: ExitStack, source: Path, output: Path, recipe: Recipe, most: int | None) -> RunInProgress:
    """What `begin` does. The list of the sources, some 100 bytes each, is on the disk when it is through."""
    announcer = stack.enter_context(announced(recipe, source, output))
    if source.resolve() == output.resolve():
        raise UsageError(f"{output}: is the input too; name another folder for the output")
    found = find_sources(source, leave_out=output)
    stack.enter_context(lock(output))
    folder = stack.enter_context(staging(output))
    workers = stack.enter_context(worker_processes(most, folder / WORKERS, partial(shard_number, 0)))
    sources = in_order(found if recipe.run.incremental else _starting(workers, found, _shard_bytes(recipe)))
    last, previous = _previous(output)
    job = _manifest(source, output, recipe) | {"sources": sources.height, "previous_run": last}
    increment = find_increment(output, sources, job, recipe)
    plan = plan_shards(increment.due(sources), _shard_bytes(recipe), increment.first_shard)
    planned = _parquet(plan)
    digest = hashlib.sha256(planned + _parquet(increment.changes)).hexdigest()
    manifest = take_up(folder, job | {"changes": increment.summary, "plan_sha256": digest})
    announcer.started(manifest["run_id"])
    (folder / "plan.parquet").write_bytes(planned)
    numbers, input_bytes = plan["shard"].unique().sort().to_list(), int(plan["size_bytes"].sum())
    workers.start_for(max(len(numbers), len(increment.stale)), input_bytes)
    adopted, carried = take_over(increment, folder, recipe, workers.each)
    manifest |= {"shards": carried | dict.fromkeys(map(shard_number, numbers), manifest["run_id"])}
    return RunInProgress(
        output, folder, recipe, numbers, input_bytes, manifest, adopted, workers.each,
        previous=previous, announcer=announcer,
    )  # fmt: skip


def _shard_bytes(recipe: Recipe) -> int:
    return math.ceil(recipe.run.shard_mb * 1e6)


def _starting(workers: Workers, found: Iterable[pl.DataFrame], shard_bytes: int) -> Iterator[pl.DataFrame]:
    """The sources, all of which are cleaned: as soon as they are enough for all workers, these are started."""
    size_bytes = 0
    for sources in found:
        size_bytes += int(sources["size_bytes"].sum())
        if size_bytes // shard_bytes >= workers.most:
            workers.start_for(workers.most, size_bytes)
        yield sources


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


def _parquet(frame: pl.DataFrame) -> bytes:
    frame.write_parquet(written := BytesIO(), row_group_size=PLAN_ROWS)
    return written.getvalue()


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
