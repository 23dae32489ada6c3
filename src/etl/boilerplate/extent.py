"""Where the article is: the stretch of lines whose scores add up highest, and the block that it stands in.

Blocks are the stretches between lines that a rule knows. A block that the article reaches into belongs to it as a
whole where its form says so: an official document, or a list of facts.
"""

from __future__ import annotations

import numpy as np

from etl.adjacent import differs
from etl.arrays import Flags, Floats, Ints
from etl.boilerplate.frame import Frame, between, running
from etl.boilerplate.standing import Lines

__all__ = ["FLOOR", "find_article"]

CAP = 8.0
"""Score (log odds) that one line may add or take at most, so that no single line decides where the article is."""

SHORT_SHARE = 0.4
"""Share of its score that a line which is no prose adds: a list of many headlines outweighs no article of few
paragraphs."""

HIT_COST = 2.0
"""Log odds taken for a line that a rule knows: an article is not full of them."""

SITE_COST = 3.0
"""Log odds taken for a line that recurs on its site. Official documents are spared: many end in the same names."""

FACT_SHARE = 0.4
"""Lines of a block that are a key and a value, as a share, from which it is a list of facts."""

FACT_LINES = 12
"""Lines of a block, from which it can be a list of facts."""

FLOOR = -3.0
"""Log odds below which lines are no part of any article: the mean of a block, or one line where none stands out."""

PRECISION = 1e-9
"""Log odds that scores are counted in: sums of whole numbers are exact, wherever in the frame their lines stand."""


def find_article(lines: Lines, score: Floats, frame: Frame) -> Flags:
    """Whether each line belongs to its document's article.

    The core is the contiguous stretch with the greatest sum of scores. A document whose best sum is not above zero has
    none; there, every line counts that is not surely something else.

    Args:
        lines: those that stand.
        score: of each, log odds.
        frame: where they stand.
    """
    core = _core(_counted(_value(lines, score)), frame)
    some = score > FLOOR
    none = ~frame.having(core) & some
    salutation = frame.at(core, 1) & lines.announces & ~lines.known & some
    article = core | salutation | _wholes(lines, score, core, frame) | none
    return article | _copies(lines, core)


def _value(lines: Lines, score: Floats) -> Floats:
    """What each line adds to a stretch that holds it."""
    costs = HIT_COST * lines.known + SITE_COST * (lines.recurs & ~lines.official)
    value = score.clip(-CAP, CAP) - costs
    return np.where(lines.prose, value, np.minimum(value, value * SHORT_SHARE))


def _counted(score: Floats) -> Ints:
    return np.rint(score / PRECISION).astype(np.int64)


def _core(value: Ints, frame: Frame) -> Flags:
    """The contiguous lines of each document with the greatest sum, where that is above zero (Kadane's algorithm).

    Of several such stretches it is the one that ends first, and of these the shortest.
    """
    before = running(value)[:-1]
    begins = before.take(frame.starts)
    drops = begins - np.minimum.reduceat(before, frame.starts)
    # Each document begins where those before it went lowest, so that none looks back beyond its own first line.
    before -= frame.spread(begins + drops.cumsum() - drops)
    lowest = np.minimum.accumulate(before)
    gain = before + value - lowest
    best = frame.spread(np.maximum.reduceat(gain, frame.starts))
    ends = np.flatnonzero((gain == best) & (gain > 0))
    ends = ends[differs(frame.first.take(ends))]
    lows = np.flatnonzero(before == lowest)
    return between(lows[np.searchsorted(lows, ends, side="right") - 1], ends + 1, len(value))


def _wholes(lines: Lines, score: Floats, core: Flags, frame: Frame) -> Flags:
    """Whether a line is of a block that the core reaches into, and that belongs to the article as a whole.

    Each block begins with a line that stands around articles, or after one.
    """
    begins = lines.closing.copy()
    begins[1:] |= lines.closing[:-1]
    begins[frame.starts] = True
    (starts,) = begins.nonzero()
    sizes, official = np.append(starts[1:], len(begins)) - starts, lines.official.take(starts)
    keyed = running(lines.keyed)
    facts = (sizes >= FACT_LINES) & ((keyed.take(starts + sizes) - keyed.take(starts)) / sizes >= FACT_SHARE)
    starts, sizes = starts[facts | official], sizes[facts | official]  # few
    firsts = sizes.cumsum() - sizes
    rows = np.arange(sizes.sum()) + (starts - firsts).repeat(sizes)
    mean = np.add.reduceat(_counted(score.take(rows)), firsts) * PRECISION / sizes
    whole = (np.add.reduceat(core.take(rows), firsts, dtype=np.int64) > 0) & (mean > FLOOR)
    wholes = np.zeros(len(begins), dtype=np.bool_)
    wholes[rows[whole.repeat(sizes)]] = True
    return wholes


def _copies(lines: Lines, core: Flags) -> Flags:
    """Whether a line is of another copy of the article: in a stretch that the core has too, with prose in it.

    An article that stands twice is the business of the duplicates stage, which names the copy that it keeps.
    """
    (rows,) = (lines.twin > 0).nonzero()
    twin, of_core = lines.twin.take(rows), core.take(rows)
    inside = np.zeros(twin.max(initial=0) + 1, dtype=np.bool_)
    inside[twin[of_core]] = True
    rows = rows[inside.take(twin) & ~of_core]
    copies = np.zeros(len(core), dtype=np.bool_)
    if len(rows):
        parted = differs(rows - np.arange(len(rows))) | differs(lines.document.take(rows))
        copies[rows] = Frame.beginning(parted).having(lines.prose[rows])
    return copies
