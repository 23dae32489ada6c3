"""What follows a marker: a heading on a line of its own, a heading and then the paragraph, or prose."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.arrays import Flags, Ints

__all__ = ["shape_rests"]

SHAPES = ("line", "stopped", "lead", "prose")
"""line: a short line without a full stop; stopped: a short line that is one sentence; lead: a short first sentence
and then more; prose: anything else."""

LINE, STOPPED, LEAD, PROSE = range(len(SHAPES))

COLON_LEAD = 12
"""Code points before a colon that can still be a run-in heading (指导思想：); longer ones introduce a list."""

SPACED_LEAD = 16
"""Code points before a wide gap that can still be a run-in heading."""

STOPS = "。！？!?"
"""What ends a sentence, and so a run-in heading."""

TRAILING = "  　\t\r*\u200b"
"""What is no part of what follows a marker, at its end."""

TAIL = r"[\s\u200b*。：:]+$"
"""What a heading's text is told without: the stop that ends it, white space, the asterisks of Markdown."""


def shape_rests(marked: pl.DataFrame, longest: int, longest_run_in: int) -> pl.DataFrame:
    """Tell what each marker stands before.

    Args:
        marked: rest (what follows the marker), head_end (code points before it), alone (the form needs no
            support, so that a line with it may also break off at a comma).
        longest: code points that a heading on a line of its own has at most.
        longest_run_in: code points that a run-in heading has at most, its full stop left out.

    Returns:
        The frame with shape (one of `SHAPES`), heading (its text, null for prose), and heading_end (code points of
        the line up to where a run-in heading ends, null but for the shape lead).
    """
    bare = marked["rest"].str.strip_chars_end(TRAILING)
    size, shape = bare.str.len_chars().to_numpy(), np.full(marked.height, PROSE)
    short = np.flatnonzero((size >= 1) & (size <= longest))
    shape[short] = _shapes_of_short(bare[short], marked["alone"].to_numpy()[short])
    others = np.flatnonzero(shape == PROSE)
    leads = _leads(bare[others], longest_run_in)
    shape[others[leads.is_not_null().to_numpy()]] = LEAD
    ends = marked["head_end"][others] + leads.str.len_chars().cast(pl.Int64)
    heads = marked["rest"].clone().scatter(others, leads)
    return marked.hstack(
        [
            pl.Series("shape", SHAPES)[shape],
            heads.str.replace(TAIL, "").alias("heading"),
            pl.Series("heading_end", [None], pl.Int64).new_from_index(0, marked.height).scatter(others, ends),
        ]
    )


def _shapes_of_short(bare: pl.Series, alone: Flags) -> Ints:
    """The shapes of what is short enough for a heading on a line of its own: prose, if it is none."""
    text = pl.col("bare").str
    told = bare.to_frame("bare").select_seq(
        stops=text.contains(f"[{STOPS}；;]"),
        breaks_off=text.contains("[，,、：:]$"),
        stopped=text.contains(rf"^(?:[^{STOPS}；;]+。|[^{STOPS}；;，,、：:]{{2,{COLON_LEAD}}}[：:])$"),
    )
    stops, breaks_off, stopped = (column.to_numpy() for column in told)
    return np.select([~stops & (alone | ~breaks_off), stopped], [LINE, STOPPED], PROSE)


def _leads(bare: pl.Series, longest: int) -> pl.Series:
    """What of each text can be a run-in heading, with what ends it, and null where that is nothing or all."""
    sentence = rf"^[^{STOPS}；;]{{2,{longest}}}[{STOPS}]+[”’」』）)\]]*"
    label = rf"^[^{STOPS}；;，,、：:“”\"「」《》（(]{{2,{COLON_LEAD}}}[：:]"
    spaced = rf"^[^{STOPS}；;，,、：:\s]{{2,{SPACED_LEAD}}}(?:[ \t]{{2,}}|　)"
    leads = (pl.col("bare").str.extract(rf"({form})[\s　]*\S") for form in (sentence, label, spaced))
    return bare.to_frame("bare").select_seq(pl.coalesce(leads)).to_series()
