"""One shard through stages, from files to files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from etl.datasets import Staging, shard_rows
from etl.facts import scan_fact, write_share
from etl.ledger import Outcome
from etl.pipeline import STAGES, TEXTS, Read, reader, stage_named
from etl.proof import not_rebuilt
from etl.quality import Contents, Counted, Rows, count
from etl.quality.figures import INPUT_OF
from etl.recipe import Recipe
from etl.resuming import described, finished, mark_finished
from etl.schemas import DATASETS, conform
from etl.sources import read_sources
from etl.timing import Stopwatch, peak_memory_mb

__all__ = ["PROOF", "Measured", "ShardJob", "count_shard", "shard_number", "survey_shard", "take_shard"]

PROOF = "prove"
"""The step that follows the stages."""

LINE_DATASETS = ("stripped", "deduplicated", "sectioned")
"""Datasets whose text can be cut again from the decoded one."""

PER_STAGE = ("ledger", "marks", "quarantine")
"""Datasets that several stages add to; their parts are named after the stage and the shard."""


def shard_number(shard: int) -> str:
    """A shard's number as the names of its parts end."""
    return f"{shard:05d}"


@dataclass(frozen=True)
class ShardJob:
    """What a worker needs to know to take one shard through stages; small, and sent by pickling."""

    folder: Path
    recipe: Recipe
    shard: int

    @property
    def staged(self) -> Staging:
        """The run's datasets."""
        return Staging(self.folder / "run")

    @property
    def part(self) -> str:
        """Name of the shard's part in each dataset."""
        return f"part-{shard_number(self.shard)}"


class Measured(NamedTuple):
    """What it cost to take one shard through one stage.

    Attributes:
        seconds: CPU seconds by step.
        peak_memory_mb: the process's peak memory so far, in 10^6 bytes.
        figures: for the stage's report.
        files: what a manifest says of what was written, by name in the staging folder.
        taken_up: whether an earlier, killed run did it, and bore the cost.
    """

    seconds: dict[str, float]
    peak_memory_mb: float
    figures: Counted
    files: Mapping[str, Any]
    taken_up: bool = False


@dataclass
class _Passing:
    """What a stage leaves at hand of a shard for the next.

    Attributes:
        made: the datasets that it made.
        contents: what was counted of the shard.
        texts: `TEXTS`, once they were read.
    """

    made: dict[str, pl.DataFrame] = field(default_factory=dict)
    contents: Contents = field(default_factory=Contents)
    texts: pl.DataFrame | None = None


def take_shard(steps: Sequence[str], job: ShardJob) -> list[Any]:
    """Take one shard through stages, from files to files; what one made is at hand for the next. At last prove it.

    Args:
        steps: names of stages in their order, and at last `PROOF`, if that is wanted.
        job: the shard.

    Returns:
        Of each stage a `Measured`; of the proof how many documents do not come out as they were decoded, and the CPU
        seconds by step.
    """
    measured, texts = _through([step for step in steps if step != PROOF], job)
    return [*measured, _prove_shard(job, texts)] if PROOF in steps else measured


def _through(stages: Sequence[str], job: ShardJob) -> tuple[list[Measured], pl.DataFrame | None]:
    """What each stage cost; and `TEXTS`, if one read them."""
    passing = _Passing()
    return [_work_shard(name, job, passing) for name in stages], passing.texts


def _work_shard(name: str, job: ShardJob, passing: _Passing) -> Measured:
    """Take one shard through one stage, unless that is done."""
    piece = f"{name}-{shard_number(job.shard)}"
    before = finished(job.folder, piece)
    if before:
        return Measured(**before, figures=count_shard(name, job)[0], taken_up=True)
    watch = Stopwatch()
    figures, written = _work(name, job, passing, watch)
    with watch.step("digest"):
        files = described(job.folder, written)
    costs: dict[str, Any] = {"seconds": watch.seconds, "peak_memory_mb": peak_memory_mb()}
    mark_finished(job.folder, piece, costs, files)
    return Measured(**costs, figures=figures, files=files)


def _work(name: str, job: ShardJob, passing: _Passing, watch: Stopwatch) -> tuple[Counted, dict[Path, int]]:
    stage = stage_named(name)
    files: dict[Path, int] = {}
    at_hand: dict[str, pl.DataFrame] = {}
    read = watch.timed("read", partial(_at_hand_or_read, passing, partial(_read, job, files)))
    facts = partial(scan_fact, job.folder, part=job.part)
    with watch.step("work"):
        outcome = stage.work(_keeping(at_hand, INPUT_OF[name], read), facts, job.recipe)
    for step, frames in (("write", outcome.datasets), ("ledger", _booked(outcome, name))):
        with watch.step(step):
            at_hand |= {dataset: conform(frame, DATASETS[dataset]) for dataset, frame in frames.items()}
            for dataset in frames:
                files |= _write(job, name, dataset, at_hand[dataset])
    with watch.step("report"):
        figures = count(_rows(job, at_hand), name, passing.contents)
    passing.made = {dataset: at_hand[dataset] for dataset in outcome.datasets}
    at_hand.clear()
    if stage.survey:
        with watch.step("survey"):
            files |= _survey(job, stage.survey(read, job.recipe))
    return figures, files


