from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.errors import LostWorkerError
from etl.workers import worker_processes


@pytest.fixture
def cores() -> Iterator[set[int]]:
    """Cores that this process may run on: two, so that few workers are all that there can be."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:2])
    yield os.sched_getaffinity(0)
    os.sched_setaffinity(0, before)


def affinity_at_a_meeting(opened: tuple[Path, str]) -> set[int]:
    """Where this process may run, told when another one has come too."""
    fifo, mode = opened
    with fifo.open(mode):
        return os.sched_getaffinity(0)


def test_workers_that_are_as_many_as_the_cores_have_one_each(cores: set[int], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "meeting")
    with worker_processes(2) as workers:
        workers.start_for(2)
        found = list(workers.each(affinity_at_a_meeting, [(tmp_path / "meeting", mode) for mode in "rw"]))
    assert sorted(map(sorted, found)) == [[core] for core in sorted(cores)]
    assert os.sched_getaffinity(0) == cores


@pytest.mark.parametrize("count", [1, 3])
def test_fewer_or_more_workers_than_cores_run_on_any(cores: set[int], count: int) -> None:
    with worker_processes(count) as workers:
        workers.start_for(count, size_bytes=10**9)
        assert list(workers.each(os.sched_getaffinity, [0])) == [cores]


def lose_workers() -> None:
    with worker_processes(2) as workers:
        workers.start_for(2)
        list(workers.each(os._exit, [1, 1]))


def test_a_worker_that_is_gone_ends_the_work_with_one_line() -> None:
    with pytest.raises(LostWorkerError, match="a worker process was killed") as raised:
        lose_workers()
    assert "\n" not in str(raised.value)


def test_without_workers_the_work_is_done_here_and_when_its_result_is_fetched() -> None:
    done: list[int] = []
    with worker_processes(1) as workers:
        workers.start_for(1)
        results = workers.each(done.append, [1, 2])
        assert done == []
        list(results)
    assert done == [1, 2]


def test_a_worker_that_is_refused_its_core_says_so_and_works(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    beyond = max(os.sched_getaffinity(0)) + 4096
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {beyond})
    with worker_processes(1) as workers:
        workers.start_for(1, size_bytes=10**9)
        assert list(workers.each(abs, [-1])) == [1]
    assert "no core of its own for a worker" in capfd.readouterr().err
