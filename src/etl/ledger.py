"""Edits: how a stage books them, how they are applied, and how they are undone.

An edit says that `text[start:end]`, which reads `before`, became `after` (null where it was removed). All edits of
a document, of every stage, refer to the one decoded text and never overlap, so that together they turn the decoded
text into the clean one, and the clean one back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import polars as pl

from etl.schemas import empty

__all__ = [
    "BREAK_RULES",
    "Edit",
    "Outcome",
    "apply_edits",
    "edits",
    "empty_edits",
    "empty_marks",
    "marks",
    "undo_edits",
]


BREAK_RULES = ("line-break", "blank-line", "paragraph-break")
"""Rules of edits between lines: they take or set what parts lines, and no text of a line."""


class Edit(NamedTuple):
    """One edit of a text, in code points of the text before any edit."""

    start: int
    end: int
    before: str
    after: str


@cache
def empty_edits() -> pl.DataFrame:
    """No edits: zero rows with the ledger's columns but `stage`."""
    return empty("ledger").drop("stage")


@cache
def empty_marks() -> pl.DataFrame:
    """No marks: zero rows with the columns of `marks` but `stage`."""
    return empty("marks").drop("stage")


@dataclass(frozen=True)
class Outcome:
    """What a stage made of its input.

    Attributes:
        datasets: the frames to write, by dataset name, each with its schema's columns.
        edits: rows of the ledger without `stage`; see `edits`.
        marks: observations that changed nothing, without `stage`; see `marks`.
    """

    datasets: dict[str, pl.DataFrame]
    edits: pl.DataFrame = field(default_factory=empty_edits)
    marks: pl.DataFrame = field(default_factory=empty_marks)


def edits(frame: pl.DataFrame, **columns: pl.Expr | str | None) -> pl.DataFrame:
    """Book edits: the ledger's columns but `stage`, from a frame and from what is given by name.

    A frame of dropped lines is booked by naming the rule alone: its `text` is `before`, and `after` is null.

    Args:
        frame: at least doc_id, line_no, start, end, and either before or text (the slice).
        columns: further ledger columns, as expressions over the frame or as constants.
    """
    if "before" not in frame.columns and "before" not in columns:
        columns["before"] = pl.col("text")
    return _book(frame, columns, empty_edits())


def marks(frame: pl.DataFrame, **columns: pl.Expr | str | None) -> pl.DataFrame:
    """Book marks: the columns of `marks` but `stage`, from a frame and from what is given by name."""
    return _book(frame, columns, empty_marks())


def _book(frame: pl.DataFrame, columns: Mapping[str, pl.Expr | str | None], like: pl.DataFrame) -> pl.DataFrame:
    if frame.is_empty():
        return like
    there = frame.schema
    return frame.select(_column(name, dtype, columns.get(name), there.get(name)) for name, dtype in like.schema.items())


def _column(name: str, dtype: pl.DataType, given: pl.Expr | str | None, there: pl.DataType | None) -> pl.Expr:
    """A column from what is given for it, or else from what is there of some type."""
    if given is not None:
        return (pl.lit(given) if isinstance(given, str) else given).cast(dtype).alias(name)
    if there is None:
        return pl.lit(None, dtype=dtype).alias(name)
    return pl.col(name) if there == dtype else pl.col(name).cast(dtype)


def apply_edits(text: str, changes: Iterable[Edit]) -> str:
    """Turn a decoded text into the clean one.

    Args:
        text: the decoded text.
        changes: its edits, ordered by start and end, not overlapping.

    Raises:
        ValueError: an edit does not fit the text.
    """
    pieces, position = [], 0
    for edit in changes:
        if edit.start < position or text[edit.start : edit.end] != edit.before:
            raise ValueError(f"the edit at {edit.start}:{edit.end} does not fit the text")
        pieces += [text[position : edit.start], edit.after]
        position = edit.end
    return "".join([*pieces, text[position:]])


def undo_edits(text: str, changes: Iterable[Edit]) -> str:
    """Turn a clean text back into the decoded one; the inverse of `apply_edits`.

    Raises:
        ValueError: an edit does not fit the text.
    """
    pieces, position, undone = [], 0, 0
    for edit in changes:
        kept = edit.start - undone
        end = position + kept + len(edit.after)
        if kept < 0 or text[position + kept : end] != edit.after:
            raise ValueError(f"the edit at {edit.start}:{edit.end} does not fit the clean text")
        pieces += [text[position : position + kept], edit.before]
        position, undone = end, edit.end
    return "".join([*pieces, text[position:]])