def _rows(job: ShardJob, at_hand: Mapping[str, pl.DataFrame]) -> Rows:
    """Gives the shard's datasets; what is at hand is not read. Refused sources are, for reading them refuses some."""
    staged = shard_rows(job.staged, shard_number(job.shard))

    def rows(dataset: str, *columns: str, stage: str = "") -> pl.DataFrame:
        here = dataset in at_hand and dataset != "quarantine"
        return at_hand[dataset] if here else staged(dataset, *columns, stage=stage)

    return rows


def count_shard(name: str, job: ShardJob) -> tuple[Counted, dict[str, float]]:
    """Count from the files what a stage did to one shard; and say the CPU seconds by step."""
    watch = Stopwatch()
    with watch.step("report"):
        figures = count(shard_rows(job.staged, shard_number(job.shard)), name)
    return figures, watch.seconds


def _prove_shard(job: ShardJob, decoded: pl.DataFrame | None) -> tuple[int, dict[str, float]]:
    """Undo every edit of a shard after decode, from what is on the disk.

    Args:
        job: the shard.
        decoded: `TEXTS`, if they were read already.

    Returns:
        How many documents do not come out as they were decoded, and CPU seconds by step.
    """
    watch = Stopwatch()
    with watch.step("prove"):
        decoded = _read(job, {}, *TEXTS) if decoded is None else decoded
        clean = _read(job, {}, "documents", "doc_id", "text")
        parts = (_part(job, stage.name, "ledger") for stage in STAGES[1:])
        changes = job.staged.read("ledger", *parts, columns=("doc_id", "start", "end", "before", "after"))
        wrong = not_rebuilt(decoded, clean, changes)
    return len(wrong), watch.seconds


def survey_shard(name: str, job: ShardJob) -> None:
    """Survey one shard again for the stage after `name`, from what that stage wrote."""
    stage = stage_named(name)
    if stage.survey:
        _survey(job, stage.survey(partial(_read, job, {}), job.recipe))


def _survey(job: ShardJob, found: Mapping[str, pl.DataFrame]) -> dict[Path, int]:
    return {write_share(job.folder, fact, job.part, frame): frame.height for fact, frame in found.items()}


def _booked(outcome: Outcome, stage: str) -> dict[str, pl.DataFrame]:
    booked = {"ledger": outcome.edits, "marks": outcome.marks}
    return {dataset: frame.select(pl.lit(stage).alias("stage"), pl.all()) for dataset, frame in booked.items()}


def _keeping(kept: dict[str, pl.DataFrame], which: str, read: Read) -> Read:
    """Reads, and keeps one dataset at hand."""

    def reading(dataset: str, /, *columns: str) -> pl.DataFrame:
        frame = read(dataset, *columns)
        return kept.setdefault(dataset, frame) if dataset == which and not columns else frame

    return reading


def _read(job: ShardJob, files: dict[Path, int], dataset: str, /, *columns: str) -> pl.DataFrame:
    """A dataset of the shard; `raw` is read from the sources, and what they refuse is booked on the way, in `files`."""
    if dataset == "raw":
        plan = pl.scan_parquet(job.folder / "plan.parquet").filter(pl.col("shard") == job.shard)
        raw, refused = read_sources(plan.collect(engine="in-memory"), job.recipe.decode.max_bytes)
        files |= _write(job, "sources", "quarantine", conform(refused, DATASETS["quarantine"]))
        return raw.select(columns or pl.all())
    if dataset in PER_STAGE:
        return job.staged.read(dataset, *(_part(job, stage.name, dataset) for stage in STAGES), columns=columns)
    return job.staged.read(dataset, job.part, columns=columns)


def _at_hand_or_read(passing: _Passing, read: Read, dataset: str, /, *columns: str) -> pl.DataFrame:
    """A dataset that a stage has just made is at hand, with its text, and so are `TEXTS`; others are read."""
    if dataset in passing.made:
        return reader(passing.made)(dataset, *columns)
    if (dataset, *columns) != TEXTS:
        return read(dataset, *columns)
    if passing.texts is None:
        passing.texts = read(*TEXTS)
    return passing.texts


def _part(job: ShardJob, stage: str, dataset: str) -> str:
    return f"{stage}-{shard_number(job.shard)}" if dataset in PER_STAGE else job.part


def _write(job: ShardJob, stage: str, dataset: str, frame: pl.DataFrame) -> dict[Path, int]:
    if dataset in LINE_DATASETS and not job.recipe.run.stage_text:
        frame = frame.with_columns(text=pl.lit(None, dtype=pl.String))
    return job.staged.write(dataset, _part(job, stage, dataset), frame)
