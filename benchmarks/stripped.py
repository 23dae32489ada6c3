"""The texts that our duplicates stage works on, written for tools that look for duplicates alone."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import polars as pl

import etl
from benchmarks.corpus import Corpus
from etl.lines import restore_text
from etl.recipe import Recipe

__all__ = ["stripped_megabytes", "stripped_texts", "write_documents"]

FAST = 1
"""Level of gzip: what is measured is the reader."""


def stripped_texts(output: Path) -> pl.DataFrame:
    """What boilerplate left of each document of a run.

    Args:
        output: output folder of the run.

    Returns:
        doc_id, source, text, in the order of doc_id.
    """
    run = etl.open(output)
    decoded = run.scan("decoded").collect()
    lines = restore_text(run.scan("stripped").collect(), decoded)
    texts = lines.sort("doc_id", "line_no").group_by("doc_id", maintain_order=True).agg(pl.col("text").str.join("\n"))
    return texts.join(decoded.select("doc_id", "source"), on="doc_id", how="left", maintain_order="left")


def stripped_megabytes(corpus: Corpus) -> float:
    """10^6 bytes of UTF-8 of what `write_documents` wrote."""
    return float((corpus.folder / "documents" / "megabytes").read_text(encoding="utf-8"))


def write_documents(corpus: Corpus, work: Path) -> None:
    """Write what boilerplate leaves of a corpus as compressed JSON lines (id, text), which dolma reads."""
    output, folder = work / "stripped", corpus.folder / "documents"
    shutil.rmtree(output, ignore_errors=True)
    options = {"run": {"stage_text": False}, "duplicates": {"near_duplicates": "off"}, "expectations": []}
    etl.run(corpus.pages, output, Recipe.model_validate(options))
    texts = stripped_texts(output)
    shutil.rmtree(output)
    folder.mkdir(exist_ok=True)
    with gzip.open(folder / "documents.json.gz", "wt", compresslevel=FAST, encoding="utf-8") as file:
        for name, text in texts.select("source", "text").iter_rows():
            file.write(json.dumps({"id": name, "text": text, "source": "pages"}, ensure_ascii=False) + "\n")
    size = sum(texts["text"].str.len_bytes()) / 1e6
    (folder / "megabytes").write_text(str(size), encoding="utf-8")
