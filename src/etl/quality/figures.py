"""Figures of a stage over some documents: sums, such that those of two shards add up to those of both.

A shard is counted while its frames are at hand, and again from the files wherever they are wanted later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import polars as pl

from etl.quality.edited import Edits, number_edits, removed_lines, sum_by_document, sum_by_rule
from etl.quality.kinds import KINDS, count_kinds
from etl.quality.places import Places, distinct, find_pairs, find_places, rows, sums
from etl.sources import site_of
from etl.utf8 import Ints

__all__ = [
    "DISTRIBUTIONS", "EMPTY", "INPUT_OF", "LENGTH_EDGES", "OUTPUT_OF", "SHARE_EDGES", "Figures", "Scan", "add",
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

MOST_BINS = max(map(len, DISTRIBUTIONS.values()))

CATEGORIES = ("encoding", "encoding_evidence", "media_type")

Figures = dict[str, pl.DataFrame]
"""Tables by name; see `TABLES` and `GROWING`."""


class Scan(Protocol):
    """Gives a dataset of a run as a lazy frame; `prefix` narrows it to the parts of one stage."""

    def __call__(self, dataset: str, prefix: str = "") -> pl.LazyFrame:
        """Scan one dataset."""


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


def count(scan: Scan, stage: str) -> Figures:
    """Count what a stage did.

    Args:
        scan: gives the datasets of some documents.
        stage: name of the stage.
    """
    changes = scan("changes").select("doc_id", "change")
    documents = scan("decoded").select("doc_id", "site", "encoding")
    places = find_places(rows(documents.join(changes, on="doc_id", how="left", maintain_order="left")))
    edits = number_edits(scan("ledger", f"{stage}-"), places)
    books = _books(scan, stage, places, sum_by_document(edits, places))
    answers = rows(scan(ROW_A_DOCUMENT[stage]).select(_rows("rows"))) if stage in ROW_A_DOCUMENT else EMPTY["answers"]
    found = {
        "documents": _documents(places, books),
        "bins": _bins(places, books),
        "rules": sum_by_rule(edits, places),
        "lines": removed_lines(edits),
        "marks": _marks(scan("marks", f"{stage}-"), places),
        "kinds": _kinds(scan, stage, edits, places),
        "answers": answers,
        **(_sources(scan) if stage == "decode" else {}),
    }
    return EMPTY | {name: found[name][EMPTY[name].columns] for name in found}


def add(parts: Iterable[Figures]) -> Figures:
    """Add up the small tables of a stage's figures over several shards, in any order."""
    several = [EMPTY, *({name: part[name] for name in TABLES} for part in parts)]
    return {name: _added([part[name] for part in several], table) for name, table in TABLES.items()}


def _added(parts: list[pl.DataFrame], table: Table) -> pl.DataFrame:
    rows, sums = pl.concat(parts), [pl.col(name).sum() for name in table.sums]
    return rows.group_by(table.keys).agg(sums) if table.keys else rows.select(sums)


def _rows(name: str) -> pl.Expr:
    return pl.len().cast(pl.Int64).alias(name)


def _books(scan: Scan, stage: str, places: Places, changed: Mapping[str, Ints]) -> dict[str, Ints]:
    """The books of each document, by its number."""
    contents = {name: _content(scan, name, places) for name in {INPUT_OF[stage], OUTPUT_OF[stage]}}
    came, left = contents[INPUT_OF[stage]], contents[OUTPUT_OF[stage]]
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


def _content(scan: Scan, dataset: str, places: Places) -> dict[str, Ints]:
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
    each, size = rows(found), len(places.of)
    documents = places.number(each.get_column("doc_id"))
    return {name: sums(documents, each.get_column(name), size)[:size] for name in ("lines", "chars", "slices")}


def _documents(places: Places, books: Mapping[str, Ints]) -> pl.DataFrame:
    balanced = (books["chars_in"] == books["kept"] + books["removed"]) & (
        books["chars_out"] == books["kept"] + books["inserted"]
    )
    # In sums, one document's gap could fill another's.
    each = {"documents": np.ones_like(balanced), "unbalanced": ~balanced, **books}
    there = np.arange(places.groups.height - 1)
    summed = {name: sums(places.of, of, len(there)) for name, of in each.items()}
    return places.table(there, [], summed)


def _bins(places: Places, books: Mapping[str, Ints]) -> pl.DataFrame:
    """Histograms of the documents; a share is of characters, and of nothing where there are none."""
    some = books["chars_in"] > 0
    shares = (books["chars_in"] - books["kept"])[some] / books["chars_in"][some]
    values = {"chars_out": (places.of, books["chars_out"]), "removed_share": (places.of[some], shares)}
    found = []
    for at, (name, edges) in enumerate(DISTRIBUTIONS.items()):
        groups, value = values[name]
        bins = np.maximum(np.searchsorted(edges, value, side="right") - 1, 0)
        found.append((groups * len(DISTRIBUTIONS) + at) * MOST_BINS + bins)
    counts = np.bincount(np.concatenate(found))
    there = np.flatnonzero(counts)
    group, distribution, place = np.unravel_index(there, (places.groups.height, len(DISTRIBUTIONS), MOST_BINS))
    names = [
        pl.Series("bin", place).cast(pl.String),
        pl.Series("distribution", [*DISTRIBUTIONS], dtype=pl.String)[distribution],
    ]
    return places.table(group, names, {"documents": counts[there]})


def _marks(marks: pl.LazyFrame, places: Places) -> pl.DataFrame:
    found = rows(marks.select("doc_id", "mark"))
    numbers, names = distinct(found.get_column("mark"))
    return places.tally(find_pairs(places.number(found.get_column("doc_id")), numbers, {}), names)


def _kinds(scan: Scan, stage: str, edits: Edits, places: Places) -> pl.DataFrame:
    """Of what is there to be counted: the decoded texts, and what any stage took and put."""
    before, after = edits.texts.get_column("before"), edits.texts.get_column("after")
    put = after.is_not_null()
    sides = {
        "removed": (before, edits.documents),
        "inserted": (after.filter(put), edits.documents[put.to_numpy()]),
    }
    if stage == "decode":
        sides["out"] = rows(scan("decoded").select("text")).to_series(), np.arange(len(places.of))
    groups, sites = distinct(places.groups.get_column("site"))
    tables = []
    for side, (texts, documents) in sides.items():
        of = groups[places.group(documents)]
        there = np.flatnonzero(np.bincount(of))
        counts = count_kinds(texts, of, len(sites))[there]
        keys = pl.DataFrame([sites[there], pl.Series("side", [side]).new_from_index(0, len(there))])
        tables.append(keys.hstack(pl.DataFrame(counts, schema=[*KINDS])))
    return pl.concat(tables)


def _sources(scan: Scan) -> Figures:
    """The tables that decode alone has."""
    decoded = scan("decoded").select("source", "sha256", *CATEGORIES).collect()
    values = [decoded.select(name=pl.lit(name), value=name) for name in CATEGORIES]
    refused = scan("quarantine").select("source", "sha256", "reason").collect()
    changes = scan("changes").select("source", "change").collect()
    site = pl.col("source").map_elements(site_of, return_dtype=pl.String).alias("site")
    placed = refused.with_columns(site).join(changes, on="source", how="left")
    return {
        "categories": pl.concat(values).group_by("name", "value").agg(_rows("documents")),
        "refused": placed.group_by("reason", "site", "change").agg(_rows("sources")),
        "sources": pl.concat([frame.select("source", "sha256") for frame in (decoded, refused)]),
    }
