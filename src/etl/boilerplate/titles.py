"""The headline of a document: of the lines above its first paragraph, the one that most speaks for.

A headline stands before the byline or behind the trail of links that leads to the page; it shares its words with the
beginning of the article, which a menu does not; and it may stand twice. Each of these signs has a weight. Only the
few lines about the article's beginning are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from etl.boilerplate.frame import Flags, Ints
from etl.boilerplate.title_words import shared_words

__all__ = ["could_be_headlines", "find_titles"]

SHORTEST, LONGEST = 4, 80
"""Code points of a headline; of its Chinese characters the least number is the same."""

BRIEF = 6
"""Code points below which a line is rather a menu's than a headline."""

REACH = 20
"""Lines unknown to the rules that may stand between the headline and the article: pictures' captions and buttons."""

INSIDE = 5
"""Lines unknown to the rules before the headline that may wrongly be taken for the article's."""

BEFORE_METADATA = {1: 1.0, 2: 0.7, 3: 0.4}
"""What it says for a line that metadata stand so many lines below it: a subtitle or a name may come between."""

COLUMNS = ("row", "document", "doc_id", "line_no", "shown", "chars", "prose", "dated", "article", "score", "family")
"""What is looked at of a line."""

NO_HEADLINE = (
    r"""。|[:;,]["'”’」』)]*$"""  # a sentence, or what announces something
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

KEY_CHARS, SALUTATION_CHARS, ANNOUNCEMENT_CHARS = 10, 4, 9
"""A line that ends in a colon: up to so many code points it is a key, if a rule knows it, and the next line its value;
from so many on it may be those whom a circular below its headline is addressed to; and from so many on it may announce
several items, none of which is the headline of all."""

TITLE_KEY = r"^(?:标 ?题|标 ?題|標 ?題|信息名称|公文名称) ?:$"
"""A key on a line of its own, whose value on the next line is the title."""

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


def find_titles(lines: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Find each document's headline.

    Args:
        lines: row, document, doc_id, line_no, shown, chars, prose, ends, dated, article, score, family.
        hits: row, family of lines that rules know; a line may meet several.

    Returns:
        row, document, doc_id, title, title_line_no: at most one row per document.
    """
    hopeful = _hopeful(_candidates(_with_signs(_near_begin(lines), hits)))
    sure = (pl.len().over("document") == 1) & (pl.col("seen") >= LEAST)
    doubtful = hopeful.filter(~sure)
    told = doubtful.with_columns(shared=shared_words(doubtful, lines)).with_columns(weight=_weight(WEIGHTS))
    good = pl.concat(
        [hopeful.filter(sure), told.filter(pl.col("weight") >= LEAST).sort("weight", "row")], how="diagonal"
    )
    best = good.unique("document", keep="last", maintain_order=True).sort("document")
    title = pl.col("shown").str.replace(NUMBERED, "").str.replace(SURE_SITE_NAME, "").str.strip_chars_start(MARKS)
    return best.select("row", "document", "doc_id", title=title, title_line_no=pl.col("line_no"))


def could_be_headlines(document: Ints, chars: Ints, article: Flags, unknown: Flags) -> Flags:
    """Which lines could be headlines by what is known of them without reading: few of those that a page loses.

    Args:
        document: number; lines of one document adjacent.
        chars: code points.
        article: whether it is of the article.
        unknown: whether no rule knows it.
    """
    near = _is_near(_ahead(document, article, unknown))
    return unknown & (chars >= SHORTEST) & (chars <= LONGEST) & near


def _near_begin(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines about the first line of the article that no rule knows, with `_ahead`."""
    unknown = lines["family"].is_null().to_numpy()
    ahead = _ahead(lines["document"].to_numpy(), lines["article"].to_numpy(), unknown)
    return lines.select(COLUMNS).with_columns(ahead=ahead).filter(pl.Series(_is_near(ahead)))


def _ahead(document: Ints, article: Flags, unknown: Flags) -> Ints:
    """How many lines that no rule knows it is from each line to the first such line of its document's article."""
    number = unknown.cumsum()
    begins = np.flatnonzero(article & unknown)[::-1]
    first = np.full(document.max(initial=0) + 1, len(document) + REACH + 1)  # far below, where no article begins
    first[document[begins]] = number[begins]  # the first line of a document is set last
    ahead: Ints = first[document] - number
    return ahead


def _is_near(ahead: Ints) -> Flags:
    return (ahead >= -INSIDE) & (ahead <= REACH)


def _with_signs(lines: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Add the signs that a line's neighbours and its own form give."""
    document, shown, chars = pl.col("document").cast(pl.Int64), pl.col("shown"), pl.col("chars")

    def at(step: int, value: pl.Expr) -> pl.Expr:
        """The value so many lines below, within the document."""
        return (value.shift(-step) & (document == document.shift(-step))).fill_null(value=False)

    def latest(is_one: pl.Expr, among: pl.Expr) -> pl.Expr:
        """Whether the latest line of some, in the document up to this line, is a certain one."""
        owner = pl.when(among).then(pl.when(is_one).then(document).otherwise(-1))
        return (owner.forward_fill() == document).fill_null(value=False)

    bylines = hits.filter(pl.col("family").is_in(["metadata", "source"]))["row"]
    metadata = pl.col("row").is_in(bylines.implode()) | (pl.col("dated") & (chars < LONGEST))
    metadata = metadata & ~pl.col("prose")
    trail, related = ((pl.col("family") == name).fill_null(value=False) for name in ("breadcrumb", "related"))
    nearest = [pl.when(at(step, metadata)).then(value) for step, value in BEFORE_METADATA.items()]
    known = pl.col("family").is_not_null()
    colon = shown.str.ends_with(":")
    begun = pl.col("article") & pl.col("prose")
    return lines.with_columns(
        stated=at(-1, shown.str.contains(TITLE_KEY)),
        valued=at(-1, colon & known & (chars <= KEY_CHARS)),
        before_metadata=pl.coalesce(*nearest, 0.0),
        addressed=at(1, colon & ~known & (chars >= SALUTATION_CHARS)),
        announced=at(-1, colon & ~known & (chars >= ANNOUNCEMENT_CHARS)),
        after_trail=at(-1, trail) | at(-2, trail),
        related=latest(related, among=known),
        above=pl.col("ahead").clip(0),
        inside=(-pl.col("ahead")).clip(0),
        brief=chars < BRIEF,
        scored=pl.col("score").clip(-8, 2),
        below_prose=latest(begun, among=begun),
    )


def _candidates(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that a headline could be, with the signs of their own form.

    One that ends in a site's name gives way to the same line without it.
    """
    shown = pl.col("shown")
    short = lines.filter(
        pl.col("family").is_null() & (pl.col("stated") | ~pl.col("valued")),
        pl.col("chars").is_between(SHORTEST, LONGEST),
    )
    found = short.filter(~shown.str.contains(NO_HEADLINE)).filter(shown.str.contains(CHINESE))
    found = found.with_columns(
        caption=shown.str.contains(CAPTION),
        heading=shown.str.contains(HEADING),
        bare=shown.str.replace(SITE_NAME, ""),
    )
    plain = (pl.col("bare") == shown).any().over("document", "bare")
    twice = plain & (pl.len().over("document", "bare") > 1)
    return found.with_columns(repeated=twice).filter(~twice | (pl.col("bare") == shown))


def _weight(signs: Iterable[str]) -> pl.Expr:
    """The sum of what signs add, on which the last bits of a float have no say."""
    return pl.sum_horizontal(pl.col(sign) * WEIGHTS[sign] for sign in signs).round(6)


def _hopeful(candidates: pl.DataFrame) -> pl.DataFrame:
    """The candidates that are no worse than another one, should they share all words with the article, and it none.

    Adds seen, their weight without the words.
    """
    seen = candidates.with_columns(seen=_weight(sign for sign in WEIGHTS if sign != "shared"))
    return seen.filter(pl.col("seen") + WEIGHTS["shared"] >= pl.col("seen").max().over("document"))
