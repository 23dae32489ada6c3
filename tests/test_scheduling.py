"""When each shard goes through each step."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from etl.recipe import Recipe
from etl.scheduling import Schedule, Step
from etl.shards import ShardJob

JOBS = [ShardJob(Path("staging"), Recipe(), number) for number in (3, 4, 7)]


def take_through(pool: Executor | None, done: list[tuple[str, int]]) -> list[list[str]]:
    """What comes of three steps, the last of which awaits all of the second; `done` is told of each piece of work."""

    def step(name: str, *, awaits_all: bool) -> Step:
        def work(job: ShardJob) -> str:
            done.append((name, job.shard))
            return f"{name} {job.shard}"

        return Step(name, work, awaits_all)

    steps = [step("cut", awaits_all=True), step("fold", awaits_all=False), step("bind", awaits_all=True)]
    schedule = Schedule(steps, JOBS, pool)
    return [list(schedule.results(name)) for name in ("cut", "fold", "bind")]


def test_results_come_in_the_order_of_the_shards_with_workers_and_without() -> None:
    expected = [[f"{name} {number}" for number in (3, 4, 7)] for name in ("cut", "fold", "bind")]
    assert take_through(None, []) == expected
    with ThreadPoolExecutor(2) as pool:
        assert take_through(pool, []) == expected


@pytest.mark.parametrize("workers", [0, 1])
def test_steps_are_taken_in_their_order(workers: int) -> None:
    done: list[tuple[str, int]] = []
    with ThreadPoolExecutor(1) as pool:
        take_through(pool if workers else None, done)
    assert done == [(name, number) for name in ("cut", "fold", "bind") for number in (3, 4, 7)]


def test_a_step_begins_before_the_last_result_of_the_one_before_is_fetched() -> None:
    done: list[int] = []
    steps = [Step("cut", lambda job: None, awaits_all=True), Step("fold", lambda job: done.append(job.shard), False)]
    with ThreadPoolExecutor(1) as pool:
        next(Schedule(steps, JOBS, pool).results("cut"))
    assert done == [3]


def test_a_step_that_awaits_all_is_not_begun_by_the_one_before() -> None:
    done: list[str] = []
    steps = [Step("cut", lambda job: None, awaits_all=True), Step("bind", lambda job: done.append("bind"), True)]
    with ThreadPoolExecutor(1) as pool:
        list(Schedule(steps, JOBS, pool).results("cut"))
    assert done == []


def test_without_workers_a_piece_of_work_is_done_when_its_result_is_fetched() -> None:
    done: list[int] = []
    schedule = Schedule([Step("cut", lambda job: done.append(job.shard), awaits_all=True)], JOBS, None)
    results = schedule.results("cut")
    assert done == []
    next(results)
    assert done == [3]
