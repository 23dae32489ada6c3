"""What a run brings to the warehouse: its documents' rows, told apart from those that are there already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from etl.datasets import CommittedRun, file_sha256
from etl.errors import BrokenPromiseError
from etl.schemas import DATASETS, conform
from etl.warehouse.digests import digests
from etl.warehouse.tables import CONTENT, NO_SITE, WAREHOUSE_VERSION, Table

__all__ = ["Change", "Contents", "change", "check_files", "rows_of", "survey"]

DOCUMENT_COLUMNS = ("doc_id", "source", "digest", "run_id")
"""What is compared of a document between a run and a warehouse."""

NO_SHARD = ""
"""Stands for a shard where a run has none: it has no rows."""


@dataclass(frozen=True)
class Contents:
    """A run's documents and what its rules did to them.

    Attributes:
        documents: doc_id, source, digest, shard; one row a document, in the run's order.
        rules: stage, rule, site, edits, documents, chars_removed, chars_inserted.
    """

    documents: pl.DataFrame
    rules: pl.DataFrame


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


def check_files(run: CommittedRun) -> None:
    """Compare the files that a load reads with the manifest.

    Raises:
        BrokenPromiseError: one of them is gone or differs.
    """
    folders = {*(table.name for table in CONTENT), "reports"}
    for name, described in run.manifest["files"].items():
        path = run.folder / name
        if name.partition("/")[0] not in folders:
            continue
        if not path.is_file() or file_sha256(path) != described["sha256"]:
            raise BrokenPromiseError(f"{path}: differs from the manifest; restore it or run again")


def survey(run: CommittedRun) -> Contents:
    """Look through a run once: a digest of each document, and each rule's deeds by site."""
    documents, rules = [], []
    for shard in run.shards or [NO_SHARD]:
        frames = {table.name: _read(run, table, shard) for table in CONTENT}
        documents.append(_digests(frames).with_columns(shard=pl.lit(shard)))
        rules.append(_deeds(frames["ledger"], frames["documents"]))
    deeds = pl.concat(rules).group_by("stage", "rule", "site").sum()
    return Contents(pl.concat(documents), deeds.sort("stage", "rule", "site"))


def change(found: Contents, present: pl.DataFrame, run_id: str) -> Change:
    """Compare a run's documents with a warehouse's.

    Args:
        found: of the run.
        present: of the warehouse: doc_id, source, digest, run_id.
        run_id: name of the run.
    """
    old = present.select("doc_id", old_digest="digest", old_run="run_id")
    compared = found.documents.join(old, on="doc_id", how="left", maintain_order="left")
    same = (pl.col("digest") == pl.col("old_digest")).fill_null(value=False)
    compared = compared.with_columns(
        run_id=pl.when(same).then("old_run").otherwise(pl.lit(run_id)), same=same, known=pl.col("old_run").is_not_null()
    )
    gone = present.select("doc_id", "source").join(found.documents, on="doc_id", how="anti", maintain_order="left")
    columns = [*DOCUMENT_COLUMNS, "shard"]
    changed = compared.filter(~pl.col("same"))
    return Change(
        documents=compared.select(columns),
        written=changed.select(columns),
        superseded=pl.concat([changed.filter("known").select("doc_id"), gone.select("doc_id")]),
        gone=gone,
    )


def rows_of(run: CommittedRun, table: Table, documents: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows of some of a run's documents in one table, shard by shard.

    Args:
        run: the run.
        table: one of `CONTENT`.
        documents: doc_id, digest, run_id, shard of the documents.

    Yields:
        Frames with the table's columns.
    """
    for (shard,), wanted in documents.group_by("shard", maintain_order=True):
        frame = _read(run, table, str(shard))
        yield frame.join(
            wanted.select("doc_id", "digest", "run_id"), on="doc_id", how="inner", maintain_order="left"
        ).select(table.columns)


def _read(run: CommittedRun, table: Table, shard: str) -> pl.DataFrame:
    """One shard's rows of a table, without the columns that only the comparison knows."""
    frame = conform(run.shard(table.name, shard), DATASETS[table.name])
    if table.name != "ledger":
        return frame
    lengths = {"chars_removed": "before", "chars_inserted": "after"}
    return frame.with_columns(
        pl.col(text).str.len_chars().cast(pl.Int64).fill_null(0).alias(name) for name, text in lengths.items()
    )


def _digests(frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """doc_id, source, digest. The version of the tables salts it, so that new columns have every document written."""
    documents = frames["documents"].select("doc_id", "source")
    found = digests(documents["doc_id"], frames, str(WAREHOUSE_VERSION))
    return documents.with_columns(digest=pl.Series(found, dtype=pl.String))


def _deeds(ledger: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """What each rule did, by site, in one shard; a document is in one shard only, so that counts add up."""
    sites = documents.select("doc_id", pl.col("site").fill_null(NO_SITE))
    return (
        ledger.join(sites, on="doc_id", how="left")
        .group_by("stage", "rule", "site")
        .agg(
            edits=pl.len().cast(pl.Int64),
            documents=pl.col("doc_id").n_unique().cast(pl.Int64),
            chars_removed=pl.col("chars_removed").sum(),
            chars_inserted=pl.col("chars_inserted").sum(),
        )
    )
