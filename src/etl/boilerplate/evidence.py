"""Evidence for and against lines: how much of what is found, and under which names its weights are filed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from etl.boilerplate.frame import Flags, Floats, Ints

__all__ = ["SHORT", "Evidence", "Names", "steps"]

Names = tuple[tuple[str, ...], ...]
"""For each kind of line, the names that hold for it."""

SHORT = 30
"""Code points; a shorter line's place says more of it."""


class Evidence(NamedTuple):
    """One piece of evidence.

    Attributes:
        group: what a person would call it.
        names: for each kind of line, what the weights that hold for it are filed under.
        kind: of each line, a number; left out if all are of the first kind.
        amount: from 0 to 1, how much of it each line has; left out if it is 1.
    """

    group: str
    names: Names
    kind: Ints | None = None
    amount: Floats | Flags | None = None


def steps(name: str, lows: Sequence[int]) -> Names:
    """For each number up to the last of some, the name of the greatest of them that it reaches."""
    return tuple(tuple(f"{name}{low}" for low in lows if low <= number)[-1:] for number in range(lows[-1] + 1))
