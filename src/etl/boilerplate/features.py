"""What a line shows by itself, whatever stands around it."""

from __future__ import annotations

import polars as pl

from etl.lines import BLANK

__all__ = ["LENGTHS", "line_features"]

PROSE_CHARS = 30
"""Code points; a shorter line may be a headline even where it ends like a sentence."""

LENGTHS = (0, 5, 9, 15, 21, 30, 45, 80, 160)
"""Code points at which a longer kind of line begins: word, term, phrase, headline, sentence, paragraph."""

FUNCTION_WORDS = "[的了是在和不我们們有也就这這着他对對与與将將为為及之被并]"
"""Characters that text is held together by and menus do without; the commonest of modern Chinese."""

CLOSERS = "”’」』\"'）)】]　 "


def line_features(lines: pl.DataFrame) -> pl.DataFrame:
    """Add what each line shows by itself.

    Args:
        lines: at least text, and shown (see `folding.shown`).

    Returns:
        the lines with chars (code points without space around them), prose (long, and written in sentences) and the
        columns of `_signs`.
    """
    bare = pl.col("text").str.strip_chars(BLANK)
    measured = lines.with_columns(
        _bare=bare,
        _tail=bare.str.strip_chars_end(CLOSERS),
        chars=bare.str.len_chars().cast(pl.Int64),
        stops=pl.col("text").str.count_matches("[。！？；]").cast(pl.Int64),
        commas=pl.col("text").str.count_matches("[，,、]").cast(pl.Int64),
    ).with_columns(teaser=pl.col("_tail").str.contains(r"(?:\.\.|…|&\w+;?\.\.)$"))
    return measured.with_columns(
        prose=(pl.col("chars") >= PROSE_CHARS) & ((pl.col("stops") > 0) | (pl.col("commas") > 1)) & ~pl.col("teaser"),
        **_signs(),
    ).drop("_bare", "_tail")


def _signs() -> dict[str, pl.Expr]:
    """The signs that the model weighs: true or false, or a share from 0 to 1."""
    bare, tail, shown = pl.col("_bare"), pl.col("_tail"), pl.col("shown")
    room = pl.max_horizontal("chars", pl.lit(4))
    words = bare.str.count_matches(FUNCTION_WORDS)
    return {
        "ends": tail.str.contains("[。！？!?]$"),
        "announces": tail.str.contains("[:：]$"),
        "continues": tail.str.contains("[，,、；;]$"),
        "bullet": pl.col("text").str.contains(r"^\s*(?:[•·●■◆▪>»]|\d{1,2}\. )"),
        "numbered": bare.str.contains(
            r"^(?:第[一二三四五六七八九十百\d]+[章节条编]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[)）]|\d+[、.．])"
        ),
        "indented": pl.col("text").str.starts_with("　　"),
        "dated": bare.str.contains(r"\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}|\d{1,2}:\d\d"),
        "separated": bare.str.contains(r"[|｜>»_]| - |·"),
        "quoted": bare.str.contains("[“”「」《》]"),
        "bracketed": bare.str.contains(r"[)）】\]]$"),
        "keyed": shown.str.contains(r"^[\p{Han} ()]{2,12}:."),
        "spaces": (shown.str.count_matches(" ") / room * 6).clip(0, 1),
        "digits": bare.str.count_matches(r"\d") / room,
        "latin": bare.str.count_matches("[A-Za-z]") / room,
        "words": (words / pl.max_horizontal("chars", pl.lit(6)) * 8).clip(0, 1),
        "wordless": words == 0,
        "foreign": bare.str.len_bytes().cast(pl.Int64) < pl.col("chars") + 2,
    }
