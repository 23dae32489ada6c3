"""What the stage must know before it starts, and how a shard contributes to it: each line is folded and hashed here."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from etl.duplicates.documents import LIKENESSES
from etl.duplicates.paragraphs import corpus_keys, survey_rows
from etl.duplicates.sketches import SKETCHES, sample_documents, sketch_documents
from etl.duplicates.within import Within, find_within, key_lines
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
    sample = sample_documents(keyed.lines, keyed.folded) if options.near_duplicates == "mark" else None
    within = find_within(keyed, sample, options.off)
    known = keyed.lines.select("doc_id", "document", "line_no", "kind", "key", "size").with_row_index("row")
    kept = known.filter(~pl.col("row").is_in(within.removed["row"].implode()))
    kept = kept.with_columns(corpus_key=corpus_keys(kept))
    paragraphs = survey_rows(kept, metadata)
    none = pl.DataFrame(schema=SKETCHES)
    return {
        "repeats": _repeats(kept, within, lines.height),
        "paragraphs": paragraphs.clear() if options.across_documents == "off" else paragraphs,
        "sketches": none if sample is None else sketch_documents(keyed.lines, sample, metadata),
    }


def _repeats(kept: pl.DataFrame, within: Within, height: int) -> pl.DataFrame:
    """One row per line, in order; kept has row and corpus_key."""
    rows = pl.DataFrame({"row": pl.int_range(height, dtype=pl.Int64, eager=True)})
    found = pl.concat([within.removed, within.alike], how="diagonal")
    keys = kept.select(pl.col("row").cast(pl.Int64), key="corpus_key")
    told = rows.join(keys, on="row", how="left", maintain_order="left")
    return told.join(found, on="row", how="left", maintain_order="left").drop("row")
