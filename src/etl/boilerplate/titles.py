"""The headline of a document: of the lines above its first paragraph, the one that most speaks for.

A headline stands before the byline or behind the trail of links that leads to the page; it shares its words with the
beginning of the article, which a menu does not; and it may stand twice. Each of these signs has a weight. Only the
few lines about the article's beginning are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Flags, Floats, Ints
from etl.boilerplate.frame import Frame, running
from etl.boilerplate.searching import contains_where
from etl.boilerplate.standing import Lines, likely_twins
from etl.boilerplate.title_signs import LONGEST, Beginnings, signs_around
from etl.boilerplate.title_words import Texts, sentences, shared_words
from etl.patterns import keeps_patterns

__all__ = ["could_be_headlines", "find_titles", "headline"]

SHORTEST = 4
"""Code points of a headline at least, and of its Chinese characters; the most are `title_signs.LONGEST`."""

BRIEF = 6
"""Code points below which a line is rather a menu's than a headline."""

REACH = 20
"""Lines unknown to the rules that may stand between the headline and the article: pictures' captions and buttons."""

INSIDE = 5
"""Lines unknown to the rules before the headline that may wrongly be taken for the article's."""

STOP = "。"
"""What a sentence ends with, and no headline has."""

NO_HEADLINE = (
    r"""[:;,]["'”’」』)]*$"""  # what announces something
    r"|(?: .+){6}|\|.*\|"  # a row of terms
    r"|\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}|^\d{1,2}:\d\d"  # what has a whole day or begins with an hour is a byline
    r"|[日月]\S{0,2}[电電讯訊] ?[(题題]"  # the dateline of an agency
)
"""Lines that are no headline, however they stand."""

CAPTION = (
    r"(?:摄|攝|供图|供圖|提供|资料照|資料照|资料图|取材自.{1,12}|视频截图)\)?$"
    r"|^(?:图|圖)(?:片|\d|:)|(?:图|圖)(?:为|為)|^\(?原标题"
)
"""Words of a picture's caption; and of a line with the title that the article had elsewhere."""

CHINESE = rf"^(?:\P{{Han}}*\p{{Han}}){{{SHORTEST}}}"
"""As many Chinese characters as a headline has at least."""

HEADING = r"^(?:第[一二三四五六七八九十\d]+[编章节条] |[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\))"
"""The number of a heading, which the document begins with if it has no headline."""

SITE_NAME = r"(?:(?: - |--|[_|-])[^_|-]{2,14}){1,4}$"
"""What may be the names of a site and its parts, at the end of what was the title of a window."""

SURE_SITE_NAME = r"(?:(?: - |--|[_|-])[^_|-]{0,10}(?:网|網|频道|頻道|在线|日报|日報|晚报|晚報|\.com|\.cn))+$"
"""What is one, even where the headline does not stand again without it."""

NUMBERED = r" ?\(\d{1,2}/\d{1,2}\)$"
"""The number of a picture or a page behind the headline."""

MARKS = "》〉> "
"""Marks of a list that stand before a headline."""

WEIGHTS = {
    "stated": 6.0,
    "shared": 5.0,
    "before_metadata": 3.0,
    "addressed": 1.5,
    "after_trail": 1.0,
    "repeated": 1.0,
    "scored": 0.25,
    "above": -0.1,
    "inside": -0.5,
    "heading": -1.5,
    "below_prose": -5.0,
    "brief": -2.5,
    "announced": -5.0,
    "caption": -3.0,
    "related": -3.0,
}
"""What each sign adds. Chosen by hand on half of the labelled sites, where 97 headlines of 100 are right with them;
on the other half, before it was looked at, 93 were."""

LEAST = 1.0
"""Sum of the weights below which a document has no headline, rather than a doubtful one."""


class _Candidates(NamedTuple):
    """Lines that a headline could be.

    Attributes:
        row: of each among all lines.
        document: its number.
        shown: what it shows.
        signs: by name, how much of each sign it has.
    """

    row: Ints
    document: Ints
    shown: pl.Series
    signs: Mapping[str, Floats | Flags]

    def only(self, which: Flags) -> _Candidates:
        """Some of them."""
        at = np.flatnonzero(which)
        signs = {name: values.take(at) for name, values in self.signs.items()}
        return _Candidates(self.row.take(at), self.document.take(at), self.shown[at], signs)

    def with_signs(self, **signs: Floats | Flags) -> _Candidates:
        """The same with further signs."""
        return self._replace(signs={**self.signs, **signs})


@keeps_patterns
def find_titles(lines: Lines, shown: pl.Series, score: Floats, article: Flags) -> Ints:
    """Find each document's headline.

    Args:
        lines: of some documents, all that stand.
        shown: what each shows.
        score: of each.
        article: whether each is of the article.

    Returns:
        rows of the headlines, ascending; at most one of each document.
    """
    frame = Frame.of(lines.document)
    ahead = _ahead(lines, article, frame)
    near = _is_near(ahead)
    rows = _formed(np.flatnonzero(near & _sized(lines)), shown)
    signs = signs_around(Beginnings(lines, shown, article, near, frame), rows) | {
        "above": ahead[rows].clip(0),
        "inside": (-ahead[rows]).clip(0),
        "brief": lines.chars[rows] < BRIEF,
        "scored": score[rows].clip(-8, 2),
    }
    found = _Candidates(rows, lines.document.take(rows), shown[rows], signs)
    # What a key stands before is no headline, but for the title's.
    free = found.only((signs["stated"] != 0) | (signs["valued"] == 0))
    return _best(_hopeful(_told(free)), lines, shown, article)


