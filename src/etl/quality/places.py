"""Documents by number, and what sets them apart in a report, so that they are counted as arrays and not as text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple, TypeVar

import numpy as np
import polars as pl

from etl.utf8 import Ints

__all__ = [
    "GROUP", "Columns", "Pairs", "Places", "columns", "distinct", "find_pairs", "find_places", "number", "numbers",
    "rows", "sums",
]  # fmt: skip

GROUP = ("site", "encoding", "change")
"""What sets documents apart."""


Value = TypeVar("Value", bound=Hashable)

Numbers = defaultdict[Value, int]
"""Values in the order of their numbers; one that is asked for and not there is given the next."""

Group = tuple[str | None, ...]
"""Values of `GROUP`."""

Columns = dict[str, list[Any]]
"""A small table by column: frames take longer to make and to send than what is in them."""


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
        of: place in `groups` of each document.
    """

    numbers: Numbers[str]
    groups: list[Group]
    of: Ints

    def number(self, doc_ids: pl.Series) -> Ints:
        """The number of each document."""
        found, rows = self._runs(doc_ids)
        return np.repeat(found, rows)

    def sums(self, doc_ids: pl.Series, values: pl.DataFrame) -> dict[str, Ints]:
        """Sums of whole numbers for each document that is there, by column.

        Args:
            doc_ids: the document of each row.
            values: Int64 columns.
        """
        found, rows = self._runs(doc_ids)
        starts, size = np.cumsum(rows) - rows, len(self.of)
        of_runs = {value.name: np.add.reduceat(value.to_numpy(), starts) for value in values}
        return {name: sums(found, of, size)[:size] for name, of in of_runs.items()}

    def _runs(self, doc_ids: pl.Series) -> tuple[Ints, Ints]:
        """The number of each run of rows that have the same document, as neighbours mostly do, and its rows."""
        runs = doc_ids.rle().struct.unnest()
        return number(self.numbers, runs.get_column("value").to_list()), runs.get_column("len").to_numpy().astype(
            np.int64
        )

    def group(self, documents: Ints) -> Ints:
        """The place in `groups` of each number."""
        beyond = np.full(len(self.numbers) - len(self.of), len(self.groups) - 1)
        return np.concatenate([self.of, beyond])[documents]

    def table(self, groups: Ints, counts: Mapping[str, Ints]) -> Columns:
        """Counts of groups.

        Args:
            groups: place in `groups` for each row of the table.
            counts: by column, for each row of the table.
        """
        chosen = [self.groups[group] for group in groups.tolist()]
        keys = {name: [group[at] for group in chosen] for at, name in enumerate(GROUP)}
        return keys | {name: of.tolist() for name, of in counts.items()}

    def tally(self, pairs: Pairs, column: str, names: Sequence[str]) -> Columns:
        """How many documents of each group have what there is, and the sums of their counts.

        Args:
            pairs: what they have.
            column: what it is called.
            names: by number.
        """
        size = max(len(names), 1)
        group = self.group(pairs.documents) * size + pairs.names
        documents = np.bincount(group)
        there = np.flatnonzero(documents)
        counts = {name: sums(group, of, len(documents))[there] for name, of in pairs.counts.items()}
        found = {column: [names[at] for at in (there % size).tolist()]}
        return found | self.table(there // size, {"documents": documents[there], **counts})


def find_places(documents: pl.DataFrame) -> Places:
    """Number documents.

    Args:
        documents: doc_id, each once, and the columns of `GROUP`.
    """
    groups: Numbers[Group] = numbers()
    of = number(groups, [*zip(*(documents.get_column(name).to_list() for name in GROUP), strict=True)])
    ids: Numbers[str] = numbers()
    number(ids, documents.get_column("doc_id").to_list())
    nothing = (None,) * len(GROUP)
    return Places(ids, [*groups, nothing], of)


def numbers() -> Numbers[Any]:
    """No numbers yet."""
    return defaultdict(count().__next__)


def number(numbers: Numbers[Value], values: Sequence[Value]) -> Ints:
    """The number of each value."""
    return np.fromiter(map(numbers.__getitem__, values), np.int64, len(values))


def find_pairs(documents: Ints, names: Ints, rows: str, values: Mapping[str, pl.Series]) -> Pairs:
    """Bring together what documents have.

    Args:
        documents: their numbers, row by row.
        names: numbers of what they have.
        rows: what the number of rows of a pair is called.
        values: whole numbers to be summed, by name.
    """
    size = int(names.max(initial=0)) + 1
    pair = documents * size + names
    counts = np.bincount(pair)
    there = np.flatnonzero(counts)
    summed = {name: sums(pair, value, len(counts))[there] for name, value in values.items()}
    return Pairs(there // size, there % size, {rows: counts[there], **summed})


def distinct(values: pl.Series) -> tuple[Ints, list[str]]:
    """The number of each text, few of which differ, and the texts by number."""
    encoded = values.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()


def columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Columns:
    """A table of rows."""
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def sums(groups: Ints, values: pl.Series | Ints, size: int) -> Ints:
    """The sum of each group; exact below 2**53."""
    weights = values.to_numpy() if isinstance(values, pl.Series) else values
    return np.bincount(groups, weights=weights, minlength=size).astype(np.int64)


def rows(frame: pl.LazyFrame) -> pl.DataFrame:
    """The rows of a small query; a report takes several of each shard, which the streaming engine is slow to begin."""
    return frame.collect(engine="in-memory")
