"""How processes are set up: variables that libraries read before any of our code, and Python's collector."""

from __future__ import annotations

import atexit
import gc
import sys

__all__ = ["ALLOCATOR", "ONE_THREAD", "collect_rarely"]

ALLOCATOR = {
    # Polars' allocator keeps what is freed for some seconds, which is several shards, and for whichever thread asks
    # next: memory that comes from the system anew costs a fault a page.
    "_RJEM_MALLOC_CONF": "narenas:1,dirty_decay_ms:5000",
    # Arrow's own allocator would keep another 20 MB beside that, and is asked too seldom to save time.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""For every process that cleans."""

ONE_THREAD = {
    "POLARS_MAX_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # The thread that keeps patterns would take numpy's arrays from memory of its own: 30 MB that others cannot use.
    "MALLOC_ARENA_MAX": "1",
}
"""For a worker: two processes with one thread each do almost twice the work of one process with two."""

OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""New objects after which Python looks for cycles among them; after 700, as usual, it takes a tenth of starting."""


def collect_rarely() -> None:
    """Have Python look for cycles seldom, and not at the end, where it takes .1 s of a process that is going anyway."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    atexit.register(_leave_what_is_there)


def _leave_what_is_there() -> None:
    if "duckdb" not in sys.modules:  # which takes for leaks, and lists, what nobody collects
        gc.freeze()
