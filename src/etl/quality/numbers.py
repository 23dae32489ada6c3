"""Values as numbers, so that they are counted as arrays; and what comes of it, small tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import count
from typing import Any, TypeVar

import numpy as np

from etl.arrays import Ints

__all__ = ["Columns", "Numbers", "columns", "number", "numbers", "sums"]

Value = TypeVar("Value", bound=Hashable)

Numbers = defaultdict[Value, int]
"""Values in the order of their numbers; one that is asked for and not there is given the next."""

Columns = dict[str, list[Any]]
"""A small table by column: frames take longer to make and to send than what is in them."""


def numbers(values: Sequence[Value]) -> Numbers[Value]:
    """The numbers of values that all differ."""
    return defaultdict(count(len(values)).__next__, zip(values, count()))


def number(numbers: Numbers[Value], values: Sequence[Value]) -> Ints:
    """The number of each value."""
    return np.fromiter(map(numbers.__getitem__, values), np.int64, len(values))


def columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Columns:
    """A table of rows."""
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def sums(groups: Ints, values: Ints, size: int) -> Ints:
    """The sum of each group; exact below 2**53."""
    return np.bincount(groups, weights=values, minlength=size).astype(np.int64)
