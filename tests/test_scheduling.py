"""When each shard goes through each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from etl.recipe import Recipe
from etl.scheduling import Schedule, legs_from
from etl.shards import ShardJob
from etl.workers import Each

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
def each(request: pytest.FixtureRequest) -> Iterator[Each]:
    """No workers, and one."""
    if not request.param:
        yield map
        return
    with ThreadPoolExecutor(request.param) as pool:
        yield pool.map


def test_results_come_step_by_step_in_the_order_of_the_shards(each: Each) -> None:
    schedule = Schedule(LEGS, Work().take, JOBS, each)
    for name in ("cut", "fold", "bind"):
        assert list(schedule.results(name)) == [f"{name} {number}" for number in (3, 4, 7)]


def test_several_workers_do_not_change_the_order_of_results() -> None:
    with ThreadPoolExecutor(3) as pool:
        assert list(Schedule(LEGS, Work().take, JOBS, pool.map).results("cut")) == ["cut 3", "cut 4", "cut 7"]


def test_a_shard_takes_the_steps_of_a_leg_at_one_go_and_then_waits(each: Each) -> None:
    work = Work()
    schedule = Schedule(LEGS, work.take, JOBS, each)
    first = [("cut", 3), ("fold", 3), ("cut", 4), ("fold", 4), ("cut", 7), ("fold", 7)]
    for name in ("cut", "fold"):
        list(schedule.results(name))
        assert work.done == first
    list(schedule.results("bind"))
    assert work.done == [*first, ("bind", 3), ("bind", 4), ("bind", 7)]


def test_without_workers_a_piece_of_work_is_done_when_its_result_is_fetched() -> None:
    work = Work()
    results = Schedule(LEGS, work.take, JOBS, map).results("cut")
    assert work.done == []
    next(results)
    assert work.done == [("cut", 3), ("fold", 3)]


def test_workers_begin_with_a_leg_before_its_results_are_asked_for() -> None:
    work = Work()
    with ThreadPoolExecutor(1) as pool:
        schedule = Schedule(LEGS, work.take, JOBS, pool.map)
        schedule.begin("cut")
    assert len(work.done) == 6
    schedule.begin("fold")
    assert list(schedule.results("cut")) == ["cut 3", "cut 4", "cut 7"]
    assert len(work.done) == 6


def test_no_shards_come_to_nothing(each: Each) -> None:
    schedule = Schedule(LEGS, Work().take, [], each)
    assert [list(schedule.results(name)) for name in ("cut", "fold", "bind")] == [[], [], []]


def test_a_shard_takes_stages_at_one_go_until_something_is_merged() -> None:
    assert legs_from("decode") == [["decode"], ["boilerplate"], ["duplicates", "sections", "normalize"]]
    assert legs_from("sections") == [["sections", "normalize"]]
