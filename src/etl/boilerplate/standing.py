"""Lines as columns of numbers: what is asked again and again while lines go."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Flags, Ints
from etl.boilerplate.frame import Frame
from etl.boilerplate.hits import Hits, Rules
from etl.boilerplate.searching import contains_where
from etl.distinct import number_values

__all__ = ["START_FAMILIES", "TAKEN_OVER", "Lines", "likely_twins"]

START_FAMILIES = ("metadata", "government-header", "source")
"""Families that stand above an article; the others stand around and below it."""

POST_HEADS = ("metadata", "source", "comments", "forum", "thread")
"""Families of the line above a reader's post: who wrote it, when, and its number."""

BYLINES = ("metadata", "source")
"""Families of lines that say who wrote an article, when, and where it is from."""

TAKEN_OVER = ("recurs", "prose", "ends", "dated", "bullet", "indented", "keyed", "announces")
"""Columns of lines that `Lines` has as they are."""

LETTER = r"\p{L}"
"""What a line of words holds, and one of marks and numbers alone does not."""

OFFICIAL_KEYS = 3
"""Lines of the block of keys above a document that make it an official one."""


class Lines(NamedTuple):
    """Columns of lines that stand, the lines of one document adjacent.

    Attributes:
        at: position among all lines.
        document: number.
        chars: code points.
        family: number of the family of the first rule that the line meets, 0 for none.
        opening: a rule of `START_FAMILIES` knows the line.
        closing: a rule of another family does.
        related: it is the heading of a list of other articles.
        trail: it is the trail of links that leads to the page.
        byline: a rule of `BYLINES` knows it, if not first of all.
        official: it is of an official document.
        thread: it is of a page on which readers answer each other, by a sign that some line has.
        post_head: it may say who wrote the post below it.
        worded: it has a letter; looked for in threads only.
        recurs: it stands in many documents of its site.
        prose, ends, dated, bullet, indented, keyed, announces: see `features.line_features`.
        twin: number of what is shown, where it is shown more than once in the document; else 0.
    """

    at: Ints
    document: Ints
    chars: Ints
    family: Ints
    opening: Flags
    closing: Flags
    related: Flags
    trail: Flags
    byline: Flags
    official: Flags
    thread: Flags
    post_head: Flags
    worded: Flags
    recurs: Flags
    prose: Flags
    ends: Flags
    dated: Flags
    bullet: Flags
    indented: Flags
    keyed: Flags
    announces: Flags
    twin: Ints

    @classmethod
    def of(cls, lines: pl.DataFrame, hits: Hits, rules: Rules) -> Lines:
        """The columns of lines; see `decision.decide`."""
        first, family = hits.first(), np.zeros(lines.height, dtype=np.int64)
        family[first.line] = rules.family[first.rule]
        opening = rules.of_families(*START_FAMILIES)[family]
        documents = lines["document"].to_numpy()
        families = rules.family[hits.rule]
        frame, keys = Frame.of(documents), rules.of_families("government-header")[family]
        byline, thread = np.zeros((2, lines.height), dtype=np.bool_)
        byline[hits.line[rules.of_families(*BYLINES)[families]]] = True
        thread[hits.line[rules.of_families("thread")[families]]] = True
        thread = frame.having(thread)
        return cls(
            at=np.arange(lines.height),
            document=documents,
            chars=lines["chars"].to_numpy(),
            family=family,
            opening=opening,
            closing=(family > 0) & ~opening,
            related=rules.of_families("related")[family],
            trail=rules.of_families("breadcrumb")[family],
            byline=byline,
            official=frame.spread(frame.counts(keys) >= OFFICIAL_KEYS),
            thread=thread,
            post_head=rules.of_families(*POST_HEADS)[family],
            worded=contains_where(thread, lines["shown"], LETTER),
            twin=_twins(lines["document"], lines["shown"]),
            **{name: lines[name].to_numpy() for name in TAKEN_OVER},
        )

    @property
    def known(self) -> Flags:
        """Whether a rule knows the line."""
        return self.family > 0

    def left(self, rows: Ints) -> Lines:
        """Some of the lines."""
        return Lines._make(column.take(rows) for column in self)


def likely_twins(document: pl.Series, text: pl.Series) -> Flags:
    """Which lines another line of their document is like: all of them, and once in 2**64 two that differ."""
    return (text.hash() ^ document.hash()).is_duplicated().to_numpy()


def _twins(document: pl.Series, text: pl.Series) -> Ints:
    """Numbers from 1 of what each line shows, where its document shows it more than once; else 0."""
    # Two that differ may be alike here; then each has a number of its own.
    twice = np.flatnonzero(likely_twins(document, text))
    texts, number = number_values(text[twice])
    _, twin = number_values(pl.Series(document.to_numpy()[twice] * len(texts) + number))
    twins = np.zeros(len(text), dtype=np.int64)
    twins[twice] = twin + 1
    return twins
