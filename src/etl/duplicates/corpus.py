"""What the stage must know about the whole corpus, and how a shard contributes to it."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from etl.duplicates.documents import LIKENESSES, SKETCHES, sketch_documents
from etl.duplicates.paragraphs import corpus_keys, survey_rows
from etl.duplicates.within import find_within, keep_rows, key_lines
from etl.recipe import DuplicateOptions

__all__ = ["CorpusFacts", "survey_corpus"]

OWNERS = {"key": pl.UInt64, "doc_id": pl.String, "line_no": pl.Int64}


class CorpusFacts(NamedTuple):
    """Facts about all documents of a run.

    Attributes:
        paragraphs: key, doc_id, line_no: who owns each paragraph that several documents have.
        documents: doc_id, near_duplicate_of, score: documents that nearly or fully repeat another.
    """

    paragraphs: pl.DataFrame = pl.DataFrame(schema=OWNERS)
    documents: pl.DataFrame = pl.DataFrame(schema=LIKENESSES)


def survey_corpus(lines: pl.DataFrame, metadata: pl.DataFrame, options: DuplicateOptions) -> dict[str, pl.DataFrame]:
    """Survey a shard: partial aggregates, by the name of the fact about the corpus that they merge into.

    Only lines that their own document keeps count as paragraphs, so that no owner is a line that was removed.

    Args:
        lines: the columns of Stripped, text given; a document's lines together and in order.
        metadata: doc_id, published.
        options: what is off is not surveyed: its frame is empty.

    Returns:
        paragraphs: key, published, doc_id, line_no, documents, for `merge_paragraphs`;
        sketches: doc_id, published, shingles, limit, hashes, for `match_documents`.
    """
    keyed, near = key_lines(lines), options.near_duplicates == "mark"
    kept = keep_rows(keyed, find_within(keyed, near=near).removed["row"])
    paragraphs = survey_rows(kept.lines.with_columns(corpus_key=corpus_keys(kept)), metadata)
    return {
        "paragraphs": paragraphs.clear() if options.across_documents == "off" else paragraphs,
        "sketches": sketch_documents(keyed.lines, keyed.folded, metadata) if near else pl.DataFrame(schema=SKETCHES),
    }
