"""Which lines a hard wrap cut, so that they belong to the paragraph of the line before.

Newspapers and e-mail were stored with lines of one width. Such a document is told by five facts together: many of its
lines end at one column; hardly any line goes past it; those lines hold the points of prose; they end in the middle
of a sentence, not at a point as verses do; and paragraphs show where they begin, by an indent or by a blank line.
A line is then joined to the one before if that one had no room for its first word. The clean text has neither indents
nor blank lines, so its lines are never joined again.

Widths are columns of a terminal: a full-width character takes two.
"""

from __future__ import annotations

import polars as pl

from etl.normalization.alphabet import CLOSING, QUOTE, STOP, WHITE_CHARACTERS

__all__ = ["find_continuations", "find_torn"]

NARROWEST = 36
"""Columns; no page wraps prose below 18 Chinese characters, while menus and verses are that narrow."""

RAGGED = 4
"""Columns; how far a line of Chinese can end before the edge, when a bracket or a point may not stand there."""

HANGING = 2
"""Columns; a point may hang over the edge."""

FEWEST = 3
"""Lines; fewer of one width are chance."""

LONGEST_SHARE = 0.1
"""Share of the full lines; more lines past the edge show that there is no edge."""

PROSE_SHARE = 0.5
"""Share of the full lines that hold a point; lists and tables have fewer."""

POINTED_SHARE = 0.4
"""Share of the full lines that end at a point; a cut falls there once in ten, verses and items nearly always."""

NEAR_SHARE = 0.05
"""Share of a document's lines that are as wide as the next; below it a document is not looked at any further."""

_JOINABLE = ("body", "list")
_POINTED = f"[{STOP},.;:?!…—]$"
_POINT = "[，。；、,.;]"
_LABEL = "^【[^】]{1,12}】"
_FIRST_WORD = f"^(?:[0-9A-Za-z.%/+-]+|[《〈（(“‘「『【]?.)[{STOP}{CLOSING}”’…,.;:?!)]*"
_TORN_HEAD = rf"^\s*[{STOP}{CLOSING}”’,;?!)]"
_SENTENCE_END = f"[。！？!?…；;：:.][{QUOTE}{CLOSING})]*$"
_ADJACENT = 2  # code points of CR LF: nothing else stands between a line and the next
_BLANK_BETWEEN = 4  # code points: one empty line at most


def find_continuations(lines: pl.DataFrame) -> pl.Series:
    """Whether each line goes on with the paragraph of the line before.

    Args:
        lines: the columns of `schemas.Sectioned`, in document order.
    """
    continues = pl.Series("continues", [False]).new_from_index(0, lines.height)
    measured = _measured(lines)
    near = pl.col("adjacent") & ((pl.col("width") - pl.col("width").shift(1)).abs() < RAGGED)
    near &= pl.col("width") >= NARROWEST
    suspects = (
        measured.group_by("document", maintain_order=True)
        .agg(near=near.sum(), lines=pl.len())
        .filter((pl.col("near") >= FEWEST - 1) & (pl.col("near") >= NEAR_SHARE * pl.col("lines")))
    )
    if suspects.is_empty():
        return continues
    chosen = measured.get_column("document").is_in(suspects.get_column("document").implode())
    rows = _cut_lines(_described(measured.filter(chosen), lines.get_column("text").filter(chosen)))
    return continues.scatter(rows, values=True)


def find_torn(lines: pl.DataFrame, continues: pl.Series) -> pl.DataFrame:
    """Lines that break off: the next one, which is not joined to it, begins with what can begin no paragraph.

    Args:
        lines: the columns of `schemas.Sectioned`, in document order.
        continues: what `find_continuations` says of each.

    Returns:
        doc_id, line_no, detail; the line is the one that breaks off.
    """
    heads = lines.get_column("text").str.contains(_TORN_HEAD) & ~continues
    rows = heads.arg_true()
    rows = rows.filter(rows > 0)
    after, before = lines[rows], lines[rows - 1]
    joined = before.select("doc_id", "line_no", "end", before="text").with_columns(
        next_doc=after.get_column("doc_id"), next_start=after.get_column("start"), after=after.get_column("text")
    )
    return joined.filter(
        (pl.col("doc_id") == pl.col("next_doc"))
        & (pl.col("next_start") - pl.col("end") <= _BLANK_BETWEEN)
        & ~pl.col("before").str.strip_chars_end(WHITE_CHARACTERS).str.contains(_SENTENCE_END)
        & (_columns("before") >= NARROWEST)
    ).select(
        "doc_id",
        "line_no",
        detail=pl.lit("the next line begins with ")
        + pl.col("after").str.strip_chars_start(WHITE_CHARACTERS).str.head(1),
    )


