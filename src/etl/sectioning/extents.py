"""Where a section ends: the last of a list ends as the others of the list do.

If nothing stands between each section of a series and the next but what the section itself holds, then what follows
the last one does not belong to it either: （一）…；（二）…。 and then a paragraph.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.utf8 import Ints

__all__ = ["close_series"]


def close_series(sections: pl.DataFrame) -> pl.DataFrame:
    """End the last section of each series where the others show that it ends.

    Args:
        sections: document, row, last_row, ordinal, parent, level, rank, series, form; in order.

    Returns:
        The frame with last_row set, and back: ordinal of the section that the line after an early end belongs to,
        0 for none; null where the section ends no earlier than it would.
    """
    parents = _positions(sections)
    last = _last_rows(sections, parents)
    closed = np.flatnonzero(last != sections["last_row"].to_numpy())
    around = parents[closed]
    while (beyond := (around >= 0) & (last[around] <= last[closed])).any():
        around = np.where(beyond, parents[around], around)
    back = np.where(around >= 0, sections["ordinal"].to_numpy()[around], 0)
    return sections.with_columns(pl.Series("last_row", last), _only_at(closed, back, sections.height).alias("back"))


def _only_at(places: Ints, values: Ints, height: int) -> pl.Series:
    """A column that is null but at some places."""
    return pl.Series([None], dtype=pl.Int64).new_from_index(0, height).scatter(places, values)


def _positions(sections: pl.DataFrame) -> Ints:
    """The row of the frame that holds the section around each one; -1 where there is none."""
    ordinal, parent = sections["ordinal"].to_numpy(), sections["parent"].fill_null(0).to_numpy()
    found: Ints = np.where(parent > 0, np.arange(sections.height) - ordinal + parent, -1)
    return found


def _last_rows(sections: pl.DataFrame, parents: Ints) -> Ints:
    """The last row of each section; the innermost series are ended first, for those around them hold them."""
    row, last = sections["row"].to_numpy(), sections["last_row"].to_numpy().copy()
    held = row.copy()
    series = (
        sections.select(pl.struct("document", "parent", "rank", "series").rank("dense").cast(pl.Int64))
        .to_series()
        .to_numpy()
    )
    headed, levels = (sections["form"] == "whole-line").to_numpy(), sections["level"].to_numpy()
    for level in range(levels.max(initial=0), 0, -1):
        members = np.flatnonzero(levels == level)
        members = members[np.argsort(series[members], kind="stable")]
        final = np.flatnonzero(np.diff(series[members], append=0))
        first = np.append(0, final[:-1] + 1)
        longer = np.append(0, np.cumsum(held[members] < last[members]))
        ends = members[final]
        alike = (final > first) & (longer[final] == longer[first])
        ended = ends[alike & ~(headed[ends] & (held[ends] == row[ends]))]
        last[ended] = held[ended]
        inner = ends[parents[ends] >= 0]
        np.maximum.at(held, parents[inner], last[inner])
    return last
