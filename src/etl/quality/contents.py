"""The documents of a shard, and what each dataset has of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from etl.arrays import Ints
from etl.quality.places import Places, find_places

__all__ = ["Content", "Contents", "Rows"]

Content = dict[str, Ints]
"""lines, chars and slices of each document, by its number; chars are counted, slices are measured."""


class Rows(Protocol):
    """Gives the rows of a dataset; `stage` narrows it to those that one stage added."""

    def __call__(self, dataset: str, *columns: str, stage: str = "") -> pl.DataFrame:
        """The columns that are named, and others if they are at hand."""


CHARS = pl.col("text").str.len_chars().cast(pl.Int64)

LENGTH = pl.col("end") - pl.col("start")

OF_LINES = (
    ("start", "end", "text"),
    {"lines": pl.lit(1, pl.Int64), "chars": pl.coalesce(CHARS, LENGTH), "slices": LENGTH},
)
"""Columns of a dataset of lines that are wanted, and what a row of it has; its text may be left out."""

CONTENT_OF = {
    "decoded": (("lines", "chars"), {"lines": pl.col("lines"), "chars": pl.col("chars"), "slices": pl.col("chars")}),
    "documents": (("paragraphs", "text"), {"lines": pl.col("paragraphs"), "chars": CHARS, "slices": CHARS}),
}
"""The same of the datasets that have a row a document."""


@dataclass
class Contents:
    """Numbers documents, and counts what datasets have of them, once for all stages that take it in or put it out."""

    _places: Places | None = None
    _counted: dict[str, Content] = field(default_factory=dict)

    def places(self, rows: Rows) -> Places:
        """The documents."""
        if self._places is None:
            documents = rows("decoded", "doc_id", "site", "encoding")
            here = pl.col("doc_id").is_in(documents.get_column("doc_id").implode())
            changes = rows("changes", "doc_id", "change").filter(here).select("doc_id", "change")
            self._places = find_places(documents, dict(changes.iter_rows()))
        return self._places

    def of(self, dataset: str, rows: Rows) -> Content:
        """What a dataset has of each document."""
        if dataset not in self._counted:
            columns, content = CONTENT_OF.get(dataset, OF_LINES)
            found = rows(dataset, "doc_id", *columns)
            self._counted[dataset] = self.places(rows).sums(found.get_column("doc_id"), found.select_seq(**content))
        return self._counted[dataset]
