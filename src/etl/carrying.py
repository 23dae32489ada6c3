"""Taking the shards of the run before over into a new one: whole, or without the documents that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from etl.datasets import Staging
from etl.facts import write_share
from etl.increments import Increment
from etl.pipeline import STAGES
from etl.recipe import Recipe
from etl.shards import ShardJob, shard_number, survey_shard
from etl.workers import Each

__all__ = ["take_over"]

OF_THE_RUN = "changes/"
"""Folder of what is about the run that wrote it, and goes no further."""

FACTS = "facts/"
"""Folder of what shards add to the facts about the corpus."""


@dataclass(frozen=True)
class RewriteJob:
    """What a worker needs to know to write what is left of a shard.

    Attributes:
        shard: the shard, in the run that is being written.
        before: folder of the run before.
        names: the shard's files there.
        changed: doc_id, source of what does not stay.
    """

    shard: ShardJob
    before: Path
    names: list[str]
    changed: pl.DataFrame


def take_over(increment: Increment, folder: Path, recipe: Recipe, each: Each) -> tuple[dict[str, Any], dict[str, str]]:
    """Put into the staged run what does not change, and what changed.

    Args:
        increment: what is taken over, and what is not.
        folder: staging folder.
        recipe: options of the run.
        each: calls a function with each of some things.

    Returns:
        What the run before says of the files that are taken over as they are, by name; and which run cleaned each
        shard that is taken over, by the shard's number.
    """
    staged = Staging(folder / "run")
    staged.write("changes", f"part-{shard_number(increment.first_shard)}", increment.changes)
    if increment.before is None:
        return {}, {}
    before, carried = increment.before, increment.carried
    names = {number: _names(before.manifest["files"], number) for number in carried}
    adopted = [name for number in carried if number not in increment.stale for name in names[number]]
    for name in adopted:
        staged.adopt(before, name)
    changed = increment.changes.select("doc_id", "source")
    jobs = [
        RewriteJob(ShardJob(folder, recipe, int(number)), before.folder, names[number], changed)
        for number in increment.stale
    ]
    left = dict(zip(increment.stale, each(_rewrite, jobs), strict=True))
    shards = {number: run_id for number, run_id in carried.items() if left.get(number, True)}
    return {name: before.manifest["files"][name] for name in adopted}, shards


def _names(files: Mapping[str, Any], number: str) -> list[str]:
    """A shard's files; what changed in the run before is no part of any shard."""
    ending = f"-{number}.parquet"
    return [name for name in files if name.endswith(ending) and not name.startswith(OF_THE_RUN)]


def _rewrite(job: RewriteJob) -> bool:
    """Write a shard without the documents that changed; whether anything is left of it."""
    facts = [name for name in job.names if name.startswith(FACTS)]
    for name in job.names:
        if name not in facts:
            job.shard.staged.write(Path(name).parent.name, Path(name).stem, _rest(job, name))
    left = any(job.shard.staged.folder.glob(f"*/*-{shard_number(job.shard.shard)}.parquet"))
    if left:
        _rewrite_facts(job, facts)
    return left


def _rewrite_facts(job: RewriteJob, names: list[str]) -> None:
    """Write what a shard still adds to the facts; counts do not say of which document they are, and are made again."""
    counted = set()
    for name in names:
        fact, rest = Path(name).parent.name, _rest(job, name)
        if "doc_id" in rest.columns:
            write_share(job.shard.folder, fact, job.shard.part, rest)
        else:
            counted.add(fact)
    for stage in STAGES:
        if counted & {*stage.merged}:
            survey_shard(stage.name, job.shard)


def _rest(job: RewriteJob, name: str) -> pl.DataFrame:
    """The rows of a part that are not those of a document that changed."""
    frame = pl.read_parquet(job.before / name)
    key = next((key for key in ("doc_id", "source") if key in frame.columns), None)
    return frame.join(job.changed, on=key, how="anti", maintain_order="left") if key else frame
