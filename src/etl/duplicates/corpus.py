"""What the stage must know before it starts, and how a shard contributes to it: each line is folded and hashed here."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from etl.duplicates.documents import LIKENESSES
from etl.duplicates.keyed import key_lines
from etl.duplicates.paragraphs import Known, corpus_keys, survey_rows
from etl.duplicates.sketches import SKETCHES, sample_documents, sketch_documents
from etl.duplicates.within import find_within
from etl.recipe import DuplicateOptions

__all__ = ["OWNERS", "CorpusFacts", "survey_corpus"]

OWNERS = {"key": pl.UInt64, "doc_id": pl.String, "line_no": pl.Int64}
"""Columns of who owns a paragraph."""


class CorpusFacts(NamedTuple):
    """Facts about all documents of a run.

    Attributes:
        paragraphs: key, doc_id, line_no: who owns each paragraph that several documents have.
        documents: doc_id, near_duplicate_of, score: documents that nearly or fully repeat another.
    """

    paragraphs: pl.DataFrame = pl.DataFrame(schema=OWNERS)
    documents: pl.DataFrame = pl.DataFrame(schema=LIKENESSES)


def survey_corpus(lines: pl.DataFrame, metadata: pl.DataFrame, options: DuplicateOptions) -> dict[str, pl.DataFrame]:
    """Survey a shard: what its documents repeat of themselves, and partial aggregates for the whole corpus.

    Only lines that their own document keeps count as paragraphs, so that no owner is a line that was removed.

    Args:
        lines: the columns of Stripped, text given; a document's lines together and in order.
        metadata: doc_id, published.
        options: what is off is not surveyed: its frame is empty.

    Returns:
        repeats: one row per line, for `remove_duplicates` of the same shard: key by which the corpus knows it; and
            where its document has a line like it, source (that line's row), score, and the rule and detail by which
            it goes, null if it stays all the same;
        paragraphs: the columns of `SURVEY`, for `merge_paragraphs`;
        sketches: the columns of `SKETCHES`, for `match_documents`.
    """
    keyed = key_lines(lines)
    sample = sample_documents(keyed) if options.near_duplicates == "mark" else None
    found = find_within(keyed, sample, options.off)
    stays = np.ones(lines.height, dtype=np.bool_)
    stays[found["row"].filter(found["rule"].is_not_null())] = False
    known = corpus_keys(keyed, stays.nonzero()[0])
    ids = lines["doc_id"].gather(keyed.starts[:-1]).to_frame()
    documents = ids.join(metadata.select("doc_id", "published"), on="doc_id", how="left", maintain_order="left")
    paragraphs = survey_rows(keyed, known, documents)
    return {
        "repeats": _repeats(known, found, lines.height),
        "paragraphs": paragraphs.clear() if options.across_documents == "off" else paragraphs,
        "sketches": pl.DataFrame(schema=SKETCHES) if sample is None else sketch_documents(documents, sample),
    }


def _repeats(known: Known, found: pl.DataFrame, height: int) -> pl.DataFrame:
    """One row per line, in order, of which some have a key, and some are found to be like another."""
    keys, unknown = np.zeros(height, dtype=np.uint64), np.ones(height, dtype=np.bool_)
    keys[known.rows], unknown[known.rows] = known.keys, False
    place = np.full(height, found.height)
    place[found["row"]] = np.arange(found.height)
    told = pl.concat([found, found.clear(1)])[place]  # the last row is of nulls
    return told.select(pl.Series("key", keys).set(pl.Series(unknown), None), "source", "rule", "score", "detail")
