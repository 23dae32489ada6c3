"""Patterns for folded texts, looked for in shown ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TypeVar

import polars as pl

from etl.boilerplate.folding import either_script

__all__ = ["any_of", "for_shown", "holds"]

_Text = TypeVar("_Text", pl.Expr, pl.Series)


def holds(text: _Text, pattern: str) -> _Text:
    """Whether shown texts hold a pattern for folded ones, in letters of either case."""
    return text.str.contains(for_shown(pattern))


@cache
def for_shown(pattern: str) -> str:
    """A pattern for folded texts as one for shown texts, in letters of either case."""
    return either_script(f"(?i){pattern}")


def any_of(words: Iterable[str]) -> str:
    """A pattern for one of some words of folded texts."""
    return "|".join(map(re.escape, words))
