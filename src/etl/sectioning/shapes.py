"""What follows a marker: a heading on a line of its own, a heading and then the paragraph, or prose."""

from __future__ import annotations

import polars as pl

__all__ = ["SHAPES", "shape_rests"]

SHAPES = ("line", "stopped", "lead", "prose")
"""line: a short line without a full stop; stopped: a short line that is one sentence; lead: a short first sentence
and then more; prose: anything else."""

COLON_LEAD = 12
"""Code points before a colon that can still be a run-in heading (指导思想：); longer ones introduce a list."""

SPACED_LEAD = 16
"""Code points before a wide gap that can still be a run-in heading."""

STOPS = "。！？!?"
"""What ends a sentence, and so a run-in heading."""

TAIL = r"[\s\u200b*。：:]+$"
"""What a heading's text is told without: the stop that ends it, white space, the asterisks of Markdown."""


def shape_rests(marked: pl.DataFrame, longest: int, longest_run_in: int) -> pl.DataFrame:
    """Tell what each marker stands before.

    Args:
        marked: rest (what follows the marker), head_end (code points before it), alone (the form needs no
            support, so that a line with it may also break off at a comma).
        longest: code points that a heading on a line of its own has at most.
        longest_run_in: code points that a run-in heading has at most, its full stop left out.

    Returns:
        The frame with shape (one of `SHAPES`), heading (its text, null for prose), and heading_end (code points of
        the line up to where a run-in heading ends, null but for the shape lead).
    """
    told = marked.with_columns(bare=pl.col("rest").str.strip_chars_end("  　\t\r*\u200b"))
    bare = pl.col("bare")
    short = bare.str.len_chars().is_between(1, longest)
    sentence = rf"^[^{STOPS}；;]{{2,{longest_run_in}}}[{STOPS}]+[”’」』）)\]]*"
    label = rf"^[^{STOPS}；;，,、：:“”\"「」《》（(]{{2,{COLON_LEAD}}}[：:]"
    spaced = rf"^[^{STOPS}；;，,、：:\s]{{2,{SPACED_LEAD}}}(?:[ \t]{{2,}}|　)"
    lead = pl.coalesce(bare.str.extract(rf"({form})[\s　]*\S") for form in (sentence, label, spaced))
    open_end = bare.str.contains("[，,、：:]$") & ~pl.col("alone")
    shaped = told.with_columns(lead=lead).with_columns(
        shape=pl.when(short & ~bare.str.contains(f"[{STOPS}；;]") & ~open_end)
        .then(pl.lit("line"))
        .when(short & bare.str.contains(rf"^(?:[^{STOPS}；;]+。|[^{STOPS}；;，,、：:]{{2,{COLON_LEAD}}}[：:])$"))
        .then(pl.lit("stopped"))
        .when(pl.col("lead").is_not_null())
        .then(pl.lit("lead"))
        .otherwise(pl.lit("prose"))
    )
    run_in = pl.col("shape") == "lead"
    whole = pl.col("shape").is_in(["line", "stopped"])
    return shaped.with_columns(
        heading=pl.when(run_in).then("lead").when(whole).then("rest").str.replace(TAIL, ""),
        heading_end=pl.when(run_in).then(pl.col("head_end") + pl.col("lead").str.len_chars().cast(pl.Int64)),
    ).drop("bare", "lead")
