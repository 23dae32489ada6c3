"""When each shard goes through each step of a run: in their order, and at one go while it needs no other shard."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

from etl.pipeline import STAGES
from etl.shards import ShardJob

__all__ = ["Schedule", "legs_from"]


def legs_from(first: str) -> list[list[str]]:
    """The names of the stages from one on, in legs: a shard takes one at one go, for nothing is merged within it."""
    names = [stage.name for stage in STAGES]
    legs: list[list[str]] = [[]]
    for stage in STAGES[names.index(first) :]:
        legs[-1].append(stage.name)
        if stage.merged:
            legs.append([])
    return legs


class Schedule:
    """Takes shards through steps, a leg at one go: a worker goes on with a shard, whatever others are at.

    Without workers, what is asked for is done when its result is fetched.

    Args:
        legs: the names of the steps in their order, those together that need nothing that is made of other shards
            meanwhile.
        take: takes a shard through the steps of a leg; a result for each.
        jobs: the shards.
        pool: worker processes, if there are any.
    """

    def __init__(
        self,
        legs: Sequence[Sequence[str]],
        take: Callable[[Sequence[str], ShardJob], Sequence[Any]],
        jobs: Sequence[ShardJob],
        pool: Executor | None,
    ) -> None:
        self._legs = {leg[0]: leg for leg in legs}
        self._take, self._jobs, self._pool = take, jobs, pool
        self._made: dict[str, deque[Any]] = {name: deque() for leg in legs for name in leg}

    def results(self, name: str) -> Iterator[Any]:
        """What a step makes of each shard, in their order; the step before is through."""
        if leg := self._legs.get(name):
            each = self._pool.map if self._pool else map
            for results in each(partial(self._take, leg), self._jobs):
                for step, result in zip(leg, results, strict=True):
                    self._made[step].append(result)
                yield self._made[name].popleft()
        while self._made[name]:
            yield self._made[name].popleft()
