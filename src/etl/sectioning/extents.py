"""Where a section ends: the last of a list ends as the others of the list do.

If nothing stands between each section of a series and the next but what the section itself holds, then what follows
the last one does not belong to it either: （一）…；（二）…。 and then a paragraph.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.arrays import Ints

__all__ = ["close_series"]


def close_series(sections: pl.DataFrame) -> pl.DataFrame:
    """End the last section of each series where the others show that it ends.

    Args:
        sections: row, last_row, parent, level, series (below the number of sections), form; in order.

    Returns:
        The frame with last_row set, and closed: whether the section ends earlier than it would; then back is the place
        of the section that the line after it belongs to, -1 for none.
    """
    parents = sections["parent"].to_numpy()
    last = _last_rows(sections, parents)
    closed = last != sections["last_row"].to_numpy()
    back = parents.copy()
    while (beyond := closed & (back >= 0) & (last[back] <= last)).any():
        back = np.where(beyond, parents[back], back)
    columns = {"last_row": last, "closed": closed, "back": back}
    return sections.with_columns(pl.Series(name, column) for name, column in columns.items())


def _last_rows(sections: pl.DataFrame, parents: Ints) -> Ints:
    """The last row of each section; the innermost series are ended first, for those around them hold them."""
    row, last = sections["row"].to_numpy(), sections["last_row"].to_numpy().copy()
    held = row.copy()
    series = (parents + 1) * sections.height + sections["series"].to_numpy()
    headed, levels = (sections["form"] == "whole-line").to_numpy(), sections["level"].to_numpy()
    for level in range(levels.max(initial=0), 0, -1):
        members = np.flatnonzero(levels == level)
        members = members[np.argsort(series[members], kind="stable")]
        final = np.flatnonzero(np.diff(series[members], append=-1))
        first = np.append(0, final[:-1] + 1)
        longer = np.append(0, np.cumsum(held[members] < last[members]))
        ends = members[final]
        alike = (final > first) & (longer[final] == longer[first])
        ended = ends[alike & ~(headed[ends] & (held[ends] == row[ends]))]
        last[ended] = held[ended]
        inner = ends[parents[ends] >= 0]
        np.maximum.at(held, parents[inner], last[inner])
    return last
