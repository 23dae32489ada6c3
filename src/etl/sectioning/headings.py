"""Heading or item: whether what a marker stands before is a heading, which siblings decide together."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.arrays import Flags, Ints

__all__ = ["tell_headings"]

HEADING_SHARE = 0.6
"""Share of a series that must look like headings for any of it to be one: a writer numbers like with like."""

FORMS = ("item", "run-in", "whole-line")
"""What a section's first line can be."""

TORN = r"[；;]\s*$"
"""How a line ends that is an item of several."""


def tell_headings(sections: pl.DataFrame, texts: pl.Series, deepest_run_in: int) -> pl.DataFrame:
    """Tell headings from numbered prose.

    Args:
        sections: row, last (row of the document's last line), document, level, rank, number, shape, can_head, alone,
            heading, heading_end; in order.
        texts: the text of every row.
        deepest_run_in: level down to which a paragraph's first sentence can be its heading.

    Returns:
        The frame with series (number of the count that a section belongs to, of all counts of all documents) and form
        (whole-line, run-in or item); heading and heading_end are cleared where they do not apply.
    """
    shape, can_head = sections["shape"], sections["can_head"]
    run_in = (shape == "lead") & (can_head == "lead") & (sections["level"] <= deepest_run_in)
    fills = ((shape == "line") | (shape == "stopped")) & (can_head != "never")
    certain = sections["alone"] & (shape == "line")
    series = _series(sections)
    alike = run_in.to_numpy() | _have_bodies(sections, texts, fills.to_numpy())
    believed = pl.Series((np.bincount(series, alike) / np.bincount(series) >= HEADING_SHARE)[series])
    whole, run_in = certain | (believed & fills), believed & run_in
    return sections.with_columns(
        pl.Series("series", series),
        pl.Series("form", FORMS)[np.select([whole.to_numpy(), run_in.to_numpy()], [2, 1])],
        sections["heading"].set(~(whole | run_in), None),
        sections["heading_end"].set(~run_in, None),
    )


def _series(sections: pl.DataFrame) -> Ints:
    """Numbers of counts: each goes on, also from one parent to the next; a smaller number begins another."""
    document, rank = sections["document"].to_numpy(), sections["rank"].to_numpy()
    number = sections["number"].fill_null(-1).to_numpy()
    order = np.lexsort((rank, document))
    before, now = order[:-1], order[1:]
    smaller = (number[now] < number[before]) & (number[now] >= 0)
    anew = (number[now] == 1) | smaller | (document[now] != document[before]) | (rank[now] != rank[before])
    series = np.zeros(sections.height, dtype=np.int64)
    series[now] = np.cumsum(anew)
    return series


def _have_bodies(sections: pl.DataFrame, texts: pl.Series, some: Flags) -> Flags:
    """Under the first lines of which of some sections something stands that is no torn item."""
    row, level, last = (sections[name].to_numpy() for name in ("row", "level", "last"))
    next_opens = (np.append(row, -1)[1:] == row + 1) & (np.append(level, 0)[1:] <= level)
    bodies: Flags = some & (row < last) & ~next_opens
    (at,) = bodies.nonzero()
    bodies[at] = ~texts[row[at] + 1].str.contains(TORN).to_numpy()
    return bodies
