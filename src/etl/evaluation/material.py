"""Reading labelled material, as the stages take it.

Nothing here knows what a set means; `docs/evaluation.md` describes the folders.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from etl.errors import UsageError
from etl.lines import split_lines
from etl.memory import run_stages
from etl.recipe import Recipe
from etl.schemas import Metadata, Stripped, conform
from etl.sources import raw_documents

__all__ = ["decoded_texts", "every_line", "find", "read_table", "texts_of"]


def find(data: Path, *parts: str) -> Path:
    """A file or folder of the labelled material.

    Raises:
        UsageError: it is not there.
    """
    path = data.joinpath(*parts)
    if not path.exists():
        raise UsageError(f"{path}: no such labelled material; see docs/evaluation.md for the layout")
    return path


def read_table(data: Path, *parts: str) -> pl.DataFrame:
    """A table of the labelled material: Parquet or CSV by its name.

    Raises:
        UsageError: it is not there.
    """
    path = find(data, *parts)
    return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)


def texts_of(folder: Path, doc_ids: Iterable[str], suffix: str) -> list[str]:
    """The text of each document, read as UTF-8 with line ends as they are.

    Raises:
        UsageError: one is not there.
    """
    return [find(folder, f"{doc_id}{suffix}").read_bytes().decode("utf-8") for doc_id in doc_ids]


def decoded_texts(documents: pl.DataFrame, recipe: Recipe) -> dict[str, pl.DataFrame]:
    """The decode stage over texts.

    Args:
        documents: doc_id, text, and site if there is one.
        recipe: options.
    """
    contents = ((doc_id, text.encode()) for doc_id, text in documents.select("doc_id", "text").iter_rows())
    raw = raw_documents(contents).with_columns(documents["doc_id"])
    site = documents["site"] if "site" in documents.columns else pl.lit(None, dtype=pl.String)
    return run_stages({"raw": raw.with_columns(site=site)}, "decode", "decode", recipe)


def every_line(documents: pl.DataFrame, recipe: Recipe, titles: pl.DataFrame | None = None) -> dict[str, pl.DataFrame]:
    """What the stages after boilerplate would read if it had removed nothing and had no opinion.

    Every line is body, save titles by their labels, so that a stage is measured by itself.

    Args:
        documents: doc_id, text.
        recipe: options.
        titles: doc_id, line_no (from 1) of the lines that are titles.

    Returns:
        decoded, metadata, and the same lines as stripped and as deduplicated.
    """
    decoded = decoded_texts(documents, recipe)["decoded"]
    lines = split_lines(decoded).lines.with_columns(kind=pl.lit("body"))
    if titles is not None:
        titled = titles.select("doc_id", "line_no", title=pl.lit("title"))
        lines = lines.join(titled, on=["doc_id", "line_no"], how="left", maintain_order="left", validate="1:1")
        lines = lines.with_columns(kind=pl.coalesce("title", "kind"))
    lines = conform(lines, Stripped)
    metadata = conform(decoded.select("doc_id"), Metadata)
    return {"decoded": decoded, "metadata": metadata, "stripped": lines, "deduplicated": lines}
