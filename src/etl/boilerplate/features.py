"""What a line shows by itself, whatever stands around it."""

from __future__ import annotations

import polars as pl

from etl.boilerplate.characters import count_characters
from etl.lines import BLANK

__all__ = ["LENGTHS", "line_features"]

PROSE_CHARS = 30
"""Code points; a shorter line may be a headline even where it ends like a sentence."""

LENGTHS = (0, 5, 9, 15, 21, 30, 45, 80, 160)
"""Code points at which a longer kind of line begins: word, term, phrase, headline, sentence, paragraph."""

CLOSERS = "”’」』\"'）)】]　 "

DATE = r"\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}|\d{1,2}:\d\d"
PLAIN_DATE = DATE.replace(r"\d", "[0-9]")
"""A day or a time; in the plain digits that nearly all lines have, it is found three times as fast."""

DATE_DIGITS = 3
"""Digits without which a line holds neither a day nor a time; so few lines are searched for one."""


def line_features(lines: pl.DataFrame) -> pl.DataFrame:
    """Add what each line shows by itself.

    Args:
        lines: at least text, and shown (see `folding.shown`).

    Returns:
        the lines with chars (code points without space around them), stops and commas (how many), prose (long, and
        written in sentences) and the columns of `_signs`.
    """
    counts = count_characters(lines["text"])
    bare = lines.with_columns(counts.select("stops", "commas"), _bare=pl.col("text").str.strip_chars(BLANK))
    measured = bare.with_columns(
        _last=pl.col("_bare").str.strip_chars_end(CLOSERS).str.tail(2),
        chars=pl.col("_bare").str.len_chars().cast(pl.Int64),
    ).with_columns(teaser=pl.col("_last").str.ends_with("..") | pl.col("_last").str.ends_with("…"))
    return measured.with_columns(
        prose=(pl.col("chars") >= PROSE_CHARS) & ((pl.col("stops") > 0) | (pl.col("commas") > 1)) & ~pl.col("teaser"),
        **_signs(counts),
    ).drop("_bare", "_last")


def _signs(counts: pl.DataFrame) -> dict[str, pl.Expr]:
    """The signs that the model weighs: true or false, or a share from 0 to 1."""
    bare, last, shown = pl.col("_bare"), pl.col("_last"), pl.col("shown")
    number = {name: pl.lit(counts[name]) for name in counts.columns}
    room = pl.max_horizontal("chars", pl.lit(4))
    return {
        "ends": last.str.contains("[。！？!?]$"),
        "announces": last.str.contains("[:：]$"),
        "continues": last.str.contains("[，,、；;]$"),
        "bullet": pl.col("text").str.contains(r"^\s*(?:[•·●■◆▪>»]|\d{1,2}\. )"),
        "numbered": bare.str.contains(
            r"^(?:第[一二三四五六七八九十百\d]+[章节条编]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[)）]|\d+[、.．])"
        ),
        "indented": pl.col("text").str.starts_with("　　"),
        "dated": _where(number["digits"] >= DATE_DIGITS, bare, PLAIN_DATE) | _where(number["numerals"] > 0, bare, DATE),
        "separated": (number["separators"] > 0) | bare.str.contains(" - ", literal=True),
        "quoted": number["quotes"] > 0,
        "bracketed": bare.str.tail(1).str.contains(r"[)）】\]]$"),
        "keyed": shown.str.contains(r"^[\p{Han} ()]{2,12}:."),
        "spaces": (shown.str.count_matches(" ", literal=True) / room * 6).clip(0, 1),
        "digits": (number["digits"] + number["numerals"]) / room,
        "latin": number["latin"] / room,
        "words": (number["words"] / pl.max_horizontal("chars", pl.lit(6)) * 8).clip(0, 1),
        "wordless": number["words"] == 0,
        "foreign": bare.str.len_bytes().cast(pl.Int64) < pl.col("chars") + 2,
    }


def _where(likely: pl.Expr, text: pl.Expr, pattern: str) -> pl.Expr:
    """Whether a text holds a pattern; only likely ones are searched.

    The others are emptied, since Polars searches what stands behind a null, too.
    """
    return pl.when(likely).then(text).otherwise(pl.lit("")).str.contains(pattern)
