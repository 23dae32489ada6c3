"""A run that is killed at any moment leaves its output folder as before or complete."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from etl.datasets import current_run
from etl.errors import OutputError
from etl.runs import run
from etl.verify import verify

MOMENTS = 5
"""How many runs are killed; together they take a few seconds."""

PROGRAM = """
import sys
from pathlib import Path
import etl.runs
print("ready", flush=True)
etl.runs.run(Path(sys.argv[1]), Path(sys.argv[2]), workers=1)
"""


@contextmanager
def begun(pages: Path, output: Path, program: str = PROGRAM) -> Iterator[subprocess.Popen[bytes]]:
    """A run in a process of its own that has loaded everything and starts now."""
    arguments = [sys.executable, "-c", program, str(pages), str(output)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process


def run_of(output: Path) -> str | None:
    """The current run, proved; none if nothing has been published."""
    try:
        current = current_run(output)
    except OutputError:
        return None
    verify(current)
    return current.run_id


def runs_of(output: Path) -> set[str]:
    return {path.name for path in (output / "runs").iterdir()} if (output / "runs").exists() else set()


def duration(pages: Path, output: Path) -> float:
    """Seconds that a run takes here and now."""
    with begun(pages, output) as process:
        started = time.perf_counter()
        assert process.wait() == 0
    return time.perf_counter() - started


def test_a_killed_run_leaves_the_output_as_before_or_complete(pages: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    seconds = duration(pages, tmp_path / "timed")
    for moment in range(MOMENTS):
        before, known = run_of(output), runs_of(output)
        with begun(pages, output) as process:
            time.sleep(seconds * moment / (MOMENTS - 2))
            process.kill()
        after = run_of(output)
        assert after == before or {after} == runs_of(output) - known
        # A whole run that CURRENT does not name yet may be there; half a one may not.
        assert all((output / "runs" / run_id / "manifest.json").is_file() for run_id in runs_of(output))
    committed = run(pages, output, workers=1)
    assert run_of(output) == committed.run_id
    assert {path.name for path in output.iterdir()} == {".etl-output", "CURRENT", "runs"}


@pytest.mark.parametrize("step", ["manifest.json", "runs", "CURRENT"])
def test_a_run_killed_at_each_step_of_its_commit_is_not_half_there(pages: Path, tmp_path: Path, step: str) -> None:
    first = run(pages / "linjiang.example", tmp_path / "out", workers=1)
    program = f"""
import os, signal, sys
from pathlib import Path
import etl.datasets, etl.runs

def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

write, rename = etl.datasets.write_bytes, Path.rename
if {step!r} == "runs":
    Path.rename = die
else:
    etl.datasets.write_bytes = lambda path, data: die() if path.name == {step!r} else write(path, data)
etl.runs.run(Path(sys.argv[1]), Path(sys.argv[2]), workers=1)
"""
    arguments = [sys.executable, "-c", program, str(pages), str(tmp_path / "out")]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    assert run_of(tmp_path / "out") == first.run_id
    second = run(pages, tmp_path / "out", workers=1)
    assert run_of(tmp_path / "out") == second.run_id
    assert not (tmp_path / "out" / ".staging").exists()


def test_workers_do_not_outlive_a_killed_run(pages: Path, tmp_path: Path) -> None:
    program = PROGRAM.replace("workers=1", "etl.recipe.Recipe.model_validate({'run': {'shard_mb': 0.001}}), workers=2")
    with begun(pages, tmp_path / "out", program) as process:
        time.sleep(1.0)
        process.kill()
        # The workers hold the other end of the pipe: it ends when the last of them is gone.
        assert process.stdout is not None
        assert process.stdout.read() == b""
    with pytest.raises(OutputError):
        current_run(tmp_path / "out")
    run(pages, tmp_path / "out", workers=1)
