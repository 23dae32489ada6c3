"""Variables that libraries read before any of our code can tell them otherwise."""

from __future__ import annotations

__all__ = ["ALLOCATOR", "ONE_THREAD"]

ALLOCATOR = {
    # Polars' allocator keeps what is freed for some seconds, which is several shards, and for whichever thread asks
    # next: memory that comes from the system anew costs a fault a page.
    "_RJEM_MALLOC_CONF": "narenas:1,dirty_decay_ms:5000",
}
"""For every process that cleans."""

ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""For a worker: two processes with one thread each do almost twice the work of one process with two."""
