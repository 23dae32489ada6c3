"""Documents by number, and what sets them apart in a report, so that they are counted as arrays and not as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.utf8 import Ints

__all__ = ["GROUP", "Numbers", "Pairs", "Places", "distinct", "find_pairs", "find_places", "number", "rows", "sums"]

GROUP = ("site", "encoding", "change")
"""What sets documents apart."""


Numbers = dict[str | None, int]
"""Names in the order of their numbers."""


class Pairs(NamedTuple):
    """What documents have: a rule that touched them, or a mark; each pair of a document and a name once.

    Attributes:
        documents: the document's number for each pair.
        names: the number of what it has.
        counts: how often, and other sums, for each pair.
    """

    documents: Ints
    names: Ints
    counts: dict[str, Ints]


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

    def tally(self, pairs: Pairs, names: pl.Series) -> pl.DataFrame:
        """How many documents of each group have what there is, and the sums of their counts.

        Args:
            pairs: what they have.
            names: by number.
        """
        size = max(len(names), 1)
        group = self.group(pairs.documents) * size + pairs.names
        documents = np.bincount(group)
        there = np.flatnonzero(documents)
        counts = {name: sums(group, of, len(documents))[there] for name, of in pairs.counts.items()}
        return self.table(there // size, [names[there % size]], {"documents": documents[there], **counts})


def find_places(documents: pl.DataFrame) -> Places:
    """Number documents.

    Args:
        documents: doc_id, each once, and the columns of `GROUP`.
    """
    found: dict[tuple[str | None, ...], int] = {}
    of = np.array([found.setdefault(group, len(found)) for group in documents.select(GROUP).rows()], dtype=np.int64)
    nothing = (None,) * len(GROUP)
    groups = pl.DataFrame([*found, nothing], schema=dict.fromkeys(GROUP, pl.String), orient="row")
    numbers: Numbers = dict(zip(documents.get_column("doc_id").to_list(), range(len(of)), strict=True))
    return Places(numbers, groups, of)


def find_pairs(documents: Ints, names: Ints, values: Mapping[str, pl.Series]) -> Pairs:
    """Bring together what documents have; `rows` counts how often.

    Args:
        documents: their numbers, row by row.
        names: numbers of what they have.
        values: whole numbers to be summed, by name.
    """
    size = int(names.max(initial=0)) + 1
    pair = documents * size + names
    rows = np.bincount(pair)
    there = np.flatnonzero(rows)
    summed = {name: sums(pair, value, len(rows))[there] for name, value in values.items()}
    return Pairs(there // size, there % size, {"rows": rows[there], **summed})


def number(values: pl.Series, numbers: Numbers) -> Ints:
    """The number of each value; one that is met for the first time is given the next."""
    # Neighbours mostly have the same value; all such are looked up at once.
    runs = values.rle().struct.unnest()
    found = [numbers.setdefault(value, len(numbers)) for value in runs.get_column("value").to_list()]
    return np.repeat(np.array(found, dtype=np.int64), runs.get_column("len").to_numpy())


def distinct(values: pl.Series) -> tuple[Ints, pl.Series]:
    """The number of each text, few of which differ, and the texts by number."""
    encoded = values.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode("encode")
    return encoded.indices.to_numpy().astype(np.int64), pl.Series(values.name, encoded.dictionary, dtype=pl.String)


def sums(groups: Ints, values: pl.Series | Ints, size: int) -> Ints:
    """The sum of each group; exact below 2**53."""
    weights = values.to_numpy() if isinstance(values, pl.Series) else values
    return np.bincount(groups, weights=weights, minlength=size).astype(np.int64)


def rows(frame: pl.LazyFrame) -> pl.DataFrame:
    """The rows of a small query; a report takes several of each shard, which the streaming engine is slow to begin."""
    return frame.collect(engine="in-memory")
