"""Where lines stand: sums over them and the nearest of a kind, none of which reaches beyond a line's document.

The lines of one document are adjacent, so each of these is a look or two over a whole column.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from etl.adjacent import differs
from etl.arrays import Flags, Floats, Ints

__all__ = ["FAR", "Frame", "Nearest", "between", "running"]

Value = TypeVar("Value", bound=np.generic)
Number = TypeVar("Number", np.int64, np.float64)

FAR = 10**6
"""Lines that no document has between one and another."""


class Nearest(NamedTuple):
    """The nearest of some lines, on one side of each line.

    Attributes:
        row: where it stands; beyond the document where that has none on this side.
        found: whether the document has one.
    """

    row: Ints
    found: Flags


class Frame(NamedTuple):
    """Where each line stands.

    Attributes:
        starts: the first row of each document.
        ends: the row after its last one.
        sizes: its lines.
        first: for each line, the first row of its document.
        after: for each line, the row after the last one of its document.
        row: each line's own row.
    """

    starts: Ints
    ends: Ints
    sizes: Ints
    first: Ints
    after: Ints
    row: Ints

    @classmethod
    def of(cls, documents: Ints) -> Frame:
        """The frame of lines, by the number of each line's document."""
        return cls.beginning(differs(documents))

    @classmethod
    def beginning(cls, begins: Flags) -> Frame:
        """The frame of lines, by whether each is the first of its document, as the first of all is."""
        (starts,) = begins.nonzero()
        ends = np.append(starts, len(begins))[1:]
        sizes = ends - starts
        return cls(starts, ends, sizes, starts.repeat(sizes), ends.repeat(sizes), np.arange(len(begins)))

    def counts(self, flags: Flags) -> Ints:
        """How many lines of each document are flagged."""
        return np.add.reduceat(flags, self.starts, dtype=np.int64)

    def totals(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """For each document, the sum over its lines; of their running sums, see `running`."""
        return values.take(self.ends) - values.take(self.starts)

    def spread(self, values: npt.NDArray[Value]) -> npt.NDArray[Value]:
        """For each line, what its document has."""
        return values.repeat(self.sizes)

    def having(self, flags: Flags) -> Flags:
        """For each line, whether its document has a flagged one."""
        return self.spread(np.logical_or.reduceat(flags, self.starts))

    def at(self, values: npt.NDArray[Value], step: int) -> npt.NDArray[Value]:
        """For each line, the value of the line that is a step away, not 0; nothing where the document has none."""
        found, steps = np.empty_like(values), np.arange(abs(step))[:, None]
        if step > 0:
            found[:-step] = values[step:]
            strange = np.maximum(self.ends - 1 - steps, 0)
        else:
            found[-step:] = values[:step]
            strange = np.minimum(self.starts + steps, len(values) - 1)
        found[strange] = 0  # what was taken from another document, or from none
        return found

    def sums(self, values: npt.NDArray[Number], low: int, high: int) -> npt.NDArray[Number]:
        """For each line, the sum over the lines from low to high away, as far as its document reaches.

        Args:
            values: their running sums, see `running`.
            low: first of the lines, counted from the line itself; -FAR for the first of its document.
            high: last of them; FAR for the last of its document.
        """
        return self._upto(values, high + 1) - self._upto(values, low)

    def _upto(self, values: npt.NDArray[Number], step: int) -> npt.NDArray[Number]:
        """The running sums up to the line that is a step away, or to where the document ends before it."""
        if abs(step) >= FAR:
            return self.spread(values.take(self.ends if step > 0 else self.starts))
        if step in (0, 1):
            return values[step : len(self.row) + step]
        there = self.row + step
        return values.take(np.maximum(there, self.first) if step < 0 else np.minimum(there, self.after))

    def nearest(self, flags: Flags) -> tuple[Nearest, Nearest]:
        """The nearest flagged line above each line, and the nearest one below."""
        flagged = np.concatenate([[-1], flags.nonzero()[0], [len(flags)]])
        upto = flagged[1:] - flagged[:-1]
        above, below = flagged[:-1].repeat(upto)[:-1], flagged[1:].repeat(upto)[1:]
        return Nearest(above, above >= self.first), Nearest(below, below < self.after)

    def below(self, heads: Flags, among: Flags) -> Flags:
        """Whether the nearest line above, among some, is a head."""
        above, _ = self.nearest(among)
        below: Flags = above.found & heads.take(above.row)
        return below

    def edges(self, inside: Flags) -> tuple[Flags, Flags]:
        """Lines before the first of their document that is inside, and those after the last; all, if none is."""
        counted = running(inside)
        return self.sums(counted, -FAR, 0) == 0, self.sums(counted, 0, FAR) == 0


def between(begins: Ints, ends: Ints, size: int) -> Flags:
    """The rows from each beginning to before its end, ascending; no two reach into each other."""
    bounds = np.zeros(2 * len(begins) + 2, dtype=np.int64)
    bounds[1:-1:2], bounds[2::2], bounds[-1] = begins, ends, size
    inside = np.zeros(len(bounds) - 1, dtype=np.bool_)
    inside[1::2] = True
    return inside.repeat(bounds[1:] - bounds[:-1])


def running(values: Ints | Flags | Floats) -> Ints:
    """The sum of all values before each row, and of all: of whole numbers, which NumPy adds up 7 times as fast."""
    sums = np.empty(len(values) + 1, dtype=np.int64)
    sums[0] = 0
    values.cumsum(dtype=np.int64, out=sums[1:])
    return sums
