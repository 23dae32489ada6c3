"""What can be seen of a line: by itself, and beside its neighbours among the lines that still stand."""

from __future__ import annotations

import polars as pl

from etl.boilerplate.folding import ORNAMENTS
from etl.lines import BLANK

__all__ = ["PROSE_CHARS", "line_features"]

PROSE_CHARS = 30
"""Code points; a shorter line may be a headline even where it ends like a sentence."""

ENDS = "。！？!?；;：:…"
"""Characters that end a sentence or announce the next."""


def line_features(lines: pl.DataFrame) -> pl.DataFrame:
    """Add what each line shows by itself.

    Args:
        lines: at least text.

    Returns:
        the lines with chars, stops (sentence ends), commas, ends (stands a sentence end at its end), teaser (it is
        broken off with an ellipsis), bullet (begins with an ornament), prose (long, and written in sentences).
    """
    bare = pl.col("text").str.strip_chars(BLANK)
    tail = bare.str.strip_chars_end("”’」』\"')）] ")
    return lines.with_columns(
        chars=bare.str.len_chars().cast(pl.Int64),
        stops=pl.col("text").str.count_matches(r"[。！？；]").cast(pl.Int64),
        commas=pl.col("text").str.count_matches(r"[，,、]").cast(pl.Int64),
        ends=tail.str.ends_with("。") | tail.str.ends_with("！") | tail.str.ends_with("？"),
        teaser=tail.str.ends_with("...") | tail.str.ends_with("…"),
        bullet=bare.str.strip_chars_start(ORNAMENTS) != bare,
    ).with_columns(
        prose=(pl.col("chars") >= PROSE_CHARS) & ((pl.col("stops") > 0) | (pl.col("commas") > 1)) & ~pl.col("teaser"),
    )
