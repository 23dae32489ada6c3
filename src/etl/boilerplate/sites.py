"""How often a line recurs on its site: counted a shard at a time, then merged."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.boilerplate.folding import folded, shown
from etl.utf8 import Ints

__all__ = ["RECURS", "count_site_lines", "merge_site_lines", "with_recurrence"]

RECURS = 3
"""Documents of a site that a line must stand in before its recurrence says anything: two may be the same article."""

LONGEST_BYTES = 180
"""Bytes of UTF-8; a longer line is not counted, since templates are made of short ones and prose is not."""


def count_site_lines(lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Count, for one shard, in how many documents of its site each short line occurs.

    Args:
        lines: doc_id, text.
        documents: doc_id, site; documents without a site count for nothing.

    Returns:
        site, key (the folded line), documents, and site_documents, which is how many documents of the site the shard
        has; the row with a null key holds it for a site without short lines.
    """
    placed = documents.select("doc_id", "site").drop_nulls("site").with_row_index("document")
    short = lines.filter(pl.col("text").str.len_bytes() <= LONGEST_BYTES)
    found = short.join(placed.select("doc_id", "document"), on="doc_id")
    keys, number = _keys(found["text"])
    # What stands where is one whole number, which is told apart, counted and sorted faster than texts. Key 0 is none,
    # and stands in every document.
    size = len(keys) + 1
    stands = found["document"].to_numpy().astype(np.int64) * size + number
    distinct = pl.Series(stands[number > 0]).unique().to_numpy()
    document, key = np.divmod(np.concatenate([distinct, np.arange(placed.height) * size]), size)
    site = placed["site"].rank("dense").to_numpy().astype(np.int64) - 1
    cells = pl.DataFrame({"cell": site[document] * size + key})
    counts = cells.group_by("cell").agg(documents=pl.len().cast(pl.Int64)).sort("cell")
    site, key = np.divmod(counts["cell"].to_numpy(), size)
    return counts.select(
        site=placed["site"].unique().sort().gather(site),
        key=pl.concat([pl.Series([None], dtype=pl.String), keys]).gather(key),
        documents="documents",
    )


def _keys(texts: pl.Series) -> tuple[pl.Series, Ints]:
    """The folded lines, distinct and sorted, but for the empty one; and for each text the number of its own, or 0."""
    encoded = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    distinct = pl.Series("text", encoded.dictionary).to_frame().with_row_index("at")
    keyed = distinct.select("at", key=folded(shown(pl.col("text")))).filter(pl.col("key") != "").sort("key")
    number = np.zeros(distinct.height, dtype=np.int64)
    number[keyed["at"]] = keyed["key"].rle_id() + 1
    return keyed["key"].unique(maintain_order=True), number[encoded.indices.to_numpy()]


def merge_site_lines(partials: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Add up the counts of all shards, and keep the lines that recur.

    Args:
        partials: what `count_site_lines` gave for each shard, in any order.

    Returns:
        site, key, documents, site_documents; lines that stand in at least `RECURS` documents of their site.
    """
    summed = partials.lazy().group_by("site", "key").agg(pl.col("documents").sum()).collect()
    totals = summed.filter(pl.col("key").is_null()).select("site", site_documents="documents")
    return (
        summed.filter(pl.col("key").is_not_null() & (pl.col("documents") >= RECURS))
        .join(totals, on="site", how="left")
        .select("site", "key", "documents", "site_documents")
        .sort("site", "key")
    )


def with_recurrence(
    lines: pl.DataFrame, documents: pl.DataFrame, site_lines: pl.DataFrame, share: float
) -> pl.DataFrame:
    """Add recurs: whether a line stands in a good share of its site's documents.

    Only lines that are as long as some such line of their site are folded, for folding leaves a line's length.

    Args:
        lines: document, text, shown.
        documents: site; a document's number is its row.
        site_lines: what `merge_site_lines` gave.
        share: share of the documents from which a line is said to recur.
    """
    enough = pl.col("documents") >= share * pl.col("site_documents")
    often = site_lines.filter(enough).select("site", "key", size=pl.col("key").str.len_bytes())
    sites = documents.select("site").with_row_index("document")
    sizes = often.select("site", "size").unique().join(sites, on="site").drop("site")
    found = (
        lines.select("document", "shown", size=pl.col("shown").str.len_bytes())
        .with_row_index("at")
        .filter(lines["text"].str.len_bytes() <= LONGEST_BYTES)
        .join(sizes, on=["document", "size"], how="semi")
        .join(sites, on="document")
        .select("at", "site", key=folded(pl.col("shown")))
        .join(often, on=["site", "key"], how="semi")
    )
    recurs = pl.repeat(value=False, n=lines.height, eager=True).scatter(found["at"], True)
    return lines.with_columns(recurs=recurs)
