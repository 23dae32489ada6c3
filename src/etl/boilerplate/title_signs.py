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


def signs_around(lines: Lines, shown: pl.Series, article: Flags) -> dict[str, Floats | Flags]:
    """Signs by name, and of each sign how much every line has.

    Args:
        lines: those about the beginnings of articles; no others are looked at.
        shown: what each shows.
        article: whether each is of the article.
    """
    frame, known, chars = Frame.of(lines.document), lines.known, lines.chars
    colon = shown.str.ends_with(":").to_numpy()
    begun = running(article & lines.prose)
    return {
        "stated": frame.at(_title_keys(shown, colon), -1),
        "valued": frame.at(colon & known & (chars <= KEY_CHARS), -1),
        "before_metadata": _before_metadata(lines, frame),
        "addressed": frame.at(colon & ~known & (chars >= SALUTATION_CHARS), 1),
        "announced": frame.at(colon & ~known & (chars >= ANNOUNCEMENT_CHARS), -1),
        "after_trail": frame.at(lines.trail, -1) | frame.at(lines.trail, -2),
        "related": frame.below(lines.related, known),
        "below_prose": frame.sums(begun, -FAR, 0) > 0,
    }


def _title_keys(shown: pl.Series, colon: Flags) -> Flags:
    """Which of the lines that end in a colon are the key of a title."""
    keys, likely = np.zeros(len(colon), dtype=np.bool_), np.flatnonzero(colon)
    keys[likely] = shown.gather(likely).str.contains(TITLE_KEY).to_numpy()
    return keys


def _before_metadata(lines: Lines, frame: Frame) -> Floats:
    metadata = (lines.byline | (lines.dated & (lines.chars < LONGEST))) & ~lines.prose
    before = np.zeros(len(metadata))
    for step, value in BEFORE_METADATA.items():
        before[frame.at(metadata, step)] = value
    return before
