"""What a run brings to the warehouse: its documents, told apart from those that are there already."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from etl.warehouse.digests import digests
from etl.warehouse.files import RunFiles
from etl.warehouse.tables import SHARDS, WAREHOUSE_VERSION

__all__ = ["Change", "change", "shards_of", "survey"]

DOCUMENT_COLUMNS = ("doc_id", "source", "digest", "run_id")
"""What is compared of a document between a run and a warehouse."""

FOUND = {"doc_id": pl.String, "source": pl.String, "digest": pl.String, "shard": pl.String}
"""What a survey tells of a document."""

SURVEYORS = 2
"""Shards that are surveyed at once. Python's lock is held for a third of the work, so that a third one adds little but
memory."""


@dataclass(frozen=True)
class Change:
    """The way from the documents of a warehouse to those of a run.

    Attributes:
        documents: every document of the run: doc_id, source, digest, run_id, shard.
        written: those of them that are new or changed.
        superseded: doc_id of what the warehouse has to forget: changed documents and gone ones.
        gone: doc_id and source of documents that the run no longer has.
    """

    documents: pl.DataFrame
    written: pl.DataFrame
    superseded: pl.DataFrame
    gone: pl.DataFrame


def survey(files: RunFiles, present: pl.DataFrame, shards: pl.DataFrame) -> pl.DataFrame:
    """Digest a run's documents; for shards that the warehouse has, its own digests are taken and no row is read.

    Args:
        files: of the run.
        present: of the warehouse: doc_id, digest.
        shards: rows of `SHARDS` in the warehouse.

    Returns:
        doc_id, source, digest, shard; one row a document, in the run's order.
    """
    known, loaded = present.select("doc_id", "digest"), set(shards["shard_key"])

    def look(shard: str) -> pl.DataFrame:
        documents = files.identities(shard).join(known, on="doc_id", how="left", maintain_order="left")
        if files.key(shard) not in loaded or documents["digest"].null_count():
            digest = digests(documents["doc_id"], files.arrow(shard), str(WAREHOUSE_VERSION))
            documents = documents.with_columns(digest=pl.Series(digest, dtype=pl.String))
        return documents.with_columns(shard=pl.lit(shard))

    with ThreadPoolExecutor(SURVEYORS) as pool:
        return pl.concat([pl.DataFrame(schema=FOUND), *pool.map(look, files.shards)])


def shards_of(files: RunFiles) -> pl.DataFrame:
    """The run's rows of `SHARDS`."""
    rows = [{"shard_key": files.key(shard), "shard": shard} for shard in files.shards]
    return pl.DataFrame(rows, schema=dict(SHARDS.types))


def change(found: pl.DataFrame, present: pl.DataFrame, run_id: str) -> Change:
    """Compare a run's documents with a warehouse's.

    Args:
        found: of the run, as `survey` gives them.
        present: of the warehouse: doc_id, source, digest, run_id.
        run_id: name of the run.
    """
    old = present.select("doc_id", old_digest="digest", old_run="run_id")
    compared = found.join(old, on="doc_id", how="left", maintain_order="left")
    same = (pl.col("digest") == pl.col("old_digest")).fill_null(value=False)
    compared = compared.with_columns(
        run_id=pl.when(same).then("old_run").otherwise(pl.lit(run_id)), same=same, known=pl.col("old_run").is_not_null()
    )
    gone = present.select("doc_id", "source").join(found, on="doc_id", how="anti", maintain_order="left")
    columns = [*DOCUMENT_COLUMNS, "shard"]
    changed = compared.filter(~pl.col("same"))
    return Change(
        documents=compared.select(columns),
        written=changed.select(columns),
        superseded=pl.concat([changed.filter("known").select("doc_id"), gone.select("doc_id")]),
        gone=gone,
    )
