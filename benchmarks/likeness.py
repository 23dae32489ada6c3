"""How well near duplicates were found, against likeness computed in full and by other means."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

import etl
from benchmarks.corpus import Corpus
from benchmarks.stripped import stripped_texts

__all__ = ["Likeness", "judge_near_duplicates"]

ALIKE = 0.8
"""Share of a document's shingles that another has, from which on it should be found."""

SHINGLE = 8
"""Characters."""

SHORTEST = 50
"""Shingles; shorter documents resemble others by chance."""

NO_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Likeness:
    """What came out.

    Attributes:
        planted: pairs that were planted and are alike from `ALIKE` on.
        found: those of which at least one document is marked.
        marked: documents that are marked.
        wrong: those that are less alike than `ALIKE` to the document that they are said to resemble.
    """

    planted: int
    found: int
    marked: int
    wrong: int

    @property
    def recall(self) -> float:
        """Share of the planted pairs that were found."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """Share of the marks that are right."""
        return 1 - self.wrong / self.marked if self.marked else 1.0


def judge_near_duplicates(corpus: Corpus, output: Path) -> Likeness:
    """Compare every planted pair and every mark in full.

    Args:
        corpus: what the run read.
        output: output folder of the run.
    """
    texts = stripped_texts(output)
    by_source = dict(texts.select("source", "text").iter_rows())
    names = dict(texts.select("doc_id", "source").iter_rows())
    documents = etl.open(output).scan("documents").filter(pl.col("near_duplicate_of").is_not_null())
    marks = documents.select("source", "near_duplicate_of").collect().rows()
    marked = {source for source, _ in marks}
    planted = [pair for pair in _planted(corpus) if _alike(*(by_source.get(name, "") for name in pair))]
    return Likeness(
        planted=len(planted),
        found=sum(not marked.isdisjoint(pair) for pair in planted),
        marked=len(marks),
        wrong=sum(not _alike(by_source[source], by_source[names[other]]) for source, other in marks),
    )


def _planted(corpus: Corpus) -> list[tuple[str, str]]:
    with (corpus.folder / "copies.csv").open(encoding="utf-8", newline="") as file:
        return [(row["id"], row["copy_of"]) for row in csv.DictReader(file) if row["copy"] == "near"]


def _alike(one: str, other: str) -> bool:
    mine, theirs = _shingles(one), _shingles(other)
    fewer = min(len(mine), len(theirs))
    return fewer >= SHORTEST and len(mine & theirs) >= ALIKE * fewer


def _shingles(text: str) -> set[str]:
    letters = NO_LETTERS.sub("", text)
    return {letters[at : at + SHINGLE] for at in range(len(letters) - SHINGLE + 1)}
