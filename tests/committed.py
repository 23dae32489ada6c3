"""How tests commit runs, and what they compare of them."""

from __future__ import annotations

from typing import Any

import polars as pl

from etl.datasets import CommittedRun
from etl.recipe import Recipe
from etl.schemas import DATASETS

__all__ = ["SMALL_SHARDS", "assert_same_rows", "ordered", "parts", "rows"]

SMALL_SHARDS = Recipe.model_validate({"run": {"shard_mb": 0.001}})
"""The sample pages make two shards under this recipe."""

ORDER = ("stage", "doc_id", "source")


def ordered(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of a dataset document by document, each document's in their order."""
    # A ledger puts the stages one after another, so that a document's rows are in order within each.
    return frame.sort([name for name in ORDER if name in frame.columns], maintain_order=True)


def rows(committed: CommittedRun, dataset: str) -> pl.DataFrame:
    """All rows, however they are spread over shards."""
    return ordered(committed.scan(dataset).collect())


def assert_same_rows(one: CommittedRun, other: CommittedRun, *but: str) -> None:
    """The same rows in all datasets but some, and the one that is about the run itself."""
    for name in DATASETS.keys() - {"changes", *but}:
        assert rows(one, name).equals(rows(other, name)), name


def parts(committed: CommittedRun) -> dict[str, Any]:
    """What the manifest says of every Parquet file, its digest among it."""
    return {name: file for name, file in committed.manifest["files"].items() if name.endswith(".parquet")}
