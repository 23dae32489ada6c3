"""Lines that begin with a marker: 第三章, 一、, （一）, 1., ①, 一是, ##, 1.2.3."""

from __future__ import annotations

from functools import cache
from typing import Literal

import polars as pl
from pydantic import Field

from etl.numbering import parse_numbers
from etl.rules import Rule, load_rules

__all__ = ["MarkerForm", "marker_forms", "read_markers", "takes"]

BEFORE = r"[\s\u200b\ufeff•·●■◆▲★*]*"
"""What may stand before a marker: white space, bullets, the asterisks of bold type in Markdown."""

MARKED = (
    rf"^{BEFORE}(?:"
    + "|".join(
        (
            "#",
            r"[第其（(〔﹙][\s　]*[一二三四五六七八九十百千零〇\d０-９]",
            r"[1-9１-９][\d０-９]{0,2}[\s　]?[.．、﹒)）]",
            r"[1-9]\d?[ \t　]",
            "[一二三四五六七八九十百]{1,5}(?:[、．.）)是要]|个是)",
            "[①-⒛❶-❿㉑-㉟]",
            "首先|其次|再次|最后",
        )
    )
    + ")"
)
"""What any form begins with: a cheap sieve, since few lines of prose pass it."""


SET_ALONE = 60
"""Rank up to which a marker may have a line to itself; beyond, such lines are numbers of formulas and of pages."""


class MarkerForm(Rule):
    """One form of marker; see the head of `rules/sections.toml`.

    Attributes:
        pattern: the marker, with the groups `marker` and `number`.
        unless: what must not follow the pattern.
        rank: place in the canonical order, the outermost lowest.
        heading: what of a line with this marker can be a heading.
        alone: a short line is a heading without a neighbour that counts on.
        within: form that the document must have too.
    """

    pattern: str
    unless: str | None = None
    rank: int = Field(ge=0)
    heading: Literal["line", "lead", "never"]
    alone: bool = False
    within: str | None = None

    @property
    def regex(self) -> str:
        """The pattern at the beginning of a line, with the group `head` for the whole of it."""
        return rf"^(?P<head>{BEFORE}{self.pattern})"


@cache
def marker_forms() -> tuple[MarkerForm, ...]:
    """The forms, in the order in which they are tried."""
    return load_rules("sections", MarkerForm)


def read_markers(lines: pl.DataFrame) -> pl.DataFrame:
    """Read the marker of each line that begins with one.

    Args:
        lines: document (a number), text, and any other columns.

    Returns:
        The marked lines in their order with marker, number (Int64, null if it has none), head_end (code points
        before what the marker numbers), rest (what it numbers), form (position in `marker_forms`), rank (with the
        depth that the marker itself shows), and the form's heading and alone.
    """
    rest = lines.with_row_index("_order").filter(pl.col("text").str.contains(MARKED))
    found = [_read(rest.clear(), marker_forms()[0], 0)]
    for position, form in enumerate(marker_forms()):
        fitting = rest.filter(pl.col("text").str.contains(form.regex))
        if fitting.height:
            found.append(_read(fitting, form, position))
            rest = rest.filter(~pl.col("_order").is_in(found[-1]["_order"].implode()))
    marked = pl.concat(found).sort("_order")
    head = pl.col("text").str.len_chars().cast(pl.Int64) - pl.col("rest").str.len_chars().cast(pl.Int64)
    return _within(marked.with_columns(number=parse_numbers(marked["number"]), head_end=head)).drop("_order")


def takes(form: MarkerForm, text: str) -> bool:
    """Whether a line is read as that form, in a document that has the form that it is believed beside."""
    beside = [other.examples[0].before for other in marker_forms() if other.id == form.within]
    read = read_markers(pl.DataFrame({"document": 1, "text": [text, *beside]}).with_row_index("row"))
    return not read.filter(pl.col("row") == 0, pl.col("form") == marker_forms().index(form)).is_empty()


def _within(marked: pl.DataFrame) -> pl.DataFrame:
    """Drop the lines of a form that is believed beside another one, where the document lacks that."""
    forms = marker_forms()
    position = {form.id: index for index, form in enumerate(forms)}
    for index, form in enumerate(forms):
        if form.within is not None:
            beside = marked.filter(pl.col("form") == position[form.within])["document"].unique()
            marked = marked.filter((pl.col("form") != index) | pl.col("document").is_in(beside.implode()))
    return marked


def _read(lines: pl.DataFrame, form: MarkerForm, position: int) -> pl.DataFrame:
    """Take the lines of one form apart; leave out those whose marker is followed by what must not follow.

    The number is left as it is written, for all forms' numbers are read together.
    """
    groups = pl.col("text").str.extract_groups(form.regex)
    marker = groups.struct.field("marker").str.strip_chars()
    number = groups.struct.field("number") if "<number>" in form.pattern else pl.lit(None, dtype=pl.String)
    if "<enclosed>" in form.pattern:
        number = pl.coalesce(number, groups.struct.field("enclosed").str.normalize("NFKC").str.strip_chars("()"))
    depth = {"markdown": marker.str.len_chars(), "decimal": number.str.count_matches(r"[.．]")}.get(form.id)
    read = lines.lazy().with_columns(
        marker=marker,
        number=number.str.replace_all("．", ".", literal=True),
        rest=pl.col("text").str.slice(groups.struct.field("head").str.len_chars()),
        form=pl.lit(position, dtype=pl.Int64),
        rank=pl.lit(form.rank, dtype=pl.Int64) + (0 if depth is None else depth.cast(pl.Int64)),
        can_head=pl.lit(form.heading),
        alone=pl.lit(form.alone),
    )
    if form.unless is not None:
        read = read.filter(~pl.col("rest").str.contains(f"^{form.unless}"))
    read = read.with_columns(pl.col("rest").str.strip_chars_start(" \t\xa0\u3000\u200b\ufeff"))
    if form.rank > SET_ALONE:
        read = read.filter(pl.col("rest") != "")
    return read.collect(engine="in-memory")
