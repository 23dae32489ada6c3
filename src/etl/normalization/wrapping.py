"""Which lines a hard wrap cut, so that they belong to the paragraph of the line before.

Newspapers and e-mail were stored with lines of one width. Such a document is told by five facts together: many of its
lines end at one column; hardly any line goes past it; those lines hold the points of prose; they end in the middle
of a sentence, not at a point as verses do; and paragraphs show where they begin, by an indent or by a blank line.
A line is then joined to the one before if that one had no room for its first word. The clean text has neither indents
nor blank lines, so its lines are never joined again.

Widths are columns of a terminal: a full-width character takes two.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
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

LONGEST_SHARE = 0.2
"""Share of the full lines; more lines past the edge show that there is no edge."""

PROSE_SHARE = 0.5
"""Share of the full lines that hold a point; lists and tables have fewer."""

POINTED_SHARE = 0.4
"""Share of the full lines that end at a point; a cut falls there once in ten, verses and items nearly always."""

NEAR_SHARE = 0.05
"""Share of a document's lines that are as wide as the next; below it a document is not looked at any further."""

DEEPEST_INDENT = 8
"""Columns beyond the margin; a paragraph begins no deeper, a title that was centred does."""

LATIN_BYTES = 1.5
"""Bytes a character in UTF-8; Latin text has fewer, Chinese has three with some digits between."""

LATIN_EDGE = 0.98
"""Quantile of the widths; words make lines ragged, so that few reach the edge, and hardly any goes past it."""

WIDEST_PITCH = 2
"""Lines from one line to the next; every other one is blank where CR CR LF ended the lines."""

_JOINABLE = ("body", "list")
_POINTED = f"[{STOP},.;:?!…—]$"
_POINT = "[，。；、,.;]"
_LABEL = "^【[^】]{1,12}】"
_DIGITS = "0-9一二三四五六七八九十百"
_NUMBERED = (
    rf"^(?:[0-9]{{1,2}}(?:[.．][0-9]{{1,2}})*[ .．、]|[（(]?[{_DIGITS}]{{1,3}}[）)、]|[①-⑳]|第[{_DIGITS}]+[编章节条])"
)
_FIRST_WORD = f"^(?:[0-9A-Za-z.%/+-]+|[《〈（(“‘「『【]?.)[{STOP}{CLOSING}”’…,.;:?!)]*"
# 》 and 〉 are left out: pages use them as arrows and bullets.
_TORN_HEAD = rf"^\s*[{STOP}」』】〕）］｝”’,;?!)]"
_SENTENCE_END = f"[。！？!?…；;：:.][{QUOTE}{CLOSING})]*$"
_BLANK_BETWEEN = 4  # code points: one empty line at most


def find_continuations(lines: pl.DataFrame) -> pl.Series:
    """Whether each line goes on with the paragraph of the line before.

    Args:
        lines: the columns of `schemas.Sectioned`, in document order.
    """
    nothing = pl.Series("continues", [False]).new_from_index(0, lines.height)
    numbered = lines.with_columns(document=pl.col("doc_id").rle_id()).with_row_index("row")
    suspects = _suspects(numbered)
    if not suspects.any():
        return nothing
    measured = _measured(numbered.filter(suspects))
    wrapped = measured.filter(pl.col("document").is_in(_filled(measured).implode()))
    return nothing.scatter(_cut_lines(_described(wrapped)), values=True)


