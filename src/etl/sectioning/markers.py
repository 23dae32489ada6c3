"""Lines that begin with a marker: 第三章, 一、, （一）, 1., ①, 一是, ##, 1.2.3."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from pydantic import Field

from etl.numbering import parse_number
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
        pattern: the marker, with the groups `marker` and, where it has one, `number`; or `enclosed`, for a number
            that is one character with what encloses it.
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
        depth that the marker itself shows), and the form's can_head (what of the line can be a heading) and alone.
    """
    likely = lines.filter(lines["text"].str.contains(MARKED))
    matches = [_any_form().match(text) for text in likely["text"].to_list()]
    marked = likely.filter(pl.Series([match is not None for match in matches], dtype=pl.Boolean))
    forms = _forms()
    columns = zip(*(_read(match, forms[match.lastindex or 0]) for match in matches if match), strict=True)
    read = pl.DataFrame(list(columns) or None, schema=_READ)
    return _within(marked.hstack(read).hstack(_of_forms()[read["form"]]))


def takes(form: MarkerForm, text: str) -> bool:
    """Whether a line is read as that form, in a document that has the form that it is believed beside."""
    beside = [other.examples[0].before for other in marker_forms() if other.id == form.within]
    read = read_markers(pl.DataFrame({"document": 1, "text": [text, *beside]}).with_row_index("row"))
    return not read.filter(pl.col("row") == 0, pl.col("form") == marker_forms().index(form)).is_empty()


def _within(marked: pl.DataFrame) -> pl.DataFrame:
    """Drop the lines of a form that is believed beside another one, where the document lacks that."""
    document, form = marked["document"].to_numpy(), marked["form"].to_numpy()
    believed = np.ones(marked.height, dtype=np.bool_)
    position = {form.id: index for index, form in enumerate(marker_forms())}
    for index, beside in enumerate(form.within for form in marker_forms()):
        if beside is not None:
            there = document[believed & (form == position[beside])]
            believed &= (form != index) | np.isin(document, there)
    return marked.filter(pl.Series(believed))


_READ = {
    "marker": pl.String, "number": pl.Int64, "head_end": pl.Int64, "rest": pl.String, "form": pl.Int64,
    "rank": pl.Int64,
}  # fmt: skip
_Read = tuple[str, int | None, int, str, int, int]


@cache
def _of_forms() -> pl.DataFrame:
    """What a line of each form has: can_head, alone."""
    forms = [(form.heading, form.alone) for form in marker_forms()]
    return pl.DataFrame(forms, {"can_head": pl.String, "alone": pl.Boolean}, orient="row")


@cache
def _any_form() -> re.Pattern[str]:
    """The first form that fits a line."""
    forms = "|".join(form.numbered(position) for position, form in enumerate(marker_forms()))
    return re.compile(f"(?>{BEFORE})(?:{forms})")


class _Form(NamedTuple):
    """A form, its place among the forms, its rank, and which groups of the pattern of all forms are its parts."""

    id: str
    position: int
    rank: int
    marker: int
    number: int | None
    enclosed: int | None


@cache
def _forms() -> dict[int, _Form]:
    """The forms, each by the group that is all of it."""
    named = _any_form().groupindex
    return {
        named[f"form{at}"]: _Form(
            form.id, at, form.rank, named[f"marker{at}"], named.get(f"number{at}"), named.get(f"enclosed{at}")
        )
        for at, form in enumerate(marker_forms())
    }


def _read(match: re.Match[str], form: _Form) -> _Read:
    """Take a marked line apart."""
    marker = match[form.marker].strip()
    numeral = match[form.number] if form.number else None
    if numeral is not None:
        numeral = numeral.replace("．", ".")
    elif form.enclosed:
        numeral = unicodedata.normalize("NFKC", match[form.enclosed]).strip("()")
    rest = match.string[match.end() :].lstrip(PADDING)
    number = None if numeral is None else parse_number(numeral)
    head_end = len(match.string) - len(rest)
    return marker, number, head_end, rest, form.position, form.rank + _depth(form.id, marker, numeral)


def _depth(form: str, marker: str, numeral: str | None) -> int:
    """The depth that a marker itself shows, from 0 or 1 on."""
    return len(marker) if form == "markdown" else numeral.count(".") if numeral and form == "decimal" else 0