def headline(shown: pl.Expr) -> pl.Expr:
    """What a line that is a headline says, without the marks before it and the site's name behind it."""
    return shown.str.replace(NUMBERED, "").str.replace(SURE_SITE_NAME, "").str.strip_chars_start(MARKS)


def could_be_headlines(lines: Lines, article: Flags, frame: Frame) -> Flags:
    """Which lines could be headlines by what is known of them without reading: few of those that a page loses.

    Args:
        lines: of some documents, all that stand.
        article: whether each is of the article.
        frame: where they stand.
    """
    return _sized(lines) & _is_near(_ahead(lines, article, frame))


def _sized(lines: Lines) -> Flags:
    """Lines as long as a headline that no rule knows."""
    return ~lines.known & (lines.chars >= SHORTEST) & (lines.chars <= LONGEST)


def _ahead(lines: Lines, article: Flags, frame: Frame) -> Ints:
    """How many lines that no rule knows it is from each line to the first such line of its document's article."""
    unknown = ~lines.known
    number = running(unknown)[1:]
    begins = np.append(np.flatnonzero(article & unknown), len(number))
    first = begins[np.searchsorted(begins, frame.starts)]
    far = len(number) + REACH + 1  # where no article begins
    found = np.where(first < frame.starts + frame.sizes, np.append(number, far)[first], far)
    return frame.spread(found) - number


def _is_near(ahead: Ints) -> Flags:
    return (ahead >= -INSIDE) & (ahead <= REACH)


def _formed(rows: Ints, shown: pl.Series) -> Ints:
    """Those of some rows whose form is that of a headline."""
    text = shown[rows]
    formed = ~text.str.contains(STOP, literal=True).to_numpy()
    formed[contains_where(formed, text, NO_HEADLINE)] = False
    return rows[contains_where(formed, text, CHINESE)]


def _told(candidates: _Candidates) -> _Candidates:
    """The candidates with the signs of their own form.

    One that ends in a site's name gives way to the same line without it.
    """
    text = pl.col("shown").str
    told = candidates.shown.to_frame("shown").select_seq(
        bare=text.replace(SITE_NAME, ""), caption=text.contains(CAPTION), heading=text.contains(HEADING)
    )
    whole = (told["bare"] == candidates.shown).to_numpy()
    repeated = _repeated(candidates.document, told["bare"], whole)
    signs = {"caption": told["caption"].to_numpy(), "heading": told["heading"].to_numpy(), "repeated": repeated}
    return candidates.with_signs(**signs).only(~repeated | whole)


def _repeated(document: Ints, bare: pl.Series, whole: Flags) -> Flags:
    """Which lines stand again in their document, once at least without a site's name.

    Args:
        document: number.
        bare: the lines without it.
        whole: whether that is all of the line.
    """
    repeated, again = np.zeros(len(whole), dtype=np.bool_), np.flatnonzero(likely_twins(pl.Series(document), bare))
    if len(again):
        texts = pl.DataFrame({"document": document[again], "bare": bare[again], "whole": whole[again]})
        plain = pl.col("whole").any().over("document", "bare") & (pl.len().over("document", "bare") > 1)
        repeated[again] = texts.select(plain).to_series().to_numpy()
    return repeated


def _weight(signs: Mapping[str, Floats | Flags]) -> Floats:
    """The sum of what signs add, on which the last bits of a float have no say."""
    weight = np.zeros(len(next(iter(signs.values()))))
    for sign, adds in WEIGHTS.items():
        if sign in signs:
            weight += signs[sign] * adds
    return weight.round(6)


def _hopeful(candidates: _Candidates) -> _Candidates:
    """The candidates that are no worse than another one, should they share all words with the article, and it none."""
    seen, frame = _weight(candidates.signs), Frame.of(candidates.document)
    return candidates.only(seen + WEIGHTS["shared"] >= frame.spread(np.maximum.reduceat(seen, frame.starts)))


def _best(candidates: _Candidates, lines: Lines, shown: pl.Series, article: Flags) -> Ints:
    """Rows of those that weigh most in their document; of several that do, of the last one.

    A candidate that stands alone and weighs enough is one whatever words it shares with the article.
    """
    frame, weight = Frame.of(candidates.document), _weight(candidates.signs)
    doubtful = frame.spread(frame.sizes > 1) | (weight < LEAST)
    told = candidates.only(doubtful)
    asked = np.zeros(lines.document[-1] + 1, dtype=np.bool_)
    asked[told.document] = True
    at = np.flatnonzero(sentences(lines, article) & asked[lines.document])
    shared = shared_words(Texts(told.document, told.shown), Texts(lines.document[at], shown[at]))
    weight[doubtful] = _weight({**told.signs, "shared": shared})
    order = np.lexsort((weight, candidates.document))
    best = order.take(frame.starts + frame.sizes - 1)
    return candidates.row.take(best[weight.take(best) >= LEAST])
