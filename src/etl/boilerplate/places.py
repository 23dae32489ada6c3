"""What the place of a line says for and against it: the prose about it, the hits around it, the document's end.

It is gathered again whenever lines have gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from etl.arrays import Flags, Floats, Ints
from etl.boilerplate.evidence import SHORT, Evidence, Kinds, Names, flagged, steps
from etl.boilerplate.frame import FAR, Frame, Nearest, running
from etl.boilerplate.standing import Lines

__all__ = ["placed_evidence"]

FORMS = ((), ("short",), ("bullet",), ("short", "bullet"))
"""What a line may be whose place says something else of it."""

DISTANCES = (1, 2, 3, 5, 9, 21)
"""Lines at which a farther kind of distance begins."""

HITS_BETWEEN = (0, 1, 2, 5)
"""Hits between a line and prose at which another kind of distance begins."""

WITHIN = (20, 8)
"""Lines to either side of a line in which it is asked how much of the document's prose they have."""

HITS_COUNT = 3
"""What the share of hits among a document's lines counts: where a third of them are hits, no more can be said."""

BELOW_RELATED = 15
"""Lines below the heading of a list of other articles that are likely the list's."""

_LIKE_ABOVE: Names = (("bullet=@-1", "indented=@-1"), ("indented=@-1",), ("bullet=@-1",), ())
"""By what differs from the line above: nothing, the bullet, the indentation, or both."""

_POSITIONS: Names = tuple(
    tuple(said for name in (*position, *related) for said in (name, *(f"{form}*{name}" for form in forms)))
    for position in (("amid",), ("first",), ("last",), ("first", "last"))
    for related in ((), ("related above",), ("related above", "related near above"))
    for forms in FORMS
)

_BETWEEN: dict[str, Names] = {
    side: tuple(
        (*names, *(f"{form}*{name}" for form in forms for name in names if number == 0))
        for number, names in enumerate((*steps(f"to prose {side}>=", HITS_BETWEEN), (f"to prose {side}>={FAR}",)))
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
    short, bullet = (flags.view(np.uint8) for flags in (lines.chars < SHORT, lines.bullet))
    form, known = short + 2 * bullet, running(lines.known)
    up, down = frame.nearest(lines.prose)
    marks = bullet + 2 * lines.indented.view(np.uint8)
    yield Evidence("neighbours", _LIKE_ABOVE, frame.at(marks, -1) ^ marks)
    yield _distance("place", "prose above", up.found, frame.row - up.row)
    yield _distance("place", "prose below", down.found, down.row - frame.row)
    yield from _prose_about(lines, form, known, frame)
    yield from _hits_to_prose(known, form, up, down)
    yield from _enclosing(lines, short, frame)


def _position(lines: Lines, form: Kinds, above: Floats, below: Floats, frame: Frame) -> Evidence:
    """Whether prose stands above and below a line, and whether other articles were announced above it.

    Args:
        lines: those that stand.
        form: which of `FORMS` each is.
        above: code points of prose above it.
        below: those below it.
        frame: where the lines stand.
    """
    related, _ = frame.nearest(lines.related)
    near = related.found & (frame.row - related.row <= BELOW_RELATED)
    position = (above == 0) + 2 * (below == 0).view(np.uint8)
    announced = related.found + near.view(np.uint8)
    return Evidence("place", _POSITIONS, (3 * position + announced) * len(FORMS) + form)


def _prose_about(lines: Lines, form: Kinds, known: Ints, frame: Frame) -> Iterator[Evidence]:
    """How much prose is about a line, how much of its document is prose and hits, and how far down it stands."""
    mass, kind = running(lines.prose * lines.chars).astype(np.float64), form.astype(np.int64)
    above, below = frame.sums(mass, -FAR, -1), frame.sums(mass, 1, FAR)
    yield _position(lines, form, above, below, frame)
    of_document, chars = np.maximum(1, frame.totals(mass)), np.maximum(1, np.add.reduceat(lines.chars, frame.starts))
    whole = frame.spread(of_document)
    yield _formed("prose above", kind, above / whole)
    yield _formed("prose below", kind, below / whole)
    yield _formed("prose of document", kind, frame.spread(np.minimum(of_document / chars, 1)))
    hits = frame.totals(known) / frame.sizes
    yield _formed("hits of document", kind, frame.spread(np.minimum(hits * HITS_COUNT, 1)))
    for reach in WITHIN:
        yield _formed(f"prose within {reach}", kind, frame.sums(mass, -reach, reach) / whole)
    yield _formed("ending", kind, (frame.row - frame.first) / frame.spread(np.maximum(1.0, frame.sizes - 1)))


def _formed(name: str, form: Ints, amount: Floats) -> Evidence:
    """What says something of every line, and something else of short ones and of those with a bullet."""
    return Evidence("place", _forms(name), form, amount)


@cache
def _forms(name: str) -> Names:
    """For each form of lines, the names of what is said of all, and of such lines."""
    return tuple((name, *(f"{form}*{name}" for form in forms)) for forms in FORMS)


def _hits_to_prose(hits: Ints, form: Kinds, up: Nearest, down: Nearest) -> Iterator[Evidence]:
    """Hits between a line and the prose nearest to it, above and below."""
    above, below = hits[:-1] - hits.take(up.row + 1), hits.take(down.row) - hits[1:]
    kinds = [_between(up, above), _between(down, below)]
    for side, kind in zip(_BETWEEN, kinds, strict=True):
        yield Evidence("hits", _BETWEEN[side], kind * len(FORMS) + form)
    yield flagged("hits", (("to prose both>=0",),), (kinds[0] == 0) & (kinds[1] == 0))


def _between(prose: Nearest, hits: Ints) -> Kinds:
    """Which of `HITS_BETWEEN` the hits reach up to the nearest prose; a kind of its own where there is none."""
    none = np.uint8(HITS_BETWEEN[-1] + 1)
    return np.where(prose.found, np.minimum(hits, none - 1).astype(np.uint8), none)


def _enclosing(lines: Lines, short: Kinds, frame: Frame) -> Iterator[Evidence]:
    """Which kinds of hits enclose a line."""
    (opening_up, opening_down), (closing_up, closing_down) = map(frame.nearest, (lines.opening, lines.closing))
    above = _nearer(opening_up, closing_up, opening_up.row > closing_up.row)
    below = _nearer(opening_down, closing_down, opening_down.row < closing_down.row)
    yield Evidence("hits", _ENCLOSING, 6 * above + 2 * below + short)
    yield _distance("hits", "closing above", closing_up.found, frame.row - closing_up.row)
    yield _distance("hits", "closing below", closing_down.found, closing_down.row - frame.row)
    yield _distance("hits", "opening above", opening_up.found, frame.row - opening_up.row)


def _nearer(opening: Nearest, closing: Nearest, is_opening: Flags) -> Kinds:
    """Which is nearer where either is found: 0 for one that opens, 2 for one that closes; 1 for nothing."""
    opens, closes = opening.found & is_opening, closing.found & ~is_opening
    return 1 + closes.view(np.uint8) - opens.view(np.uint8)


def _distance(group: str, name: str, found: Flags, lines: Ints) -> Evidence:
    """How many lines away something is; none of its names holds where it is not found."""
    return Evidence(group, _distances(name), np.minimum(lines, DISTANCES[-1]).astype(np.uint8) * found)


@cache
def _distances(name: str) -> Names:
    """For each number of lines, the name of the distance; number 0 stands for none."""
    return steps(f"{name} by ", DISTANCES)
