"""The proof of undo for many documents at once: does each decoded text follow from the clean one and the ledger?

Texts are laid end to end as code points. Undoing the edits gives the decoded text if three things are the same, point
by point: what lies between the edits in either text, what the edits say they took, and what they say they put. The
cost grows with the texts and not with the edits in them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["not_rebuilt"]

BATCH_CHARS = 1 << 20
"""Code points of decoded text that are held against each other at once, at about 40 bytes each."""

Points = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]


def not_rebuilt(decoded: pl.DataFrame, clean: pl.DataFrame, changes: pl.DataFrame) -> list[str]:
    """Find documents whose decoded text does not follow from the clean one by undoing their edits.

    Args:
        decoded: doc_id, text.
        clean: doc_id, text.
        changes: doc_id, start, end, before, after of every edit after decode.

    Returns:
        Their doc_id, sorted.
    """
    texts = decoded.select("doc_id", "text").join(clean.select("doc_id", clean="text"), on="doc_id", how="left")
    edits = _placed(changes)
    sound = _sound(texts, edits)
    wrong = texts.filter(~sound)["doc_id"].to_list()
    batches = (_length(pl.col("text")).cum_sum() // BATCH_CHARS).alias("_batch")
    for batch in texts.filter(sound).with_columns(batches).partition_by("_batch", include_key=False):
        held = batch.with_row_index("document")
        theirs = edits.join(held.select("doc_id", "document"), on="doc_id", how="inner", maintain_order="left")
        wrong += held.filter(_differing(held, theirs))["doc_id"].to_list()
    return sorted(wrong)


def _placed(changes: pl.DataFrame) -> pl.DataFrame:
    """Add where each edit stands in the clean text, at and until, and what its document's edits leave between them.

    What the edits up to one took and put has moved it. `fits` says that it begins where the one before ended or later,
    and that it is as long as what it took.
    """
    after = pl.col("after").fill_null("")
    took, put = _length(pl.col("before")), _length(after)
    moved = changes.sort("doc_id", "start", "end", maintain_order=True).with_columns(
        after=after, took=took, put=put, until=pl.col("end") + (put - took).cum_sum().over("doc_id")
    )
    before = pl.col("end").shift(1, fill_value=0).over("doc_id")
    return moved.with_columns(
        at=pl.col("until") - pl.col("put"),
        fits=(pl.col("start") >= before) & (pl.col("end") - pl.col("start") == pl.col("took")),
    )


def _sound(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.Series:
    """Which documents have a clean text, and edits that fit both texts and leave as much of the one as of the other."""
    each = edits.group_by("doc_id").agg(
        pl.col("fits").all(), pl.col("end").max(), pl.col("until").max(), pl.col("took", "put").sum()
    )
    measured = texts.join(each, on="doc_id", how="left", maintain_order="left").with_columns(
        chars=_length(pl.col("text")), chars_clean=_length(pl.col("clean"))
    )
    left = (pl.col("chars") - pl.col("took")) == (pl.col("chars_clean") - pl.col("put"))
    within = (pl.col("end") <= pl.col("chars")) & (pl.col("until") <= pl.col("chars_clean"))
    untouched = pl.col("took").is_null() & (pl.col("chars") == pl.col("chars_clean"))
    return measured.select((untouched | (pl.col("fits") & within & left)).fill_null(value=False)).to_series()


def _differing(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.Series:
    """Which of the sound documents are not the same, point by point; document is their position."""
    decoded, clean = _Laid.of(texts["text"]), _Laid.of(texts["clean"])
    ordered = edits.sort("document", "start", "end", maintain_order=True)
    taken, put = decoded.within(ordered, "start", "end"), clean.within(ordered, "at", "until")
    wrong = np.zeros(texts.height, dtype=np.bool_)
    for found, told, owners in (
        (decoded.points[~taken], clean.points[~put], decoded.owners[~taken]),
        (decoded.points[taken], _points(ordered["before"]), decoded.owners[taken]),
        (clean.points[put], _points(ordered["after"]), clean.owners[put]),
    ):
        wrong[owners[found != told]] = True
    return pl.Series(wrong)


class _Laid(NamedTuple):
    """Texts laid end to end.

    Attributes:
        points: their code points.
        owners: which text each is of.
        bases: where each text begins.
    """

    points: Points
    owners: npt.NDArray[np.int64]
    bases: npt.NDArray[np.int64]

    @classmethod
    def of(cls, texts: pl.Series) -> _Laid:
        """Lay texts end to end."""
        lengths = texts.str.len_chars().to_numpy().astype(np.int64)
        return cls(_points(texts), np.repeat(np.arange(len(lengths)), lengths), np.cumsum(lengths) - lengths)

    def within(self, spans: pl.DataFrame, start: str, end: str) -> Flags:
        """Which points lie in a span of their text; spans are ordered and do not overlap."""
        base = self.bases[spans["document"].to_numpy()]
        size = len(self.points) + 1
        opened = np.bincount(base + spans[start].to_numpy(), minlength=size)
        closed = np.bincount(base + spans[end].to_numpy(), minlength=size)
        inside: Flags = np.cumsum(opened - closed)[:-1] > 0
        return inside


def _points(texts: pl.Series) -> Points:
    """The code points of all texts, one after the other."""
    return np.frombuffer((texts.str.join("").item() or "").encode("utf-32-le"), dtype="<u4")


def _length(text: pl.Expr) -> pl.Expr:
    return text.str.len_chars().cast(pl.Int64)
