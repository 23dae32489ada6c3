"""Where lines stand: sums over them and the nearest of a kind, none of which reaches beyond a line's document.

The lines of one document are adjacent, so each of these is a look or two over a whole column.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["FAR", "Flags", "Floats", "Frame", "Ints", "between", "running"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Value = TypeVar("Value", bound=np.generic)
Number = TypeVar("Number", np.int64, np.float64)

FAR = 10**6
"""Distance, in lines, of what is not there."""


class Frame(NamedTuple):
    """Where each line stands.

    Attributes:
        starts: the first row of each document.
        sizes: the lines of each document.
        first: for each line, the first row of its document.
        after: for each line, the row after the last one of its document.
        row: each line's own row.
    """

    starts: Ints
    sizes: Ints
    first: Ints
    after: Ints
    row: Ints

    @classmethod
    def of(cls, documents: Ints) -> Frame:
        """The frame of lines, by the number of each line's document; one line or more."""
        starts = np.flatnonzero(np.concatenate([[True], documents[1:] != documents[:-1]]))
        sizes = np.diff(starts, append=len(documents))
        first = np.repeat(starts, sizes)
        return cls(starts, sizes, first, first + np.repeat(sizes, sizes), np.arange(len(documents)))

    def counts(self, flags: Flags) -> Ints:
        """How many lines of each document are flagged."""
        return np.add.reduceat(flags, self.starts, dtype=np.int64)

    def spread(self, values: npt.NDArray[Value]) -> npt.NDArray[Value]:
        """For each line, what its document has."""
        return np.repeat(values, self.sizes)

    def at(self, values: npt.NDArray[Value], step: int) -> npt.NDArray[Value]:
        """For each line, the value of the line that is a step away, not 0; nothing where the document has none."""
        found = np.zeros_like(values)
        if step > 0:
            np.multiply(values[step:], (self.row + step < self.after)[:-step], out=found[:-step])
        else:
            np.multiply(values[:step], (self.row + step >= self.first)[-step:], out=found[-step:])
        return found

    def sums(self, values: npt.NDArray[Number], low: int, high: int) -> npt.NDArray[Number]:
        """For each line, the sum over the lines from low to high away, as far as its document reaches.

        Args:
            values: their running sums, see `running`.
            low: first of the lines, counted from the line itself; -FAR for the first of its document.
            high: last of them; FAR for the last of its document.
        """
        return values[self._row(high + 1)] - values[self._row(low)]

    def _row(self, step: int) -> Ints:
        if abs(step) >= FAR:
            return self.first if step < 0 else self.after
        if step < 0:
            return np.maximum(self.row + step, self.first)
        return np.minimum(self.row + step, self.after) if step else self.row

    def since(self, flags: Flags) -> Ints:
        """Lines up to the nearest flagged line above; FAR if there is none."""
        above = np.full(len(flags) + 1, -1)
        np.maximum.accumulate(np.where(flags, self.row, -1), out=above[1:])
        return np.where(above[:-1] >= self.first, self.row - above[:-1], FAR)

    def until(self, flags: Flags) -> Ints:
        """Lines down to the nearest flagged line below; FAR if there is none."""
        below = np.full(len(flags) + 1, len(flags))
        np.minimum.accumulate(np.where(flags, self.row, len(flags))[::-1], out=below[-2::-1])
        return np.where(below[1:] < self.after, below[1:] - self.row, FAR)

    def edges(self, inside: Flags) -> tuple[Flags, Flags]:
        """Lines before the first of their document that is inside, and those after the last; all, if none is."""
        counted = running(inside.astype(np.int64))
        return self.sums(counted, -FAR, 0) == 0, self.sums(counted, 0, FAR) == 0


def between(begins: Ints, ends: Ints, size: int) -> Flags:
    """The rows from each beginning to before its end; no two reach into each other."""
    bounds = np.zeros(size + 1, dtype=np.int8)
    bounds[begins] += 1
    bounds[ends] -= 1
    return np.cumsum(bounds[:-1], dtype=np.int8).view(np.bool_)


def running(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """The sum of all values before each row, and of all."""
    sums = np.zeros(len(values) + 1, values.dtype)
    np.cumsum(values, out=sums[1:])
    return sums
