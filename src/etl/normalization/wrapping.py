"""Which lines a hard wrap cut, so that they belong to the paragraph of the line before.

Newspapers and e-mail were stored with lines of one width. Such a document is told by five facts together: many of its
lines end at one column; hardly any line goes past it; those lines hold the points of prose; they end in the middle
of a sentence, not at a point as verses do; and paragraphs show where they begin, by an indent or by a blank line.
A line is then joined to the one before if that one had no room for its first word. The clean text has neither indents
nor blank lines, so its lines are never joined again.

Widths are columns of a terminal: a full-width character takes two.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.normalization.alphabet import CLOSING, QUOTE, STOP, WHITE_CHARACTERS
from etl.utf8 import Ints

__all__ = ["Mask", "find_continuations", "find_torn"]

Mask = npt.NDArray[np.bool_]

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

NOWHERE = np.int64(1 << 40)
"""Columns; an edge, a margin or an opening that a document has not."""

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


def find_continuations(lines: pl.DataFrame) -> Mask:
    """Whether each line goes on with the paragraph of the line before.

    Args:
        lines: the columns of `schemas.Sectioned`, in document order.
    """
    continues = np.zeros(lines.height, dtype=np.bool_)
    document = lines["doc_id"].rle_id().to_numpy().astype(np.int64)
    rows = np.flatnonzero(_suspects(lines, document))
    measured = _measured(lines[rows], document[rows])
    filled = _filled(measured)
    if filled.any():
        cut = rows[filled[measured.document] & _had_no_room(measured)]
        continues[cut[_goes_on(lines[cut - 1], lines[cut])]] = True
    return continues


def find_torn(lines: pl.DataFrame, continues: Mask) -> pl.DataFrame:
    """Lines that break off: the next one, which is not joined to it, begins with what can begin no paragraph.

    Args:
        lines: the columns of `schemas.Sectioned`, in document order.
        continues: what `find_continuations` says of each.

    Returns:
        doc_id, line_no, detail; the line is the one that breaks off.
    """
    between = lines["start"].to_numpy()[1:] - lines["end"].to_numpy()[:-1]
    near = (between >= 0) & (between <= _BLANK_BETWEEN) & (_line_columns(lines)[:-1] >= NARROWEST)
    rows = np.flatnonzero(near & ~continues[1:]) + 1
    rows = rows[lines["text"].gather(rows).str.contains(_TORN_HEAD).to_numpy()]
    told = lines.select("doc_id", "line_no", "text")
    before, after = told[rows - 1], told[rows]
    torn = (before["doc_id"] == after["doc_id"]) & ~_ends_sentence(before["text"])
    head = after["text"].filter(torn).str.strip_chars_start(WHITE_CHARACTERS).str.head(1)
    found: pl.DataFrame = before.filter(torn)
    return found.select("doc_id", "line_no", detail="the next line begins with " + head)


def _ends_sentence(texts: pl.Series) -> pl.Series:
    return texts.str.strip_chars_end(WHITE_CHARACTERS).str.contains(_SENTENCE_END)


def _line_columns(lines: pl.DataFrame) -> Ints:
    """Columns of each line; see `_columns`."""
    return _columns(lines["end"].to_numpy() - lines["start"].to_numpy(), lines["text"])


def _text_columns(texts: pl.Series) -> Ints:
    """Columns of each text; see `_columns`."""
    return _columns(texts.str.len_chars().to_numpy().astype(np.int64), texts)


def _columns(chars: Ints, texts: pl.Series) -> Ints:
    """Columns of texts of so many characters: one of three bytes in UTF-8 takes two."""
    return chars + (texts.str.len_bytes().to_numpy() - chars) // 2


def _suspects(lines: pl.DataFrame, document: Ints) -> Mask:
    """Whether lines are of a document in which lines of one width follow one another: few are worth a closer look."""
    widths = _line_columns(lines)
    near = (
        (np.abs(np.diff(widths)) < RAGGED)
        & (widths[1:] >= NARROWEST)
        & (document[1:] == document[:-1])
        & (np.diff(lines["line_no"].to_numpy()) <= WIDEST_PITCH)
    )
    counts = np.bincount(document)
    found = np.bincount(document[1:][near], minlength=len(counts))
    suspects: Mask = ((found > 0) & (found >= NEAR_SHARE * counts))[document]
    return suspects


class _Measured(NamedTuple):
    """The lines of the documents that may be wrapped.

    Attributes:
        documents: how many documents they are.
        document: the number of each line's document among them.
        line_no: as in `schemas.Lines`, like the two that follow.
        start: first code point.
        end: code point after the line.
        text: without the white space at its end.
        width: columns of that.
        indent: columns of the white space at its start.
        room: columns that the next line's first word needs, with the points that cling to it.
        edge: column at which the document's lines end, or `NOWHERE`.
        full: whether it reaches the edge and no further.
    """

    documents: int
    document: Ints
    line_no: Ints
    start: Ints
    end: Ints
    text: pl.Series
    width: Ints
    indent: Ints
    room: Ints
    edge: Ints
    full: Mask


def _measured(lines: pl.DataFrame, document: Ints) -> _Measured:
    """How wide each line is, and where its document's lines end.

    Args:
        lines: of documents that may be wrapped, all of their lines.
        document: number of each line's document; they ascend.
    """
    text = lines["text"].str.strip_chars_end(WHITE_CHARACTERS)
    content = text.str.strip_chars_start(WHITE_CHARACTERS)
    width = _text_columns(text)
    word = _text_columns(content.str.extract(_FIRST_WORD, 0).fill_null(""))
    opens = np.diff(document, prepend=-1) != 0
    word[opens] = 0  # a document's last line is followed by none
    number = np.cumsum(opens) - 1
    documents = int(number[-1]) + 1 if len(number) else 0
    edge = _edges(number, documents, text, width)[number]
    room = np.maximum(np.append(word[1:], 0) + 1, RAGGED)
    return _Measured(
        documents=documents,
        document=number,
        line_no=lines["line_no"].to_numpy(),
        start=lines["start"].to_numpy(),
        end=lines["end"].to_numpy(),
        text=text,
        width=width,
        indent=width - _text_columns(content),
        room=room,
        edge=edge,
        full=_full(width, room, edge),
    )


def _full(width: Ints, room: Ints, edge: Ints) -> Mask:
    """Whether lines reach the edge and no further: the next line's first word had no room in them."""
    return (width + room > edge) & (width <= edge + HANGING)


