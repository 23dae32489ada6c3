"""Heading or item: whether what a marker stands before is a heading, which siblings decide together."""

from __future__ import annotations

import polars as pl

__all__ = ["HEADING_SHARE", "tell_headings"]

HEADING_SHARE = 0.6
"""Share of a series that must look like headings for any of it to be one: a writer numbers like with like."""

WHOLE = ("line", "stopped")
"""Shapes that fill their line."""


def tell_headings(sections: pl.DataFrame, texts: pl.Series, deepest_run_in: int) -> pl.DataFrame:
    """Tell headings from numbered prose.

    Args:
        sections: row, last (row of the document's last line), document, level, rank, number, shape, can_head, alone,
            heading, heading_end; in order.
        texts: the text of every row.
        deepest_run_in: level down to which a paragraph's first sentence can be its heading.

    Returns:
        The frame with series (number of the count that a section belongs to, within its document and rank) and form
        (whole-line, run-in or item); heading and heading_end are cleared where they do not apply.
    """
    fills = pl.col("shape").is_in(WHOLE) & (pl.col("can_head") != "never")
    run_in = (pl.col("shape") == "lead") & (pl.col("can_head") == "lead") & (pl.col("level") <= deepest_run_in)
    certain = pl.col("alone") & (pl.col("shape") == "line")
    looks = sections.with_columns(series=_series(), fills=fills, run_in=run_in, body=_body(sections, texts))
    alike = (pl.col("run_in") | (pl.col("fills") & pl.col("body"))).mean().over("document", "rank", "series")
    believed = alike >= HEADING_SHARE
    told = looks.with_columns(
        form=pl.when(certain | (believed & pl.col("fills")))
        .then(pl.lit("whole-line"))
        .when(believed & pl.col("run_in"))
        .then(pl.lit("run-in"))
        .otherwise(pl.lit("item"))
    )
    return told.with_columns(
        heading=pl.when(pl.col("form") != "item").then("heading"),
        heading_end=pl.when(pl.col("form") == "run-in").then("heading_end"),
    ).drop("fills", "run_in", "body")


def _series() -> pl.Expr:
    """A count that goes on, also from one parent to the next; a smaller number begins another."""
    anew = (pl.col("number") == 1) | (pl.col("number") < pl.col("number").shift(1))
    return anew.fill_null(value=False).cum_sum().over("document", "rank").cast(pl.Int64)


def _body(sections: pl.DataFrame, texts: pl.Series) -> pl.Series:
    """Whether something stands under a section's first line, and is no torn item (which ends with a semicolon)."""
    inside = sections["row"] < sections["last"]
    following = texts.gather((sections["row"] + 1).clip(upper_bound=max(len(texts) - 1, 0)))
    torn = following.str.contains(r"[；;]\s*$")
    next_opens = (pl.col("row").shift(-1) == pl.col("row") + 1) & (pl.col("level").shift(-1) <= pl.col("level"))
    return inside & ~torn & ~sections.select(next_opens.fill_null(value=False)).to_series()
