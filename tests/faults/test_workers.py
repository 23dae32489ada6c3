"""Workers that are killed, and runs that meet."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from etl.errors import LostWorkerError, OutputError
from etl.resuming import WORKERS
from etl.runs import begin, run
from etl.workers import outlive_workers
from tests.faults.forking import SMALL_SHARDS
from tests.faults.outputs import Ground, assert_resumes, assert_sound

long = pytest.mark.faults

STAGES = ("decode", "boilerplate", "duplicates", "sections", "normalize")


@pytest.mark.parametrize("stages", [("boilerplate",), pytest.param(STAGES[:2], marks=long)])
def test_a_worker_that_is_killed_is_one_line_and_the_next_run_goes_on(
    ground: Ground, tmp_path: Path, stages: tuple[str, ...]
) -> None:
    # Of the other stages no worker has anything left to do when the first of them is told to be done.
    for at in stages:

        def kill(stage: str, done: int, of: int, at: str = at) -> None:
            if (stage, done) == (at, of):
                for worker in multiprocessing.active_children():
                    os.kill(worker.pid or 0, signal.SIGKILL)

        output = tmp_path / at
        with ground.fault("a worker is killed"):
            with pytest.raises(LostWorkerError, match="a worker process was killed") as raised:
                run(ground.pages, output, SMALL_SHARDS, workers=2, progress=kill)
            assert "\n" not in str(raised.value)
            assert_sound(output)
            assert assert_resumes(ground, output).manifest["taken_up"] >= 2 * (STAGES.index(at) + 1)


def test_a_run_waits_for_the_workers_of_a_killed_one(tmp_path: Path) -> None:
    program = (
        "import fcntl, sys, time; from pathlib import Path\n"
        "with open(sys.argv[1], 'ab') as held:\n"
        "    fcntl.flock(held, fcntl.LOCK_SH); print('held', flush=True)\n"
        "    time.sleep(0.5); Path(sys.argv[1]).with_name('gone').touch()"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "workers")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"held\n"
        outlive_workers(tmp_path / "workers")
        assert (tmp_path / "gone").exists()


def test_workers_hold_their_file(ground: Ground, tmp_path: Path) -> None:
    with begin(ground.pages, tmp_path, SMALL_SHARDS, workers=2) as work:
        work.do("decode")
        held = subprocess.run(["flock", "--nonblock", work.folder / WORKERS, "true"], check=False)
        assert held.returncode == 1


def test_a_second_run_on_one_output_leaves_with_one_line(ground: Ground, tmp_path: Path) -> None:
    with ground.fault("a second run on one output"), begin(ground.pages, tmp_path, SMALL_SHARDS, workers=1):
        with pytest.raises(OutputError, match="another run is at work there; wait for it to end"):
            run(ground.pages, tmp_path, SMALL_SHARDS, workers=1)
        assert (tmp_path / ".staging" / "job.json").exists()


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=long)])
def test_runs_that_start_at_once_never_mix(ground: Ground, tmp_path: Path, times: int) -> None:
    for number in range(times):
        output = tmp_path / str(number)
        with ground.fault("three runs at once on one output"):
            how = {"pages": str(ground.pages), "output": str(output)}
            ended = ground.forked.together([how] * 3)
            assert {run.status for run in ended} <= {0, 2}
            assert len(list((output / "runs").iterdir())) == sum(run.status == 0 for run in ended) >= 1
            assert_resumes(ground, output)
