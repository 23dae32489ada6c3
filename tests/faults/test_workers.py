"""Workers that are killed, and runs that meet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from etl.errors import LostWorkerError, OutputError
from etl.resuming import WORKERS
from etl.runs import begin, run
from etl.workers import outlive_workers
from tests.committed import SMALL_SHARDS
from tests.faults.outputs import Ground, assert_resumes, assert_sound

long = pytest.mark.faults

STAGES = ("decode", "boilerplate", "duplicates", "sections", "normalize")


DYING = """
import os, signal, sys

def watch(event, arguments):
    if event == "os.rename" and os.fsdecode(arguments[1]).endswith({name!r}):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
"""
"""What Python runs when it starts, if it is found by this name: a process that never makes a certain file."""


@pytest.mark.parametrize("stage", [pytest.param(stage, marks=() if stage == "sections" else long) for stage in STAGES])
def test_a_worker_that_is_killed_is_one_line_and_the_next_run_goes_on(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(DYING.format(name=f"finished/{stage}-00001.json"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with ground.fault("a worker is killed"):
        with pytest.raises(LostWorkerError, match="a worker process was killed") as raised:
            run(ground.pages, tmp_path / "out", SMALL_SHARDS, workers=2)
        assert "\n" not in str(raised.value)
        assert_sound(tmp_path / "out")
        # The shard's stages before, and the other's that came before something was merged.
        at_least = STAGES.index(stage) + min(STAGES.index(stage), STAGES.index("duplicates"))
        assert assert_resumes(ground, tmp_path / "out").manifest["taken_up"] >= at_least


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
