"""Ends of lines that are no part of the text: a byline after the last full stop, a key before a title."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import polars as pl

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


CHARS = {
    rule: ends.str.len_chars().fill_null(0).cast(pl.Int64)
    for rule, ends in (
        (HEAD, pl.col("text").str.extract(TITLE_LABEL, 1)),
        (TAIL, pl.col("text").str.tail(TAIL_CHARS).str.extract(BYLINE, 1)),
    )
}
"""How many code points each rule cuts off."""


class Narrowed(NamedTuple):
    """Lines after their ends were cut.

    Attributes:
        lines: what was given, narrowed.
        texts: those that were given, and one more for each line that was cut.
        lost: the ends, as lines of their own, with the rule that cut them off.
    """

    lines: pl.DataFrame
    texts: pl.Series
    lost: pl.DataFrame


def narrow(lines: pl.DataFrame, texts: pl.Series, off: Collection[str] = ()) -> Narrowed:
    """Cut bylines off the tails of paragraphs, and keys off the heads of titles.

    Args:
        lines: start, end, text, wording (its number among the texts), and what else; none is emptied.
        texts: of the lines, each at least once.
        off: rules that do not act.
    """
    cuts = _cuts(texts, off)
    number, wording = np.full(len(texts), -1), lines["wording"].to_numpy()
    number[cuts["number"]] = np.arange(cuts.height)
    rows = np.flatnonzero(number[wording] >= 0)
    cut = lines[rows].hstack(cuts[number[wording[rows]]])
    head, tail = pl.col(HEAD), pl.col(TAIL)
    text, start, end = pl.col("text"), pl.col("start") + head, pl.col("end") - tail
    heads = cut.filter(head > 0).with_columns(text.str.head(head), end=start, rule=pl.lit(HEAD))
    tails = cut.filter(tail > 0).with_columns(text.str.tail(tail), start=end, rule=pl.lit(TAIL))
    left = cut.select(
        text=text.str.slice(head, end - start), start=start, end=end, wording=pl.row_index().cast(pl.Int64) + len(texts)
    )
    return Narrowed(
        lines=lines.with_columns(lines[name].clone().scatter(rows, left[name]) for name in left.columns),
        texts=pl.concat([texts, left["text"]], rechunk=True),
        lost=pl.concat([heads, tails]).drop("number", HEAD, TAIL),
    )


@keeps_patterns
def _cuts(texts: pl.Series, off: Collection[str]) -> pl.DataFrame:
    """The texts, by number, that have ends to be cut, and the code points that each rule cuts off."""
    likely = texts.str.contains(LIKELY)
    chars = {rule: pl.repeat(0, pl.len(), dtype=pl.Int64) if rule in off else its for rule, its in CHARS.items()}
    found = texts.filter(likely).to_frame("text").select_seq(**chars)
    number = likely.arg_true().alias("number")
    return found.insert_column(0, number).filter((found[HEAD] > 0) | (found[TAIL] > 0))
