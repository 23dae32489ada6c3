"""What the lines around a line say for and against its being a headline."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Flags, Floats, Ints
from etl.boilerplate.frame import Frame
from etl.boilerplate.searching import contains_where
from etl.boilerplate.standing import Lines

__all__ = ["LONGEST", "Beginnings", "signs_around"]

LONGEST = 80
"""Code points of a headline, and of a byline, at most."""

BEFORE_METADATA = {3: 0.4, 2: 0.7, 1: 1.0}
"""What it says for a line that metadata stand so many lines below it: a subtitle or a name may come between.
The nearest come last, for they decide."""

KEY_CHARS, SALUTATION_CHARS, ANNOUNCEMENT_CHARS = 10, 4, 9
"""A line that ends in a colon: up to so many code points it is a key, if a rule knows it, and the next line its value;
from so many on it may be those whom a circular below its headline is addressed to; and from so many on it may announce
several items, none of which is the headline of all."""

TITLE_KEY = r"^(?:标 ?题|标 ?題|標 ?題|信息名称|公文名称) ?:$"
"""A key on a line of its own, whose value on the next line is the title."""


class Beginnings(NamedTuple):
    """Lines about the beginnings of articles.

    Attributes:
        lines: all that stand.
        shown: what each shows.
        article: whether each is of the article.
        near: which lines are looked at, adjacent ones of each document.
        frame: where the lines stand.
    """

    lines: Lines
    shown: pl.Series
    article: Flags
    near: Flags
    frame: Frame

    def at(self, flags: Flags, rows: Ints, step: int) -> Flags:
        """For some rows, whether the line that is a step away is looked at, of the same document, and flagged."""
        there = rows + step
        inside = (there >= self.frame.first.take(rows)) & (there < self.frame.after.take(rows))
        return inside & (flags & self.near).take(there, mode="clip")

    def latest(self, flags: Flags, rows: Ints) -> Ints:
        """For some rows, the last row up to it that is looked at, of the same document, and flagged; -1 for none."""
        flagged = np.concatenate([[-1], np.flatnonzero(flags & self.near)])
        found = flagged.take(np.searchsorted(flagged, rows, side="right") - 1)
        return np.where(found >= self.frame.first.take(rows), found, -1)


def signs_around(about: Beginnings, rows: Ints) -> dict[str, Floats | Flags]:
    """Signs by name, and how much of each sign some lines have that no rule knows."""
    lines, colon = about.lines, _colons(about, rows)
    known, chars, trail = lines.known, lines.chars, lines.trail
    above = about.latest(known, rows)
    return {
        "stated": about.at(contains_where(colon, about.shown, TITLE_KEY), rows, -1),
        "valued": about.at(colon & known & (chars <= KEY_CHARS), rows, -1),
        "before_metadata": _before_metadata(about, rows),
        "addressed": about.at(colon & ~known & (chars >= SALUTATION_CHARS), rows, 1),
        "announced": about.at(colon & ~known & (chars >= ANNOUNCEMENT_CHARS), rows, -1),
        "after_trail": about.at(trail, rows, -1) | about.at(trail, rows, -2),
        "related": (above >= 0) & lines.related.take(above),
        "below_prose": about.latest(about.article & lines.prose, rows) >= 0,
    }


def _colons(about: Beginnings, rows: Ints) -> Flags:
    """Which of the lines beside some rows end in a colon."""
    beside, colons = (np.zeros(len(about.near), dtype=np.bool_) for _ in range(2))
    for step in (-1, 1):
        beside[(rows + step).clip(0, len(beside) - 1)] = True
    (looked_at,) = beside.nonzero()
    colons[looked_at] = about.shown[looked_at].str.ends_with(":").to_numpy()
    return colons


def _before_metadata(about: Beginnings, rows: Ints) -> Floats:
    """How much each row speaks for by `BEFORE_METADATA`."""
    lines, before = about.lines, np.zeros(len(rows))
    metadata = (lines.byline | (lines.dated & (lines.chars < LONGEST))) & ~lines.prose
    for step, value in BEFORE_METADATA.items():
        before[about.at(metadata, rows, step)] = value
    return before
