"""From marked lines to an outline: which markers count on from each other, and which section holds which.

Forms nest in their canonical order (编 章 节 条, 一、 （一） 1. （1） ①) unless the document shows another one, which
is found out in Python, for the few documents of several forms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl

from etl.utf8 import Ints

__all__ = ["last_rows", "nest", "order_ranks", "place_sections"]

GAP = 2
"""How far a number may be from the one before: a line between may have been lost as boilerplate or duplicate."""

OUTER_RANK = 60
"""Rank up to which a first number alone, on a short line, is believed: a page cut off after 一、 or （一）."""


SHORT = ("line", "stopped")
"""Shapes of a line that holds nothing but a short heading."""


def place_sections(candidates: pl.DataFrame) -> pl.DataFrame:
    """Keep the candidates that open a section and tell where each stands in its document's outline.

    A candidate opens one if a neighbour of its form counts on, or if its form stands by itself.

    Args:
        candidates: row, document, last (row of the document's last line), rank, number, marker, shape, alone; in
            order.

    Returns:
        The kept rows with ordinal (from 1 in each document), level, parent (ordinal of the section that holds it,
        null at level 1) and last_row.
    """
    believed = _count(candidates).filter(_stands_alone() | pl.col("counts_on") | pl.col("counted_on"))
    sections = _count(believed)
    starts = np.flatnonzero(np.diff(sections["document"].to_numpy(), prepend=-1))
    sizes = np.diff(starts, append=sections.height)
    flat = sections.with_columns(
        ordinal=pl.Series(np.arange(1, sections.height + 1) - np.repeat(starts, sizes)),
        level=pl.lit(1, pl.Int64),
        parent=pl.lit(0, pl.Int64),
        last_row=pl.min_horizontal(pl.col("row").shift(-1) - 1, "last"),
    )
    rank = sections["rank"].to_numpy()
    several = np.minimum.reduceat(rank, starts) < np.maximum.reduceat(rank, starts)
    nested = _nest_each(flat, starts[several], sizes[several])
    return nested.with_columns(parent=pl.when(pl.col("parent") > 0).then("parent")).drop("counts_on", "counted_on")


def _nest_each(sections: pl.DataFrame, starts: Ints, sizes: Ints) -> pl.DataFrame:
    """Set level, parent and last_row for the documents of several forms, which begin at some rows of the frame."""
    columns = ("rank", "counts_on", "row", "level", "parent", "last_row")
    rank, on, row, level, parent, last = (sections[name].to_numpy().copy() for name in columns)
    ends = sections["last"].to_numpy()
    for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        here = slice(start, start + size)
        levels, parents = nest(rank[here].tolist(), on[here].tolist())
        level[here], parent[here] = levels, parents
        last[here] = last_rows(row[here].tolist(), levels, ends[start])
    return sections.with_columns(level=pl.Series(level), parent=pl.Series(parent), last_row=pl.Series(last))


def _stands_alone() -> pl.Expr:
    first = (pl.col("number") == 1).fill_null(value=False) & (pl.col("rank") <= OUTER_RANK)
    return pl.col("shape").is_in(SHORT) & (pl.col("alone") | first)


def _count(lines: pl.DataFrame) -> pl.DataFrame:
    """Add counts_on (a marker continues the one of its form before it) and counted_on (the next one continues it).

    The last of a series has no number (最后); an inserted article has the one of the article before (第三条之一).
    """
    number, before, marker = pl.col("number"), pl.col("number").shift(1), pl.col("marker")
    same = (pl.col("document") == pl.col("document").shift(1)) & (pl.col("rank") == pl.col("rank").shift(1))
    inserted = marker.str.contains("之", literal=True) & (marker != marker.shift(1))
    follows = (
        pl.when(number.is_null())
        .then(before.is_not_null())
        .when(number == before)
        .then(inserted)
        .otherwise((number - before).is_between(1, GAP))
    )
    forms = lines.sort("document", "rank", maintain_order=True)
    counted = forms.with_columns(counts_on=(same & follows).fill_null(value=False))
    return counted.with_columns(counted_on=pl.col("counts_on").shift(-1, fill_value=False)).sort("row")


def nest(ranks: Sequence[int], counts_on: Sequence[bool]) -> tuple[list[int], list[int]]:
    """Put each section of a document under the nearest one before it whose form is an outer one.

    Args:
        ranks: rank of each section's form.
        counts_on: whether its marker continues the one of its form before it.

    Returns:
        The level of each section, from 1; and the ordinal of the section that holds it, 0 at the outermost level.
    """
    order = order_ranks(ranks, counts_on)
    levels, parents = [], []
    around: list[tuple[int, int]] = []
    for ordinal, rank in enumerate(ranks, 1):
        while around and around[-1][0] >= order[rank]:
            around.pop()
        parents.append(around[-1][1] if around else 0)
        around.append((order[rank], ordinal))
        levels.append(len(around))
    return levels, parents


def order_ranks(ranks: Sequence[int], counts_on: Sequence[bool]) -> dict[int, int]:
    """Tell how the document nests its forms: rank to depth, the outermost lowest; see `nest` for the arguments.

    Of two forms that one is outside whose count more often goes on around the other: between 二、 and 三、 stands a
    （一）, but between （一） and （二） no 二、. Where neither does, or one does not count, the canonical order holds.
    """
    counts, around = _count_around(ranks, counts_on)
    order: list[int] = []
    for rank in dict.fromkeys(ranks):
        place = len(order)
        while place and _is_outside(rank, order[place - 1], counts, around):
            place -= 1
        order.insert(place, rank)
    return {rank: depth for depth, rank in enumerate(order)}


def _count_around(ranks: Sequence[int], counts_on: Sequence[bool]) -> tuple[Counter[int], Counter[tuple[int, int]]]:
    """How often each rank counts on (二、 to 三、), and how often another rank stands between."""
    latest: dict[int, int] = {}
    counts: Counter[int] = Counter()
    around: Counter[tuple[int, int]] = Counter()
    for index, (rank, on) in enumerate(zip(ranks, counts_on, strict=True)):
        if on:
            counts[rank] += 1
            around.update((rank, other) for other, last in latest.items() if last > latest[rank])
        latest[rank] = index
    return counts, around


def _is_outside(rank: int, other: int, counts: Counter[int], around: Counter[tuple[int, int]]) -> bool:
    if not counts[rank] or not counts[other]:
        return rank < other
    mine, theirs = around[rank, other] / counts[rank], around[other, rank] / counts[other]
    return rank < other if mine == theirs else mine > theirs


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
