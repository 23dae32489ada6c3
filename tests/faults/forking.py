"""Runs that can be killed in great number: a process that has loaded everything, and forks one for each run.

`Forks` is the test's side of it; the module itself, run as a program, is the process that forks.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from etl.errors import EtlError
from etl.runs import run
from tests.committed import SMALL_SHARDS

NIGHTLY = SMALL_SHARDS.with_run(incremental=True)
"""For a run that takes over what did not change."""

STEPS = {"os.rename": 1, "os.mkdir": 0, "os.remove": 0, "os.rmdir": 0}
"""Python's audit events of what changes a folder, with the argument that names what there is after or before it."""


class Ended(NamedTuple):
    """How a run ended: its exit status, negative for a signal, and how long it took."""

    status: int
    seconds: float


class Forks:
    """Runs in processes of their own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, pages: Path, output: Path, **how: Any) -> Ended:
        """One run; killed after some `seconds`, or before its `step` of a number or such as "os.rename CURRENT"."""
        return self.together([{"pages": str(pages), "output": str(output), **how}])[0]

    def together(self, runs: list[dict[str, Any]]) -> list[Ended]:
        """Several runs at the same time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(runs) + "\n")
        self._process.stdin.flush()
        return [Ended(*ended) for ended in json.loads(self._process.stdout.readline())]


@contextmanager
def forks() -> Iterator[Forks]:
    """Start the process that forks."""
    arguments, root = [sys.executable, "-m", "tests.faults.forking"], Path(__file__).parents[2]
    with subprocess.Popen(arguments, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Forks(process)
        assert process.stdin is not None
        process.stdin.close()


def moments(count: int, seconds: float) -> list[float]:
    """Moments spread over a time: one at random in each of `count` equal spans."""
    chance = random.Random(8 + count)  # a single moment is near the middle
    return [(number + chance.random()) / count * seconds for number in range(count)]


def _serve() -> None:
    for line in sys.stdin:
        started = [(_fork(how), how) for how in json.loads(line)]
        print(json.dumps([_wait(pid, how.get("seconds")) for pid, how in started]), flush=True)  # noqa: T201


def _fork(how: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        _run(how)
    finally:
        sys.stderr.flush()
        os._exit(1)


def _run(how: dict[str, Any]) -> None:
    recipe = NIGHTLY if how.get("nightly") else SMALL_SHARDS
    if "step" in how:
        _die_before(how["step"])
    try:
        run(Path(how["pages"]), Path(how["output"]), recipe, workers=how.get("workers", 1))
    except EtlError as error:
        os._exit(error.exit_status)
    os._exit(0)


def _die_before(step: int | str) -> None:
    """Kill this process before its step of a number, from 0, or before the first that does something to a name."""
    made = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal made
        if event not in STEPS:
            return
        path = Path(os.fsdecode(arguments[STEPS[event]]))
        name = "RUN" if path.parent.name == "runs" else path.name
        if step in (made, f"{event} {name}"):
            os.kill(os.getpid(), signal.SIGKILL)
        made += 1

    sys.addaudithook(watch)


def _wait(pid: int, seconds: float | None) -> tuple[int, float]:
    begun = time.monotonic()
    gone = os.pidfd_open(pid)
    if not select.select([gone], [], [], seconds)[0]:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(gone)
    return os.waitstatus_to_exitcode(status), time.monotonic() - begun


if __name__ == "__main__":
    _serve()
