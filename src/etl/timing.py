"""What work costs a process: CPU seconds by step, and memory."""

from __future__ import annotations

import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

__all__ = ["Stopwatch", "peak_memory_mb"]

P = ParamSpec("P")
T = TypeVar("T")

STATUS = Path("/proc/self/status")
"""What Linux says of this process."""


def peak_memory_mb() -> float:
    """The most memory that this process has had, in 10^6 bytes, without what it had before its program was loaded.

    What getrusage says begins with the size of the process that started this one (proc(5): VmHWM does not), and is
    asked only where there is nothing better.
    """
    if STATUS.exists():
        peak = int(re.findall(r"^VmHWM:\s*([0-9]+) kB$", STATUS.read_text(), re.MULTILINE)[0]) * 1024
    else:
        # In bytes on macOS, in units of 1024 of them elsewhere.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return round(peak / 1e6, 1)


class Stopwatch:
    """Sums up this process's CPU seconds by step. A step within a step counts for the inner one alone.

    Attributes:
        seconds: CPU seconds of each step so far, in the order in which the steps first ended.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._counted = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what runs inside for this step, but for what inner steps count."""
        begun, counted = time.process_time(), self._counted
        try:
            yield
        finally:
            spent = time.process_time() - begun - (self._counted - counted)
            self._counted += spent
            self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def timed(self, name: str, call: Callable[P, T]) -> Callable[P, T]:
        """The same callable, each call of which counts for this step."""

        def counted(*arguments: P.args, **options: P.kwargs) -> T:
            with self.step(name):
                return call(*arguments, **options)

        return counted

    def add(self, seconds: dict[str, float]) -> None:
        """Count what another process measured."""
        for name, spent in seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + spent
