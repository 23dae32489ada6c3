"""Stages of a committed run again under another recipe, in a folder that vanishes: the output is only read.

Nothing is worked out that the change cannot touch: what the stages before the first changed one wrote is read where
it stands. From there on every document is taken through the stages themselves, since a line that stays changes what
its neighbours look like, and a paragraph that stays may be another document's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from etl.datasets import CommittedRun, Staging
from etl.facts import merge_facts, nights_of
from etl.pipeline import STAGES, stage_named, stages_from
from etl.recipe import Recipe
from etl.scheduling import legs_from
from etl.shards import ShardJob, survey_shard, take_shard
from etl.workers import Each, worker_processes

__all__ = ["Rerun", "rerun"]

MADE_BY = {
    "decoded": "decode",
    "stripped": "boilerplate",
    "metadata": "boilerplate",
    "deduplicated": "duplicates",
    "sectioned": "sections",
    "sections": "sections",
}
"""Stage that writes a dataset that later stages read; the parts of `marks` are named after theirs."""

Result = TypeVar("Result")


class Rerun:
    """Stages that are done again.

    Attributes:
        run: the committed run.
        staged: what the stages wrote this time, and links to what earlier ones wrote then.
    """

    def __init__(self, run: CommittedRun, folder: Path, each: Each) -> None:
        self.run = run
        self.staged = Staging(folder)
        self._each = each

    def compare(self, tell: Callable[[CommittedRun, Staging, str], Result]) -> Iterator[Result]:
        """Compare each shard of then and now; `tell` is given the run, what is staged, and the shard's number."""
        yield from self._each(partial(tell, self.run, self.staged), self.run.shards)


@contextmanager
def rerun(run: CommittedRun, recipe: Recipe, first: str, *, workers: int | None = None) -> Iterator[Rerun]:
    """Do the stages from one on again.

    Args:
        run: whose documents; it is only read.
        recipe: options of this time.
        first: name of the first stage that the recipe changes; not decode.
        workers: processes; by default one a core, but no more than there are shards.
    """
    before = STAGES[: -len(stages_from(first))]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="etl-")))
        _link(run, folder / "run", [stage.name for stage in before])
        nights = nights_of(run.manifest["shards"])
        jobs = [ShardJob(folder, recipe, int(number)) for number in run.shards]
        crew = stack.enter_context(worker_processes(workers))
        crew.start_for(len(jobs))
        if before[-1].survey:
            list(crew.each(partial(survey_shard, before[-1].name), jobs))
            merge_facts(folder, before[-1].merged, nights)
        for leg in legs_from(first):
            list(crew.each(partial(take_shard, leg), jobs))
            merge_facts(folder, stage_named(leg[-1]).merged, nights)
        yield Rerun(run, folder / "run", crew.each)


def _link(run: CommittedRun, folder: Path, stages: list[str]) -> None:
    """Link the parts that some stages of a run wrote into a folder."""
    for name in run.manifest["files"]:
        dataset, _, part = name.partition("/")
        maker = part.rpartition("-")[0] if dataset == "marks" else MADE_BY.get(dataset)
        if maker in stages:
            (folder / dataset).mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to((run.folder / name).resolve())
