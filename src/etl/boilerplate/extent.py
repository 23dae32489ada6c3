"""Where the article is: the stretch of lines whose scores add up highest, and the block that it stands in.

Blocks are the stretches between lines that a rule knows. A block that the article reaches into belongs to it as a
whole where its form says so: an official document, or a list of facts.
"""

from __future__ import annotations

import polars as pl

from etl.boilerplate.evidence import START_FAMILIES

__all__ = ["FLOOR", "OFFICIAL_KEYS", "with_article"]

CAP = 8.0
"""Score (log odds) that one line may add or take at most, so that no single line decides where the article is."""

SHORT_SHARE = 0.4
"""Share of its score that a line which is no prose adds: a list of many headlines outweighs no article of few
paragraphs."""

HIT_COST = 2.0
"""Log odds taken for a line that a rule knows: an article is not full of them."""

SITE_COST = 3.0
"""Log odds taken for a line that recurs on its site. Official documents are spared: many end in the same names."""

OFFICIAL_KEYS = 3
"""Lines of the block of keys above a document that make it an official one."""

FACT_SHARE = 0.4
"""Lines of a block that are a key and a value, as a share, from which it is a list of facts."""

FACT_LINES = 12
"""Lines of a block, from which it can be a list of facts."""

FLOOR = -3.0
"""Log odds below which lines are no part of any article: the mean of a block, or one line where none stands out."""


def with_article(lines: pl.DataFrame) -> pl.DataFrame:
    """Add article: whether the line belongs to its document's article.

    The core is the contiguous stretch with the greatest sum of scores (Kadane's algorithm). A document whose best sum
    is not above zero has none; there, every line counts that is not surely something else.

    Args:
        lines: document (lines of one document adjacent), score (log odds), family (of the rule that knows the line, or
            null), shown (the line without ornaments), prose, keyed (key and value), announces (ends in a colon),
            official (of an official document), recurs (on many documents of its site).
    """
    hit = pl.col("family").is_not_null()
    costs = HIT_COST * hit + SITE_COST * (pl.col("recurs") & ~pl.col("official"))
    value = pl.col("score").clip(-CAP, CAP) - costs
    short = pl.min_horizontal(value, value * SHORT_SHARE)
    cored = _with_core(lines.with_columns(_value=pl.when("prose").then(value).otherwise(short)))
    closing = hit & ~pl.col("family").is_in(START_FAMILIES)
    begins = closing | closing.shift(1, fill_value=True) | (pl.col("document") != pl.col("document").shift(1))
    blocked = cored.with_columns(_block=begins.fill_null(value=True).cum_sum())
    facts = (pl.col("keyed").mean().over("_block") >= FACT_SHARE) & (pl.len().over("_block") >= FACT_LINES)
    whole = pl.col("_core").any().over("_block") & (pl.col("score").mean().over("_block") > FLOOR)
    none = ~pl.col("_core").any().over("document") & (pl.col("score") > FLOOR)
    next_is_core = pl.col("_core").shift(-1) & (pl.col("document") == pl.col("document").shift(-1))
    salutation = next_is_core.fill_null(value=False) & pl.col("announces") & ~hit & (pl.col("score") > FLOOR)
    article = pl.col("_core") | salutation | (whole & (pl.col("official") | facts).fill_null(value=False)) | none
    told = blocked.with_columns(article=article | _copies(blocked))
    return told.drop("_core", "_block", "_value")


def _copies(lines: pl.DataFrame) -> pl.Series:
    """Whether a line is of another copy of the article: in a stretch that the core has too, with prose in it.

    An article that stands twice is the business of the duplicates stage, which names the copy that it keeps.
    """
    place = ["document", "shown"]
    outside = lines.with_row_index("_line").filter(~pl.col("_core"))
    prose = outside.filter("prose").select(place).join(lines.filter("_core"), on=place, how="semi")
    suspects = outside.join(prose.select("document").unique(), on="document", how="semi", maintain_order="left")
    copies = suspects.join(lines.filter("_core"), on=place, how="semi", maintain_order="left")
    follows = (pl.col("_line").diff() == 1) & (pl.col("document") == pl.col("document").shift(1))
    stretches = copies.with_columns(_stretch=(~follows).fill_null(value=True).cum_sum())
    found = stretches.filter(pl.col("prose").any().over("_stretch"))["_line"]
    return pl.int_range(lines.height, eager=True).is_in(found.cast(pl.Int64).implode())


def _with_core(lines: pl.DataFrame) -> pl.DataFrame:
    """Add _core: the contiguous lines of each document with the greatest sum of _value, where it is above zero."""
    up_to = pl.col("_value").cum_sum().over("document")
    before = (up_to - pl.col("_value")).round(6)
    frame = lines.select("document", up_to=up_to, before=before).with_row_index("line")
    lowest = pl.col("before").cum_min().over("document")
    at_lowest = pl.when(pl.col("before") == lowest).then("line").forward_fill()
    frame = frame.with_columns(gain=pl.col("up_to") - lowest, begin=at_lowest)
    best = (pl.col("gain") == pl.col("gain").max().over("document")) & (pl.col("gain") > 0)
    ends = frame.filter(best).unique("document", keep="first", maintain_order=True)
    spans = ends.select("document", "begin", end="line")
    inside = frame.join(spans, on="document", how="left", maintain_order="left", suffix="_core")
    within = pl.col("line").is_between("begin_core", "end").fill_null(value=False)
    return lines.with_columns(_core=inside.select(within).to_series())
