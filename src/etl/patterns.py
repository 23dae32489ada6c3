"""Patterns that stay compiled from one shard to the next.

Polars compiles a pattern where it is used, which takes up to 2 ms, and each thread keeps the latest 32 that it used: a
shard needs more than that, so that each would be compiled anew in every shard. Work on a thread of its own meets no
patterns but its own there.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import ParamSpec, TypeVar

__all__ = ["keeps_patterns"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


def keeps_patterns(work: Callable[_P, _T]) -> Callable[_P, _T]:
    """Give work a thread of its own, on which the patterns that it uses stay compiled, if they are no more than 32.

    Polars takes several expressions of one select to threads of its own; so work with many patterns asks for them one
    after the other, by `select_seq`.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="patterns")

    @wraps(work)
    def kept(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return thread.submit(work, *args, **kwargs).result()

    return kept
