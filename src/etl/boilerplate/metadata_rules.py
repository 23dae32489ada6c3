"""The rules by which a page's statements about itself are read: the table, and what one of them reads in a line."""

from __future__ import annotations

from functools import cache
from typing import Literal

import polars as pl
from pydantic import Field

from etl.rules import Rule, load_rules

__all__ = ["MetadataRule", "metadata_rules", "named", "read_values", "stated"]

NO_NAMES = (
    *("admin", "administrator", "root", "system", "robot", "newsroom", "null", "none"),
    *("管理员", "匿名", "未知", "本站", "佚名", "互联网", "网络"),
    *("作者", "来源", "出处", "责任编辑", "责编", "编辑", "记者", "时间", "日期"),
    *("点击", "浏览", "阅读", "人气", "评论"),
    *("字号", "字体", "手机版", "打印", "分享", "资料图", "资料图片"),
)
"""What no person and no office is called, in letters of either case: what software writes where nobody was named; and,
where nothing was filled in, the next label or button."""

NOBODY = f"(?i)^(?:{'|'.join(NO_NAMES)})?$"
"""A value that names no one."""


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


def read_values(rule: MetadataRule, shown: pl.Series) -> pl.Series:
    """What a rule reads in shown lines: null where that is nothing, or the name of no one."""
    return named(stated(rule, shown))


def stated(rule: MetadataRule, shown: pl.Series) -> pl.Series:
    """What a rule finds, if anything; its digits are the plain ones, to which shown lines have folded wide ones."""
    return shown.str.extract(f"(?i){rule.pattern}".replace(r"\d", "[0-9]"), 1)


def named(values: pl.Series) -> pl.Series:
    """Values without what stands around them, or null where they are the name of no one."""
    trimmed = values.str.strip_chars(" -、,")
    return trimmed.set(trimmed.str.contains(NOBODY), None)
