"""What speaks for and against a line: its signs, its neighbours, its place, and the hits around it.

Everything here is computed over whole columns, on the lines that still stand. Each piece of evidence has a group (what
a person would call it) and a name (what its weight is filed under).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.boilerplate.features import LENGTHS

__all__ = ["START_FAMILIES", "Evidence", "Floats", "Frame", "Ints", "evidence"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

SIGNS = (
    "ends", "announces", "continues", "teaser", "bullet", "numbered", "indented", "dated", "separated", "quoted",
    "bracketed", "keyed", "spaces", "digits", "latin", "words", "wordless", "foreign", "prose",
)  # fmt: skip
"""Columns of `line_features` that are weighed as they are."""

NEAR = (-3, -2, -1, 1, 2, 3)
"""Neighbours that are looked at one by one, in lines."""

SPANS = (5, 15)
"""Lines before and after a line whose average is looked at."""

DISTANCES = (1, 2, 3, 5, 9, 21)
"""Lines at which a farther kind of distance begins."""

FAR = 10**6
"""Distance, in lines, of what is not there."""

START_FAMILIES = ("metadata", "government-header", "source")
"""Families that stand above an article; the others stand around and below it."""


GRAIN = 2.0**-16
"""What shares that are summed are rounded to, so that every sum is exact, wherever in the frame its lines stand."""


class Evidence(NamedTuple):
    """One piece of evidence: a value from 0 to 1 for each line, which may speak for other lines than itself.

    Attributes:
        group: what a person would call it.
        name: what its weight is filed under.
        values: one for each line.
        low: first of the lines whose mean is the evidence for a line, counted from it; see `Frame.means`.
        high: last of them; 0 and 0 for a line's own value.
    """

    group: str
    name: str
    values: Floats | Flags
    low: int = 0
    high: int = 0


class Frame(NamedTuple):
    """Where each line stands: its document's first row and the row after its last, and its own."""

    first: Ints
    after: Ints
    row: Ints

    @classmethod
    def of(cls, lines: pl.DataFrame) -> Frame:
        """The frame of lines; one row or more, the lines of one document adjacent."""
        numbers = lines["document"].to_numpy()
        starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]]).astype(np.int64)
        sizes = np.diff(np.r_[starts, lines.height])
        rows = np.arange(lines.height, dtype=np.int64)
        return cls(np.repeat(starts, sizes), np.repeat(starts + sizes, sizes), rows)

    def sums(self, values: Floats | Flags, low: int, high: int) -> Floats:
        """The sum for each line over the lines from low to high away, as far as its document reaches."""
        sums: Floats = np.r_[0.0, np.cumsum(values)]
        upto: Floats = sums[np.clip(self.row + high + 1, self.first, self.after)]
        before: Floats = sums[np.clip(self.row + low, self.first, self.after)]
        return upto - before

    def means(self, values: Floats | Flags, low: int, high: int) -> Floats:
        """The mean for each line over the lines from low to high away; where the document has none counts as 0."""
        return self.sums(values, low, high) / (high - low + 1)


def evidence(lines: pl.DataFrame, frame: Frame) -> Iterator[Evidence]:
    """Gather the evidence for each line.

    Args:
        lines: document, the columns of `line_features`, and family (of the first rule that the line meets, or null);
            at least one row.
        frame: where these lines stand.
    """
    own = {name: lines[name].cast(pl.Float64).to_numpy() for name in (*SIGNS, "chars", "stops", "commas")}
    family = lines["family"].fill_null("")
    own["opening"] = family.is_in(START_FAMILIES).cast(pl.Float64).to_numpy()
    own["closing"] = ((family != "") & ~family.is_in(START_FAMILIES)).cast(pl.Float64).to_numpy()
    own["related"] = (family == "related").cast(pl.Float64).to_numpy()
    own["hit"] = own["opening"] + own["closing"]
    own["size"] = _grained(np.minimum(1, np.log1p(own["chars"]) / np.log(200)))
    own["words"] = _grained(own["words"])
    yield from _alone(own)
    yield from _neighbours(own, frame)
    yield from _place(own, frame)
    yield from _hits(own, frame)


def _grained(shares: Floats) -> Floats:
    return np.asarray(np.round(shares / GRAIN) * GRAIN, dtype=np.float64)


def _alone(own: dict[str, Floats]) -> Iterator[Evidence]:
    yield Evidence("bias", "bias", np.ones_like(own["chars"]))
    for low, high in zip(LENGTHS, (*LENGTHS[1:], FAR), strict=True):
        yield Evidence("length", f"chars>={low}", (own["chars"] >= low) & (own["chars"] < high))
    for name in ("stops", "commas"):
        for least in (1, 2, 4):
            yield Evidence("punctuation", f"{name}>={least}", own[name] >= least)
    for name in (*SIGNS, "opening", "closing", "related"):
        yield Evidence("signs", name, own[name])
    yield Evidence("punctuation", "short*ends", (own["chars"] < 30) * own["ends"])


