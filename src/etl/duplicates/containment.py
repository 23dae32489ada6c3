"""Find lines that the document says in full elsewhere: abstracts near the head, cut off or not, and captions.

A short line that the body contains is often a heading or a title, so containment alone proves nothing. Only three
shapes are looked at: a line near the head that calls itself an abstract or breaks off with an ellipsis, a line near
the head that a later one begins with, and a line of the kind caption.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Flags, Ints
from etl.duplicates.folding import Folded, fold_text
from etl.duplicates.keyed import Keyed

__all__ = ["Contained", "Passage", "abstract_like", "find_contained"]

HEAD_LINES = 10
"""Lines of a document's head: an abstract stands above the body."""

MIN_ABSTRACT = 12
"""Folded characters of an abstract; less could stand in any text."""

MIN_CAPTION = 8
"""Folded characters of a caption; less is a name or a place."""

CAPTION_DISTANCE = 30
"""Lines above a caption in which its words are sought: pictures stand near their text."""

MIN_SAYING = 40
"""Folded characters of a paragraph that says a caption in full; a shorter line is a heading or another caption."""

MIN_LEAD = 30
"""Folded characters of an unmarked lead; a shorter line that a paragraph begins with is its heading."""

LEAD_DISTANCE = 4
"""Lines down to the paragraph that an unmarked lead repeats."""

MARKER = r"(?:内容|文章|新闻|本文)?(?:摘要|提要|导读|导语|简介|核心提示|内容提示|阅读提示|編者按|编者按)"
"""What an abstract calls itself."""

MARKED = re.compile(rf"^\W*{MARKER}\s*[:：】\]〗］）)|丨]")
CUT_OFF = re.compile(r"(?:…|⋯|\.{3,}|。{3,}|．{3,})\W*$")

ELLIPSIS = r"…|⋯|\.{3}|。{3}|．{3}"
"""Stands somewhere in a line that breaks off: sought first, for it is found three times as fast."""

CLAUSE_END = re.compile(r"[，。；：！？,;:!?]")


class Passage(NamedTuple):
    """One line of a document, as `find_contained` needs it.

    Attributes:
        row: its place in the frame.
        text: the line as written.
        folded: the line folded.
        kind: what the line is.
        candidate: whether its shape and place allow that it repeats another line.
    """

    row: int
    text: str
    folded: str
    kind: str
    candidate: bool


class Contained(NamedTuple):
    """Line `row` is said in full by the lines from `source` on."""

    row: int
    source: int
    rule: str


def abstract_like(keyed: Keyed) -> Flags:
    """Which lines may be abstracts or captions: a cheap look at all, so that the close look is at few."""
    place = np.arange(len(keyed.keys)) - keyed.starts[keyed.document]
    is_head = (place < HEAD_LINES) & ~keyed.are("title") & ~keyed.are("heading")
    candidates = is_head & _begins_a_later_line(keyed.document, keyed.folded)
    candidates[_captions_said_above(keyed)] = True
    rows, texts = is_head.nonzero()[0], keyed.lines["text"].filter(pl.Series(is_head))
    candidates[rows[texts.str.contains(MARKED.pattern)]] = True
    broken = texts.str.contains(ELLIPSIS)
    candidates[rows[broken][texts.filter(broken).str.contains(CUT_OFF.pattern)]] = True
    return candidates


def _captions_said_above(keyed: Keyed) -> list[int]:
    """Rows of the captions whose words stand somewhere above them in their document, if across the end of a line."""
    units, bounds = keyed.folded
    rows = keyed.are("caption").nonzero()[0]
    firsts = keyed.starts[keyed.document[rows]]
    return [
        row
        for row, first in zip(rows.tolist(), firsts.tolist(), strict=True)
        if units[bounds[row] : bounds[row + 1]].tobytes() in units[bounds[first] : bounds[row]].tobytes()
    ]


def _begins_a_later_line(document: Ints, folded: Folded) -> Flags:
    """Whether a line is long enough, and one of the next is longer and has the same first four units."""
    sizes = folded.sizes()
    long = np.flatnonzero(sizes >= MIN_LEAD)
    first = np.zeros(len(long), dtype=np.uint64)
    for place in range(4):
        first |= folded.units[folded.bounds[long] + place].astype(np.uint64) << np.uint64(16 * place)
    found = np.zeros(len(sizes), dtype=np.bool_)
    for step in range(1, LEAD_DISTANCE + 1):
        lead, later = long[:-step], long[step:]
        same = (first[:-step] == first[step:]) & (document[lead] == document[later])
        found[lead] |= same & (later - lead <= LEAD_DISTANCE) & (sizes[later] > sizes[lead])
    return found


def find_contained(passages: list[Passage]) -> list[Contained]:
    """Find the candidates of one document that its other lines say in full.

    Args:
        passages: the document's lines, in order, without those that are already known as copies.
    """
    found: dict[int, Contained] = {}
    for place, passage in enumerate(passages):
        if not passage.candidate:
            continue
        caption = passage.kind == "caption"
        near = passages[max(place - CAPTION_DISTANCE, 0) : place] if caption else passages[place + 1 :]
        others = [other for other in near if other.row not in found]
        match = _match_caption(passage, others) if caption else _match_lead(passage, others)
        if match is not None:
            found[passage.row] = match
    return list(found.values())


def _match_caption(passage: Passage, above: list[Passage]) -> Contained | None:
    """A caption is said by a paragraph above it, in whole clauses; one that stands above its text is its heading."""
    if len(passage.folded) < MIN_CAPTION:
        return None
    long = [other for other in above if len(other.folded) >= MIN_SAYING]
    said = (other.row for other in long if passage.folded in other.folded and _in_clauses(passage.folded, other.text))
    source = next(said, None)
    return None if source is None else Contained(passage.row, source, "contained-caption")


def _in_clauses(folded: str, text: str) -> bool:
    """Whether a text says these words from the beginning of a clause to the end of one."""
    ends = {0, *accumulate(len(fold_text(clause)) for clause in CLAUSE_END.split(text))}
    place = fold_text(text).find(folded)
    return place in ends and place + len(folded) in ends


def _match_lead(passage: Passage, later: list[Passage]) -> Contained | None:
    """An abstract may run over several paragraphs, and break off in the last."""
    core = re.sub(rf"^{MARKER}", "", passage.folded) if MARKED.match(passage.text) else passage.folded
    marked = core != passage.folded or CUT_OFF.search(passage.text)
    if not marked:
        begun = (other.row for other in later[:LEAD_DISTANCE] if other.folded.startswith(core))
        source = next(begun, None)
        return None if source is None else Contained(passage.row, source, "contained-lead")
    place = "".join(other.folded for other in later).find(core)
    if len(core) < MIN_ABSTRACT or place < 0:
        return None
    ends = list(accumulate(len(other.folded) for other in later))
    return Contained(passage.row, later[bisect_right(ends, place)].row, "contained-abstract")