def _columns(text: str) -> pl.Expr:
    """Columns of a text: a character of three bytes in UTF-8 takes two."""
    characters = pl.col(text).str.len_chars().cast(pl.Int64)
    return characters + (pl.col(text).str.len_bytes().cast(pl.Int64) - characters) // 2


def _measured(lines: pl.DataFrame) -> pl.DataFrame:
    """row, document, width, adjacent (nothing stands between it and the line before), gap, joinable."""
    document = pl.col("doc_id").rle_id()
    same = document == document.shift(1)
    touches = same & (pl.col("start") - pl.col("end").shift(1) <= _ADJACENT)
    same_section = pl.col("section_id").eq_missing(pl.col("section_id").shift(1))
    return (
        lines.with_columns(text=pl.col("text").str.strip_chars_end(WHITE_CHARACTERS))
        .select(
            document=document,
            width=_columns("text"),
            adjacent=(touches & (pl.col("line_no") == pl.col("line_no").shift(1) + 1)).fill_null(value=False),
            gap=(same & (pl.col("line_no") > pl.col("line_no").shift(1) + 1)).fill_null(value=False),
            joinable=(
                (pl.col("kind") == "body")
                & pl.col("kind").shift(1).is_in(_JOINABLE)
                & same_section
                & pl.col("heading_end").is_null()
            ).fill_null(value=False),
        )
        .with_row_index("row")
    )


def _described(measured: pl.DataFrame, text: pl.Series) -> pl.DataFrame:
    """What the decision needs of each line, for the few documents that may be wrapped: edge, indent, words."""
    lines = measured.with_columns(text=text.str.strip_chars_end(WHITE_CHARACTERS)).with_columns(
        content=pl.col("text").str.strip_chars_start(WHITE_CHARACTERS)
    )
    lines = lines.with_columns(
        indent=pl.col("width") - _columns("content"),
        word=pl.col("content").str.extract(_FIRST_WORD, 0).fill_null(""),
    ).with_columns(word=_columns("word"))
    lines = lines.join(_edges(lines), on="document", how="left", maintain_order="left")
    margin = pl.col("indent").filter(_full()).min().over("document")
    # A first line without the page's left margin is as full as one that has it.
    return lines.with_columns(margin=margin).with_columns(
        width=pl.max_horizontal("width", pl.col("width") - pl.col("indent") + pl.col("margin"))
    )


def _edges(lines: pl.DataFrame) -> pl.DataFrame:
    """document, edge: the column within `RAGGED` of which most of its lines end; the first of equals."""
    wide = lines.filter(pl.col("width") >= NARROWEST).select("document", "width")
    windows = pl.concat([wide.with_columns(edge=pl.col("width") + distance) for distance in range(RAGGED)])
    return (
        windows.group_by("document", "edge")
        .len()
        .sort("document", "len", "edge", descending=[False, True, False])
        .unique("document", keep="first", maintain_order=True)
        .select("document", "edge")
    )


def _full() -> pl.Expr:
    """Whether a line reaches the edge and no further."""
    return (pl.col("width") > pl.col("edge") - RAGGED) & (pl.col("width") <= pl.col("edge") + HANGING)


def _cut_lines(lines: pl.DataFrame) -> pl.Series:
    """Rows that the line before had no room for, in documents that are wrapped."""
    ends_pointed = pl.col("text").str.contains(_POINTED)
    holds_point = pl.col("text").str.contains(_POINT)
    indented = pl.col("indent") > pl.col("margin")
    evidence = lines.group_by("document", maintain_order=True).agg(
        full=_full().sum(),
        longer=(pl.col("width") > pl.col("edge") + HANGING).sum(),
        pointed=(_full() & ends_pointed).sum(),
        prose=(_full() & holds_point).sum(),
        indents=indented.sum(),
        gaps=pl.col("gap").sum(),
    )
    wrapped = evidence.filter(
        (pl.col("full") >= FEWEST)
        & (pl.col("longer") <= LONGEST_SHARE * pl.col("full"))
        & (pl.col("pointed") <= POINTED_SHARE * pl.col("full"))
        & (pl.col("prose") >= PROSE_SHARE * pl.col("full"))
        & ((pl.col("indents") >= 1) | (pl.col("gaps") >= 2))
    )
    had_no_room = (pl.col("width").shift(1) + pl.max_horizontal("word", RAGGED) > pl.col("edge")) & (
        pl.col("width").shift(1) <= pl.col("edge") + HANGING
    )
    cut = (
        pl.col("adjacent")
        & pl.col("joinable")
        & had_no_room
        & ~indented
        & ~pl.col("content").str.contains(_LABEL)
        & pl.col("document").is_in(wrapped.get_column("document").implode())
    )
    return lines.filter(cut.fill_null(value=False)).get_column("row")
