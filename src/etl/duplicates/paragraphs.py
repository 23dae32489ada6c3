"""Which document owns a paragraph that several have: facts about the whole corpus, as partial aggregates that merge.

A long paragraph is known by its own key. A short line is known only together with all lines up to the long one before
it (or, at the head, down to the one after it), so that a formula or a byline which many documents share is nobody's,
and yet goes with its article.
The owner is the document published first; where dates are equal or missing, the one whose id sorts first. An owner
that an earlier night committed stays. Within a night nothing depends on the order in which documents arrive.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from etl.adjacent import differs
from etl.arrays import Flags, Ints, Keys
from etl.duplicates.keyed import Keyed

__all__ = ["MIN_SHARED", "SURVEY", "Known", "corpus_keys", "merge_paragraphs", "survey_rows"]

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

SCRAMBLE = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
"""Odd multipliers (the golden ratio, and xxHash's second prime) that mix two keys into one."""


class Known(NamedTuple):
    """Lines that the corpus knows.

    Attributes:
        rows: theirs, in order.
        keys: by which it knows them.
    """

    rows: Ints
    keys: Keys


def corpus_keys(keyed: Keyed, kept: Ints) -> Known:
    """Which lines the corpus knows, and by which keys: no titles, and no short lines far from a long one.

    Args:
        keyed: the lines.
        kept: the rows that their document keeps.
    """
    title, keys = keyed.are("title")[kept], keyed.keys[kept]
    long = (keyed.folded.sizes()[kept] >= MIN_SHARED) & ~title
    below, above = _distances(long, np.searchsorted(kept, keyed.starts))
    for distance in range(1, REACH + 1):
        rows = np.flatnonzero(below == distance)
        keys[rows] = _mix(keys[rows - 1], keys[rows])
        rows = np.flatnonzero((above == distance) & (below > REACH))
        keys[rows] = _mix(keys[rows + 1], keys[rows])
    known = ~title & (np.minimum(below, above) <= REACH)
    return Known(kept[known], keys[known])


def _mix(neighbour: Keys, own: Keys) -> Keys:
    mixed: Keys = (own * SCRAMBLE[0]) ^ ((neighbour * SCRAMBLE[1]) >> np.uint64(7))
    return mixed


def _distances(long: Flags, starts: Ints) -> tuple[Ints, Ints]:
    """Lines up to the nearest long line of the document, and down to it; far too many where there is none."""
    rows = np.arange(len(long), dtype=np.int64)
    first, after_last = (np.repeat(bounds, np.diff(starts)) for bounds in (starts[:-1], starts[1:]))
    before = np.maximum.accumulate(np.where(long, rows, -1))
    after = np.minimum.accumulate(np.where(long, rows, len(rows))[::-1])[::-1]
    below = np.where(before >= first, rows - before, NOWHERE)
    return below, np.where(after < after_last, after - rows, NOWHERE)


def survey_rows(keyed: Keyed, known: Known, documents: pl.DataFrame) -> pl.DataFrame:
    """Say what the corpus must know of a shard's lines: of each key its first document, and how many there are.

    Args:
        keyed: the lines.
        known: those of them that the corpus knows.
        documents: doc_id, published of the lines' documents.

    Returns:
        The columns of `SURVEY`, sorted by key, each key once.
    """
    rows, keys = known
    rank = _ranks(documents)[keyed.document[rows]]
    order = _sorted(keys, rank)
    keys, rank, rows = keys[order], rank[order], rows[order]
    another = differs(keys)
    first = another.nonzero()[0]
    another |= differs(rank)
    owners = documents[keyed.document[rows[first]]]
    counted = {
        "key": keys[first],
        "night": np.zeros(len(first), dtype=np.int64),
        "published": owners["published"],
        "doc_id": owners["doc_id"],
        "line_no": keyed.lines["line_no"].gather(rows[first]),
        "documents": np.add.reduceat(another, first, dtype=np.int64),
    }
    return pl.DataFrame(counted, schema=SURVEY)


def _ranks(documents: pl.DataFrame) -> Ints:
    """The place of each document among those of the shard, by date and id; those without a date come last."""
    ranked = documents.with_row_index("number").sort("published", "doc_id", nulls_last=True)
    return np.argsort(ranked["number"].to_numpy())


def _sorted(keys: Keys, rank: Ints) -> Ints:
    """The order by keys, then by rank, then by row: by one number is faster, and most keys stand once."""
    order = pl.Series(keys).arg_sort().to_numpy().astype(np.int64)
    again = ~differs(keys[order])
    again[:-1] |= again[1:]
    those = np.sort(order[again])
    order[again] = those[np.lexsort([rank[those], keys[those]])]
    return order


def merge_paragraphs(surveys: pl.LazyFrame) -> pl.DataFrame:
    """Find the owner of every paragraph that more than one document has.

    Args:
        surveys: rows of `survey_rows` of all shards, each document in one of them, in any order; of some keys, all.

    Returns:
        key, doc_id, line_no of the owner; sorted by key.
    """
    # Most keys are in one row, and have one document: those need no sorting.
    several = surveys.collect().filter(pl.col("key").is_duplicated() | (pl.col("documents") > 1))
    ordered = several.sort("key", "night", "published", "doc_id", nulls_last=True)
    return ordered.group_by("key", maintain_order=True).agg(pl.col("doc_id", "line_no").first())
