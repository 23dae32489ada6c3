"""The documents of a shard, and what each dataset has of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from etl.quality.numbers import rows
from etl.quality.places import Places, find_places
from etl.utf8 import Ints

__all__ = ["Content", "Contents", "Scan"]

Content = dict[str, Ints]
"""lines, chars and slices of each document, by its number; chars are counted, slices are measured."""


class Scan(Protocol):
    """Gives a dataset of a run as a lazy frame; `prefix` narrows it to the parts of one stage."""

    def __call__(self, dataset: str, prefix: str = "") -> pl.LazyFrame:
        """Scan one dataset."""


@dataclass
class Contents:
    """Numbers documents, and counts what datasets have of them, once for all stages that take it in or put it out."""

    _places: Places | None = None
    _counted: dict[str, Content] = field(default_factory=dict)

    def places(self, scan: Scan) -> Places:
        """The documents."""
        if self._places is None:
            changes = scan("changes").select("doc_id", "change")
            documents = scan("decoded").select("doc_id", "site", "encoding")
            self._places = find_places(rows(documents.join(changes, on="doc_id", how="left", maintain_order="left")))
        return self._places

    def of(self, dataset: str, scan: Scan) -> Content:
        """What a dataset has of each document."""
        if dataset not in self._counted:
            self._counted[dataset] = _content(scan, dataset, self.places(scan))
        return self._counted[dataset]


def _content(scan: Scan, dataset: str, places: Places) -> Content:
    """lines, chars, slices of each document in a dataset; chars are counted, slices are measured."""
    length = pl.col("end") - pl.col("start")
    if dataset == "decoded":
        found = scan(dataset).select("doc_id", "lines", "chars", slices="chars")
    elif dataset == "documents":
        chars = pl.col("text").str.len_chars().cast(pl.Int64)
        found = scan(dataset).select("doc_id", lines="paragraphs", chars=chars, slices=chars)
    else:
        chars = pl.coalesce(pl.col("text").str.len_chars().cast(pl.Int64), length)
        found = scan(dataset).select("doc_id", lines=pl.lit(1, pl.Int64), chars=chars, slices=length)
    each = rows(found)
    return places.sums(each.get_column("doc_id"), each.select("lines", "chars", "slices"))
