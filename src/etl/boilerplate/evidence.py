"""What speaks for and against a line: its signs, its neighbours, its place, and the hits around it.

Each piece of evidence has a group (what a person would call it) and names (what its weights are filed under). Where a
line may be of several kinds, a piece has a name, or several, for each kind. What a line shows by itself is gathered
once; the rest again whenever lines have gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.boilerplate.features import LENGTHS
from etl.boilerplate.frame import FAR, Flags, Floats, Frame, Ints, running
from etl.boilerplate.standing import Lines

__all__ = ["HEARD", "Evidence", "Heard", "Names", "columns", "own_evidence", "placed_evidence", "spoken"]

Names = tuple[tuple[str, ...], ...]
"""For each kind of line, the names that hold for it."""

SIGNS = (
    "ends", "announces", "continues", "teaser", "bullet", "numbered", "indented", "dated", "separated", "quoted",
    "bracketed", "keyed", "spaces", "digits", "latin", "words", "wordless", "foreign", "prose",
)  # fmt: skip
"""Columns of `line_features` that are weighed as they are."""

SHORT = 30
"""Code points; a shorter line's place says more of it."""

DISTANCES = (1, 2, 3, 5, 9, 21)
"""Lines at which a farther kind of distance begins."""

BETWEEN = (0, 1, 2, 5)
"""Hits between a line and prose at which another kind of distance begins."""

GRAIN = 2.0**-16
"""What shares that are summed are rounded to, so that every sum is exact, wherever in the frame its lines stand."""


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
    kind: Ints | Flags | None = None
    amount: Floats | Flags | None = None


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


def placed_evidence(lines: Lines, frame: Frame) -> Iterator[Evidence]:
    """Gather what the place of lines says, among those that stand.

    Args:
        lines: those that stand.
        frame: where they stand.
    """
    short = lines.chars < SHORT
    form = short + 2 * lines.bullet
    up, down = frame.since(lines.prose), frame.until(lines.prose)
    for name, values in (("bullet", lines.bullet), ("indented", lines.indented)):
        yield Evidence("neighbours", (((f"{name}=@-1",),)), amount=frame.at(values, -1) == values)
    yield _distance("place", "prose above", up)
    yield _distance("place", "prose below", down)
    yield from _place(lines, form, frame)
    yield from _hits_to_prose(running(lines.known.astype(np.int64)), form, frame, up, down)
    yield from _enclosing(lines, short, frame)


def columns(lines: pl.DataFrame, standing: Lines, frame: Frame) -> dict[str, npt.NDArray[np.float32]]:
    """Each piece of evidence by its name, unweighed, as training sees it; see `own_evidence` and `placed_evidence`."""
    found = {}
    for each in (*own_evidence(lines, standing), *placed_evidence(standing, frame)):
        for name in dict.fromkeys(name for names in each.names for name in names):
            holds = np.array([name in names for names in each.names])[0 if each.kind is None else each.kind]
            found[name] = np.ones(lines.height, np.float32) * holds * (1 if each.amount is None else each.amount)
    for heard in HEARD:
        for sign, values in spoken(lines, standing).items():
            if sign in heard.signs:
                found[heard.named(sign)] = heard.mean(values.astype(np.float64), frame)
    return {name: values.astype(np.float32) for name, values in found.items()}


def _place(lines: Lines, form: Ints, frame: Frame) -> Iterator[Evidence]:
    """Where a line stands in its document: how much prose is about it, and whether other articles were announced."""
    mass = running(lines.prose * lines.chars)
    above, below = frame.sums(mass, -FAR, -1), frame.sums(mass, 1, FAR)
    prose = mass[frame.after] - mass[frame.first]
    whole = np.maximum(1, prose)
    every = np.maximum(1, np.add.reduceat(lines.chars, frame.starts))
    related = running(lines.related.astype(np.int64))
    yield _formed("prose above", form, above / whole)
    yield _formed("prose below", form, below / whole)
    for name, flags in (("first", above == 0), ("last", below == 0), ("amid", (above > 0) & (below > 0))):
        yield _formed(name, form, flags)
    yield _formed("related above", form, frame.sums(related, -FAR, -1) > 0)
    yield _formed("related near above", form, frame.sums(related, -15, -1) > 0)
    yield _formed("prose of document", form, (whole / frame.spread(every)).clip(0, 1))
    yield _formed("hits of document", form, frame.spread((frame.counts(lines.known) / frame.sizes * 3).clip(0, 1)))
    yield _formed("prose within 20", form, frame.sums(mass, -20, 20) / whole)
    yield _formed("prose within 8", form, frame.sums(mass, -8, 8) / whole)
    last = np.maximum(1, frame.sizes - 1)
    yield _formed("ending", form, (frame.row - frame.first) / frame.spread(last))


