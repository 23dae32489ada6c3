"""What the lines around a line say for and against its being a headline."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.boilerplate.frame import FAR, Flags, Floats, Frame, running
from etl.boilerplate.standing import Lines

__all__ = ["LONGEST", "signs_around"]

LONGEST = 80
"""Code points of a headline, and of a byline, at most."""

BEFORE_METADATA = {3: 0.4, 2: 0.7, 1: 1.0}
"""What it says for a line that metadata stand so many lines below it: a subtitle or a name may come between."""

KEY_CHARS, SALUTATION_CHARS, ANNOUNCEMENT_CHARS = 10, 4, 9
"""A line that ends in a colon: up to so many code points it is a key, if a rule knows it, and the next line its value;
from so many on it may be those whom a circular below its headline is addressed to; and from so many on it may announce
several items, none of which is the headline of all."""

TITLE_KEY = r"^(?:标 ?题|标 ?題|標 ?題|信息名称|公文名称) ?:$"
"""A key on a line of its own, whose value on the next line is the title."""


def signs_around(lines: Lines, shown: pl.Series, article: Flags, near: Flags) -> dict[str, Floats | Flags]:
    """Signs by name, and of each sign how much every line has.

    Args:
        lines: all that stand.
        shown: what each shows.
        article: whether each is of the article.
        near: which lines are about the beginnings of articles; no others are looked at.
    """
    frame, known, chars = Frame.of(lines.document), lines.known, lines.chars
    colon, begun = _announcing(shown, near), running(article & lines.prose & near)
    titled = _title_keys(shown, colon)
    return {
        "stated": frame.at(titled, -1),
        "valued": frame.at(colon & known & (chars <= KEY_CHARS) & ~titled, -1),
        "before_metadata": _before_metadata(lines, near, frame),
        "addressed": frame.at(colon & ~known & (chars >= SALUTATION_CHARS), 1),
        "announced": frame.at(colon & ~known & (chars >= ANNOUNCEMENT_CHARS), -1),
        "after_trail": frame.at(lines.trail & near, -1) | frame.at(lines.trail & near, -2),
        "related": frame.below(lines.related, known & near),
        "below_prose": frame.sums(begun, -FAR, 0) > 0,
    }


def _announcing(shown: pl.Series, near: Flags) -> Flags:
    """Which of the lines looked at end in a colon."""
    colon, rows = np.zeros(len(near), dtype=np.bool_), np.flatnonzero(near)
    colon[rows] = shown.gather(rows).str.ends_with(":").to_numpy()
    return colon


def _title_keys(shown: pl.Series, colon: Flags) -> Flags:
    """Which of the lines that end in a colon are the key of a title."""
    keys, likely = np.zeros(len(colon), dtype=np.bool_), np.flatnonzero(colon)
    keys[likely] = shown.gather(likely).str.contains(TITLE_KEY).to_numpy()
    return keys


def _before_metadata(lines: Lines, near: Flags, frame: Frame) -> Floats:
    metadata = (lines.byline | (lines.dated & (lines.chars < LONGEST))) & ~lines.prose & near
    before = np.zeros(len(metadata))
    for step, value in BEFORE_METADATA.items():
        before[frame.at(metadata, step)] = value
    return before
