"""What a page says of itself: title, day, publisher, author and editor, each with the line that says so.

Rules look once at each distinct short line that has a word that they need, and at the few paragraphs that name a
reporter; and at no document that a better rule has read.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import polars as pl
from pydantic import Field

from etl.boilerplate.metadata_lines import Looked, any_of, look_at_prose, look_at_short_lines, with_zones
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
    return texts.with_columns(value=_value(rule, pl.col("shown"))).filter(_named(pl.col("value")))


def _value(rule: MetadataRule, shown: pl.Expr) -> pl.Expr:
    """What a rule reads, if anything; its digits are the plain ones, to which shown lines have folded wide ones."""
    return shown.str.extract(f"(?i){rule.pattern}".replace(r"\d", "[0-9]"), 1).str.strip_chars(" -、,")


def _named(value: pl.Expr) -> pl.Expr:
    return (value != "") & ~value.str.to_lowercase().is_in(NO_NAMES)


def read_metadata(lines: pl.DataFrame, titles: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Read what each document says about itself.

    Args:
        lines: row, document (position in documents), line_no, shown, chars, prose, article of every line.
        titles: document, title, title_line_no, at most one row per document.
        documents: doc_id; the result has one row for each, in this order.

    Returns:
        the columns of Metadata.
    """
    said = _statements(lines)
    result = documents.select("doc_id").with_row_index("document")
    result = result.join(titles, on="document", how="left", maintain_order="left")
    for field in ("published", "publisher", "author", "editor"):
        of_field = said.filter(pl.col("field") == field).select(
            "document", pl.col("value").alias(field), pl.col("line_no").alias(f"{field}_line_no")
        )
        result = result.join(of_field, on="document", how="left", maintain_order="left")
    return conform(_with_moments(result.with_columns(_names(pl.col("author", "editor")))), Metadata)


def read_nothing(documents: pl.DataFrame) -> pl.DataFrame:
    """The metadata of documents without a line: nothing."""
    return conform(documents.select("doc_id"), Metadata)


@cache
def _table() -> pl.DataFrame:
    """rule_no, field, rank, zone of every rule, in the order of the table."""
    rows = [(rule.field, rule.rank, rule.zone) for rule in metadata_rules()]
    return pl.DataFrame(rows, ["field", "rank", "zone"], orient="row").with_row_index("rule_no")


def _statements(lines: pl.DataFrame) -> pl.DataFrame:
    """What rules read: field, document, line_no, value, at most one row per field and document."""
    placed = with_zones(lines.select("row", "document", "line_no", "shown", "chars", "prose", "article"))
    for_prose = {number: rule for number, rule in enumerate(metadata_rules()) if rule.zone == "prose"}
    for_short = {number: rule for number, rule in enumerate(metadata_rules()) if rule.zone != "prose"}
    longest = max(rule.max_chars for rule in for_short.values())
    said = pl.concat(
        [
            _read(for_short, look_at_short_lines(placed, longest, _needs(for_short))),
            _read(for_prose, look_at_prose(placed, _needs(for_prose))),
        ]
    )
    best = said.sort("rank", "row", "rule_no").unique(["field", "document"], keep="first", maintain_order=True)
    return best.select("field", "document", "line_no", "value")


def _needs(rules: Mapping[int, MetadataRule]) -> list[str]:
    return [word for rule in rules.values() for word in rule.needs]


def _read(rules: Mapping[int, MetadataRule], looked: Looked) -> pl.DataFrame:
    """What rules, by number, read in the lines: rule_no, rank, field, row, document, line_no, value."""
    likely = looked.texts.with_columns(_likely(rule).alias(str(number)) for number, rule in rules.items())
    read = likely.select(
        pl.struct(pl.col("text").filter(str(number)), value=_value(rule, pl.col("shown").filter(pl.col(str(number)))))
        .implode()
        .alias(str(number))
        for number, rule in rules.items()
    )
    values = read.unpivot(variable_name="rule_no", value_name="read").explode("read").unnest("read")
    named = values.filter(_named(pl.col("value"))).with_columns(pl.col("rule_no").cast(pl.UInt32))
    said = named.join(_table(), on="rule_no", how="left").join(looked.lines, on="text")
    return said.filter(_in_zone()).select("rule_no", "rank", "field", "row", "document", "line_no", "value")


def _likely(rule: MetadataRule) -> pl.Expr:
    """Whether a text may have what a rule reads."""
    holds = pl.col("shown").str.contains(any_of(rule.needs))
    return holds if rule.zone == "prose" else holds & (pl.col("chars") <= rule.max_chars)


def _in_zone() -> pl.Expr:
    """Whether a line stands where its rule looks."""
    head = pl.col("head") & pl.col("zone").is_in(["head", "edge"])
    tail = pl.col("tail") & pl.col("zone").is_in(["tail", "edge"])
    return head | tail | pl.col("zone").is_in(["any", "prose"])


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
