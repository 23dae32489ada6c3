"""The proof of undo for many documents at once: does each decoded text follow from the clean one and the ledger?

Texts are laid end to end. Undoing the edits gives the decoded texts if three things are the same, byte by byte: what
lies between the edits in either text, what the edits say they took, and what they say they put. Where anything is not
the same, the documents are undone one by one.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from etl.ledger import Edit, apply_edits, undo_edits
from etl.utf8 import Ints, Utf8

__all__ = ["not_rebuilt"]


def not_rebuilt(decoded: pl.DataFrame, clean: pl.DataFrame, changes: pl.DataFrame) -> list[str]:
    """Find documents whose decoded text does not follow from the clean one by undoing their edits.

    Args:
        decoded: doc_id, text.
        clean: doc_id, text.
        changes: doc_id, start, end, before, after of every edit after decode.

    Returns:
        Their doc_id, sorted.
    """
    both = decoded.select("doc_id", "text").join(
        clean.select("doc_id", clean="text"), on="doc_id", how="left", maintain_order="left"
    )
    texts = both.drop_nulls("clean")
    gone = both.filter(pl.col("clean").is_null())["doc_id"].to_list()
    edits = _placed(changes, texts)
    return sorted(gone if _all_follow(texts, edits) else gone + _that_do_not_follow(texts, edits))


def _placed(changes: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """The edits by document (row of its text), start and end, with before and after."""
    # An edit mostly comes after another of the same document; all such are looked up at once.
    runs = changes.select(pl.col("doc_id").rle()).unnest("doc_id")
    rows = texts.select("doc_id", row=pl.row_index().cast(pl.Int64))
    found = runs.join(rows, left_on="value", right_on="doc_id", how="left", maintain_order="left")
    document = found.select(pl.col("row").repeat_by("len").explode())["row"]
    edits = changes.select("start", "end", "before", pl.col("after").fill_null(""), document=document)
    return edits.drop_nulls("document").sort("document", "start", "end", maintain_order=True)


def _that_do_not_follow(texts: pl.DataFrame, edits: pl.DataFrame) -> list[str]:
    by_document: dict[int, list[Edit]] = {}
    for document, *edit in edits.select("document", "start", "end", "before", "after").iter_rows():
        by_document.setdefault(document, []).append(Edit(*edit))
    rows = enumerate(texts.select("doc_id", "text", "clean").iter_rows())
    return [doc_id for row, (doc_id, text, clean) in rows if not _follows(text, clean, by_document.get(row, []))]


def _follows(text: str, clean: str, edits: list[Edit]) -> bool:
    try:
        return undo_edits(clean, edits) == text and apply_edits(text, edits) == clean
    except ValueError:
        return False


def _all_follow(texts: pl.DataFrame, edits: pl.DataFrame) -> bool:
    """Whether every document follows."""
    documents, starts, ends = (edits[name].to_numpy() for name in ("document", "start", "end"))
    chars, taken = (column.str.len_chars().cast(pl.Int64).to_numpy() for column in (texts["text"], edits["before"]))
    fit = (starts >= 0) & (ends <= chars[documents]) & (ends - starts == taken)
    places = (np.cumsum(chars) - chars)[documents] + starts
    if not fit.all() or np.any(places[1:] < places[:-1] + taken[:-1]):
        return False
    decoded, clean = Utf8.of(texts["text"]), Utf8.of(texts["clean"])
    took, put = (edits[name].str.len_bytes().cast(pl.Int64).to_numpy() for name in ("before", "after"))
    begins = decoded.offsets_of(places) - decoded.offsets[0]
    # An edit that took what it says ends where that ends; if it did not, what stands there differs from it.
    cuts = np.stack([begins, begins + took], axis=1).ravel()
    grown = np.bincount(documents, weights=put - took, minlength=texts.height)
    if not np.array_equal(np.diff(clean.offsets), np.diff(decoded.offsets) + grown):
        return False
    if np.any(np.diff(cuts, append=decoded.offsets[-1] - decoded.offsets[0]) < 0):
        return False
    # What lies between the edits stands in the clean texts as far on as the edits before it put more than they took.
    moved = np.stack([np.zeros_like(took), put - took], axis=1).ravel().cumsum()
    was, became = _cut(decoded, cuts), _cut(clean, cuts + moved)
    pairs = ((was[::2], became[::2]), (was[1::2], edits["before"]), (became[1::2], edits["after"]))
    return all(one.equals(other.cast(pl.Binary)) for one, other in pairs)


def _cut(texts: Utf8, cuts: Ints) -> pl.Series:
    """Texts laid end to end, and cut in two at bytes that are counted from where they begin; no byte is copied."""
    length = texts.offsets[-1] - texts.offsets[0]
    offsets = np.concatenate([[0], cuts, [length]]) + texts.offsets[0]
    pieces = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(texts.data)]
    )
    return pl.Series(pl.from_arrow(pieces))
