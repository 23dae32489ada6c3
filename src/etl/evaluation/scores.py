"""The figures: F1 of what was kept, by line, by character and by document, and shares. The same for every tool."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

__all__ = ["Agreement", "agreement", "document_f1", "share"]


class Agreement(NamedTuple):
    """How far what a tool chose agrees with what the labels want.

    Attributes:
        precision: share of the chosen that is wanted; 1 if nothing was chosen.
        recall: share of the wanted that was chosen; 1 if nothing is wanted.
        f1: harmonic mean of both (van Rijsbergen, Information Retrieval, 1979, chapter 7).
    """

    precision: float
    recall: float
    f1: float


def agreement(judged: pl.DataFrame, weight: str | None = None) -> Agreement:
    """Precision, recall and F1, pooled over all rows.

    Args:
        judged: chosen and wanted (Boolean, no nulls).
        weight: column that says how much a row counts, such as its characters; each row counts 1 if left out.
    """
    each = pl.col(weight) if weight else pl.lit(1)
    sums = judged.select(
        hit=each.filter(pl.col("chosen") & pl.col("wanted")).sum(),
        chosen=each.filter("chosen").sum(),
        wanted=each.filter("wanted").sum(),
    )
    hit, chosen, wanted = (float(value) for value in sums.row(0))
    return Agreement(
        precision=hit / chosen if chosen else 1.0,
        recall=hit / wanted if wanted else 1.0,
        f1=_f1(hit, chosen, wanted),
    )


def document_f1(judged: pl.DataFrame) -> float:
    """F1 of each document, averaged; so that a long document counts no more than a short one.

    Args:
        judged: doc_id, chosen, wanted; a document of which nothing is wanted counts 1 if nothing was chosen, else 0.
    """
    counts = judged.group_by("doc_id").agg(
        (pl.col("chosen") & pl.col("wanted")).sum().alias("hit"), pl.col("chosen", "wanted").sum()
    )
    values = [_f1(*row) for row in counts.sort("doc_id").select("hit", "chosen", "wanted").iter_rows()]
    return sum(values) / len(values) if values else 1.0


def _f1(hit: float, chosen: float, wanted: float) -> float:
    return 2 * hit / (chosen + wanted) if chosen + wanted else 1.0


def share(right: pl.Series) -> float:
    """Share of true among the rows; 1 if there is none."""
    return float(right.sum()) / len(right) if len(right) else 1.0
