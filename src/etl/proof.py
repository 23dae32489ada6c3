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

from etl.utf8 import code_points

__all__ = ["not_rebuilt"]

BATCH_CHARS = 1 << 20
"""Code points of decoded text that are held against each other at once, so that memory does not grow with a shard."""

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
    both = decoded.select("doc_id", "text").join(clean.select("doc_id", clean="text"), on="doc_id", how="left")
    texts = both.sort("doc_id").with_row_index("document")
    edits = _placed(changes.join(texts.select("doc_id", "document"), on="doc_id", how="inner"))
    sound = _sound(texts, edits)
    # What is wrong already need not be held against anything, nor may its edits lead out of its text.
    held = texts.with_columns(pl.when(sound).then(pl.col("text", "clean")).otherwise(pl.lit("")))
    fitting = edits.filter(sound.gather(edits["document"]))
    batches = held.select("document", "text", "clean", batch=_length(pl.col("text")).cum_sum() // BATCH_CHARS)
    differs = [_differing(batch, fitting) for batch in batches.partition_by("batch", include_key=False)]
    return texts.filter(~sound | pl.concat(differs))["doc_id"].to_list() if differs else []


def _placed(changes: pl.DataFrame) -> pl.DataFrame:
    """Add where each edit stands in the clean text (at, until), how much it took and put, and whether it fits.

    What the edits up to one took and put has moved it. `fits` says that it begins where the one before ended or later,
    and that it is as long as what it took.
    """
    after = pl.col("after").fill_null("")
    took, put = _length(pl.col("before")), _length(after)
    moved = changes.sort("document", "start", "end", maintain_order=True).with_columns(
        after=after, took=took, put=put, until=pl.col("end") + (put - took).cum_sum().over("document")
    )
    before = pl.col("end").shift(1, fill_value=0).over("document")
    return moved.with_columns(
        at=pl.col("until") - pl.col("put"),
        fits=(pl.col("start") >= before) & (pl.col("end") - pl.col("start") == pl.col("took")),
    )


def _sound(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.Series:
    """Which documents have a clean text, and edits that fit both texts and leave as much of the one as of the other."""
    each = edits.group_by("document").agg(
        pl.col("fits").all(), pl.col("end").max(), pl.col("until").max(), pl.col("took", "put").sum()
    )
    measured = texts.join(each, on="document", how="left", maintain_order="left").with_columns(
        chars=_length(pl.col("text")), chars_clean=_length(pl.col("clean"))
    )
    left = (pl.col("chars") - pl.col("took")) == (pl.col("chars_clean") - pl.col("put"))
    within = (pl.col("end") <= pl.col("chars")) & (pl.col("until") <= pl.col("chars_clean"))
    untouched = pl.col("took").is_null() & (pl.col("chars") == pl.col("chars_clean"))
    return measured.select((untouched | (pl.col("fits") & within & left)).fill_null(value=False)).to_series()


def _differing(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.Series:
    """Which of some documents, numbered without a gap, are not the same, point by point."""
    first, last = texts["document"][0], texts["document"][-1]
    start, end = (edits["document"].search_sorted(number, "left") for number in (first, last + 1))
    theirs = edits[start:end].with_columns(pl.col("document") - first)
    decoded, clean = _Laid.of(texts["text"]), _Laid.of(texts["clean"])
    taken, put = decoded.within(theirs, "start", "end"), clean.within(theirs, "at", "until")
    wrong = np.zeros(texts.height, dtype=np.bool_)
    for found, told, laid, held in (
        (decoded.points[~taken], clean.points[~put], decoded, ~taken),
        (decoded.points[taken], code_points(theirs["before"]), decoded, taken),
        (clean.points[put], code_points(theirs["after"]), clean, put),
    ):
        if not np.array_equal(found, told):
            wrong[laid.owners(np.flatnonzero(held)[found != told])] = True
    return pl.Series(wrong)


class _Laid(NamedTuple):
    """Texts laid end to end.

    Attributes:
        points: their code points.
        ends: where each text ends.
    """

    points: Points
    ends: npt.NDArray[np.int64]

    @classmethod
    def of(cls, texts: pl.Series) -> _Laid:
        """Lay texts end to end."""
        return cls(code_points(texts), np.cumsum(texts.str.len_chars().to_numpy().astype(np.int64)))

    def owners(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Which text each place is of."""
        return np.searchsorted(self.ends, places, side="right")

    def within(self, spans: pl.DataFrame, start: str, end: str) -> Flags:
        """Which points lie in a span of their text; spans are ordered and do not overlap."""
        bases = np.concatenate([[0], self.ends])[spans["document"].to_numpy()]
        edges = np.empty(2 * spans.height + 2, dtype=np.int64)
        edges[0], edges[-1] = 0, len(self.points)
        edges[1:-1:2], edges[2:-1:2] = bases + spans[start].to_numpy(), bases + spans[end].to_numpy()
        outside_and_in = np.arange(len(edges) - 1) % 2 == 1
        return np.repeat(outside_and_in, np.diff(edges))


def _length(text: pl.Expr) -> pl.Expr:
    return text.str.len_chars().cast(pl.Int64)
