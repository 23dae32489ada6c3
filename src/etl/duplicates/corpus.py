"""What the stage must know about the whole corpus, and how a shard contributes to it."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from etl.duplicates.documents import LIKENESSES, sketch_documents
from etl.duplicates.paragraphs import corpus_keys, survey_rows
from etl.duplicates.within import find_within, keep_rows, key_lines
from etl.recipe import DuplicateOptions

__all__ = ["CorpusFacts", "survey_documents", "survey_paragraphs"]

OWNERS = {"key": pl.UInt64, "doc_id": pl.String, "line_no": pl.Int64}


class CorpusFacts(NamedTuple):
    """Facts about all documents of a run.

    Attributes:
        paragraphs: key, doc_id, line_no: who owns each paragraph that several documents have.
        documents: doc_id, near_duplicate_of, score: documents that nearly or fully repeat another.
    """

    paragraphs: pl.DataFrame = pl.DataFrame(schema=OWNERS)
    documents: pl.DataFrame = pl.DataFrame(schema=LIKENESSES)


def survey_paragraphs(lines: pl.DataFrame, metadata: pl.DataFrame, options: DuplicateOptions) -> pl.DataFrame:
    """Survey the paragraphs of a shard: a partial aggregate for `merge_paragraphs`.

    Only lines that their own document keeps count, so that no owner is a line that was removed.

    Args:
        lines: the columns of Stripped, text given; a document's lines together and in order.
        metadata: doc_id, published.
        options: where paragraphs across documents are off, the survey is empty.

    Returns:
        key, published, doc_id, line_no, documents.
    """
    if options.across_documents == "off":
        lines = lines.clear()
    keyed = key_lines(lines)
    kept = keep_rows(keyed, find_within(keyed, near=options.near_duplicates == "mark").removed["row"])
    return survey_rows(kept.lines.with_columns(corpus_key=corpus_keys(kept)), metadata)


def survey_documents(lines: pl.DataFrame, metadata: pl.DataFrame, options: DuplicateOptions) -> pl.DataFrame:
    """Sketch the documents of a shard: a partial aggregate for `match_documents`.

    Args:
        lines: the columns of Stripped, text given; a document's lines together and in order.
        metadata: doc_id, published.
        options: where near duplicates are off, the survey is empty.

    Returns:
        doc_id, published, shingles, limit, hashes.
    """
    if options.near_duplicates == "off":
        lines = lines.clear()
    keyed = key_lines(lines)
    return sketch_documents(keyed.lines, keyed.folded, metadata)
