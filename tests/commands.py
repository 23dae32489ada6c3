"""The command line, as the fixture `etl` calls it."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Command"]

Command = Callable[..., tuple[int, str, str]]
"""Arguments in; exit status, output and errors out."""
