"""The commonest rewriting, on columns: half-width points and parentheses of Chinese, and nothing else amiss.

Pages that were typed with half-width points hold one every dozen characters, so that text by text they would take
longer than all else together. What is found here is part of what `width` finds; a text that is not clean afterwards
is left to it.
"""

from __future__ import annotations

import polars as pl

from etl.normalization.alphabet import CLOSING, HAN

__all__ = ["split_points", "widen_points"]

_MARK = "\x00"
"""Stands before each point while a text is cut."""

_HALF = list(",;:?!()")
_WIDE = list("，；：？！（）")
_AFTER_CHINESE = f"([{HAN}{CLOSING}][”’]?)([,;:?!])"
_AROUND_CHINESE = f"\\(([^()（）]*[{HAN}][^()（）]*)\\)"
_UNSURE = rf"://|www\.|{_MARK}"


def widen_points(texts: pl.Series) -> pl.Series:
    """The texts with points full-width right after Chinese, and parentheses around it.

    Null where an address may stand, whose points stay, or where a text holds the mark itself.
    """
    widened = _marked(texts).str.replace_many([_MARK + point for point in _HALF], _WIDE)
    return widened.set(texts.str.contains(_UNSURE), None)


def split_points(texts: pl.DataFrame) -> pl.DataFrame:
    """What `widen_points` changes.

    Args:
        texts: text (a number), raw.

    Returns:
        text, line (0), from, to, before, after, rule, detail (null); one row per point, in code points of the text.
    """
    parts = texts.select("text", part=_marked(texts.get_column("raw")).str.split(_MARK))
    parts = parts.explode("part", empty_as_null=False, keep_nulls=False)
    length = pl.col("part").str.len_chars().cast(pl.Int64)
    start = (length.cum_sum() - length).over("text")
    # A text begins with a part that no mark stands before, be it empty.
    marked = pl.col("text") == pl.col("text").shift(1)
    before = pl.col("part").str.head(1)
    return (
        parts.with_columns(start=start)
        .filter(marked)
        .select(
            "text",
            pl.lit(0, pl.UInt32).alias("line"),
            pl.col("start").alias("from"),
            to=pl.col("start") + 1,
            before=before,
            after=before.replace_strict(_HALF, _WIDE, return_dtype=pl.String),
            rule=pl.when(before.is_in(["(", ")"])).then(pl.lit("full-width-bracket")).otherwise(pl.lit("full-width")),
            detail=pl.lit(None, pl.String),
        )
    )


def _marked(texts: pl.Series) -> pl.Series:
    """The texts with a mark before each character that becomes full-width."""
    points = texts.str.replace_all(_AFTER_CHINESE, f"${{1}}{_MARK}${{2}}")
    return points.str.replace_all(_AROUND_CHINESE, f"{_MARK}(${{1}}{_MARK})")
