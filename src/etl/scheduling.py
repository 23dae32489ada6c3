"""When each shard goes through each step of a run: in one order, and as soon as what that needs is there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

from etl.shards import ShardJob

__all__ = ["Schedule", "Step"]


class Step(NamedTuple):
    """What is done to every shard.

    Attributes:
        name: of the step.
        work: does it to one shard.
        awaits_all: whether it needs what the step before makes of all shards, and not of the same one alone.
    """

    name: str
    work: Callable[[ShardJob], Any]
    awaits_all: bool


class Schedule:
    """Takes shards through steps. Workers that are through with one step begin the next while others still work.

    Without workers, what is asked for is done when its result is fetched.

    Args:
        steps: in their order.
        jobs: the shards.
        pool: worker processes, if there are any.
    """

    def __init__(self, steps: Sequence[Step], jobs: Sequence[ShardJob], pool: Executor | None) -> None:
        self._jobs, self._pool = jobs, pool
        self._steps = {step.name: step for step in steps}
        self._following = {one.name: other for one, other in pairwise(steps) if not other.awaits_all}
        self._asked: dict[str, deque[Callable[[], Any]]] = {step.name: deque() for step in steps}

    def results(self, name: str) -> Iterator[Any]:
        """What a step makes of each shard, in their order; the step before is through."""
        step, asked, following = self._steps[name], self._asked[name], self._following.get(name)
        if step.awaits_all:
            for job in self._jobs:
                self._ask(step, job)
        for job in self._jobs:
            result = asked.popleft()()
            if following:
                self._ask(following, job)
            yield result

    def _ask(self, step: Step, job: ShardJob) -> None:
        asked = self._pool.submit(step.work, job).result if self._pool else partial(step.work, job)
        self._asked[step.name].append(asked)
