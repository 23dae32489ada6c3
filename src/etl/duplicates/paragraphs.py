"""Which document owns a paragraph that several have: facts about the whole corpus, as partial aggregates that merge.

A long paragraph is known by its own key. A short line is known only together with all lines up to the long one before
it (or, at the head, down to the one after it), so that a formula or a byline which many documents share is nobody's,
and yet goes with its article.
The owner is the document published first; where dates are equal or missing, the one whose id sorts first. An owner
that an earlier night committed stays. Within a night nothing depends on the order in which documents arrive.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["MIN_SHARED", "SURVEY", "corpus_keys", "merge_paragraphs", "survey_rows"]

MIN_SHARED = 40
"""Folded characters; a shorter paragraph in two documents may be a formula that both needed."""

SURVEY = {
    "key": pl.UInt64,
    "night": pl.Int64,
    "published": pl.Date,
    "doc_id": pl.String,
    "line_no": pl.Int64,
    "documents": pl.Int64,
}
"""Columns of a survey: a key, its first document by night, date and id, the line there, and how many documents have it.

A shard is of one night, and does not know which: whoever puts shards of several nights together says so."""

REACH = 16
"""Lines from a long paragraph up to which the short ones are known by it: a byline, a verse, a list of names."""

NOWHERE = 2**40
"""Lines; further than any document is long."""

Keys = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

SCRAMBLE = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
"""Odd multipliers (the golden ratio, and xxHash's second prime) that mix two keys into one."""


def corpus_keys(lines: pl.DataFrame) -> pl.Series:
    """The key by which the corpus knows each line; null for titles and for short lines far from a long one.

    Args:
        lines: document (its number), key, size, kind; the lines that their document keeps, in order.
    """
    title = (lines["kind"] == "title").to_numpy()
    long = (lines["size"] >= MIN_SHARED).to_numpy() & ~title
    below, above = _distances(long, lines["document"].to_numpy())
    keys = lines["key"].to_numpy().copy()
    for distance in range(1, REACH + 1):
        rows = np.flatnonzero(below == distance)
        keys[rows] = _mix(keys[rows - 1], keys[rows])
        rows = np.flatnonzero((above == distance) & (below > REACH))
        keys[rows] = _mix(keys[rows + 1], keys[rows])
    unknown = title | (np.minimum(below, above) > REACH)
    return pl.Series("corpus_key", keys, dtype=pl.UInt64).set(pl.Series(unknown), None)


def _mix(neighbour: Keys, own: Keys) -> Keys:
    mixed: Keys = (own * SCRAMBLE[0]) ^ ((neighbour * SCRAMBLE[1]) >> np.uint64(7))
    return mixed


def _distances(long: npt.NDArray[np.bool_], document: npt.NDArray[np.uint32]) -> tuple[Ints, Ints]:
    """Lines up to the nearest long line of the document, and down to it; far too many where there is none."""
    rows = np.arange(len(long), dtype=np.int64)
    first = np.searchsorted(document, document)
    last = np.searchsorted(document, document, side="right") - 1
    before = np.maximum.accumulate(np.where(long, rows, -1))
    after = np.minimum.accumulate(np.where(long, rows, len(rows))[::-1])[::-1]
    below = np.where(before >= first, rows - before, NOWHERE)
    return below, np.where(after <= last, after - rows, NOWHERE)


def survey_rows(lines: pl.DataFrame, metadata: pl.DataFrame) -> pl.DataFrame:
    """Say what the corpus must know of a shard's lines.

    Args:
        lines: doc_id, document (its number), line_no, corpus_key; the lines of a document in order.
        metadata: doc_id, published.

    Returns:
        The columns of `SURVEY`.
    """
    held = lines.drop_nulls("corpus_key").unique(["document", "corpus_key"], keep="first", maintain_order=True)
    dated = held.join(metadata.select("doc_id", "published"), on="doc_id", how="left", maintain_order="left")
    rows = dated.with_columns(key="corpus_key", night=pl.lit(0, dtype=pl.Int64), documents=pl.lit(1, dtype=pl.Int64))
    return _first_holders(rows.select(list(SURVEY)))


def merge_paragraphs(surveys: pl.LazyFrame) -> pl.DataFrame:
    """Find the owner of every paragraph that more than one document has.

    Args:
        surveys: rows of `survey_rows` of all shards, each document in one of them, in any order; of some keys, all.

    Returns:
        key, doc_id, line_no of the owner; sorted by key.
    """
    # Most keys are in one row, and have one document: those need no sorting.
    several = surveys.collect().filter(pl.col("key").is_duplicated() | (pl.col("documents") > 1))
    return _first_holders(several).select("key", "doc_id", "line_no")


def _first_holders(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a key: its first document, and the number of documents; the same for any order and grouping of rows."""
    several = rows["key"].is_duplicated()
    ordered = rows.filter(several).sort("key", "night", "published", "doc_id", nulls_last=True)
    merged = ordered.group_by("key", maintain_order=True).agg(
        pl.col("night", "published", "doc_id", "line_no").first(), pl.col("documents").sum()
    )
    return pl.concat([rows.filter(~several), merged]).sort("key")
