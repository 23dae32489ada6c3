"""Figures of a stage over some documents: sums, such that those of two shards add up to those of both.

A shard is counted while its frames are at hand, and again from the files wherever they are wanted later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, compress
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Ints
from etl.distinct import number_values
from etl.quality.contents import Content, Contents, Rows
from etl.quality.edited import Edits, number_edits, removed_lines, sum_by_document, sum_by_rule
from etl.quality.kinds import KINDS, count_kinds
from etl.quality.numbers import Columns, Numbers, columns, number, numbers, sums
from etl.quality.places import Places, find_pairs
from etl.sources import site_of

__all__ = [
    "DISTRIBUTIONS", "EMPTY", "INPUT_OF", "LENGTH_EDGES", "OUTPUT_OF", "SHARE_EDGES", "Counted", "Figures", "add",
    "count",
]  # fmt: skip

LENGTH_EDGES = (0, 1, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000)
"""Code points a document; each bin includes its lower edge, and the last one is open."""

SHARE_EDGES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Share of a document's characters; each bin includes its lower edge, and the last one holds what lost all."""

INPUT_OF = {
    "decode": "decoded",
    "boilerplate": "decoded",
    "duplicates": "stripped",
    "sections": "deduplicated",
    "normalize": "sectioned",
}
"""Dataset whose characters a stage takes in; decode's characters come into being with its output."""

OUTPUT_OF = {
    "decode": "decoded",
    "boilerplate": "stripped",
    "duplicates": "deduplicated",
    "sections": "sectioned",
    "normalize": "documents",
}
"""Dataset whose characters a stage puts out."""

ROW_A_DOCUMENT = {"decode": "decoded", "boilerplate": "metadata", "normalize": "documents"}
"""Dataset of a stage that has a row for every document; the others have one a line."""

DISTRIBUTIONS: Mapping[str, Sequence[float]] = {"chars_out": LENGTH_EDGES, "removed_share": SHARE_EDGES}
"""What is told of the documents by a histogram, and the edges that they are counted between."""

CATEGORIES = ("encoding", "encoding_evidence", "media_type")

Figures = dict[str, pl.DataFrame]
"""Tables by name; see `TABLES` and `GROWING`."""


class Counted(NamedTuple):
    """What a stage did to some documents.

    Attributes:
        small: the tables of `TABLES` that have rows, by name.
        lines: how often each short line was removed; see `GROWING`.
        sources: of decode alone, the digest of every source.
    """

    small: dict[str, Columns]
    lines: pl.DataFrame
    sources: pl.DataFrame


class Table(NamedTuple):
    """What one table of figures holds.

    Attributes:
        keys: text columns, which tell its rows apart.
        sums: what it counts.
    """

    keys: tuple[str, ...]
    sums: tuple[str, ...]


BOOKS = ("lines_in", "chars_in", "lines_out", "chars_out", "kept", "removed", "inserted")

TABLES: dict[str, Table] = {
    "documents": Table(("site", "encoding", "change"), ("documents", "unbalanced", *BOOKS)),
    "bins": Table(("distribution", "site", "change", "bin"), ("documents",)),
    "rules": Table(("rule", "site", "change"), ("edits", "documents", "removed", "inserted")),
    "marks": Table(("mark", "site", "change"), ("documents",)),
    "kinds": Table(("site", "side"), KINDS),
    "categories": Table(("name", "value"), ("documents",)),
    "refused": Table(("reason", "site", "change"), ("sources",)),
    "answers": Table((), ("rows",)),
}
"""The tables of a stage's figures that are small, however large the corpus is.

`documents` has their books, `bins` their histograms, `kinds` their characters by kind, for a side of `removed`,
`inserted` and, of decode, `out`; `answers` the rows of the dataset that has one a document. `change` is what the
incremental run found of the document, see `schemas.Changes`. Edits and marks of a document that is not there are of no
site. `categories` and `refused` are decode's alone.
"""

GROWING: dict[str, Table] = {
    "lines": Table(("rule", "text"), ("count",)),
    "sources": Table(("source", "sha256"), ()),
}
"""The tables that grow with the corpus, of which `totals` keeps what a report shows: how often each short line was
removed, and, of decode alone, the digest of every source."""

EMPTY: Figures = {
    name: pl.DataFrame(schema=dict.fromkeys(table.keys, pl.String) | dict.fromkeys(table.sums, pl.Int64))
    for name, table in (TABLES | GROWING).items()
}
"""Figures of nothing."""


def count(rows: Rows, stage: str, contents: Contents | None = None) -> Counted:
    """Count what a stage did.

    Args:
        rows: gives the datasets of some documents.
        stage: name of the stage.
        contents: of these documents, if other stages of theirs are counted too.
    """
    contents = contents or Contents()
    places = contents.places(rows)
    edits = number_edits(rows("ledger", "doc_id", "rule", "before", "after", stage=stage), places)
    came, left = (contents.of(dataset[stage], rows) for dataset in (INPUT_OF, OUTPUT_OF))
    books = _books(stage, came, left, sum_by_document(edits, places))
    small = {
        "documents": _documents(places, books),
        "bins": _bins(places, books),
        "rules": sum_by_rule(edits, places),
        "marks": _marks(rows("marks", "doc_id", "mark", stage=stage), places),
        "kinds": _kinds(rows, stage, edits, places),
    }
    if stage in ROW_A_DOCUMENT:
        small["answers"] = {"rows": [rows(ROW_A_DOCUMENT[stage], "doc_id").height]}
    sources = _sources(rows) if stage == "decode" else EMPTY["sources"]
    if stage == "decode":
        small |= _origins(rows)
    return Counted(small, removed_lines(edits), sources)