def find_torn(lines: pl.DataFrame, continues: pl.Series) -> pl.DataFrame:
    """Lines that break off: the next one, which is not joined to it, begins with what can begin no paragraph.

    Args:
        lines: the columns of `schemas.Sectioned`, in document order.
        continues: what `find_continuations` says of each.

    Returns:
        doc_id, line_no, detail; the line is the one that breaks off.
    """
    near = (
        (pl.col("doc_id") == pl.col("doc_id").shift(1))
        & (pl.col("start") - pl.col("end").shift(1) <= _BLANK_BETWEEN)
        & (_line_columns().shift(1) >= NARROWEST)
        & ~continues
    )
    rows = lines.select(near.fill_null(value=False)).to_series().arg_true()
    rows = rows.filter(lines.get_column("text").gather(rows).str.contains(_TORN_HEAD))
    after, before = lines[rows], lines[rows - 1]
    joined = before.select("doc_id", "line_no", before="text", after=after.get_column("text"))
    return joined.filter(~pl.col("before").str.strip_chars_end(WHITE_CHARACTERS).str.contains(_SENTENCE_END)).select(
        "doc_id",
        "line_no",
        detail=pl.lit("the next line begins with ")
        + pl.col("after").str.strip_chars_start(WHITE_CHARACTERS).str.head(1),
    )


def _line_columns() -> pl.Expr:
    """Columns of a line; see `_columns`."""
    characters = pl.col("end") - pl.col("start")
    return characters + (pl.col("text").str.len_bytes().cast(pl.Int64) - characters) // 2


def _columns(text: str) -> pl.Expr:
    """Columns of a text: a character of three bytes in UTF-8 takes two."""
    characters = pl.col(text).str.len_chars().cast(pl.Int64)
    return characters + (pl.col(text).str.len_bytes().cast(pl.Int64) - characters) // 2


