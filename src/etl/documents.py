"""The last dataset: one row per document, gathered from what the stages found."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["NEAR_DUPLICATE", "assemble_documents"]

NEAR_DUPLICATE = "near-duplicate"
"""Mark that fills `near_duplicate_of`."""


def assemble_documents(
    decoded: pl.DataFrame,
    metadata: pl.DataFrame,
    sections: pl.DataFrame,
    paragraphs: pl.DataFrame,
    marks: pl.DataFrame,
) -> pl.DataFrame:
    """Gather the documents of a shard.

    Args:
        decoded: doc_id, source, site, encoding, chars.
        metadata: `schemas.Metadata`.
        sections: doc_id.
        paragraphs: `schemas.Paragraphs`, those of a document together and in order.
        marks: `schemas.Marks`, of every stage.

    Returns:
        `schemas.Documents` without recipe_digest, in the order of `decoded`.
    """
    titles = paragraphs.filter(pl.col("kind") == "title").group_by("doc_id", maintain_order=True)
    tables = [
        _texts(paragraphs),
        titles.agg(clean_title=pl.col("text").first()),
        sections.group_by("doc_id").agg(sections=pl.len().cast(pl.Int64)),
        _flags(marks),
        metadata.select("doc_id", "title", "published", "publisher", "author", "editor"),
    ]
    documents = decoded.select("doc_id", "source", "site", "encoding", chars_in="chars")
    for table in tables:
        documents = documents.join(table, on="doc_id", how="left", maintain_order="left", validate="1:1")
    return documents.select(
        "doc_id", "source", "site",
        pl.coalesce("clean_title", "title").alias("title"),
        "published", "publisher", "author", "editor", "encoding",
        pl.col("text").fill_null(""),
        "chars_in",
        pl.col("text").fill_null("").str.len_chars().cast(pl.Int64).alias("chars_out"),
        pl.col("paragraphs").fill_null(0),
        pl.col("sections").fill_null(0),
        "near_duplicate_of",
        pl.col("flags").fill_null([]),
    )  # fmt: skip


def _texts(paragraphs: pl.DataFrame) -> pl.DataFrame:
    """doc_id, text, paragraphs of each document."""
    documents = paragraphs.get_column("doc_id").rle().struct.unnest()
    sizes = documents.get_column("len").to_numpy()
    texts = paragraphs.get_column("text").to_arrow(compat_level=pl.CompatLevel.oldest())
    of_each = pa.ListArray.from_arrays(pa.array(np.append(0, sizes.cumsum()), pa.int32()), texts)
    joined = pc.binary_join(of_each, pa.scalar("\n", texts.type))
    return documents.select(doc_id="value", text=pl.Series(joined, dtype=pl.String), paragraphs=sizes.astype(int))


def _flags(marks: pl.DataFrame) -> pl.DataFrame:
    """doc_id, flags, near_duplicate_of: the names of a document's marks, and its best near duplicate."""
    near = marks.filter(pl.col("mark") == NEAR_DUPLICATE, pl.col("line_no").is_null())
    best = (
        near.sort("doc_id", pl.col("score").neg(), "match_doc_id")
        .unique("doc_id", keep="first", maintain_order=True)
        .select("doc_id", near_duplicate_of="match_doc_id")
    )
    flags = marks.group_by("doc_id").agg(flags=pl.col("mark").unique().sort())
    return flags.join(best, on="doc_id", how="left", maintain_order="left")
