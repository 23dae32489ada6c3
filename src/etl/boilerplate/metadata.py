"""What a page says of itself: title, day, publisher, author and editor, each with the line that says so.

Rules look once at each distinct short line that has a word that they need, and at the few paragraphs that name a
reporter; of what they read in a document, the best rule is believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

from etl.boilerplate.metadata_lines import look_at, with_zones
from etl.boilerplate.words import holds_any
from etl.patterns import keeps_patterns, select_here
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
    return _named(texts.with_columns(value=_value(rule, texts["shown"])))


def _value(rule: MetadataRule, shown: pl.Series) -> pl.Series:
    """What a rule reads, if anything; its digits are the plain ones, to which shown lines have folded wide ones."""
    return shown.str.extract(f"(?i){rule.pattern}".replace(r"\d", "[0-9]"), 1)


def _named(read: pl.DataFrame) -> pl.DataFrame:
    """Values without what stands around them, where they are not the name of no one."""
    value = pl.col("value")
    trimmed = read.with_columns(value.str.strip_chars(" -、,"))
    return trimmed.filter((value != "") & ~value.str.to_lowercase().is_in(NO_NAMES))


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
    longest = max(rule.max_chars for rule in metadata_rules() if rule.zone != "prose")
    looked = look_at(placed, longest, in_prose=_needs(prose=True), elsewhere=_needs(prose=False))
    values = _named(_values(looked.texts, _likely(looked.texts)))
    read = values.join(_table(), on="rule_no", how="left").join(looked.lines, on="text").filter(_in_zone())
    best = read.sort("rank", "row", "rule_no").unique(["field", "document"], keep="first", maintain_order=True)
    return best.select("field", "document", "line_no", "value")


def _needs(*, prose: bool) -> list[str]:
    return [word for rule in metadata_rules() for word in rule.needs if (rule.zone == "prose") == prose]


@keeps_patterns
def _likely(texts: pl.DataFrame) -> pl.DataFrame:
    """For each rule a column, named by its number: whether texts may have what it reads.

    Args:
        texts: shown, chars.
    """
    return select_here(texts, _likelihoods())


@cache
def _likelihoods() -> Mapping[str, pl.Expr]:
    return {str(number): _is_likely(rule) for number, rule in enumerate(metadata_rules())}


def _is_likely(rule: MetadataRule) -> pl.Expr:
    needs = holds_any(pl.col("shown"), rule.needs)
    return needs if rule.zone == "prose" else needs & (pl.col("chars") <= rule.max_chars)


@keeps_patterns
def _values(texts: pl.DataFrame, likely: pl.DataFrame) -> pl.DataFrame:
    """text, rule_no, value: what each rule reads in the texts that may have it; null where it reads nothing.

    Args:
        texts: text (its number), shown.
        likely: see `_likely`.
    """
    these = [likely[str(number)] for number in range(len(metadata_rules()))]
    values = [_value(rule, texts["shown"].filter(some)) for rule, some in zip(metadata_rules(), these, strict=True)]
    rule_no = np.repeat(np.arange(len(values), dtype=np.uint32), [len(read) for read in values])
    text = pl.concat([texts["text"].filter(some) for some in these])
    return pl.DataFrame({"text": text, "rule_no": rule_no, "value": pl.concat(values)})


def _in_zone() -> pl.Expr:
    """Whether a line stands where its rule looks."""
    head = pl.col("head") & pl.col("zone").is_in(["head", "edge"])
    tail = pl.col("tail") & pl.col("zone").is_in(["tail", "edge"])
    anywhere = head | tail | (pl.col("zone") == "any")
    return pl.when("prose").then(pl.col("zone") == "prose").otherwise(anywhere)


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