def _neighbours(own: dict[str, Floats], frame: Frame) -> Iterator[Evidence]:
    for step in NEAR:
        for name in ("size", "prose", "ends", "bullet", "hit", "words", "dated", "related", "numbered", "indented"):
            yield Evidence("neighbours", f"{name}@{step}", own[name], step, step)
    for span in SPANS:
        for low, high in ((-span, -1), (1, span)):
            for name in ("prose", "hit", "opening", "bullet", "words", "size", "ends", "numbered", "keyed", "foreign"):
                yield Evidence("neighbours", f"{name}@{low}..{high}", own[name], low, high)
    for name in ("bullet", "indented"):
        same = frame.sums(own[name], -1, -1) == own[name]
        yield Evidence("neighbours", f"{name}=@-1", same)


def _place(own: dict[str, Floats], frame: Frame) -> Iterator[Evidence]:
    prose = own["prose"]
    mass = prose * own["chars"]
    above, below = frame.sums(mass, -FAR, -1), frame.sums(mass, 1, FAR)
    whole = np.maximum(1, above + below + mass)
    short, bullet = own["chars"] < 30, own["bullet"]
    yield from _distances("place", "prose above", _since(prose, frame))
    yield from _distances("place", "prose below", _until(prose, frame))
    everything = np.maximum(1, frame.sums(own["chars"], -FAR, FAR))
    placed: dict[str, Floats | Flags] = {
        "prose above": above / whole,
        "prose below": below / whole,
        "first": above == 0,
        "last": below == 0,
        "amid": (above > 0) & (below > 0),
        "related above": frame.sums(own["related"], -FAR, -1) > 0,
        "related near above": frame.sums(own["related"], -15, -1) > 0,
        "prose of document": (whole / everything).clip(0, 1),
        "hits of document": (frame.sums(own["hit"], -FAR, FAR) / (frame.after - frame.first) * 3).clip(0, 1),
        "prose within 20": frame.sums(mass, -20, 20) / whole,
        "prose within 8": frame.sums(mass, -8, 8) / whole,
        "ending": (frame.row - frame.first) / np.maximum(1, frame.after - frame.first - 1),
    }
    for name, values in placed.items():
        yield Evidence("place", name, values)
        yield Evidence("place", f"short*{name}", short * values)
        yield Evidence("place", f"bullet*{name}", bullet * values)


def _hits(own: dict[str, Floats], frame: Frame) -> Iterator[Evidence]:
    """Hits between a line and the prose nearest to it, and which kinds of hits enclose it."""
    short = own["chars"] < 30
    counted = np.r_[0.0, np.cumsum(own["hit"])]
    up, down = _since(own["prose"], frame), _until(own["prose"], frame)
    since = np.where(up < FAR, counted[frame.row] - counted[np.maximum(frame.row - up + 1, 0)], FAR)
    until = np.where(down < FAR, counted[np.minimum(frame.row + down, len(short))] - counted[frame.row + 1], FAR)
    for name, values in (("above", since), ("below", until)):
        for low, high in ((0, 1), (1, 2), (2, 5), (5, FAR), (FAR, FAR + 1)):
            is_so = (values >= low) & (values < high)
            yield Evidence("hits", f"to prose {name}>={low}", is_so)
            if low == 0:
                yield Evidence("hits", f"short*to prose {name}>=0", short & is_so)
                yield Evidence("hits", f"bullet*to prose {name}>=0", own["bullet"] * is_so)
    yield Evidence("hits", "to prose both>=0", (since == 0) & (until == 0))
    before = _kinds(_since(own["opening"], frame), _since(own["closing"], frame))
    behind = _kinds(_until(own["opening"], frame), _until(own["closing"], frame))
    for above, is_above in before.items():
        for below, is_below in behind.items():
            yield Evidence("hits", f"{above} above, {below} below", is_above & is_below)
            yield Evidence("hits", f"short*{above} above, {below} below", short & is_above & is_below)
    yield from _distances("hits", "closing above", _since(own["closing"], frame))
    yield from _distances("hits", "closing below", _until(own["closing"], frame))
    yield from _distances("hits", "opening above", _since(own["opening"], frame))


def _kinds(opening: Ints, closing: Ints) -> dict[str, Flags]:
    return {
        "opening": opening < closing,
        "closing": closing < opening,
        "nothing": (opening == FAR) & (closing == FAR),
    }


def _distances(group: str, name: str, distance: Ints) -> Iterator[Evidence]:
    for low, high in zip(DISTANCES, (*DISTANCES[1:], FAR), strict=True):
        yield Evidence(group, f"{name} by {low}", (distance >= low) & (distance < high))


def _since(flags: Floats, frame: Frame) -> Ints:
    """Lines up to the nearest flagged line above; FAR if there is none."""
    last = np.maximum.accumulate(np.where(flags > 0, frame.row, -1))
    above = np.r_[-1, last[:-1]]
    return np.where(above >= frame.first, frame.row - above, FAR)


def _until(flags: Floats, frame: Frame) -> Ints:
    """Lines down to the nearest flagged line below; FAR if there is none."""
    coming = np.minimum.accumulate(np.where(flags > 0, frame.row, FAR * FAR)[::-1])[::-1]
    below = np.r_[coming[1:], FAR * FAR]
    return np.where(below < frame.after, below - frame.row, FAR)
