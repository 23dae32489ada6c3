"""Evidence for and against lines: how much of what is found, and under which names its weights are filed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from etl.arrays import Flags, Floats, Ints

__all__ = ["SHORT", "Evidence", "Kinds", "Names", "crossed", "flagged", "steps"]

Kinds = npt.NDArray[np.uint8]
"""Numbers of kinds of lines."""

Names = tuple[tuple[str, ...], ...]
"""For each kind of line, the names that hold for it."""

SHORT = 30
"""Code points; a shorter line's place says more of it."""

MOST_KINDS = 1 << 14
"""Kinds of lines that are told apart at once: a table of so many weights, 128 KB, fits the processor's cache."""


class Evidence(NamedTuple):
    """One piece of evidence.

    Attributes:
        group: what a person would call it.
        names: for each kind of line, what the weights that hold for it are filed under.
        kind: of each line, a number; left out if all are of the first kind. One that several pieces have is looked up
            faster if it is of 64 bits.
        amount: from 0 to 1, how much of it each line has; left out if it is 1.
    """

    group: str
    names: Names
    kind: Kinds | Ints | None = None
    amount: Floats | None = None


def flagged(group: str, names: Names, flags: Flags, kind: Kinds | int = 0) -> Evidence:
    """Evidence that some lines have and others don't.

    Args:
        group: what a person would call it.
        names: for each kind of line, what the weights that hold for it are filed under.
        flags: whether each line has it.
        kind: of each line, a number.
    """
    return Evidence(group, ((), *names), flags.view(np.uint8) * (kind + np.uint8(1)))


def steps(name: str, lows: Sequence[int]) -> Names:
    """For each number up to the last of some, the name of the greatest of them that it reaches."""
    return tuple(tuple(f"{name}{low}" for low in lows if low <= number)[-1:] for number in range(lows[-1] + 1))


def crossed(pieces: Iterable[Evidence]) -> Iterator[tuple[tuple[Names, ...], Ints]]:
    """Take pieces together, so that few looks into tables say what all of them weigh.

    Args:
        pieces: of one group, each with kinds; at least one.

    Yields:
        the names of some pieces, and for each line the number of its kinds, of which that of the last piece counts
        most finely.
    """
    names, code, size = list[Names](), np.zeros(0, dtype=np.uint16), 1
    for each in pieces:
        assert each.kind is not None
        if size * len(each.names) > MOST_KINDS:
            yield tuple(names), code.astype(np.int64)
            names, size = [], 1
        kind = each.kind.astype(np.uint16)
        code = code * len(each.names) + kind if names else kind
        names, size = [*names, each.names], size * len(each.names)
    yield tuple(names), code.astype(np.int64)
