"""When each shard goes through each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from etl.recipe import Recipe
from etl.scheduling import Schedule, legs_from
from etl.shards import ShardJob

JOBS = [ShardJob(Path("staging"), Recipe(), number) for number in (3, 4, 7)]


LEGS = [["cut", "fold"], ["bind"]]


class Work:
    """Takes shards through steps, and remembers in which order."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []

    def take(self, leg: Sequence[str], job: ShardJob) -> list[str]:
        """What comes of each step."""
        self.done += [(step, job.shard) for step in leg]
        return [f"{step} {job.shard}" for step in leg]


@pytest.fixture(params=[0, 1])
def pool(request: pytest.FixtureRequest) -> Iterator[Executor | None]:
    """No workers, and one."""
    if not request.param:
        yield None
        return
    with ThreadPoolExecutor(request.param) as pool:
        yield pool


def test_results_come_step_by_step_in_the_order_of_the_shards(pool: Executor | None) -> None:
    schedule = Schedule(LEGS, Work().take, JOBS, pool)
    for name in ("cut", "fold", "bind"):
        assert list(schedule.results(name)) == [f"{name} {number}" for number in (3, 4, 7)]


def test_several_workers_do_not_change_the_order_of_results() -> None:
    with ThreadPoolExecutor(3) as pool:
        assert list(Schedule(LEGS, Work().take, JOBS, pool).results("cut")) == ["cut 3", "cut 4", "cut 7"]


def test_a_shard_takes_the_steps_of_a_leg_at_one_go_and_then_waits(pool: Executor | None) -> None:
    work = Work()
    schedule = Schedule(LEGS, work.take, JOBS, pool)
    first = [("cut", 3), ("fold", 3), ("cut", 4), ("fold", 4), ("cut", 7), ("fold", 7)]
    for name in ("cut", "fold"):
        list(schedule.results(name))
        assert work.done == first
    list(schedule.results("bind"))
    assert work.done == [*first, ("bind", 3), ("bind", 4), ("bind", 7)]


def test_without_workers_a_piece_of_work_is_done_when_its_result_is_fetched() -> None:
    work = Work()
    results = Schedule(LEGS, work.take, JOBS, None).results("cut")
    assert work.done == []
    next(results)
    assert work.done == [("cut", 3), ("fold", 3)]


def test_no_shards_come_to_nothing(pool: Executor | None) -> None:
    schedule = Schedule(LEGS, Work().take, [], pool)
    assert [list(schedule.results(name)) for name in ("cut", "fold", "bind")] == [[], [], []]


def test_a_shard_takes_stages_at_one_go_until_something_is_merged() -> None:
    assert legs_from("decode") == [["decode"], ["boilerplate"], ["duplicates", "sections", "normalize"]]
    assert legs_from("sections") == [["sections", "normalize"]]
