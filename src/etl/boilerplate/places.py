"""What the place of a line says for and against it: the prose about it, the hits around it, the document's end.

It is gathered again whenever lines have gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from etl.boilerplate.evidence import SHORT, Evidence, Kinds, Names, flagged, steps
from etl.boilerplate.frame import FAR, Flags, Floats, Frame, Ints, running
from etl.boilerplate.standing import Lines

__all__ = ["placed_evidence"]

FORMS = ((), ("short",), ("bullet",), ("short", "bullet"))
"""What a line may be whose place says something else of it."""

DISTANCES = (1, 2, 3, 5, 9, 21)
"""Lines at which a farther kind of distance begins."""

BETWEEN = (0, 1, 2, 5)
"""Hits between a line and prose at which another kind of distance begins."""

_BETWEEN: dict[str, Names] = {
    side: tuple(
        (*names, *(f"{form}*{name}" for form in forms for name in names if number == 0))
        for number, names in enumerate((*steps(f"to prose {side}>=", BETWEEN), (f"to prose {side}>={FAR}",)))
        for forms in FORMS
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


def placed_evidence(lines: Lines, frame: Frame) -> Iterator[Evidence]:
    """Gather what the place of lines says, among those that stand.

    Args:
        lines: those that stand.
        frame: where they stand.
    """
    short = lines.chars < SHORT
    form = short + 2 * lines.bullet.view(np.uint8)
    up, down = frame.nearest(lines.prose)
    for name, values in (("bullet", lines.bullet), ("indented", lines.indented)):
        yield flagged("neighbours", ((f"{name}=@-1",),), frame.at(values, -1) == values)
    yield _distance("place", "prose above", up)
    yield _distance("place", "prose below", down)
    yield from _place(lines, form, frame)
    yield from _hits_to_prose(running(lines.known), form, frame, up, down)
    yield from _enclosing(lines, short, frame)


def _place(lines: Lines, form: Kinds, frame: Frame) -> Iterator[Evidence]:
    """Where a line stands in its document: how much prose is about it, and whether other articles were announced."""
    prose, related = lines.prose * lines.chars, running(lines.related)
    mass = running(prose).astype(np.float64)
    above, below = frame.sums(mass, -FAR, -1), frame.sums(mass, 1, FAR)
    of_document, chars = (np.maximum(1, np.add.reduceat(values, frame.starts)) for values in (prose, lines.chars))
    whole = frame.spread(of_document.astype(np.float64))
    yield _formed("prose above", form, above / whole)
    yield _formed("prose below", form, below / whole)
    for name, flags in (("first", above == 0), ("last", below == 0), ("amid", (above > 0) & (below > 0))):
        yield flagged("place", _forms(name), flags, form)
    for name, low in (("related above", -FAR), ("related near above", -15)):
        yield flagged("place", _forms(name), frame.sums(related, low, -1) > 0, form)
    yield _formed("prose of document", form, frame.spread((of_document / chars).clip(0, 1)))
    yield _formed("hits of document", form, frame.spread((frame.counts(lines.known) / frame.sizes * 3).clip(0, 1)))
    yield _formed("prose within 20", form, frame.sums(mass, -20, 20) / whole)
    yield _formed("prose within 8", form, frame.sums(mass, -8, 8) / whole)
    last = np.maximum(1, frame.sizes - 1).astype(np.float64)
    yield _formed("ending", form, (frame.row - frame.first) / frame.spread(last))


def _formed(name: str, form: Kinds, amount: Floats) -> Evidence:
    """What says something of every line, and something else of short ones and of those with a bullet."""
    return Evidence("place", _forms(name), form, amount)


@cache
def _forms(name: str) -> Names:
    """For each form of lines, the names of what is said of all, and of such lines."""
    return tuple((name, *(f"{form}*{name}" for form in forms)) for forms in FORMS)


def _hits_to_prose(hits: Ints, form: Kinds, frame: Frame, up: Ints, down: Ints) -> Iterator[Evidence]:
    """Hits between a line and the prose nearest to it, above and below."""
    above = hits[:-1] - hits.take(np.maximum(frame.row - up + 1, 0))
    below = hits.take(np.minimum(frame.row + down, len(form))) - hits[1:]
    kinds = [_between(*each) for each in ((up, above), (down, below))]
    for side, kind in zip(_BETWEEN, kinds, strict=True):
        yield Evidence("hits", _BETWEEN[side], 4 * kind + form)
    yield flagged("hits", (("to prose both>=0",),), (kinds[0] == 0) & (kinds[1] == 0))


def _between(distance: Ints, hits: Ints) -> Kinds:
    """Which of `BETWEEN` the hits reach up to prose at a distance; a kind of its own where there is none."""
    return np.where(distance < FAR, np.minimum(hits, BETWEEN[-1]), BETWEEN[-1] + 1).astype(np.uint8)


def _enclosing(lines: Lines, short: Flags, frame: Frame) -> Iterator[Evidence]:
    """Which kinds of hits enclose a line."""
    opening_above, opening_below = frame.nearest(lines.opening)
    closing_above, closing_below = frame.nearest(lines.closing)
    above, below = np.sign(opening_above - closing_above), np.sign(opening_below - closing_below)
    yield Evidence("hits", _ENCLOSING, (6 * above + 2 * below + short + 8).astype(np.uint8))
    yield _distance("hits", "closing above", closing_above)
    yield _distance("hits", "closing below", closing_below)
    yield _distance("hits", "opening above", opening_above)


def _distance(group: str, name: str, distance: Ints) -> Evidence:
    """How many lines away something is; none of its names holds where it is not there."""
    kind = np.minimum(distance, DISTANCES[-1]) + (distance == FAR)
    return Evidence(group, _distances(name), kind.astype(np.uint8))


@cache
def _distances(name: str) -> Names:
    return (*steps(f"{name} by ", DISTANCES), ())
