"""Where the time of a stage goes: CPU seconds by step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

__all__ = ["Stopwatch"]

P = ParamSpec("P")
T = TypeVar("T")


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
