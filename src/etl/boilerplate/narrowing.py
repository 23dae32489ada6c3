"""Ends of lines that are no part of the text: a byline after the last full stop, a key before a title."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.ledger import edits
from etl.patterns import keeps_patterns

__all__ = ["Narrowed", "narrow"]

HEAD, TAIL = "title-label", "byline-tail"
"""The rules that cut lines' heads and tails."""

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

LIKELY = rf"{REPORTER}|{WRITER}|标{SPACE}*题|信息名称|公文名称"
"""What every byline and every key before a title holds; one look for it spares most lines all others."""

TAIL_CHARS = 80
"""Code points from the end of a line in which a byline is looked for."""


class Narrowed(NamedTuple):
    """Lines after their ends were cut.

    Attributes:
        lines: what was given, narrowed.
        texts: those that were given, and one more for each line that was cut.
        edits: what says so.
    """

    lines: pl.DataFrame
    texts: pl.Series
    edits: pl.DataFrame


def narrow(lines: pl.DataFrame, texts: pl.Series, off: Collection[str] = ()) -> Narrowed:
    """Cut bylines off the tails of paragraphs, and keys off the heads of titles.

    Args:
        lines: doc_id, line_no, start, end, text, wording (its number among the texts), and what else; none is emptied.
        texts: of the lines, each at least once.
        off: rules that do not act.
    """
    ends = _ends(texts).with_columns(pl.lit(0).alias(rule) for rule in (HEAD, TAIL) if rule in off)
    ends = ends.filter((pl.col(HEAD) > 0) | (pl.col(TAIL) > 0))
    number, wording = np.full(len(texts), -1), lines["wording"].to_numpy()
    number[ends["text"]] = np.arange(ends.height)
    rows = np.flatnonzero(number[wording] >= 0)
    ends = ends[number[wording[rows]]]
    cut = lines[rows].with_columns(new_start=pl.col("start") + ends[HEAD], new_end=pl.col("end") - ends[TAIL])
    lost = [_lost(cut, "start", "new_start", HEAD), _lost(cut, "new_end", "end", TAIL)]
    new = cut.select(
        text=_slice("new_start", "new_end"), start="new_start", end="new_end", wording=pl.row_index() + len(texts)
    )
    left = lines.with_columns(lines[name].clone().scatter(rows, new[name]) for name in new.columns)
    return Narrowed(left, pl.concat([texts, new["text"]], rechunk=True), pl.concat(lost))


@keeps_patterns
def _ends(texts: pl.Series) -> pl.DataFrame:
    """For each text (its row) that may have ends to be cut, the code points that each rule cuts off."""
    at = texts.str.contains(LIKELY).arg_true()
    likely = texts.gather(at)
    cut = {HEAD: likely.str.extract(TITLE_LABEL, 1), TAIL: likely.str.tail(TAIL_CHARS).str.extract(BYLINE, 1)}
    return pl.DataFrame(
        {"text": at} | {rule: end.str.len_chars().cast(pl.Int64).fill_null(0) for rule, end in cut.items()}
    )


def _lost(cut: pl.DataFrame, start: str, end: str, rule: str) -> pl.DataFrame:
    """The edits of lines that lost what stands between two places."""
    some = cut.filter(pl.col(start) < pl.col(end))
    return edits(some, start=pl.col(start), end=pl.col(end), before=_slice(start, end), rule=rule)


def _slice(start: str, end: str) -> pl.Expr:
    """The text of lines between two places."""
    return pl.col("text").str.slice(pl.col(start) - pl.col("start"), pl.col(end) - pl.col(start))
