"""What a page says of itself: title, day, publisher, author and editor, each with the line that says so.

Rules look once at each distinct short line that has a word that they need, and at the few paragraphs that name a
reporter; and at no document that a better rule has read.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Literal

import polars as pl
from pydantic import Field

from etl.boilerplate.metadata_lines import Looked, any_of, look_at_prose, look_at_short_lines
from etl.rules import Rule, load_rules
from etl.schemas import Metadata, conform

__all__ = ["MetadataRule", "metadata_rules", "read_metadata", "read_nothing", "read_values"]

NO_NAMES = (
    *("admin", "administrator", "root", "system", "robot", "newsroom", "null", "none"),
    *("管理员", "匿名", "未知", "本站", "佚名", "互联网", "网络"),
    *(
        "作者",
        "来源",
        "出处",
        "责任编辑",
        "责编",
        "编辑",
        "记者",
        "时间",
        "日期",
        "点击",
        "浏览",
        "阅读",
        "人气",
        "评论",
    ),
    *("字号", "字体", "手机版", "打印", "分享", "资料图", "资料图片"),
)
"""What no person and no office is called, in small letters: what software writes where nobody was named; and, where
nothing was filled in, the next label or button."""

SPACED_NAME = r"(^|[、 ])(\p{Han}) (\p{Han})($|[、 ])"
"""A name of two characters, set apart as in print."""

ROLES = r"(?:(?:本报|本网|本刊|见习|实习|特约|全媒体|融媒体)*记者|通讯员|通訊員|实习生)"
"""What reporters and others are called before their names, within a list of names."""

MOMENT = (
    r"(?P<year>[0-9]{4})\D+?(?P<month>[0-9]{1,2})\D+?(?P<day>[0-9]{1,2})"
    r"(?:\D+?(?P<hour>[0-9]{1,2})\D+?(?P<minute>[0-9]{1,2})(?:\D+?(?P<second>[0-9]{1,2}))?)?"
)
"""A day, and a time of it that may follow."""


class MetadataRule(Rule):
    """One way in which a page states a fact about itself; the columns are explained at the head of the table."""

    field: Literal["published", "publisher", "author", "editor"]
    rank: int = Field(ge=0)
    zone: Literal["any", "head", "tail", "edge", "prose"]
    needs: tuple[str, ...] = Field(min_length=1)
    pattern: str
    max_chars: int = Field(120, gt=0)


@cache
def metadata_rules() -> tuple[MetadataRule, ...]:
    """Every rule, in the order of the table."""
    return load_rules("metadata", MetadataRule)


def read_values(rule: MetadataRule, texts: pl.DataFrame) -> pl.DataFrame:
    """What a rule reads in shown lines.

    Args:
        rule: one of `metadata_rules`.
        texts: shown, and what else.

    Returns:
        the texts in which it reads something that is not the name of no one, with value.
    """
    value = pl.col("shown").str.extract(f"(?i){rule.pattern}", 1).str.strip_chars(" -、,")
    named = (pl.col("value") != "") & ~pl.col("value").str.to_lowercase().is_in(NO_NAMES)
    return texts.with_columns(value=value).filter(named)


def read_metadata(lines: pl.DataFrame, titles: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Read what each document says about itself.

    Args:
        lines: row, document (position in documents), line_no, shown, chars, prose, article of every line.
        titles: document, title, title_line_no, at most one row per document.
        documents: doc_id; the result has one row for each, in this order.

    Returns:
        the columns of Metadata.
    """
    short, prose = _looked_at(lines)
    result = documents.select("doc_id").with_row_index("document")
    result = result.join(titles, on="document", how="left", maintain_order="left")
    for field in ("published", "publisher", "author", "editor"):
        said = _statements(field, short, prose).select(
            "document", pl.col("value").alias(field), pl.col("line_no").alias(f"{field}_line_no")
        )
        result = result.join(said, on="document", how="left", maintain_order="left")
    return conform(_with_moments(result.with_columns(_names(pl.col("author", "editor")))), Metadata)


