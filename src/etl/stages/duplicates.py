"""Stage 3: remove what a document says twice and what another document has already said; mark what is merely alike.

Within a document the first copy stays. Across documents the owner is the one that an earlier night committed, then the
one published first, then the one whose id sorts first; a title stays with its document. In a law, which shares
paragraphs with its amended version, paragraphs that another document has are marked and not removed, unless the whole
law is another's: removing them would leave a ruin, and amounts to merging the two.
"""

from __future__ import annotations

import polars as pl

from etl.duplicates.blocks import ARTICLE, MIN_ARTICLES
from etl.duplicates.corpus import OWNERS, CorpusFacts, survey_corpus
from etl.duplicates.documents import match_documents
from etl.duplicates.paragraphs import merge_paragraphs
from etl.ledger import Outcome, edits, marks
from etl.recipe import DuplicateOptions
from etl.schemas import Deduplicated, conform

__all__ = [
    "OWNERS",
    "CorpusFacts",
    "match_documents",
    "merge_paragraphs",
    "remove_duplicates",
    "survey_corpus",
]


def remove_duplicates(
    lines: pl.DataFrame,
    repeats: pl.DataFrame,
    metadata: pl.DataFrame,
    corpus: CorpusFacts,
    options: DuplicateOptions,
) -> Outcome:
    """Remove repeated lines.

    Args:
        lines: the columns of Stripped, with text, a document's lines together and in order.
        repeats: what `survey_corpus` found of the same lines, row by row.
        metadata: doc_id of every document of the shard.
        corpus: who owns the paragraphs that several documents have, and which documents are alike.
        options: the stage's options.

    Returns:
        deduplicated; an edit for each removed line with its kept copy; and the marks `near-duplicate` (a document),
        `near-duplicate-lines` (a line that is nearly an earlier one and stayed), `repeated-elsewhere` (a line that
        is another document's and stayed) and `all-duplicate` (a document of which every paragraph is another's).
    """
    told = lines.hstack(repeats)
    copied = repeats["rule"].is_not_null()
    copies = _paired(lines, told.filter(copied))
    alike = _paired(lines, told.filter(~copied & repeats["source"].is_not_null()))
    kept = lines.with_columns(repeats["key"]).filter(~copied).with_row_index("row")
    shared = _shared(kept.with_columns(document=pl.col("doc_id").rle_id()), corpus, options)
    removed = shared.filter("remove")
    rest = kept.filter(~pl.col("row").is_in(removed["row"].implode()))
    booked = [edits(_settle(copies, removed)), edits(removed, rule="shared-paragraph", score=pl.lit(1.0))]
    return Outcome(
        datasets={"deduplicated": conform(rest, Deduplicated)},
        edits=pl.concat(booked).sort("doc_id", "start", maintain_order=True),
        marks=pl.concat(
            [
                marks(alike, mark="near-duplicate-lines"),
                _mark_lines(shared),
                _mark_wholes(shared),
                _mark_likenesses(metadata, corpus),
            ]
        ),
    )


def _settle(copies: pl.DataFrame, removed: pl.DataFrame) -> pl.DataFrame:
    """Where the kept copy within the document went as another document's, name that one's line."""
    owned = removed.select(
        match_doc_id="doc_id", match_line_no="line_no", owner="match_doc_id", owner_line="match_line_no"
    )
    joined = copies.join(owned, on=["match_doc_id", "match_line_no"], how="left", maintain_order="left")
    return joined.with_columns(
        match_doc_id=pl.coalesce("owner", "match_doc_id"), match_line_no=pl.coalesce("owner_line", "match_line_no")
    )


def _paired(lines: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Lines with the place of the one that each is like."""
    places = found["source"].to_numpy()
    named = [lines[column].gather(places).alias(f"match_{column}") for column in ("doc_id", "line_no")]
    return found.hstack(named)


def _shared(lines: pl.DataFrame, corpus: CorpusFacts, options: DuplicateOptions) -> pl.DataFrame:
    """Lines that another document owns, with match_doc_id, match_line_no, whole and remove.

    `whole` says that every line of the document, titles apart, is another's.
    """
    owners = corpus.paragraphs.rename({"doc_id": "match_doc_id", "line_no": "match_line_no"})
    owned = lines.join(owners, on="key", maintain_order="left")
    elsewhere = owned.filter(pl.col("match_doc_id") != pl.col("doc_id"))
    involved = lines.filter(pl.col("document").is_in(elsewhere["document"].unique().implode()))
    theirs = pl.col("row").is_in(elsewhere["row"].implode())
    article = pl.col("text").str.contains("^" + ARTICLE.pattern)
    documents = involved.group_by("document", maintain_order=True).agg(
        whole=(theirs | (pl.col("kind") == "title")).all(), law=article.sum() >= MIN_ARTICLES
    )
    acts = options.across_documents == "remove" and "shared-paragraph" not in options.off
    remove = pl.lit(acts) & (~pl.col("law") | pl.col("whole"))
    return elsewhere.join(documents, on="document", how="left", maintain_order="left").with_columns(remove=remove)


def _mark_lines(shared: pl.DataFrame) -> pl.DataFrame:
    return marks(shared.filter(~pl.col("remove")), mark="repeated-elsewhere", score=pl.lit(1.0))


def _mark_wholes(shared: pl.DataFrame) -> pl.DataFrame:
    """One mark a document; the match is the document that owns most of it, the first by id where several do."""
    counts = shared.filter("whole").group_by("document", "doc_id", "match_doc_id").len()
    most = counts.sort("document", -pl.col("len").cast(pl.Int64), "match_doc_id")
    return marks(most.unique("document", keep="first", maintain_order=True), mark="all-duplicate")


def _mark_likenesses(metadata: pl.DataFrame, corpus: CorpusFacts) -> pl.DataFrame:
    here = corpus.documents.join(metadata, on="doc_id", how="semi").sort("doc_id")
    return marks(here, mark="near-duplicate", match_doc_id=pl.col("near_duplicate_of"))
