"""What a line shows by itself, whatever stands around it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.arrays import Flags, Floats
from etl.boilerplate.characters import Look
from etl.boilerplate.searching import Codes, contains_where, one_of
from etl.utf8 import code_points

__all__ = ["LENGTHS", "line_features"]

PROSE_CHARS = 30
"""Code points; a shorter line may be a headline even where it ends like a sentence."""

LENGTHS = (0, 5, 9, 15, 21, 30, 45, 80, 160)
"""Code points at which a longer kind of line begins: word, term, phrase, headline, sentence, paragraph."""

CLOSERS = "”’」』\"'）)】]　 "

DOTS = rf"\.\.[{re.escape(CLOSERS)}]*$"
"""What a line breaks off with."""

DATE = r"\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}|\d{1,2}:\d\d"
PLAIN_DATE = DATE.replace(r"\d", "[0-9]")
"""A day or a time; in the plain digits that nearly all lines have, it is found three times as fast."""

DAY_DIGITS, TIME_DIGITS = 6, 3
"""Digits without which a line holds no day, and no time, which has a colon, too; so few lines are searched for them."""

DIGITS = "0123456789"

BULLETS = "•·●■◆▪>»"
BULLET = rf"^\s*(?:[{BULLETS}]|\d{{1,2}}\. )"

NUMBERS = "第一二三四五六七八九十（("
NUMBERED = (
    r"^(?:第[一二三四五六七八九十百\d]+[章节条编]|[一二三四五六七八九十]+、"
    r"|[（(][一二三四五六七八九十\d]+[)）]|\d+[、.．])"
)
"""The number of a heading or an item, and what it begins with beside a digit."""

KEYED = r"^[\p{Han} ()]{2,12}:."
"""A key and a value."""


def line_features(lines: pl.DataFrame, look: Look) -> pl.DataFrame:
    """Add what each line shows by itself.

    Args:
        lines: text, shown (see `folding.shown`), and bare, the text without space around it.
        look: at bare.

    Returns:
        text, shown; stops and commas (how many), chars (code points without space around them), first and last (of
        these), prose (long, and written in sentences), and the signs that the model weighs: true or false, or a share
        from 0 to 1.
    """
    stops, commas = (look.counts[name] for name in ("stops", "commas"))
    told = {"stops": stops, "commas": commas, "chars": look.chars, "first": look.first, "last": look.last}
    return lines.select("text", "shown").hstack(pl.DataFrame(told | _signs(lines, look)))


def _measured(lines: pl.DataFrame) -> dict[str, npt.NDArray[Any]]:
    """What else is asked of each line's characters in a row."""
    bare, text, shown = (pl.col(name) for name in ("bare", "text", "shown"))
    measured = lines.select(
        bytes=bare.str.len_bytes(),
        dash=bare.str.contains(" - ", literal=True),
        indented=text.str.starts_with("　　"),
        spaces=shown.str.count_matches(" ", literal=True),
        colon=shown.str.contains(":", literal=True),
    )
    return {column.name: column.to_numpy() for column in measured}


def _signs(lines: pl.DataFrame, look: Look) -> dict[str, Flags | Floats]:
    """The signs, for which few lines are searched for patterns."""
    text, bare, shown = lines["text"], lines["bare"], lines["shown"]
    chars, first, last = look.chars, look.first, look.last
    found = look.counts | _measured(lines)
    closed = one_of(last, CLOSERS)
    end = _ends(bare, last, closed)
    room, other_digits = np.maximum(chars, 4), found["numerals"] > 0
    sentences = (found["stops"] > 0) | (found["commas"] > 1)
    likely_date = found["digits"] >= np.where(found["colon"], TIME_DIGITS, DAY_DIGITS)
    teaser = one_of(end, "…") | contains_where(one_of(end, "."), bare, DOTS)
    return {
        "teaser": teaser,
        "prose": (chars >= PROSE_CHARS) & sentences & ~teaser,
        "ends": one_of(end, "。！？!?"),
        "announces": one_of(end, ":："),
        "continues": one_of(end, "，,、；;"),
        "bullet": contains_where(one_of(first, BULLETS + DIGITS) | other_digits, text, BULLET),
        "numbered": contains_where(one_of(first, NUMBERS + DIGITS) | other_digits, bare, NUMBERED),
        "indented": found["indented"],
        "dated": contains_where(likely_date, bare, PLAIN_DATE) | contains_where(other_digits, bare, DATE),
        "separated": (found["separators"] > 0) | found["dash"],
        "quoted": found["quotes"] > 0,
        "bracketed": one_of(last, ")）】]"),
        "keyed": contains_where(found["colon"], shown, KEYED),
        "spaces": np.minimum(found["spaces"] / room * 6, 1),
        "digits": (found["digits"] + found["numerals"]) / room,
        "latin": found["latin"] / room,
        "words": np.minimum(found["words"] / np.maximum(chars, 6) * 8, 1),
        "wordless": found["words"] == 0,
        "foreign": found["bytes"] < chars + 2,
    }


def _ends(bare: pl.Series, last: Codes, closed: Flags) -> Codes:
    """The last character of each line before those that close it, or 0; few lines have any.

    Args:
        bare: lines without space around them.
        last: the last character of each.
        closed: whether it closes the line.
    """
    ends = last.copy()
    ends[closed] = code_points(("\0" + bare.filter(closed).str.strip_chars_end(CLOSERS)).str.tail(1))
    return ends