def _suspects(lines: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether lines are of a document in which lines of one width follow one another: few are worth a closer look."""
    document, line_no = lines["document"].to_numpy(), lines["line_no"].to_numpy()
    widths = lines.select(_line_columns()).to_series().to_numpy()
    near = (
        (np.abs(np.diff(widths)) < RAGGED)
        & (widths[1:] >= NARROWEST)
        & (document[1:] == document[:-1])
        & (np.diff(line_no) <= WIDEST_PITCH)
    )
    counts = np.bincount(document)
    found = np.bincount(document[1:][near], minlength=len(counts))
    suspects: npt.NDArray[np.bool_] = ((found > 0) & (found >= NEAR_SHARE * counts))[document]
    return suspects


def _measured(lines: pl.DataFrame) -> pl.DataFrame:
    """How wide each line is, for the few documents that may be wrapped.

    Adds content (without indent), width, indent, next_word (width of the next line's first word and the points that
    cling to it), edge and full; text loses its trailing white space.
    """
    lines = lines.with_columns(
        text=pl.col("text").str.strip_chars_end(WHITE_CHARACTERS),
        content=pl.col("text").str.strip_chars(WHITE_CHARACTERS),
    )
    lines = lines.with_columns(
        width=_columns("text"),
        indent=_columns("text") - _columns("content"),
        word=pl.col("content").str.extract(_FIRST_WORD, 0).fill_null(""),
    ).with_columns(next_word=_columns("word").shift(-1, fill_value=0))
    lines = lines.join(_edges(lines), on="document", how="left", maintain_order="left")
    return lines.drop("word").with_columns(full=_full(pl.col("width")).fill_null(value=False))


def _filled(lines: pl.DataFrame) -> pl.Series:
    """Documents whose lines fill one width and hold prose: what else tells is looked at in these alone."""
    ends_pointed = pl.col("text").str.contains(_POINTED)
    holds_point = pl.col("text").str.contains(_POINT)
    fills = lines.group_by("document", maintain_order=True).agg(
        full=pl.col("full").sum(), longer=(pl.col("width") > pl.col("edge") + HANGING).sum()
    )
    fills = fills.filter(pl.col("full") >= FEWEST, pl.col("longer") <= LONGEST_SHARE * pl.col("full"))
    full = lines.filter("full", pl.col("document").is_in(fills.get_column("document").implode()))
    evidence = full.group_by("document", maintain_order=True).agg(
        full=pl.len(), pointed=ends_pointed.sum(), prose=holds_point.sum()
    )
    return evidence.filter(
        pl.col("pointed") <= POINTED_SHARE * pl.col("full"), pl.col("prose") >= PROSE_SHARE * pl.col("full")
    ).get_column("document")


def _described(lines: pl.DataFrame) -> pl.DataFrame:
    """What else the decision needs of each line, for the documents that look wrapped.

    Adds adjacent (no more stands between it and the line before than between most), gap (more does), margin (indent
    of the lines that go on) and opening (indent of the lines that begin a paragraph).
    """
    same = pl.col("document") == pl.col("document").shift(1)
    step = pl.when(same).then(pl.col("line_no") - pl.col("line_no").shift(1))
    lines = lines.with_columns(step=step, between=pl.col("start") - pl.col("end").shift(1))
    pitch = pl.col("step").mode().min().over("document")
    adjacent = (pl.col("step") == pitch) & (pl.col("between") <= 4 * pitch - 2) & (pitch <= WIDEST_PITCH)
    lines = lines.with_columns(adjacent=adjacent.fill_null(value=False), gap=pl.col("step") > pitch)
    follows_full = pl.col("adjacent") & pl.col("full").shift(1)
    lines = lines.with_columns(margin=pl.col("indent").filter(follows_full).min().over("document"))
    indented = pl.col("indent").filter(pl.col("indent") > pl.col("margin"))
    return lines.with_columns(opening=indented.mode().min().over("document"))


def _edges(lines: pl.DataFrame) -> pl.DataFrame:
    """document, edge: the column at which most lines end, the last of equals; for Latin text, where nearly all do."""
    wide = lines.filter(pl.col("width") >= NARROWEST)
    latin = pl.col("text").str.len_bytes().sum() < LATIN_BYTES * pl.col("text").str.len_chars().sum()
    return wide.group_by("document", maintain_order=True).agg(
        edge=pl.when(latin)
        .then(pl.col("width").quantile(LATIN_EDGE, "lower").cast(pl.Int64))
        .otherwise(pl.col("width").mode().max())
    )


def _full(width: pl.Expr) -> pl.Expr:
    """Whether a line reaches the edge and no further: the next line's first word had no room in it."""
    return (width + pl.max_horizontal(pl.col("next_word") + 1, RAGGED) > pl.col("edge")) & (
        width <= pl.col("edge") + HANGING
    )


def _cut_lines(lines: pl.DataFrame) -> pl.Series:
    """Rows that the line before had no room for, in documents that are wrapped."""
    evidence = lines.group_by("document", maintain_order=True).agg(
        indents=(pl.col("indent") > pl.col("margin")).sum(), gaps=pl.col("gap").sum()
    )
    wrapped = evidence.filter((pl.col("indents") >= 1) | (pl.col("gaps") >= 2))
    # Agencies store the first line of a text without its indent: it is as full as one that has it.
    lifted = pl.col("width") + (pl.col("opening") - pl.col("indent")).clip(lower_bound=0)
    full = pl.col("full") | _full(lifted).fill_null(value=False)
    ends_sentence = pl.col("text").str.contains(_SENTENCE_END)
    # A title or caption that fills its line and stops in mid-sentence was taken for one because the wrap cut it.
    breaks_off = (pl.col("kind") != "table") & ~ends_sentence
    centred = pl.col("indent") > pl.col("margin") + DEEPEST_INDENT
    same_section = pl.col("section_id").eq_missing(pl.col("section_id").shift(1))
    cut = (
        (full & ~centred).shift(1)
        & pl.col("adjacent")
        & (pl.col("kind") == "body")
        & (pl.col("kind").is_in(_JOINABLE) | breaks_off).shift(1)
        & same_section
        & pl.col("heading_end").is_null()
        & (pl.col("indent") <= pl.col("margin"))
        & ~pl.col("content").str.contains(_LABEL)
        & ~(ends_sentence.shift(1) & pl.col("content").str.contains(_NUMBERED))
        & pl.col("document").is_in(wrapped.get_column("document").implode())
    )
    return lines.filter(cut.fill_null(value=False)).get_column("row")