def add(parts: Iterable[Mapping[str, Columns]], to: Figures = EMPTY) -> Figures:
    """Add up the small tables of a stage's figures over several shards, in any order.

    Args:
        parts: of each shard.
        to: what other shards came to.
    """
    several = list(parts)
    return {name: _added(to[name], [part[name] for part in several if name in part], name) for name in TABLES}


def _added(to: pl.DataFrame, parts: Sequence[Columns], name: str) -> pl.DataFrame:
    table, schema = TABLES[name], EMPTY[name].schema
    more = pl.DataFrame({column: [*chain.from_iterable(part[column] for part in parts)] for column in schema}, schema)
    every, sums = pl.concat([to, more]), [pl.col(column).sum() for column in table.sums]
    return every.group_by(table.keys).agg(sums) if table.keys else every.select(sums)


def _books(stage: str, came: Content, left: Content, changed: Mapping[str, Ints]) -> dict[str, Ints]:
    """The books of each document, by its number."""
    narrows = stage not in ("decode", "normalize")
    kept = left["slices"] if narrows else left["chars"] - changed["inserted"]
    return {
        "lines_in": came["lines"],
        # Decode's input is bytes; the characters that it takes in are those that sound bytes stand for.
        "chars_in": kept + changed["removed"] if stage == "decode" else came["chars"],
        "lines_out": left["lines"],
        "chars_out": left["chars"],
        "kept": kept,
        **changed,
    }


def _documents(places: Places, books: Mapping[str, Ints]) -> Columns:
    balanced = (books["chars_in"] == books["kept"] + books["removed"]) & (
        books["chars_out"] == books["kept"] + books["inserted"]
    )
    # In sums, one document's gap could fill another's.
    each = {"documents": np.ones_like(balanced), "unbalanced": ~balanced, **books}
    there = np.arange(len(places.groups) - 1)
    return places.table(there, {name: sums(places.of, of, len(there)) for name, of in each.items()})


def _bins(places: Places, books: Mapping[str, Ints]) -> Columns:
    """Histograms of the documents; a share is of characters, and of nothing where there are none."""
    some = books["chars_in"] > 0
    shares = (books["chars_in"] - books["kept"])[some] / books["chars_in"][some]
    values = {"chars_out": (places.of, books["chars_out"]), "removed_share": (places.of[some], shares)}
    found: Columns = {}
    for name, (groups, value) in values.items():
        edges = DISTRIBUTIONS[name]
        counts = np.bincount(groups * len(edges) + np.searchsorted(edges[1:], value, side="right"))
        there = np.flatnonzero(counts)
        rows = places.table(there // len(edges), {"documents": counts[there]})
        rows |= {"bin": [str(place) for place in (there % len(edges)).tolist()], "distribution": [name] * len(there)}
        found = {column: found.get(column, []) + values for column, values in rows.items()}
    return found


def _marks(marks: pl.DataFrame, places: Places) -> Columns:
    names, numbers = number_values(marks.get_column("mark"))
    pairs = find_pairs(places.number(marks.get_column("doc_id")), numbers, "marks", {})
    return places.tally(pairs, "mark", names.to_list())


def _kinds(rows: Rows, stage: str, edits: Edits, places: Places) -> Columns:
    """Of what is there to be counted: the decoded texts, and what any stage took and put."""
    put = ~edits.gone
    sides = {
        "removed": (edits.before, edits.documents),
        "inserted": (edits.after.filter(pl.Series(put)), edits.documents[put]),
    }
    if stage == "decode":
        sides["out"] = rows("decoded", "text").get_column("text"), np.arange(len(places.of))
    sites: Numbers[str | None] = numbers([])
    of_group = number(sites, [site for site, *_ in places.groups])
    found: list[tuple[Any, ...]] = []
    for side, (texts, documents) in sides.items():
        owners = of_group[places.group(documents)]
        there, counts = np.bincount(owners, minlength=len(sites)) > 0, count_kinds(texts, owners, len(sites))
        found += [(site, side, *kinds) for site, kinds in compress(zip(sites, counts.tolist(), strict=True), there)]
    return columns(("site", "side", *KINDS), found)


def _sources(rows: Rows) -> pl.DataFrame:
    """The names and digests of all sources."""
    columns = GROWING["sources"].keys
    return pl.concat([rows(dataset, *columns).select(columns) for dataset in ("decoded", "quarantine")])


def _origins(rows: Rows) -> dict[str, Columns]:
    """The small tables that decode alone has."""
    decoded = rows("decoded", *CATEGORIES)
    refused, changes = rows("quarantine", "source", "reason"), rows("changes", "source", "change")
    found = refused.join(changes, on="source", how="left").select("source", "reason", "change")
    reasons = Counter((reason, site_of(source), change) for source, reason, change in found.iter_rows())
    counted = {name: number_values(decoded.get_column(name)) for name in CATEGORIES}
    categories = [
        (name, value, n)
        for name, (values, which) in counted.items()
        for value, n in zip(values, np.bincount(which).tolist(), strict=True)
    ]
    return {
        "categories": columns(("name", "value", "documents"), categories),
        "refused": columns(("reason", "site", "change", "sources"), [(*key, n) for key, n in reasons.items()]),
    }
