"""Cleans dirty web text, Chinese first, and accounts for every character it takes.

`clean` cleans one document in memory, `run` a folder into an output folder, `open` reads an output folder back.
Each is imported when it is first used, so that `import etl` and `etl --help` cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["CleanDocument", "CommittedRun", "Recipe", "clean", "open", "run"]

if TYPE_CHECKING:
    from etl.api import CleanDocument, clean, open, run  # noqa: A004  # `etl.open` reads as what it does
    from etl.datasets import CommittedRun
    from etl.recipe import Recipe

_HOMES = {
    "CleanDocument": "etl.api",
    "CommittedRun": "etl.datasets",
    "Recipe": "etl.recipe",
    "clean": "etl.api",
    "open": "etl.api",
    "run": "etl.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'etl' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  # only when something is asked for

    return getattr(import_module(_HOMES[name]), name)
