"""What a command costs, with every process that it starts: CPU and wall seconds, and memory."""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CommandError", "Cost", "measure"]

PR_SET_CHILD_SUBREAPER = 36
"""From linux/prctl.h: orphans below this process become its children, so that their cost is not lost."""

SAMPLE_SECONDS = 0.05
"""Time between two looks at the memory of the process tree; a look costs a millisecond, and not of the tree's CPU."""


class CommandError(RuntimeError):
    """A measured command failed; the message has the end of what it said."""


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    Attributes:
        wall_seconds: from its start to the end of its last process.
        cpu_seconds: user and system time of all its processes.
        largest_mb: peak resident memory of its largest process, in 10^6 bytes.
        tree_mb: peak of the resident memory of all its processes at one time, in 10^6 bytes; pages that processes
            share count for each.
        output: what it printed.
    """

    wall_seconds: float
    cpu_seconds: float
    largest_mb: float
    tree_mb: float
    output: str


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end and sum up what it and its children cost.

    Args:
        command: program and arguments.
        environment: variables beside this process's own.

    Raises:
        CommandError: it failed.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    watch = _MemoryWatch(process.pid)
    assert process.stdout is not None  # PIPE was asked for
    with process.stdout, watch:
        output = process.stdout.read()
        cpu = _reap(process)
    if process.returncode:
        raise CommandError(f"{' '.join(command)}: status {process.returncode}\n{output[-2_000:]}")
    return Cost(time.perf_counter() - begun, cpu, watch.largest_mb, max(watch.tree_mb, watch.largest_mb), output)


def _reap(process: subprocess.Popen[str]) -> float:
    """Wait for every process of the session that becomes ours; the kernel adds to each what it waited for itself.

    Returns:
        CPU seconds.
    """
    cpu = 0.0
    while True:
        try:
            pid, status, usage = os.wait4(-process.pid, 0)
        except ChildProcessError:
            return cpu
        if pid == process.pid:
            process.returncode = os.waitstatus_to_exitcode(status)
        cpu += usage.ru_utime + usage.ru_stime


class _MemoryWatch:
    """Looks at the memory of a session's processes while it is entered.

    What the kernel keeps for a parent (`ru_maxrss`) will not do: it counts what a process held as a copy of its parent,
    before it became the program that is measured.
    """

    def __init__(self, session: int) -> None:
        self.largest_mb = self.tree_mb = 0.0
        self._session, self._done = session, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            found = [_memory(folder, self._session) for folder in Path("/proc").glob("[0-9]*")]
            self.largest_mb = max(self.largest_mb, *(peak for peak, _ in found))
            self.tree_mb = max(self.tree_mb, sum(now for _, now in found))


def _memory(folder: Path, session: int) -> tuple[float, float]:
    """Peak and present resident memory of a process in 10^6 bytes, zeros if it is of another session; see proc(5)."""
    try:
        # The name of the program, in parentheses, may hold spaces.
        if int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[3]) != session:
            return 0.0, 0.0
        status = (folder / "status").read_text(errors="replace")
    except (OSError, IndexError):
        return 0.0, 0.0  # It has ended.
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    peak, now = (float(lines.get(name, "0").split()[0]) * 1024 / 1e6 for name in ("VmHWM", "VmRSS"))
    return peak, now
