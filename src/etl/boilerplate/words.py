"""Whether texts hold one of some words, found fast."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import TypeVar

import polars as pl

from etl.boilerplate.folding import either_script

__all__ = ["for_shown", "holds", "holds_any"]


_Text = TypeVar("_Text", pl.Expr, pl.Series)


def holds(text: _Text, pattern: str) -> _Text:
    """Whether shown texts hold a pattern for folded ones, in letters of either case."""
    return text.str.contains(for_shown(pattern))


@cache
def for_shown(pattern: str) -> str:
    """A pattern for folded texts as one for shown texts, in letters of either case."""
    return either_script(f"(?i){pattern}")


def holds_any(text: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """Whether shown texts hold one of some words of folded ones, in letters of either case.

    Args:
        text: shown texts.
        words: at least one.
    """
    return pl.any_horizontal(holds(text, pattern) for pattern in _alternations(frozenset(words)))


@cache
def _alternations(words: frozenset[str]) -> tuple[str, ...]:
    """Patterns, of which a text that holds one of the words meets one.

    Chinese words are looked for apart from Latin ones, and these apart from single signs: three searches of one kind
    each take half the time of one for all. A word that holds another need not be looked for.
    """
    parts = [word for word in words if not any(other in word for other in words - {word})]
    kinds = [sorted(of_kind) for _, of_kind in groupby(sorted(parts, key=_kind), _kind)]
    return tuple("|".join(map(re.escape, kind)) for kind in kinds)


def _kind(word: str) -> tuple[bool, bool]:
    return word.isascii(), len(word) == 1