def _formed(name: str, form: Ints, amount: Floats | Flags) -> Evidence:
    """What says something of every line, and something else of short ones and of those with a bullet."""
    short, bullet = f"short*{name}", f"bullet*{name}"
    return Evidence("place", ((name,), (name, short), (name, bullet), (name, short, bullet)), form, amount)


def _hits_to_prose(hits: Ints, form: Ints, frame: Frame, up: Ints, down: Ints) -> Iterator[Evidence]:
    """Hits between a line and the prose nearest to it, above and below."""
    above = hits[frame.row] - hits[np.maximum(frame.row - up + 1, 0)]
    below = hits[np.minimum(frame.row + down, len(form))] - hits[frame.row + 1]
    for side, distance, between in (("above", up, above), ("below", down, below)):
        kind = np.where(distance < FAR, np.minimum(between, BETWEEN[-1]), BETWEEN[-1] + 1)
        yield Evidence("hits", _BETWEEN[side], 4 * kind + form)
    none = (above == 0) & (up < FAR) & (below == 0) & (down < FAR)
    yield Evidence("hits", (("to prose both>=0",),), amount=none)


def _enclosing(lines: Lines, short: Flags, frame: Frame) -> Iterator[Evidence]:
    """Which kinds of hits enclose a line."""
    opening_above, closing_above = frame.since(lines.opening), frame.since(lines.closing)
    opening_below, closing_below = frame.until(lines.opening), frame.until(lines.closing)
    above, below = np.sign(opening_above - closing_above), np.sign(opening_below - closing_below)
    yield Evidence("hits", _ENCLOSING, 6 * above + 2 * below + short + 8)
    yield _distance("hits", "closing above", closing_above)
    yield _distance("hits", "closing below", closing_below)
    yield _distance("hits", "opening above", opening_above)


def _distance(group: str, name: str, distance: Ints) -> Evidence:
    """How many lines away something is; none of its names holds where it is not there."""
    names = (*_steps(f"{name} by ", DISTANCES), ())
    return Evidence(group, names, np.minimum(distance, DISTANCES[-1]) + (distance == FAR))


def _steps(name: str, lows: Sequence[int]) -> Names:
    """For each number up to the last of some, the name of the greatest of them that it reaches."""
    return tuple(tuple(f"{name}{low}" for low in lows if low <= number)[-1:] for number in range(lows[-1] + 1))


_LENGTHS = _steps("chars>=", LENGTHS)

_MARKS: dict[str, Names] = {
    name: tuple(tuple(f"{name}>={least}" for least in (1, 2, 4) if number >= least) for number in range(5))
    for name in ("stops", "commas")
}

_BETWEEN: dict[str, Names] = {
    side: tuple(
        (*names, *(f"{form}*{name}" for form in forms for name in names if number == 0))
        for number, names in enumerate((*_steps(f"to prose {side}>=", BETWEEN), (f"to prose {side}>={FAR}",)))
        for forms in ((), ("short",), ("bullet",), ("short", "bullet"))
    )
    for side in ("above", "below")
}

_ENCLOSING: Names = tuple(
    names
    for above in ("opening", "nothing", "closing")
    for below in ("opening", "nothing", "closing")
    for name in [f"{above} above, {below} below"]
    for names in ((name,), (name, f"short*{name}"))
)
