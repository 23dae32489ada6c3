"""When each shard goes through each step of a run: in their order, and at one go while it needs no other shard."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from etl.pipeline import stages_from
from etl.shards import ShardJob
from etl.workers import Each

__all__ = ["Schedule", "legs_from"]


def legs_from(first: str) -> list[list[str]]:
    """The names of the stages from one on, in legs: a shard takes one at one go, for nothing is merged within it."""
    legs: list[list[str]] = [[]]
    for stage in stages_from(first):
        legs[-1].append(stage.name)
        if stage.merged:
            legs.append([])
    return legs


class Schedule:
    """Takes shards through steps, a leg at one go: a worker goes on with a shard, whatever others are at.

    Args:
        legs: the names of the steps in their order, those together that need nothing that is made of other shards
            meanwhile.
        take: takes a shard through the steps of a leg; a result for each.
        jobs: the shards.
        each: calls a function with each of them; if this process does it itself, not before a result is fetched.
    """

    def __init__(
        self,
        legs: Sequence[Sequence[str]],
        take: Callable[[Sequence[str], ShardJob], Sequence[Any]],
        jobs: Sequence[ShardJob],
        each: Each,
    ) -> None:
        self._legs = {leg[0]: leg for leg in legs}
        self._take, self._jobs, self._each = take, jobs, each
        self._under_way: tuple[Sequence[str], Iterator[Sequence[Any]]] = ([], iter([]))
        self._made: dict[str, deque[Any]] = {name: deque() for leg in legs for name in leg}

    def begin(self, name: str) -> None:
        """Have the workers begin with a leg, if it begins with that step; the steps before are through."""
        if leg := self._legs.pop(name, None):
            self._under_way = leg, self._each(partial(self._take, leg), self._jobs)

    def results(self, name: str) -> Iterator[Any]:
        """What a step makes of each shard, in their order; the steps before are through."""
        self.begin(name)
        made = self._made[name]
        leg, taken = self._under_way
        for results in taken:
            for step, result in zip(leg, results, strict=True):
                self._made[step].append(result)
            yield made.popleft()
        while made:
            yield made.popleft()
