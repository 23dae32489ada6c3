"""What each surviving line is: title, heading, body, list, caption or table."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.boilerplate.frame import Frame
from etl.boilerplate.searching import contains_where, one_of
from etl.patterns import keeps_patterns

__all__ = ["line_kinds"]

CAPTION_CHARS = 60
"""Code points; a longer line between paragraphs is no caption."""

HEADING = (
    r"^(?:第[一二三四五六七八九十百千零〇\d]+[编章节部篇]|[一二三四五六七八九十]+、"
    r"|\([一二三四五六七八九十]+\)|#{1,6} )"
)
"""Numbering of a heading on a line of its own; the sections stage decides what it heads."""

STOPS = "。！？!?；;：:…，,、."
"""Last characters of a line that goes on or is complete, unlike those of a heading or a caption."""

CLOSERS = "\"')）)”’」』】 "
"""Characters that may stand behind them."""

SENTENCE = rf"[{STOPS}][{CLOSERS}]*$"
"""What a line ends with that goes on or is complete."""

BULLETS = "•·●○■□◆▪"
BULLET = rf"^\s*[{BULLETS}]"


@keeps_patterns
def line_kinds(lines: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """Add kind.

    Args:
        lines: row, document, text, shown, first and last of the surviving lines.
        titles: row of each document's headline.
    """
    shown, text = lines["shown"], lines["text"]
    document, first, last = (lines[name].to_numpy() for name in ("document", "first", "last"))
    frame = Frame.of(document)
    sentence = one_of(last, STOPS)
    sentence |= contains_where(~sentence, shown, SENTENCE)
    phrase = ~sentence
    phrase[phrase] = shown.filter(phrase).str.len_chars() <= CAPTION_CHARS
    holds = {
        "title": np.isin(lines["row"], titles["row"], assume_unique=True),
        "table": text.str.contains("\t", literal=True).to_numpy(),
        "heading": contains_where(phrase, shown, HEADING),
        "caption": phrase & frame.at(sentence, -1) & frame.at(sentence, 1),
        "list": contains_where(one_of(first, BULLETS), text, BULLET),
    }
    kind = np.select(list(holds.values()), range(len(holds)), len(holds))
    return lines.with_columns(kind=pl.Series([*holds, "body"]).gather(kind))