def _edges(document: Ints, documents: int, texts: pl.Series, widths: Ints) -> Ints:
    """The column at which most lines of a document end, the last of equals; for Latin text, where nearly all do."""
    wide = np.flatnonzero(widths >= NARROWEST)
    text, width, document = texts.gather(wide), widths[wide], document[wide]
    size, chars = (
        np.bincount(document, sizes.to_numpy(), documents) for sizes in (text.str.len_bytes(), text.str.len_chars())
    )
    edges = _commonest(document, documents, width, last=True)
    counts = np.bincount(document, minlength=documents)
    latin = np.flatnonzero(size < LATIN_BYTES * chars)
    nearly_all = (np.cumsum(counts) - counts)[latin] + (LATIN_EDGE * (counts[latin] - 1)).astype(np.int64)
    edges[latin] = width[np.lexsort((width, document))][nearly_all]
    return edges


def _commonest(document: Ints, documents: int, values: Ints, *, last: bool = False) -> Ints:
    """The value that stands most often in each document, the first or the last of equals; `NOWHERE` if there is none.

    Args:
        document: number of each value's document.
        documents: how many there are.
        values: not negative, and below `NOWHERE`.
        last: whether the largest of equals is wanted, and not the smallest.
    """
    commonest = np.full(documents, NOWHERE)
    distinct, counts = np.unique(document * NOWHERE + values, return_counts=True)
    found, value = np.divmod(distinct, NOWHERE)
    order = np.lexsort((value if last else -value, counts))
    commonest[found[order]] = value[order]  # of one document's values the last to be set stays
    return commonest


def _filled(lines: _Measured) -> Mask:
    """Whether the lines of each document fill one width and hold prose."""
    full, longer = (
        np.bincount(lines.document[which], minlength=lines.documents)
        for which in (lines.full, lines.width > lines.edge + HANGING)
    )
    fills = (full >= FEWEST) & (longer <= LONGEST_SHARE * full)
    rows = np.flatnonzero(lines.full & fills[lines.document])
    text = lines.text.gather(rows)
    pointed, prose = (
        np.bincount(lines.document[rows], text.str.contains(pattern).to_numpy(), lines.documents)
        for pattern in (_POINTED, _POINT)
    )
    return fills & (pointed <= POINTED_SHARE * full) & (prose >= PROSE_SHARE * full)


def _had_no_room(lines: _Measured) -> Mask:
    """Whether a line was put below the one before for want of room, in documents that show where paragraphs begin."""
    document, count, indent = lines.document, lines.documents, lines.indent
    follows = np.diff(document, prepend=-1) == 0
    step, between = np.diff(lines.line_no, prepend=0), lines.start - np.append(0, lines.end[:-1])
    pitch = _commonest(document[follows], count, step[follows])[document]
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
    opening = _commonest(document[indented], count, indent[indented])[document]
    lifted = lines.width + np.maximum(opening - indent, 0)
    full = lines.full | _full(lifted, lines.room, lines.edge)
    centred = indent > margin + DEEPEST_INDENT
    cut: Mask = adjacent & _before(full & ~centred) & (indent <= margin) & wrapped[document]
    return cut


def _before(mask: Mask) -> Mask:
    """The same of the line before."""
    return np.concatenate([np.zeros(1, dtype=np.bool_), mask[:-1]])


def _goes_on(before: pl.DataFrame, after: pl.DataFrame) -> Mask:
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
    told: Mask = goes_on.to_numpy()
    return told
