"""From marked lines to an outline: which markers count on from each other, and which section holds which.

Forms nest in their canonical order (编 章 节 条, 一、 （一） 1. （1） ①) unless the document shows another one, which
is found out in Python, for the few documents of several forms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.adjacent import starts_of
from etl.arrays import Flags, Ints

__all__ = ["last_rows", "nest", "order_ranks", "place_sections"]

GAP = 2
"""How far a number may be from the one before: a line between may have been lost as boilerplate or duplicate."""

OUTER_RANK = 60
"""Rank up to which a first number alone, on a short line, is believed: a page cut off after 一、 or （一）."""

FAR = 10**9
"""Rows that no frame has."""


class _Outline(NamedTuple):
    """Where sections stand: columns that `place_sections` adds."""

    level: Ints
    parent: Ints
    last_row: Ints


def place_sections(candidates: pl.DataFrame) -> pl.DataFrame:
    """Keep the candidates that open a section and tell where each stands in its document's outline.

    A candidate opens one if a neighbour of its form counts on, or if its form stands by itself.

    Args:
        candidates: row, document, last (row of the document's last line), rank, number, marker, shape, alone; in
            order.

    Returns:
        The kept rows with ordinal (from 1 in each document), level, parent (place in this frame of the section that
        holds it, -1 at level 1) and last_row.
    """
    counts_on, counted_on = _count(candidates)
    sections = candidates.filter(pl.Series(counts_on | counted_on | _stand_alone(candidates)))
    bounds = starts_of(sections["document"].to_numpy())
    starts, sizes = bounds[:-1], np.diff(bounds)
    ordinal = np.arange(sections.height) - starts.repeat(sizes) + 1
    return sections.hstack(pl.DataFrame({"ordinal": ordinal, **_outline(sections, starts, sizes)._asdict()}))


def _outline(sections: pl.DataFrame, starts: Ints, sizes: Ints) -> _Outline:
    """Where sections stand: side by side, but in documents of several forms; see `place_sections`.

    Args:
        sections: those that are believed.
        starts: the first one of each document.
        sizes: how many each document has.
    """
    rank, row, last = (sections[name].to_numpy() for name in ("rank", "row", "last"))
    outline = _Outline(
        level=np.ones(sections.height, dtype=np.int64),
        parent=np.full(sections.height, -1),
        last_row=np.minimum(np.append(row, FAR)[1:] - 1, last),
    )
    on, _ = _count(sections)
    several = np.minimum.reduceat(rank, starts) < np.maximum.reduceat(rank, starts)
    for start, size in zip(starts[several].tolist(), sizes[several].tolist(), strict=True):
        here = slice(start, start + size)
        levels, parents = nest(rank[here].tolist(), on[here].tolist())
        outline.level[here] = levels
        outline.parent[here] = [start + parent - 1 if parent else -1 for parent in parents]
        outline.last_row[here] = last_rows(row[here].tolist(), levels, last[start])
    return outline


def _stand_alone(lines: pl.DataFrame) -> Flags:
    """Which candidates are short lines of a form that stands by itself, or the first of an outer one."""
    short = (lines["shape"] == "line") | (lines["shape"] == "stopped")
    first = lines["number"].eq_missing(1) & (lines["rank"] <= OUTER_RANK)
    return (short & (lines["alone"] | first)).to_numpy()


def _count(lines: pl.DataFrame) -> tuple[Flags, Flags]:
    """Which markers continue the one of their form before them, and which the next one of their form continues.

    The last of a series has no number (最后); an inserted article has the one of the article before (第三条之一).
    """
    document, rank = lines["document"].to_numpy(), lines["rank"].to_numpy()
    number, markers = lines["number"].fill_null(-1).to_numpy(), lines["marker"].to_list()
    inserted = np.array([marker if marker and "之" in marker else "" for marker in markers], dtype=np.str_)
    order = np.lexsort((rank, document))
    before, now = order[:-1], order[1:]
    same = (document[now] == document[before]) & (rank[now] == rank[before]) & (number[before] >= 0)
    step, anew = number[now] - number[before], inserted[now] != inserted[before]
    follows = (step > 0) & (step <= GAP) | (step == 0) & anew & (inserted[now] != "") | (number[now] < 0)
    counts_on, counted_on = np.zeros((2, lines.height), dtype=np.bool_)
    counts_on[now] = counted_on[before] = same & follows
    return counts_on, counted_on


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
