"""Which lines a hard wrap cut, so that they belong to the paragraph of the line before.

Newspapers and e-mail were stored with lines of one width. Such a document is told by five facts together: many of its
lines end at one column; hardly any line goes past it; those lines hold the points of prose; they end in the middle
of a sentence, not at a point as verses do; and paragraphs show where they begin, by an indent or by a blank line.
A line is then joined to the one before if that one had no room for its first word. The clean text has neither indents
nor blank lines, so its lines are never joined again.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.adjacent import differs
from etl.arrays import Flags, Ints
from etl.normalization.alphabet import CLOSING, QUOTE, STOP, WHITE_CHARACTERS
from etl.normalization.edges import (
    HANGING,
    NARROWEST,
    NOWHERE,
    RAGGED,
    Measured,
    commonest,
    line_columns,
    measure,
    reaches,
)

__all__ = ["find_continuations", "find_torn"]

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
# 》 and 〉 are left out: pages use them as arrows and bullets.
_TORN_HEAD = rf"^\s*[{STOP}」』】〕）］｝”’,;?!)]"
_SENTENCE_END = f"[。！？!?…；;：:.][{QUOTE}{CLOSING})]*$"
_BLANK_BETWEEN = 4  # code points: one empty line at most


def find_continuations(lines: pl.DataFrame) -> Flags:
    """Whether each line goes on with the paragraph of the line before.

    Args:
        lines: the columns of `schemas.Sectioned`, in document order.
    """
    continues = np.zeros(lines.height, dtype=np.bool_)
    document = lines["doc_id"].rle_id().to_numpy().astype(np.int64)
    rows = np.flatnonzero(_suspects(lines, document))
    suspects = measure(lines[rows], document[rows])
    cut = rows[_filled(suspects)[suspects.document] & _had_no_room(suspects)]
    if len(cut):
        continues[cut[_goes_on(lines[cut - 1], lines[cut])]] = True
    return continues


def find_torn(lines: pl.DataFrame, continues: Flags) -> pl.DataFrame:
    """Lines that break off: the next one, which is not joined to it, begins with what can begin no paragraph.

    Args:
        lines: the columns of `schemas.Sectioned`, in document order.
        continues: what `find_continuations` says of each.

    Returns:
        doc_id, line_no, detail; the line is the one that breaks off.
    """
    between = lines["start"].to_numpy()[1:] - lines["end"].to_numpy()[:-1]
    # Where another document begins, which is asked at last, little is as near as that.
    near = (between >= 0) & (between <= _BLANK_BETWEEN) & (line_columns(lines)[:-1] >= NARROWEST)
    rows, text, doc_id = np.flatnonzero(near & ~continues[1:]) + 1, lines["text"], lines["doc_id"]
    rows = rows[text[rows].str.contains(_TORN_HEAD).to_numpy()]
    torn = (doc_id[rows - 1] == doc_id[rows]) & ~_ends_sentence(text[rows - 1])
    rows = rows[torn.to_numpy()]
    head = text[rows].str.strip_chars_start(WHITE_CHARACTERS).str.head(1)
    columns = {"doc_id": doc_id[rows - 1], "line_no": lines["line_no"][rows - 1]}
    return pl.DataFrame(columns | {"detail": "the next line begins with " + head})


def _ends_sentence(texts: pl.Series) -> pl.Series:
    return texts.str.strip_chars_end(WHITE_CHARACTERS).str.contains(_SENTENCE_END)


def _suspects(lines: pl.DataFrame, document: Ints) -> Flags:
    """Whether lines are of a document in which lines of one width follow one another: few are worth a closer look."""
    widths = line_columns(lines)
    near = (
        (np.abs(np.diff(widths)) < RAGGED)
        & (widths[1:] >= NARROWEST)
        & (document[1:] == document[:-1])
        & (np.diff(lines["line_no"].to_numpy()) <= WIDEST_PITCH)
    )
    counts = np.bincount(document)
    found = np.bincount(document[1:][near], minlength=len(counts))
    suspects: Flags = ((found > 0) & (found >= NEAR_SHARE * counts))[document]
    return suspects


def _filled(lines: Measured) -> Flags:
    """Whether the lines of each document fill one width and hold prose."""
    full, longer = (
        np.bincount(lines.document[which], minlength=lines.documents)
        for which in (lines.full, lines.width > lines.edge + HANGING)
    )
    fills = (full >= FEWEST) & (longer <= LONGEST_SHARE * full)
    rows = np.flatnonzero(lines.full & fills[lines.document])
    text = lines.text[rows]
    pointed, prose = (
        np.bincount(lines.document[rows], text.str.contains(pattern).to_numpy(), lines.documents)
        for pattern in (_POINTED, _POINT)
    )
    return fills & (pointed <= POINTED_SHARE * full) & (prose >= PROSE_SHARE * full)


def _had_no_room(lines: Measured) -> Flags:
    """Whether a line was put below the one before for want of room, in documents that show where paragraphs begin."""
    document, count, indent = lines.document, lines.documents, lines.indent
    follows = ~differs(document)
    step, between = np.diff(lines.line_no, prepend=0), lines.start - np.append(0, lines.end[:-1])
    pitch = commonest(document[follows], count, step[follows])[document]
    adjacent = follows & (step == pitch) & (between <= 4 * pitch - 2) & (pitch <= WIDEST_PITCH)
    margins = np.full(count, NOWHERE)  # indents of the lines that go on
    goes_on = adjacent & _before(lines.full)
    np.minimum.at(margins, document[goes_on], indent[goes_on])
    margin = margins[document]
    indented, gap = indent > margin, follows & (step > pitch)
    wrapped = (np.bincount(document[indented], minlength=count) >= 1) | (
        np.bincount(document[gap], minlength=count) >= 2
    )
    # Agencies store the first line of a text without its indent: it is as full as one that has it.
    opening = commonest(document[indented], count, indent[indented])[document]
    lifted = lines.width + np.maximum(opening - indent, 0)
    full = lines.full | reaches(lifted, lines.room, lines.edge)
    centred = indent > margin + DEEPEST_INDENT
    cut: Flags = adjacent & _before(full & ~centred) & (indent <= margin) & wrapped[document]
    return cut


def _before(mask: Flags) -> Flags:
    """The same of the line before."""
    return np.concatenate([np.zeros(1, dtype=np.bool_), mask[:-1]])


def _goes_on(before: pl.DataFrame, after: pl.DataFrame) -> Flags:
    """Whether what lines are and how they end lets the lines after them go on with their paragraphs."""
    ends_sentence = _ends_sentence(before["text"])
    content = after["text"].str.strip_chars(WHITE_CHARACTERS)
    # A title or caption that fills its line and stops in mid-sentence was taken for one because the wrap cut it.
    breaks_off = (before["kind"] != "table") & ~ends_sentence
    goes_on = (
        (after["kind"] == "body")
        & (before["kind"].is_in(_JOINABLE) | breaks_off)
        & before["section_id"].eq_missing(after["section_id"])
        & after["heading_end"].is_null()
        & ~content.str.contains(_LABEL)
        & ~(ends_sentence & content.str.contains(_NUMBERED))
    )
    told: Flags = goes_on.to_numpy()
    return told
