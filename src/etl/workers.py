"""Worker processes."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from threading import Thread
from typing import Protocol, TypeVar

from etl.environment import ALLOCATOR, ONE_THREAD, collect_rarely
from etl.errors import LostWorkerError

__all__ = ["Each", "Workers", "outlive_workers", "worker_processes"]

Given = TypeVar("Given")
Result = TypeVar("Result")

WORTH_A_WORKER_BYTES = 40_000_000
"""Bytes of input from which on even one worker is worth its start, .6 s of CPU. It does the work with a twentieth less
CPU than the run's own process, whose libraries have several threads, and peaks some 30 MB lower."""

LOG = logging.getLogger(__name__)

ENVIRONMENT = ONE_THREAD | ALLOCATOR
"""Variables that a worker is born with, for the libraries that read them before any of our code runs."""


class Each(Protocol):
    """Calls a function with each of some things, in this process or in others; the results come in their order."""

    def __call__(self, work: Callable[[Given], Result], given: Iterable[Given], /) -> Iterator[Result]:
        """What the function makes of each."""


class Workers:
    """Worker processes. Before they are started this process does the work, when a result is fetched.

    Args:
        stack: ends them.
        most: how many there may be; by default one a core.
        presence: a file that each of them holds as long as it lives, for `outlive_workers`.
        errand: what each does first, so that what it imports is at hand when work comes.
    """

    def __init__(self, stack: ExitStack, most: int | None, presence: Path | None, errand: Callable[[], object]) -> None:
        self.most = most or len(os.sched_getaffinity(0))
        self._stack, self._presence, self._errand = stack, presence, errand
        self._pool: ProcessPoolExecutor | None = None

    def start_for(self, pieces: int, size_bytes: int = 0) -> None:
        """Start as many as there is work for, unless they are, or one would do and has little to do.

        Args:
            pieces: of work, as far as they are known.
            size_bytes: of the input.
        """
        count = min(self.most, pieces)
        if self._pool is None and (count > 1 or size_bytes > WORTH_A_WORKER_BYTES):
            self._pool = self._stack.enter_context(_processes(count, self._presence))
            for _ in range(count):
                self._pool.submit(self._errand)

    def each(self, work: Callable[[Given], Result], given: Iterable[Given], /) -> Iterator[Result]:
        """Call a function with each of some things, as `Each` does."""
        return self._pool.map(work, given) if self._pool else map(work, given)


@contextmanager
def worker_processes(
    most: int | None, presence: Path | None = None, errand: Callable[[], object] = os.getpid
) -> Iterator[Workers]:
    """Workers to be started; the arguments are those of `Workers`.

    Raises:
        LostWorkerError: a worker was killed while it was at work.
    """
    with ExitStack() as stack:
        try:
            yield Workers(stack, most, presence, errand)
        except BrokenProcessPool as error:
            raise LostWorkerError(
                "a worker process was killed, as the system does where memory runs out; run again to go on from "
                "there, and if that happens again with fewer --workers or a smaller run.shard_mb"
            ) from error


@contextmanager
def _processes(count: int, presence: Path | None) -> Iterator[ProcessPoolExecutor]:
    """Processes, spawned (a forked Polars hangs), each in the `ENVIRONMENT` that suits one."""
    context = get_context("spawn")
    cores: SimpleQueue[int | None] = context.SimpleQueue()
    for core in _cores_for(count):
        cores.put(core)
    before = {name: os.environ.get(name) for name in ENVIRONMENT}
    os.environ.update(ENVIRONMENT)
    pool = ProcessPoolExecutor(count, context, initializer=_report, initargs=(cores, presence))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def outlive_workers(presence: Path) -> None:
    """Wait until the workers of a killed run are gone, which takes them a moment after it."""
    with presence.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def _cores_for(count: int) -> list[int | None]:
    """A core for each worker, where there are as many as cores.

    Polars works in a thread of its own, which a worker's first thread hands each step and waits for: never do both
    work. Left to itself, the system often puts one of them behind another worker, while the core that it came from
    is idle: so two workers lost a sixth of their time in boilerplate. Fewer workers than cores have room beside each
    other; to choose for them would have every run choose the same cores, and two runs crowd there.
    """
    cores = sorted(os.sched_getaffinity(0))
    return [*cores] if count == len(cores) else [None] * count


def _report(cores: SimpleQueue[int | None], presence: Path | None) -> None:
    """Begin a worker's life: take a core, hold its file, then see to it that it ends with the run's own process.

    In this order, no worker is left after `outlive_workers`: one that comes later finds its run gone.
    """
    _keep_to(cores.get())
    collect_rarely()
    if presence:
        held = os.open(presence, os.O_WRONLY | os.O_CREAT | os.O_APPEND)  # until the process ends
        fcntl.flock(held, fcntl.LOCK_SH)
    _die_with_parent()


def _keep_to(core: int | None) -> None:
    """Let this thread, and those that it will start, Polars' among them, run on one core only."""
    if core is None:
        return
    try:
        os.sched_setaffinity(0, {core})
    except OSError as error:
        LOG.warning("no core of its own for a worker, which only takes time: %s", error)


def _die_with_parent() -> None:
    """End this worker when the run's own process is gone, however it went.

    A worker waits for work on a pipe whose other end it holds too, so that it would wait for ever, or finish its shard
    in the staging folder of the run that comes after.
    """
    process = parent_process()
    if process is None:
        return
    if not process.is_alive():
        os._exit(1)

    def watch() -> None:
        process.join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()
