"""Where a section ends: the last of a list ends as the others of the list do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

__all__ = ["Extent", "close_document", "close_series", "held_by"]


class Extent(NamedTuple):
    """The rows of a section before its end is looked for.

    Attributes:
        row: of its first line.
        last: its last row, if it goes on to the next section.
        parent: position, in the document, of the section that holds it, if any.
        series: siblings with the same one count on from each other.
        headed: its heading has a line of its own, so that what is below belongs to it.
    """

    row: int
    last: int
    parent: int | None
    series: tuple[int, int]
    headed: bool


def close_series(sections: pl.DataFrame) -> pl.DataFrame:
    """End the last section of each series where the others show that it ends.

    Args:
        sections: document, row, last_row, ordinal, parent, rank, series, form; in order.

    Returns:
        The frame with last_row set, and back: ordinal of the section that the line after an early end belongs to,
        0 for none; null where the section ends no earlier than it would.
    """
    lasts: list[int] = []
    backs: list[int | None] = []
    extents = [
        Extent(row, last, None if parent is None else parent - 1, (rank, series), form == "whole-line")
        for row, last, parent, rank, series, form in sections.select(
            "row", "last_row", "parent", "rank", "series", "form"
        ).iter_rows()
    ]
    first = 0
    for size in sections["document"].rle().struct.field("len").to_list():
        document = extents[first : first + size]
        closed = close_document(document)
        lasts += closed
        backs += [
            None if last == extent.last else held_by(document, closed, index)
            for index, (extent, last) in enumerate(zip(document, closed, strict=True))
        ]
        first += size
    return sections.with_columns(pl.Series("last_row", lasts, dtype=pl.Int64), pl.Series("back", backs, dtype=pl.Int64))


def close_document(extents: Sequence[Extent]) -> list[int]:
    """The last row of each section of a document.

    If nothing stands between each section of a series and the next but what the section itself holds, then what
    follows the last one does not belong to it either: （一）…；（二）…。 and then a paragraph.
    """
    last = [extent.last for extent in extents]
    inner: dict[int, int] = {}
    groups: dict[tuple[int | None, tuple[int, int]], list[int]] = defaultdict(list)
    for index, extent in enumerate(extents):
        groups[extent.parent, extent.series].append(index)
    # A series begins before those that its sections hold: from the back, the inner ones come first.
    for (parent, _), members in sorted(groups.items(), key=lambda group: -group[1][0]):
        *before, final = members
        held = {index: inner.get(index, extents[index].row) for index in members}
        apart = extents[final].headed and held[final] == extents[final].row
        if before and not apart and all(held[index] == last[index] for index in before):
            last[final] = held[final]
        if parent is not None:
            inner[parent] = max(last[final], inner.get(parent, 0))
    return last


def held_by(extents: Sequence[Extent], last: Sequence[int], index: int) -> int:
    """Ordinal of the innermost section that holds the line after a section's end; 0 if none does."""
    parent = extents[index].parent
    while parent is not None and last[parent] <= last[index]:
        parent = extents[parent].parent
    return 0 if parent is None else parent + 1
