"""Worker processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread

__all__ = ["worker_processes"]

ONE_THREAD = ("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS")
"""Variables that say how many threads Polars and numpy's linear algebra start; the latter's are of no use here."""


@contextmanager
def worker_processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Worker processes, spawned (a forked Polars hangs), each with one thread.

    Two processes with one thread each do almost twice the work of one process with two.
    """
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        with ProcessPoolExecutor(count, get_context("spawn"), initializer=_die_with_parent) as pool:
            yield pool
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _die_with_parent() -> None:
    """End this worker when the run's own process is gone, however it went.

    A worker waits for work on a pipe whose other end it holds too, so that it would wait for ever, or finish its shard
    in the staging folder of the run that comes after.
    """

    def watch() -> None:
        process = parent_process()
        if process:
            process.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()
