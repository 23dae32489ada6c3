"""What lines show by themselves, and what they say by it for the lines around them.

Neither changes while other lines go; so it is gathered and weighed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Flags, Floats, Ints
from etl.boilerplate.evidence import SHORT, Evidence, Kinds, Names, flagged, steps
from etl.boilerplate.features import LENGTHS
from etl.boilerplate.frame import Frame, running
from etl.boilerplate.standing import TAKEN_OVER, Lines

__all__ = ["GRAIN", "HEARD", "Heard", "own_evidence", "spoken"]

SIGNS = (
    "ends", "announces", "continues", "teaser", "bullet", "numbered", "indented", "dated", "separated", "quoted",
    "bracketed", "keyed", "wordless", "foreign", "prose",
)  # fmt: skip
"""Columns of `line_features` that say whether a line has something."""

SHARES = ("spaces", "digits", "latin", "words")
"""Those that say how much of it."""

MARKS = (1, 2, 4)
"""Stops, or commas, from which a line says more; what fewer say holds, too."""

LONG = 200
"""Code points from which a line is said to be as long as any."""

GRAIN = 2.0**-16
"""What shares that are summed are counted in, so that every sum is exact, wherever in the frame its lines stand."""

_LENGTHS = steps("chars>=", LENGTHS)

_MARKS: dict[str, Names] = {
    name: tuple(tuple(f"{name}>={least}" for least in MARKS if number >= least) for number in range(MARKS[-1] + 1))
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

    @property
    def reach(self) -> int:
        """How many lines they are."""
        return self.high - self.low + 1

    def sum(self, values: Floats, frame: Frame) -> Floats | Ints:
        """The sum of whole numbers for each line; where its document has no line, there is nothing to hear."""
        if self.reach == 1:
            return frame.at(values, self.low)
        return frame.sums(running(values), self.low, self.high)


_BESIDE = ("size", "prose", "ends", "bullet", "hit", "words", "dated", "related", "numbered", "indented")
_AROUND = ("prose", "hit", "opening", "bullet", "words", "size", "ends", "numbered", "keyed", "foreign")
HEARD = (
    *(Heard(step, step, _BESIDE) for step in (-3, -2, -1, 1, 2, 3)),
    *(Heard(low, high, _AROUND) for low, high in ((-5, -1), (1, 5), (-15, -1), (1, 15))),
)
"""The lines that are listened to, one by one and together."""


def spoken(lines: pl.DataFrame, standing: Lines) -> Mapping[str, Floats | Flags]:
    """What lines say for others, by name: values from 0 to 1, each a whole number of grains."""
    names = ("prose", "ends", "bullet", "dated", "numbered", "indented", "keyed", "foreign")
    return {
        "size": _SIZES.take(np.minimum(standing.chars, len(_SIZES) - 1)),
        "words": _grained(lines["words"].to_numpy()),
        "hit": standing.known,
        "opening": standing.opening,
        "related": standing.related,
        **_flags(names, lines, standing),
    }


def _flags(names: Iterable[str], lines: pl.DataFrame, standing: Lines) -> dict[str, Flags]:
    """Columns by name, which are not taken from the frame again where they were."""
    return {name: getattr(standing, name) if name in TAKEN_OVER else lines[name].to_numpy() for name in names}


def _grained(shares: Floats) -> Floats:
    return np.asarray(np.round(shares / GRAIN) * GRAIN, dtype=np.float64)


_SIZES = _grained(np.minimum(1, np.log1p(np.arange(LONG + 1)) / np.log(LONG)))
"""How long lines are said to be, by their code points."""


def own_evidence(lines: pl.DataFrame, standing: Lines) -> Iterator[Evidence]:
    """Gather what lines show by themselves.

    Args:
        lines: the columns of `line_features`.
        standing: the same lines.
    """
    yield Evidence("bias", (("bias",),), np.zeros(lines.height, dtype=np.uint8))
    yield Evidence("length", _LENGTHS, _up_to(LENGTHS[-1], standing.chars))
    for name, names in _MARKS.items():
        yield Evidence("punctuation", names, _up_to(len(names) - 1, lines[name].to_numpy()))
    flags = _flags(SIGNS, lines, standing)
    of_families = {"opening": standing.opening, "closing": standing.closing, "related": standing.related}
    for name, has in (flags | of_families).items():
        yield flagged("signs", ((name,),), has)
    shares = {name: lines[name].to_numpy() for name in SHARES}
    for name, share in (shares | {"words": _grained(shares["words"])}).items():
        yield Evidence("signs", ((name,),), amount=share)
    yield flagged("punctuation", (("short*ends",),), (standing.chars < SHORT) & flags["ends"])


def _up_to(most: int, counts: Ints) -> Kinds:
    return np.minimum(counts, most).astype(np.uint8)
