"""Lines that begin with a marker: 第三章, 一、, （一）, 1., ①, 一是, ##, 1.2.3."""

from __future__ import annotations

import re
import unicodedata
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


PADDING = " \t\xa0\u3000\u200b\ufeff"
"""What may stand between a marker and what it numbers."""

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

    def numbered(self, position: int) -> str:
        """The pattern for Python, its groups and itself with a number behind their names.

        What it takes is not given back for what must not follow: then the line is none of this form.
        """
        pattern = re.sub(r"(?<=\(\?P<)\w+", rf"\g<0>{position}", self.pattern)
        unless = "" if self.unless is None else f"(?!{self.unless})"
        bare = "" if self.rank <= SET_ALONE else rf"(?![{PADDING}]*\Z)"
        return f"(?P<form{position}>(?>{pattern}){unless}{bare})"


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
    likely = lines.filter(pl.col("text").str.contains(MARKED))
    matches = [_any_form().match(text) for text in likely["text"].to_list()]
    marked = likely.filter(pl.Series([match is not None for match in matches], dtype=pl.Boolean))
    read = pl.DataFrame([_read(match) for match in matches if match], schema=_READ, orient="row")
    return _within(pl.concat([marked, read.with_columns(parse_numbers(read["number"]))], how="horizontal"))


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


_READ = {
    "marker": pl.String, "number": pl.String, "head_end": pl.Int64, "rest": pl.String, "form": pl.Int64,
    "rank": pl.Int64, "can_head": pl.String, "alone": pl.Boolean,
}  # fmt: skip


@cache
def _any_form() -> re.Pattern[str]:
    """The first form that fits a line."""
    forms = "|".join(form.numbered(position) for position, form in enumerate(marker_forms()))
    return re.compile(f"(?>{BEFORE})(?:{forms})")


def _read(match: re.Match[str]) -> tuple[str | int | bool | None, ...]:
    """Take a marked line apart; its number is left as it is written, for all lines' numbers are read together."""
    position = int(str(match.lastgroup).removeprefix("form"))
    form = marker_forms()[position]
    marker = match[f"marker{position}"].strip()
    number = match[f"number{position}"] if "<number>" in form.pattern else None
    if number is None and "<enclosed>" in form.pattern:
        number = unicodedata.normalize("NFKC", match[f"enclosed{position}"]).strip("()")
    points = number.count(".") + number.count("．") if number else 0
    depth = {"markdown": len(marker), "decimal": points}.get(form.id, 0)
    rest = match.string[match.end() :].lstrip(PADDING)
    head_end = len(match.string) - len(rest)
    number = number and number.replace("．", ".")
    return marker, number, head_end, rest, position, form.rank + depth, form.heading, form.alone
