"""What a stage's report needs of all shards together, in memory that does not grow with the corpus.

Sums are small. Of the lines that were removed only the most frequent are shown, and of the sources only one digest,
so both lie on the disk until every shard is through, and are then read a share at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from etl.quality.figures import EMPTY, Counted, Figures, add
from etl.scratch import OnDisk

__all__ = ["Adding", "Totals"]

TOP_LINES = 10
"""Most frequent removed lines that a rule shows."""

SHARDS_AT_ONCE = 16
"""Shards whose figures are put together at once: of 12 MB each, some 160,000 removed lines, which take 16 MB."""


class Totals(NamedTuple):
    """Of a stage, over all documents.

    Attributes:
        figures: the small tables.
        top_lines: rule, text, count of the short lines that each rule removed most often, in this order.
        input_sha256: over the names and digests of all sources, in the order of the names: equal inputs, equal
            digests.
    """

    figures: Figures
    top_lines: pl.DataFrame
    input_sha256: str


class Adding:
    """Adds up the figures of a stage, shard by shard, in any order.

    Args:
        scratch: where the tables lie that grow with the corpus.
        shards: how many there will be, about.
    """

    def __init__(self, scratch: OnDisk, shards: int) -> None:
        self._waiting: list[Counted] = []
        self._added = EMPTY
        self._lines = scratch.dealt("text", shards // SHARDS_AT_ONCE + 1)
        self._sources = scratch.ordered("source")

    def add(self, counted: Counted) -> None:
        """Add those of one shard."""
        self._waiting.append(counted)
        if len(self._waiting) == SHARDS_AT_ONCE:
            self._put_together()

    def totals(self) -> Totals:
        """What all come to, of a stage that is through."""
        self._put_together()
        top = pl.concat([EMPTY["lines"], *map(_most_frequent, self._lines.shares())])
        return Totals(self._added, _most_frequent(top), _input_digest(self._sources.pieces()))

    def _put_together(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._lines.add(pl.concat([EMPTY["lines"], *(counted.lines for counted in waiting)]))
        self._sources.add(pl.concat([EMPTY["sources"], *(counted.sources for counted in waiting)]))
        self._added = add((counted.small for counted in waiting), self._added)


def _most_frequent(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines that each rule removed most often, the most frequent first, and those alike in the order of texts."""
    again = lines["text"].hash().is_duplicated()
    summed = lines.filter(again).group_by("rule", "text").agg(pl.col("count").sum())
    counted = pl.concat([lines.filter(~again), summed])
    # Most texts are there but once, and are not brought together; of lines alike as many are enough as are kept.
    enough = counted.group_by("rule", "count").agg(pl.col("text").sort().head(TOP_LINES)).explode("text")
    ranked = enough.sort("rule", pl.col("count").neg(), "text").group_by("rule", maintain_order=True)
    # Copied, for the few texts would keep all others in memory, beside which they lie.
    return pl.DataFrame(ranked.head(TOP_LINES).select(lines.columns).rows(), schema=lines.schema, orient="row")


def _input_digest(sources: Iterable[pl.DataFrame]) -> str:
    digest = hashlib.sha256()
    for piece in sources:
        told = piece.select(pl.format("{}\0{}\n", "source", pl.col("sha256").fill_null(str(None))).str.join())
        digest.update((told.item() or "").encode())
    return digest.hexdigest()
