"""Documents by number, and what sets them apart in a report, so that they are counted as arrays and not as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Ints
from etl.quality.numbers import Columns, Numbers, number, numbers, sums

__all__ = ["GROUP", "Pairs", "Places", "find_pairs", "find_places"]

GROUP = ("site", "encoding", "change")
"""What sets documents apart."""


Group = tuple[str | None, ...]
"""Values of `GROUP`."""


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
        found = number(self.numbers, runs.get_column("value").to_list())
        return found, runs.get_column("len").to_numpy().astype(np.int64)

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


def find_places(documents: pl.DataFrame, changes: Mapping[str, str]) -> Places:
    """Number documents.

    Args:
        documents: doc_id, each once, site, encoding.
        changes: what the run found of documents, by doc_id.
    """
    doc_ids, sites, encodings = (documents.get_column(name).to_list() for name in ("doc_id", "site", "encoding"))
    groups: Numbers[Group] = numbers([])
    of = number(groups, [*zip(sites, encodings, map(changes.get, doc_ids), strict=True)])
    nothing = (None,) * len(GROUP)
    return Places(numbers(doc_ids), [*groups, nothing], of)


def find_pairs(documents: Ints, names: Ints, rows: str, values: Mapping[str, Ints]) -> Pairs:
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
