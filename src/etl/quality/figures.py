"""Figures of a stage over some documents: sums, such that those of two shards add up to those of both.

A shard is counted while its frames are at hand, and again from the files wherever they are wanted later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import polars as pl

from etl.quality.edited import Edits, number_edits, removed_lines, sum_by_document, sum_by_rule
from etl.quality.kinds import KINDS, kinds_by_site
from etl.sources import site_of

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

REMOVED_SHARE = pl.when(pl.col("chars_in") > 0).then((pl.col("chars_in") - pl.col("kept")) / pl.col("chars_in"))
"""Share of a document's characters that a stage did not keep; null where it has none."""

DISTRIBUTIONS: Mapping[str, tuple[pl.Expr, Sequence[float]]] = {
    "chars_out": (pl.col("chars_out"), LENGTH_EDGES),
    "removed_share": (REMOVED_SHARE, SHARE_EDGES),
}
"""Value of a document, and the edges that it is counted between."""

BALANCED = (pl.col("chars_in") == pl.col("kept") + pl.col("removed")) & (
    pl.col("chars_out") == pl.col("kept") + pl.col("inserted")
)
"""Whether a document's own books balance; in sums, one document's gap could fill another's."""

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
    decoded = scan("decoded").select("doc_id", "site", "encoding")
    places = decoded.join(scan("changes").select("doc_id", "change"), on="doc_id", how="left").collect()
    edits = number_edits(scan("ledger", f"{stage}-"), places)
    documents = _documents(scan, stage, places, sum_by_document(edits))
    marks = scan("marks", f"{stage}-").select("doc_id", "mark").unique().collect()
    found = {
        "documents": documents.group_by("site", "encoding", "change").agg(
            _rows("documents"), (~BALANCED).sum().cast(pl.Int64).alias("unbalanced"), pl.col(BOOKS).sum()
        ),
        "bins": pl.concat([_bins(documents, name) for name in DISTRIBUTIONS]),
        "rules": sum_by_rule(edits),
        "lines": removed_lines(edits),
        "marks": marks.join(places, on="doc_id", how="left").group_by("mark", "site", "change").agg(_rows("documents")),
        "kinds": _kinds(scan, stage, edits),
        "answers": scan(ROW_A_DOCUMENT.get(stage, "decoded")).select(_rows("rows")).collect(),
        **(_sources(scan) if stage == "decode" else {}),
    }
    return EMPTY | {name: found[name].select(EMPTY[name].columns) for name in found}


def add(parts: Iterable[Figures]) -> Figures:
    """Add up the small tables of a stage's figures over several shards, in any order."""
    several = [EMPTY, *({name: part[name] for name in TABLES} for part in parts)]
    return {name: _added([part[name] for part in several], table) for name, table in TABLES.items()}


def _added(parts: list[pl.DataFrame], table: Table) -> pl.DataFrame:
    rows, sums = pl.concat(parts), [pl.col(name).sum() for name in table.sums]
    return rows.group_by(table.keys).agg(sums) if table.keys else rows.select(sums)


def _rows(name: str) -> pl.Expr:
    return pl.len().cast(pl.Int64).alias(name)


def _documents(scan: Scan, stage: str, places: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    """site, encoding, change and the books of each document."""
    table = places.lazy()
    for side, dataset in (("in", INPUT_OF[stage]), ("out", OUTPUT_OF[stage])):
        columns = _content(scan, dataset).rename({name: f"{name}_{side}" for name in ("lines", "chars", "slices")})
        table = table.join(columns, on="doc_id", how="left")
    table = table.join(changed.lazy(), on="doc_id", how="left").with_columns(pl.selectors.integer().fill_null(0))
    narrows = stage not in ("decode", "normalize")
    table = table.with_columns(kept=pl.col("slices_out") if narrows else pl.col("chars_out") - pl.col("inserted"))
    if stage == "decode":
        # Its input is bytes; the characters that it takes in are those that sound bytes stand for.
        table = table.with_columns(chars_in=pl.col("kept") + pl.col("removed"))
    return table.collect()


def _content(scan: Scan, dataset: str) -> pl.LazyFrame:
    """doc_id, lines, chars, slices of each document in a dataset; chars are counted, slices are measured."""
    if dataset == "decoded":
        return scan(dataset).select("doc_id", "lines", "chars", slices="chars")
    if dataset == "documents":
        chars = pl.col("text").str.len_chars().cast(pl.Int64)
        return scan(dataset).select("doc_id", lines="paragraphs", chars=chars, slices=chars)
    length = pl.col("end") - pl.col("start")
    return (
        scan(dataset)
        .select("doc_id", length=length, chars=pl.coalesce(pl.col("text").str.len_chars().cast(pl.Int64), length))
        .group_by("doc_id")
        .agg(_rows("lines"), chars=pl.col("chars").sum(), slices=pl.col("length").sum())
    )


def _bins(documents: pl.DataFrame, name: str) -> pl.DataFrame:
    value, edges = DISTRIBUTIONS[name]
    above = pl.lit(pl.Series(edges, dtype=pl.Float64)).search_sorted(value.cast(pl.Float64), side="right")
    place = pl.max_horizontal(above.cast(pl.Int64) - 1, 0).cast(pl.String)
    bins = documents.filter(value.is_not_null()).select("site", "change", bin=place, distribution=pl.lit(name))
    return bins.group_by("distribution", "site", "change", "bin").agg(_rows("documents"))


def _kinds(scan: Scan, stage: str, edits: Edits) -> pl.DataFrame:
    """Of what is there to be counted: the decoded texts, and what any stage took and put."""
    sites = edits.places.get_column("site").gather(edits.documents)
    sides = {
        side: pl.DataFrame([sites, edits.texts[text].alias("text")])
        for side, text in (("removed", "before"), ("inserted", "after"))
    }
    if stage == "decode":
        sides["out"] = scan("decoded").select("site", "text").collect()
    return pl.concat([kinds_by_site(texts).with_columns(side=pl.lit(side)) for side, texts in sides.items()])


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
