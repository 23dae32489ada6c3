"""The proof of undo for many documents at once: does each decoded text follow from the clean one and the ledger?

Texts are laid end to end. Undoing the edits gives the decoded texts if three things are the same, byte by byte: what
lies between the edits in either text, what the edits say they took, and what they say they put. Where anything is not
the same, the documents are undone one by one.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from etl.arrays import Ints
from etl.distinct import find_rows
from etl.ledger import Edit, apply_edits, undo_edits
from etl.utf8 import Utf8

__all__ = ["not_rebuilt"]

KEPT, EDITED = 0b01010101, 0b10101010
"""Bits, from the lowest, for pieces of a text of which the first is kept, the second edited, and so on."""


def not_rebuilt(decoded: pl.DataFrame, clean: pl.DataFrame, changes: pl.DataFrame) -> list[str]:
    """Find documents whose decoded text does not follow from the clean one by undoing their edits.

    Args:
        decoded: doc_id, text.
        clean: doc_id, text.
        changes: doc_id, start, end, before, after of every edit after decode.

    Returns:
        Their doc_id, sorted.
    """
    rows = find_rows(decoded["doc_id"], clean["doc_id"])
    gone = decoded["doc_id"].filter(pl.Series(rows < 0)).to_list()
    there = np.flatnonzero(rows >= 0)
    texts = decoded.select("doc_id", "text")[there].with_columns(clean["text"][rows[there]].alias("clean"))
    edits = _placed(changes, texts)
    return sorted(gone if _all_follow(texts, edits) else gone + _that_do_not_follow(texts, edits))


def _placed(changes: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """The edits by document (row of its text), start and end, with before and after."""
    document = find_rows(changes["doc_id"], texts["doc_id"])
    start, end = changes["start"].to_numpy(), changes["end"].to_numpy()
    # One key sorts fastest. Edits that it mixes up lie outside their texts, and do not fit in any order.
    place = document * 2**32 + start * 2 + (end > start)
    there = np.flatnonzero(document >= 0)
    order = there[np.argsort(place[there], kind="stable")]
    edits = changes.select("start", "end", "before", pl.col("after").fill_null("")).rechunk()[order]
    return edits.with_columns(pl.Series("document", document[order]))


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
    apart = places - np.append(-1, places + taken)[:-1]
    if not fit.all() or np.any(apart < 0):
        return False
    decoded, clean = Utf8.of(texts["text"]), Utf8.of(texts["clean"])
    before, after = Utf8.of(edits["before"]), Utf8.of(edits["after"])
    upto = np.searchsorted(documents, np.arange(texts.height + 1))
    if not np.array_equal(np.diff(clean.offsets - decoded.offsets), np.diff((after.offsets - before.offsets)[upto])):
        return False
    # Most edits begin where the one before ends: all that adjoin are held against the texts as one.
    first = np.flatnonzero(apart)
    bounds = np.append(first, len(places))
    took, put = np.diff(before.offsets[bounds]), np.diff(after.offsets[bounds])
    begins = decoded.offsets_of(places[first])
    # Edits that took what they say end where that ends; if they did not, what stands there differs from it.
    cuts = np.stack([begins, begins + took], axis=1).ravel()
    if np.any(np.diff(cuts, append=decoded.offsets[-1]) < 0):
        return False
    # What lies between the edits stands in the clean texts as far on as the edits before it put more than they took.
    moved = np.stack([np.zeros_like(took), put - took], axis=1).ravel().cumsum()
    was = np.concatenate([decoded.offsets[:1], cuts, decoded.offsets[-1:]])
    became = np.concatenate([[0], cuts - was[0] + moved, clean.offsets[-1:] - clean.offsets[0]]) + clean.offsets[0]
    # Between edits that are booked lies nothing.
    booked_taken, booked_put = (np.repeat(booked.offsets[bounds], 2) for booked in (before, after))
    return bool(
        _pieces(decoded, was, KEPT).equals(_pieces(clean, became, KEPT))
        and _pieces(decoded, was, EDITED).equals(_pieces(before, booked_taken, EDITED))
        and _pieces(clean, became, EDITED).equals(_pieces(after, booked_put, EDITED))
    )


def _pieces(texts: Utf8, offsets: Ints, which: int) -> pa.LargeBinaryArray:
    """What lies between each offset and the next, but null for every other one; no byte is copied."""
    count = len(offsets) - 1
    valid = np.full(-(-count // 8), which, dtype=np.uint8)
    buffers = [pa.py_buffer(valid), pa.py_buffer(offsets), pa.py_buffer(texts.data)]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), count, buffers)
