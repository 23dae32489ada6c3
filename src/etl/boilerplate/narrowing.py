"""Ends of lines that are no part of the text: a byline after the last full stop, a key before a title."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import polars as pl

from etl.ledger import narrowings

__all__ = ["Narrowed", "narrow"]

SPACE = r"[ 　\t\x{a0}]"
NAME = rf"(?:\p{{Han}}{{2,4}}|\p{{Han}}{SPACE}\p{{Han}})"
NAMES = rf"{NAME}(?:(?:{SPACE}|[、,，])+{NAME}){{0,5}}"
REPORTER = "记者|記者"
WRITER = "通讯员|通訊員|责任编辑|責任編輯|责编|責編|编辑|編輯|供稿|撰稿|作者|文/图|图/文"
ROLE = rf"(?:(?:本报|本网|新华社|见习|实习|全媒体|融媒体|特约)*(?:{REPORTER})|{WRITER})"
DEED = rf"(?:{SPACE}*(?:文/图|图/文|摄影报道|报道|整理))?"
SEGMENT = rf"{ROLE}{SPACE}*[:：/]?{SPACE}*{NAMES}{DEED}"
BRACKETED = rf"{SPACE}*[(（\[【]{SEGMENT}(?:{SPACE}*{SEGMENT})*[)）\]】]"
BYLINE = rf"[。！？!?”]((?:{SPACE}+{SEGMENT}|{BRACKETED})+{SPACE}*)$"
"""A byline behind the last sentence, parted from it by space or set in brackets; group 1 is what goes."""

TITLE_LABEL = rf"^((?:{SPACE}*(?:标{SPACE}*题|信息名称|公文名称){SPACE}*[:：])+{SPACE}*)[^ 　\t\x{{a0}}]"
"""The key before a document's title; group 1 is what goes."""

TAIL_CHARS = 80
"""Code points from the end of a line in which a byline is looked for."""


class Narrowed(NamedTuple):
    """Lines after their ends were cut, and the edits that say so."""

    lines: pl.DataFrame
    edits: pl.DataFrame


def narrow(lines: pl.DataFrame, off: Collection[str] = ()) -> Narrowed:
    """Cut bylines off the tails of paragraphs, and keys off the heads of titles.

    Args:
        lines: doc_id, line_no, start, end, text, and what else; none is emptied.
        off: rules that do not act.

    Returns:
        the lines, their slices narrowed, and the edits.
    """
    named = pl.col("_end").str.contains(f"{REPORTER}|{WRITER}")
    nothing = pl.lit(None, dtype=pl.String)
    tail = nothing if "byline-tail" in off else pl.when(named).then("_end").str.extract(BYLINE, 1)
    head = nothing if "title-label" in off else pl.col("text").str.extract(TITLE_LABEL, 1)
    measured = lines.with_columns(_end=pl.col("text").str.tail(TAIL_CHARS)).with_columns(
        new_start=pl.col("start") + head.str.len_chars().cast(pl.Int64).fill_null(0),
        new_end=pl.col("end") - tail.str.len_chars().cast(pl.Int64).fill_null(0),
    )
    heads = measured.filter(pl.col("new_start") > pl.col("start"))
    tails = measured.filter(pl.col("new_end") < pl.col("end"))
    booked = [
        narrowings(heads, end="end", rule="title-label"),
        narrowings(tails, start="start", rule="byline-tail"),
    ]
    changed = (pl.col("new_start") > pl.col("start")) | (pl.col("new_end") < pl.col("end"))
    left = (
        pl.when(changed)
        .then("text")
        .str.slice(pl.col("new_start") - pl.col("start"), pl.col("new_end") - pl.col("new_start"))
    )
    narrowed = measured.with_columns(text=left.fill_null(pl.col("text")), start="new_start", end="new_end")
    return Narrowed(narrowed.drop("new_start", "new_end", "_end"), pl.concat(booked))
