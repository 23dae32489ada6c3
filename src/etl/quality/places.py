"""Documents by number, and what sets them apart in a report, so that they are counted as arrays and not as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.utf8 import Ints

__all__ = ["GROUP", "Numbers", "Places", "find_places", "number", "sums"]

GROUP = ("site", "encoding", "change")
"""What sets documents apart."""


Numbers = dict[str | None, int]
"""Names in the order of their numbers."""


class Places(NamedTuple):
    """Documents by number.

    Attributes:
        numbers: of the documents by doc_id; of those that are not there, as they are met, the ones beyond.
        groups: site, encoding, change that documents have; the last one, all null, is of those that are not there.
        of: row of `groups` for each document.
    """

    numbers: Numbers
    groups: pl.DataFrame
    of: Ints

    def number(self, doc_ids: pl.Series) -> Ints:
        """The number of each document."""
        return number(doc_ids, self.numbers)

    def group(self, documents: Ints) -> Ints:
        """The row of `groups` for each number."""
        beyond = np.full(len(self.numbers) - len(self.of), self.groups.height - 1)
        return np.concatenate([self.of, beyond])[documents]

    def table(self, groups: Ints, names: Iterable[pl.Series], counts: Mapping[str, Ints]) -> pl.DataFrame:
        """Counts of groups and of what else they are by.

        Args:
            groups: row of `groups` for each row of the table.
            names: what else there is, for each row of the table.
            counts: by column, for each row of the table.
        """
        return self.groups[groups].hstack([*names, *(pl.Series(name, of) for name, of in counts.items())])


def find_places(documents: pl.DataFrame) -> Places:
    """Number documents.

    Args:
        documents: doc_id, each once, and the columns of `GROUP`.
    """
    alike = documents.select(GROUP).with_row_index("row").group_by(GROUP, maintain_order=True).agg("row")
    rows, size = alike.get_column("row").to_arrow(), documents.height
    of = np.zeros(size, dtype=np.int64)
    of[rows.flatten().to_numpy()] = np.repeat(np.arange(len(rows)), np.diff(rows.offsets.to_numpy()))
    nothing = pl.DataFrame({name: pl.Series([None], dtype=pl.String) for name in GROUP})
    numbers: Numbers = dict(zip(documents.get_column("doc_id").to_list(), range(size), strict=True))
    return Places(numbers, alike[[*GROUP]].vstack(nothing), of)


def number(values: pl.Series, numbers: Numbers) -> Ints:
    """The number of each value; one that is met for the first time is given the next."""
    # Neighbours mostly have the same value; all such are looked up at once.
    runs = values.rle().struct.unnest()
    found = [numbers.setdefault(value, len(numbers)) for value in runs.get_column("value").to_list()]
    return np.repeat(np.array(found, dtype=np.int64), runs.get_column("len").to_numpy())


def sums(groups: Ints, values: pl.Series | Ints, size: int) -> Ints:
    """The sum of each group; exact below 2**53."""
    weights = values.to_numpy() if isinstance(values, pl.Series) else values
    return np.bincount(groups, weights=weights, minlength=size).astype(np.int64)
