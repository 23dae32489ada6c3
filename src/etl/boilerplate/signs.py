"""What lines show by themselves, and what they say by it for the lines around them.

Neither changes while other lines go; so it is gathered and weighed once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.boilerplate.evidence import SHORT, Evidence, Names, steps
from etl.boilerplate.features import LENGTHS
from etl.boilerplate.frame import Flags, Floats, Frame, running
from etl.boilerplate.standing import Lines

__all__ = ["HEARD", "Heard", "own_evidence", "spoken"]

SIGNS = (
    "ends", "announces", "continues", "teaser", "bullet", "numbered", "indented", "dated", "separated", "quoted",
    "bracketed", "keyed", "spaces", "digits", "latin", "words", "wordless", "foreign", "prose",
)  # fmt: skip
"""Columns of `line_features` that are weighed as they are."""

GRAIN = 2.0**-16
"""What shares that are summed are rounded to, so that every sum is exact, wherever in the frame its lines stand."""

_LENGTHS = steps("chars>=", LENGTHS)

_MARKS: dict[str, Names] = {
    name: tuple(tuple(f"{name}>={least}" for least in (1, 2, 4) if number >= least) for number in range(5))
    for name in ("stops", "commas")
}


class Heard(NamedTuple):
    """What lines say for a line that stands at some distance from them: the mean over those lines of each sign.

    Attributes:
        low: first of the lines, counted from the line itself.
        high: last of them.
        signs: names of what is spoken, see `spoken`.
    """

    low: int
    high: int
    signs: tuple[str, ...]

    def named(self, sign: str) -> str:
        """What the weight of a sign is filed under."""
        return f"{sign}@{self.low}" if self.low == self.high else f"{sign}@{self.low}..{self.high}"

    def mean(self, values: Floats, frame: Frame) -> Floats:
        """The mean for each line; where its document has no line, there is nothing to hear."""
        if self.low == self.high:
            return frame.at(values, self.low)
        return frame.sums(running(values), self.low, self.high) / (self.high - self.low + 1)


_BESIDE = ("size", "prose", "ends", "bullet", "hit", "words", "dated", "related", "numbered", "indented")
_AROUND = ("prose", "hit", "opening", "bullet", "words", "size", "ends", "numbered", "keyed", "foreign")
HEARD = (
    *(Heard(step, step, _BESIDE) for step in (-3, -2, -1, 1, 2, 3)),
    *(Heard(low, high, _AROUND) for low, high in ((-5, -1), (1, 5), (-15, -1), (1, 15))),
)
"""The lines that are listened to, one by one and together."""


def spoken(lines: pl.DataFrame, standing: Lines) -> Mapping[str, Floats | Flags]:
    """What lines say for others, by name: values from 0 to 1."""
    names = ("prose", "ends", "bullet", "dated", "numbered", "indented", "keyed", "foreign")
    return {
        "size": _grained(np.minimum(1, np.log1p(standing.chars) / np.log(200))),
        "words": _grained(lines["words"].to_numpy()),
        "hit": standing.known,
        "opening": standing.opening,
        "related": standing.related,
        **{name: lines[name].to_numpy() for name in names},
    }


def _grained(shares: Floats) -> Floats:
    return np.asarray(np.round(shares / GRAIN) * GRAIN, dtype=np.float64)


def own_evidence(lines: pl.DataFrame, standing: Lines) -> Iterator[Evidence]:
    """Gather what lines show by themselves.

    Args:
        lines: the columns of `line_features`.
        standing: the same lines.
    """
    yield Evidence("bias", (("bias",),))
    yield Evidence("length", _LENGTHS, np.minimum(standing.chars, LENGTHS[-1]))
    for name, names in _MARKS.items():
        yield Evidence("punctuation", names, np.minimum(lines[name].to_numpy(), len(names) - 1))
    values = {name: lines[name].to_numpy() for name in SIGNS} | {"words": _grained(lines["words"].to_numpy())}
    of_families = {"opening": standing.opening, "closing": standing.closing, "related": standing.related}
    for name, value in (values | of_families).items():
        yield Evidence("signs", ((name,),), amount=value)
    yield Evidence("punctuation", (("short*ends",),), amount=(standing.chars < SHORT) & values["ends"])
