"""How often a line recurs on its site: counted a shard at a time, then merged."""

from __future__ import annotations

import polars as pl

from etl.boilerplate.folding import folded, shown

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
    placed = documents.select("doc_id", "site").drop_nulls("site")
    sizes = placed.group_by("site").agg(site_documents=pl.len().cast(pl.Int64))
    keys = (
        lines.select("doc_id", "text")
        .filter(pl.col("text").str.len_bytes() <= LONGEST_BYTES)
        .join(placed, on="doc_id", how="inner")
        .select("doc_id", "site", key=folded(shown(pl.col("text"))))
        .filter(pl.col("key") != "")
        .unique()
    )
    counts = keys.group_by("site", "key").agg(documents=pl.len().cast(pl.Int64))
    totals = sizes.select("site", key=pl.lit(None, dtype=pl.String), documents="site_documents")
    return pl.concat([totals, counts.select("site", "key", "documents")]).sort("site", "key")


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

    Args:
        lines: doc_id, text, shown.
        documents: doc_id, site.
        site_lines: what `merge_site_lines` gave.
        share: share of the documents from which a line is said to recur.
    """
    often = site_lines.filter(pl.col("documents") >= share * pl.col("site_documents")).select(
        "site", "key", recurs=pl.lit(value=True)
    )
    short = pl.when(pl.col("text").str.len_bytes() <= LONGEST_BYTES).then("shown")
    keyed = (
        lines.select("doc_id", key=folded(short))
        .join(documents.select("doc_id", "site"), on="doc_id", how="left", maintain_order="left")
        .join(often, on=["site", "key"], how="left", maintain_order="left")
    )
    return lines.with_columns(keyed.select(pl.col("recurs").fill_null(value=False)))
