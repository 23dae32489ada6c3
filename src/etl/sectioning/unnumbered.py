"""Headings without a number: short lines between paragraphs, believed where the whole document is built of them."""

from __future__ import annotations

import polars as pl

__all__ = ["UNNUMBERED_RANK", "find_unnumbered"]

UNNUMBERED_RANK = 5
"""Place in the canonical order: outside every numbered form but those of Markdown."""

SHORTEST = 4
"""Code points of a heading at least; shorter lines are names and labels (基本案情 has 4)."""

SHORTEST_PROSE = 20
"""Code points of a paragraph at least; below, a line beneath a short line is no text that it could head."""

FEWEST = 3
"""Headings that a document needs: one or two short lines among paragraphs are captions or signatures."""

MOST_PROSE = 6
"""Paragraphs to a heading at most, over the document; beyond, short lines are captions between paragraphs."""

PURITY = 0.6
"""Share of the document's short open lines that stand where a heading stands; below, they are a list or a menu."""

CLOSERS = "。！？!?…；;：:，,、.|>"
"""Last characters that a heading does not have."""

ENDS = "。！？!?…；;：:”’」』）)】"
"""Last characters of a line that is complete: what precedes a heading, and ends the text beneath it."""


def find_unnumbered(rows: pl.DataFrame, longest: int) -> pl.DataFrame:
    """Find the lines that head the paragraphs beneath them, in documents built that way.

    Args:
        rows: document (a number), text, apart (the line can be neither heading nor prose); lines in order.
        longest: code points that a heading has at most.

    Returns:
        The rows of the headings.
    """
    # Four bytes a character: a cheap bound before characters are counted.
    short = (pl.col("size") <= 4 * longest) & ~pl.col("apart")
    sized = rows.with_columns(size=pl.col("text").str.len_bytes())
    likely = sized.filter(short.sum().over("document") >= FEWEST)
    last = pl.col("text").str.strip_chars_end().str.slice(-1)
    told = likely.with_columns(last_character=last).with_columns(
        ends=pl.col("last_character").is_in(list(ENDS)) | pl.col("apart"),
        open=short & ~pl.col("last_character").is_in(list(CLOSERS)),
    )
    told = told.with_columns(prose=pl.col("ends") & (pl.col("size") >= 3 * SHORTEST_PROSE) & ~pl.col("apart"))
    same_next = pl.col("document") == pl.col("document").shift(-1)
    same_before = pl.col("document") == pl.col("document").shift(1)
    # The first line of a document is its title, if it is a heading at all.
    stands = (pl.col("prose").shift(-1) & same_next) & (pl.col("ends").shift(1) & same_before)
    candidates = told.with_columns(stands=stands).filter("open", "stands")
    candidates = candidates.filter(_reads_as_heading(pl.col("text").str.strip_chars(), longest))
    built = _built_of_headings(told, candidates)
    return candidates.join(built, on="document", how="semi", maintain_order="left").select(
        pl.exclude("last_character", "size", "ends", "prose", "open", "stands")
    )


def _reads_as_heading(bare: pl.Expr, longest: int) -> pl.Expr:
    """A phrase that begins with a word and has no sentence end within."""
    return (
        bare.str.len_chars().is_between(SHORTEST, longest)
        & bare.str.contains(r"^[\p{L}\d“《‘「『]")
        & bare.str.contains(r"\p{Han}{2}")
        & ~bare.str.contains(r"[。；;：:|>]|^\d{4}[-年/.]\d{1,2}[-月/.]\d{1,2}")
    )


def _built_of_headings(told: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    """The documents whose candidates are many, dense, and most of the short lines there are."""
    found = candidates.group_by("document").agg(found=pl.len().cast(pl.Int64)).filter(pl.col("found") >= FEWEST)
    counted = told.filter(pl.col("document").is_in(found["document"].implode()))
    totals = counted.group_by("document").agg(pl.col("open", "prose").sum().cast(pl.Int64))
    return found.join(totals, on="document").filter(
        pl.col("prose") <= MOST_PROSE * pl.col("found"),
        pl.col("found") >= PURITY * pl.col("open"),
    )
