"""The headline of a document: of the lines above its first paragraph, the one that most speaks for.

A headline stands before the byline or behind the trail of links that leads to the page; it shares its words with the
beginning of the article, which a menu does not; and it may stand twice. Each of these signs has a weight. Only the
few lines about the article's beginning are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from etl.boilerplate.characters import CODE_POINTS, han_characters

__all__ = ["find_titles"]

SHORTEST, LONGEST = 4, 80
"""Code points of a headline; of its Chinese characters the least number is the same."""

BRIEF = 6
"""Code points below which a line is rather a menu's than a headline."""

REACH = 20
"""Lines unknown to the rules that may stand between the headline and the article: pictures' captions and buttons."""

INSIDE = 5
"""Lines unknown to the rules before the headline that may wrongly be taken for the article's."""

LEAD_LINES, LEAD_CHARS = 4, 300
"""Paragraphs, and code points of them, whose words a headline is expected to share."""

LEAD_LINE = 15
"""Code points of a sentence that counts as one of them."""

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
    candidates = _candidates(_with_signs(_near_begin(lines), hits))
    told = _with_words(_hopeful(candidates), lines)
    good = told.with_columns(weight=_weight(WEIGHTS).round(6)).filter(pl.col("weight") >= LEAST)
    best = good.sort("document", "weight", "row").unique("document", keep="last", maintain_order=True)
    title = pl.col("shown").str.replace(NUMBERED, "").str.replace(SURE_SITE_NAME, "").str.strip_chars_start(MARKS)
    return best.select("row", "document", "doc_id", title=title, title_line_no=pl.col("line_no"))


def _near_begin(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines about the first line of the article that no rule knows, with ahead: unknown lines from here to there."""
    unknown = pl.col("family").is_null()
    counted = lines.select("row", "document", "article", unknown.alias("_is"), _no=unknown.cast(pl.Int64).cum_sum())
    begins = counted.filter("article", "_is").unique("document", keep="first", maintain_order=True)
    first = begins.select("document", _first="_no")
    ahead = counted.select("document", "_no").join(first, on="document", how="left", maintain_order="left")
    placed = ahead.select(ahead=pl.col("_first") - pl.col("_no")).to_series()
    near = placed.is_between(-INSIDE, REACH).fill_null(value=False)
    return lines.select(COLUMNS).filter(near).with_columns(ahead=placed.filter(near))


def _with_signs(lines: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Add the signs that a line's neighbours and its own form give."""

    def at(step: int, value: pl.Expr) -> pl.Expr:
        """The value so many lines below, within the document."""
        return (value.shift(-step) & (pl.col("document") == pl.col("document").shift(-step))).fill_null(value=False)

    bylines = hits.filter(pl.col("family").is_in(["metadata", "source"]))["row"]
    metadata = pl.col("row").is_in(bylines.implode()) | (pl.col("dated") & (pl.col("chars") < LONGEST))
    metadata = metadata & ~pl.col("prose")
    trail = (pl.col("family") == "breadcrumb").fill_null(value=False)
    nearest = [pl.when(at(step, metadata)).then(value) for step, value in BEFORE_METADATA.items()]
    known = pl.col("family").is_not_null()
    colon = pl.col("shown").str.ends_with(":")
    return lines.with_columns(
        stated=at(-1, pl.col("shown").str.contains(TITLE_KEY)),
        valued=at(-1, colon & known & (pl.col("chars") <= KEY_CHARS)),
        before_metadata=pl.coalesce(*nearest, 0.0),
        addressed=at(1, colon & ~known & (pl.col("chars") >= SALUTATION_CHARS)),
        announced=at(-1, colon & ~known & (pl.col("chars") >= ANNOUNCEMENT_CHARS)),
        after_trail=at(-1, trail) | at(-2, trail),
        related=(pl.col("family").forward_fill().over("document") == "related").fill_null(value=False),
        above=pl.col("ahead").clip(0),
        inside=(-pl.col("ahead")).clip(0),
        brief=pl.col("chars") < BRIEF,
        scored=pl.col("score").clip(-8, 2),
        below_prose=(pl.col("article") & pl.col("prose")).cum_sum().over("document") > 0,
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
    could = ~shown.str.contains(NO_HEADLINE) & (shown.str.count_matches(r"\p{Han}") >= SHORTEST)
    found = short.filter(could).with_columns(
        caption=shown.str.contains(CAPTION),
        heading=shown.str.contains(HEADING),
        bare=shown.str.replace(SITE_NAME, ""),
    )
    plain = (pl.col("bare") == shown).any().over("document", "bare")
    twice = plain & (pl.len().over("document", "bare") > 1)
    return found.with_columns(repeated=twice).filter(~twice | (pl.col("bare") == shown))


def _weight(signs: Iterable[str]) -> pl.Expr:
    return pl.sum_horizontal(pl.col(sign) * WEIGHTS[sign] for sign in signs)


def _hopeful(candidates: pl.DataFrame) -> pl.DataFrame:
    """The candidates that are no worse than another one, should they share all words with the article, and it none."""
    seen = candidates.with_columns(_seen=_weight(sign for sign in WEIGHTS if sign != "shared").round(6))
    return seen.filter(pl.col("_seen") + WEIGHTS["shared"] >= pl.col("_seen").max().over("document")).drop("_seen")


def _with_words(candidates: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Add shared: the share of the candidate's Chinese characters that the beginning of the article has too."""
    sentence = pl.col("prose") | (pl.col("ends") & (pl.col("chars") >= LEAD_LINE))
    prose = lines.filter("article", sentence).select("document", "shown")
    leads = prose.group_by("document", maintain_order=True).agg(pl.col("shown").head(LEAD_LINES).str.join(""))
    lead = _letters(leads.with_columns(pl.col("shown").str.slice(0, LEAD_CHARS)))
    letters = _letters(candidates).unique()
    counts = np.bincount(letters["line"], minlength=candidates.height)
    common = np.bincount(letters["line"].filter(letters["place"].is_in(lead["place"].implode())), minlength=len(counts))
    return candidates.with_columns(shared=pl.Series(common / counts))


def _letters(lines: pl.DataFrame) -> pl.DataFrame:
    """The Chinese characters of lines: line (position) and place (the character and its document, as one number)."""
    letters = han_characters(lines["shown"])
    documents = lines["document"].cast(pl.UInt64).gather(letters["text"])
    return letters.select(line="text", place=documents * CODE_POINTS + pl.col("code"))
