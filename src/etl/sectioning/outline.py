"""From marked lines to an outline: which markers count on from each other, and which section holds which.

Forms nest in their canonical order (编 章 节 条, 一、 （一） 1. （1） ①) unless the document shows another one. The
pass runs in Python, over marked lines alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

__all__ = ["Marked", "Placed", "believe", "last_rows", "nest", "order_ranks", "place", "place_sections"]

GAP = 2
"""How far a number may be from the one before: a line between may have been lost as boilerplate or duplicate."""

OUTER_RANK = 60
"""Rank up to which a first number alone, on a short line, is believed: a page cut off after 一、 or （一）."""


SHORT = ("line", "stopped")
"""Shapes of a line that holds nothing but a short heading."""


class Marked(NamedTuple):
    """What the outline needs of a marked line.

    Attributes:
        rank: place of its form in the canonical order.
        number: its value; None for a marker without one.
        marker: as written.
        short: nothing but a short heading follows on the line.
        alone: the form is believed without a neighbour.
    """

    rank: int
    number: int | None
    marker: str
    short: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """The place of a section in its document.

    Attributes:
        index: of the marked line that opens it.
        parent: position, among the document's sections, of the one that holds it; None at the outermost level.
        level: depth, from 1.
    """

    index: int
    parent: int | None
    level: int


def place(lines: Sequence[Marked]) -> list[Placed]:
    """Make one document's marked lines into an outline; those that nothing supports are left out."""
    believed = believe(lines)
    order = order_ranks([lines[index] for index in believed])
    return nest(lines, believed, order)


def believe(lines: Sequence[Marked]) -> list[int]:
    """Find the lines whose marker is one: a neighbour of the same form counts on, or the form stands by itself."""
    latest: dict[int, int] = {}
    believed = {index for index, line in enumerate(lines) if line.short and _stands_alone(line)}
    for index, line in enumerate(lines):
        before = latest.get(line.rank)
        if before is not None and _counts_on(lines[before], line):
            believed |= {before, index}
        latest[line.rank] = index
    return sorted(believed)


def _stands_alone(line: Marked) -> bool:
    return line.alone or (line.number == 1 and line.rank <= OUTER_RANK)


def _counts_on(before: Marked, after: Marked) -> bool:
    """Whether the second marker continues the first; the last of a series has no number (最后)."""
    if after.number is None or before.number is None:
        return after.number is None and before.number is not None
    if after.number == before.number:
        return "之" in after.marker and after.marker != before.marker
    return 0 < after.number - before.number <= GAP


def order_ranks(lines: Sequence[Marked]) -> dict[int, int]:
    """Tell how the document nests its forms: rank to depth, the outermost lowest.

    Of two forms that one is outside whose count more often goes on around the other: between 二、 and 三、 stands a
    （一）, but between （一） and （二） no 二、. Where neither does, or one does not count, the canonical order holds.
    """
    counts, around = _count_around(lines)
    order: list[int] = []
    for rank in dict.fromkeys(line.rank for line in lines):
        place = len(order)
        while place and _is_outside(rank, order[place - 1], counts, around):
            place -= 1
        order.insert(place, rank)
    return {rank: depth for depth, rank in enumerate(order)}


def _count_around(lines: Sequence[Marked]) -> tuple[Counter[int], Counter[tuple[int, int]]]:
    """How often each rank counts on (二、 to 三、), and how often another rank stands between."""
    latest: dict[int, int] = {}
    counts: Counter[int] = Counter()
    around: Counter[tuple[int, int]] = Counter()
    for index, line in enumerate(lines):
        before = latest.get(line.rank)
        if before is not None and _counts_on(lines[before], line):
            counts[line.rank] += 1
            around.update((line.rank, rank) for rank, last in latest.items() if last > before)
        latest[line.rank] = index
    return counts, around


def _is_outside(rank: int, other: int, counts: Counter[int], around: Counter[tuple[int, int]]) -> bool:
    if not counts[rank] or not counts[other]:
        return rank < other
    mine, theirs = around[rank, other] / counts[rank], around[other, rank] / counts[other]
    return rank < other if mine == theirs else mine > theirs


def nest(lines: Sequence[Marked], believed: Sequence[int], order: dict[int, int]) -> list[Placed]:
    """Put each section under the nearest one before it whose form is an outer one."""
    placed: list[Placed] = []
    open_sections: list[tuple[int, int]] = []
    for index in believed:
        depth = order[lines[index].rank]
        while open_sections and open_sections[-1][0] >= depth:
            open_sections.pop()
        parent = open_sections[-1][1] if open_sections else None
        open_sections.append((depth, len(placed)))
        placed.append(Placed(index, parent, len(open_sections)))
    return placed


def last_rows(rows: Sequence[int], levels: Sequence[int], end: int) -> list[int]:
    """The last row of each section: the one before the next section that it does not hold.

    Args:
        rows: row of each section's first line.
        levels: their levels.
        end: last row of the document.
    """
    last = [end] * len(rows)
    following: dict[int, int] = {}
    for index in range(len(rows) - 1, -1, -1):
        level = levels[index]
        last[index] = min((row for outer, row in following.items() if outer <= level), default=end + 1) - 1
        following[level] = rows[index]
    return last


def place_sections(candidates: pl.DataFrame) -> pl.DataFrame:
    """Keep the candidates that open a section and tell where each stands in its document's outline.

    Args:
        candidates: row, document, last (row of the document's last line), rank, number, marker, shape, alone; in
            order.

    Returns:
        The kept rows with ordinal (from 1 in each document), level, parent (ordinal of the section that holds it,
        null at level 1) and last_row.
    """
    supported = candidates.filter(_may_open())
    alone = pl.len().over("document") == 1
    # What nothing but its own form supports is the whole outline where it is alone.
    lone = supported.filter(alone).with_columns(
        level=pl.lit(1, pl.Int64), ordinal=pl.lit(1, pl.Int64), parent=pl.lit(None, pl.Int64), last_row="last"
    )
    return pl.concat([lone, _place_each(supported.filter(~alone))]).sort("row")


def _may_open() -> pl.Expr:
    """Whether a line has another of its form in the document, or needs none; see `believe`."""
    first = (pl.col("number") == 1).fill_null(value=False) & (pl.col("rank") <= OUTER_RANK)
    stands_alone = pl.col("shape").is_in(SHORT) & (pl.col("alone") | first)
    return stands_alone | (pl.len().over("document", "rank") > 1)


def _place_each(candidates: pl.DataFrame) -> pl.DataFrame:
    """Place the sections of one document after another."""
    kept: list[int] = []
    found: dict[str, list[int | None]] = {"level": [], "ordinal": [], "parent": [], "last_row": []}
    fields = candidates.select("rank", "number", "marker", pl.col("shape").is_in(SHORT), "alone")
    lines = [Marked._make(values) for values in fields.iter_rows()]
    rows, ends = candidates["row"].to_list(), candidates["last"].to_list()
    first = 0
    for size in candidates["document"].rle().struct.field("len").to_list():
        placed = place(lines[first : first + size])
        indices = [first + section.index for section in placed]
        levels = [section.level for section in placed]
        kept += indices
        found["level"] += levels
        found["ordinal"] += range(1, len(placed) + 1)
        found["parent"] += [None if section.parent is None else section.parent + 1 for section in placed]
        found["last_row"] += last_rows([rows[index] for index in indices], levels, ends[first])
        first += size
    return candidates[kept].with_columns(pl.Series(name, values, dtype=pl.Int64) for name, values in found.items())
