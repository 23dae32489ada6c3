"""The last dataset: one row per document, gathered from what the stages found."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.adjacent import starts_of
from etl.arrays import Ints
from etl.arrow import join_runs, list_runs
from etl.distinct import rows_of

__all__ = ["NEAR_DUPLICATE", "assemble_documents"]

NEAR_DUPLICATE = "near-duplicate"
"""Mark that fills `near_duplicate_of`."""


def assemble_documents(
    decoded: pl.DataFrame, metadata: pl.DataFrame, sections: pl.DataFrame, paragraphs: pl.DataFrame, marks: pl.DataFrame
) -> pl.DataFrame:
    """Gather the documents of a shard.

    Args:
        decoded: doc_id, source, site, encoding, chars.
        metadata: doc_id, title, published, publisher, author, editor; one row for each document.
        sections: doc_id.
        paragraphs: `schemas.Paragraphs`, those of a document together and in order.
        marks: `schemas.Marks`, of every stage.

    Returns:
        `schemas.Documents` without recipe_digest, in the order of `decoded`.

    Raises:
        KeyError: one of the others names a document that was not decoded.
    """
    columns = [frame["doc_id"] for frame in (metadata, sections, paragraphs, marks)]
    rows = rows_of(pl.concat(columns), decoded["doc_id"])
    told, sectioned, document, marked = np.split(rows, np.cumsum([len(column) for column in columns])[:-1])
    said = metadata[np.argsort(told)]  # in the order of `decoded`
    text = _texts(paragraphs["text"], document, decoded.height)
    return pl.DataFrame(
        {
            **{name: decoded[name] for name in ("doc_id", "source", "site")},
            "title": _titles(said["title"], paragraphs, document),
            **{name: said[name] for name in ("published", "publisher", "author", "editor")},
            "encoding": decoded["encoding"],
            "text": text,
            "chars_in": decoded["chars"],
            "chars_out": text.str.len_chars().cast(pl.Int64),
            "paragraphs": np.bincount(document, minlength=decoded.height),
            "sections": np.bincount(sectioned, minlength=decoded.height),
            "near_duplicate_of": _nearest(marks, marked, decoded.height),
            "flags": _flags(marks["mark"], marked, decoded.height),
        }
    )


def _titles(said: pl.Series, paragraphs: pl.DataFrame, document: Ints) -> pl.Series:
    """The clean title of each document where it is a paragraph, else what was said to be it."""
    (titles,) = (paragraphs["kind"] == "title").to_numpy().nonzero()
    first = titles[starts_of(document[titles])[:-1]]
    return said.clone().scatter(document[first], paragraphs["text"][first])


def _texts(texts: pl.Series, document: Ints, documents: int) -> pl.Series:
    """The text of each document: its paragraphs, which are together, joined."""
    bounds, number = starts_of(document), np.full(documents, -1)
    number[document[bounds[:-1]]] = np.arange(len(bounds) - 1)
    return pl.concat([join_runs(texts, bounds, "\n"), pl.Series([""])])[number]


def _flags(names: pl.Series, document: Ints, documents: int) -> pl.Series:
    """The names of each document's marks, sorted, each once."""
    flags = pl.DataFrame({"document": document, "name": names}).unique().sort("document", "name")
    ends = np.bincount(flags["document"], minlength=documents).cumsum()
    return list_runs(flags["name"], np.append(0, ends))


def _nearest(marks: pl.DataFrame, document: Ints, documents: int) -> pl.Series:
    """The document that each document is the best near duplicate of; of several the first by identity."""
    likenesses = marks.with_columns(document=document).filter(
        pl.col("mark") == NEAR_DUPLICATE, pl.col("line_no").is_null()
    )
    best = likenesses.sort("document", pl.col("score").neg(), "match_doc_id")
    best = best[starts_of(best["document"].to_numpy())[:-1]]
    nearest = pl.Series([None], dtype=pl.String).new_from_index(0, documents)
    return nearest.scatter(best["document"], best["match_doc_id"])
