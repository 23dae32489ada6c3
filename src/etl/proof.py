"""The proof of undo for many documents at once: does each decoded text follow from the clean one and the ledger?

Texts are laid end to end. Undoing the edits gives the decoded texts if three things are the same, byte by byte: what
lies between the edits in either text, what the edits say they took, and what they say they put. Where anything is not
the same, the documents are undone one by one.
"""

from __future__ import annotations

from typing import NamedTuple

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
    took, put = (_lengths(edits[name]) for name in ("before", "after"))
    chars, clean_chars = (_lengths(texts[name]) for name in ("text", "clean"))
    shrunk = np.bincount(documents, weights=took - put, minlength=texts.height)
    fit = (starts >= 0) & (ends <= chars[documents]) & (ends - starts == took)
    if not fit.all() or not np.array_equal(shrunk, chars - clean_chars):
        return False
    bases, moved = np.cumsum(chars) - chars, np.cumsum(put - took)
    starts, ends = bases[documents] + starts, bases[documents] + ends
    if np.any(starts[1:] < ends[:-1]):
        return False
    decoded, clean = _Cut.of(texts["text"], starts, ends), _Cut.of(texts["clean"], ends + moved - put, ends + moved)
    pairs = (
        (decoded.between, clean.between),
        (decoded.within, _bytes(edits["before"])),
        (clean.within, _bytes(edits["after"])),
    )
    return all(one.equals(other) for one, other in pairs)


class _Cut(NamedTuple):
    """Texts laid end to end, and cut where edits begin and end.

    Attributes:
        within: what stands in each edit.
        between: what stands before each edit, and after the last.
    """

    within: pa.Array
    between: pa.Array

    @classmethod
    def of(cls, texts: pl.Series, starts: Ints, ends: Ints) -> _Cut:
        """Cut texts at places that are counted in code points of them all."""
        laid, edges = Utf8.of(texts), np.stack([starts, ends], axis=1).ravel()
        offsets = np.concatenate([laid.offsets[:1], laid.offsets_of(edges), laid.offsets[-1:]])
        pieces = pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(laid.data)]
        )
        edited = np.arange(len(pieces)) % 2 == 1
        return cls(pieces.filter(pa.array(edited)), pieces.filter(pa.array(~edited)))


def _lengths(texts: pl.Series) -> Ints:
    return texts.str.len_chars().cast(pl.Int64).to_numpy()


def _bytes(texts: pl.Series) -> pa.Array:
    return texts.cast(pl.Binary).to_arrow(compat_level=pl.CompatLevel.oldest())