def read_nothing(documents: pl.DataFrame) -> pl.DataFrame:
    """The metadata of documents without a line: nothing."""
    return conform(documents.select("doc_id"), Metadata)


def _looked_at(lines: pl.DataFrame) -> tuple[Looked, Looked]:
    """The short lines, and the paragraphs, that have a word that some rule for them needs."""
    for_prose = [rule for rule in metadata_rules() if rule.zone == "prose"]
    for_short = [rule for rule in metadata_rules() if rule.zone != "prose"]
    short, prose = ([word for rule in rules for word in rule.needs] for rules in (for_short, for_prose))
    longest = max(rule.max_chars for rule in for_short)
    return look_at_short_lines(lines, longest, short), look_at_prose(lines, prose)


def _statements(field: str, short: Looked, prose: Looked) -> pl.DataFrame:
    """What rules read of a field: document, line_no, value, at most one row per document.

    The rules of a rank look at those documents only in which no rule of a lower one reads anything.
    """
    rules = sorted((rule for rule in metadata_rules() if rule.field == field), key=attrgetter("rank"))
    found = pl.DataFrame(schema={"document": pl.UInt32, "line_no": pl.Int64, "value": pl.String})
    for _, equals in groupby(rules, key=attrgetter("rank")):
        open_ones = ~pl.col("document").is_in(found["document"].implode())
        said = pl.concat(_read(rule, prose if rule.zone == "prose" else short, open_ones) for rule in equals)
        first = said.sort("row", maintain_order=True).unique("document", keep="first", maintain_order=True)
        found = pl.concat([found, first.select(found.columns)])
    return found


def _read(rule: MetadataRule, looked: Looked, where: pl.Expr) -> pl.DataFrame:
    """What a rule reads in some of the lines: these with value, each distinct text being looked at once."""
    lines = looked.lines.filter(_zone(rule) & where)
    texts = looked.texts.filter(
        pl.col("text").is_in(lines["text"].implode())
        & ((pl.col("chars") <= rule.max_chars) | (rule.zone == "prose"))
        & pl.col("shown").str.contains(any_of(rule.needs))
    )
    read = read_values(rule, texts).select("text", "value")
    return lines.join(read, on="text", maintain_order="left").select("row", "document", "line_no", "value")


def _zone(rule: MetadataRule) -> pl.Expr:
    """Whether a line stands where the rule looks."""
    zones = {"head": pl.col("head"), "tail": pl.col("tail"), "edge": pl.col("head") | pl.col("tail")}
    return zones.get(rule.zone, pl.lit(value=True))


def _names(stated: pl.Expr) -> pl.Expr:
    """Names joined with 、, without what their bearers are."""
    closed = stated.str.replace_all(SPACED_NAME, "${1}${2}${3}${4}").str.replace_all(ROLES, "、")
    return closed.str.replace_all(r"[ ,/;、]+", "、").str.strip_chars("、")


def _with_moments(documents: pl.DataFrame) -> pl.DataFrame:
    """Make published a day, and add published_at, the moment; null where there is none such.

    A statement is, for instance, 2020年2月7日 9时30分.
    """
    part = pl.col("_parts").struct
    day = pl.concat_str(part.field("year", "month", "day"), separator="-").str.to_date("%Y-%m-%d", strict=False)
    hour, minute, second = (part.field(name).cast(pl.Int64) for name in ("hour", "minute", "second"))
    sound = (hour < 24) & (minute < 60) & (second.fill_null(0) < 60)
    moment = day.cast(pl.Datetime("us")) + pl.duration(hours=hour, minutes=minute, seconds=second.fill_null(0))
    stated = documents.with_columns(_parts=pl.col("published").str.extract_groups(MOMENT))
    return stated.with_columns(published=day, published_at=pl.when(sound).then(moment)).drop("_parts")
