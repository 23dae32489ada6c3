"""What a page says of itself: title, day, publisher, author and editor, each with the line that says so.

Rules look once at each distinct short line that could say anything, and at the few paragraphs that name a reporter.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import polars as pl
from pydantic import Field

from etl.rules import Rule, load_rules
from etl.schemas import Metadata, conform

__all__ = ["MetadataRule", "metadata_rules", "read_metadata", "read_nothing", "read_values"]

MACHINE_NAMES = "(?i)^(?:admin|administrator|root|system|管理员|匿名|未知|本站|佚名|互联网|网络|null|none|-+)$"
"""Names that no person and no office bears: what software writes where nobody was named."""


SPEAKING = r"[:/]|(?:19|20)\d\d|记者|記者"
"""What a short line has that states anything: a label, a year or a reporter. The other lines are not read."""

KEY = r"^[^\p{Han}]?[\p{Han} ]{2,8} ?:$"
"""A label on a line of its own, whose value is the next line."""

VALUE_CHARS = 40
"""Code points of a line, up to which it can be the value of the label on the line before."""

SPACED_NAME = r"(^|[、 ])(\p{Han}) (\p{Han})($|[、 ])"
"""A name of two characters, set apart as in print."""

ROLES = r"(?:(?:本报|本网|本刊|见习|实习|特约|全媒体|融媒体)*记者|通讯员|通訊員|实习生)"
"""What reporters and others are called before their names, within a list of names."""


class MetadataRule(Rule):
    """One way in which a page states a fact about itself; the columns are explained at the head of the table."""

    field: Literal["published", "publisher", "author", "editor"]
    rank: int = Field(ge=0)
    zone: Literal["any", "head", "tail", "edge", "prose"]
    pattern: str
    max_chars: int = Field(120, gt=0)


@cache
def metadata_rules() -> tuple[MetadataRule, ...]:
    """Every rule, in the order of the table."""
    return load_rules("metadata", MetadataRule)


def read_values(rule: MetadataRule, shown: pl.Expr) -> pl.Expr:
    """What a rule reads in a shown line; null where it reads nothing, or the name of no one."""
    value = shown.str.extract(f"(?i){rule.pattern}", 1).str.strip_chars(" -、,")
    return pl.when((value != "") & ~value.str.contains(MACHINE_NAMES)).then(value)


def read_metadata(lines: pl.DataFrame, titles: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Read what each document says about itself.

    Args:
        lines: row, doc_id, line_no, shown, chars, prose, head, tail of every line.
        titles: doc_id, title, title_line_no, at most one row per document.
        documents: doc_id; the result has one row for each, in this order.

    Returns:
        the columns of Metadata.
    """
    found = [*_in_short_lines(lines), *_in_prose(lines)]
    statements = pl.concat(found).sort("field", "rank", "row", maintain_order=True)
    best = statements.unique(["field", "doc_id"], keep="first", maintain_order=True)
    result = documents.select("doc_id").join(titles, on="doc_id", how="left", maintain_order="left")
    for field in ("published", "publisher", "author", "editor"):
        columns = best.filter(pl.col("field") == field).select(
            "doc_id", pl.col("value").alias(field), pl.col("line_no").alias(f"{field}_line_no")
        )
        result = result.join(columns, on="doc_id", how="left", maintain_order="left")
    return conform(result.with_columns(_names(pl.col("author", "editor")), *_moments(pl.col("published"))), Metadata)


def read_nothing(documents: pl.DataFrame) -> pl.DataFrame:
    """The metadata of documents without a line: nothing."""
    return conform(documents.select("doc_id"), Metadata)


def _in_short_lines(lines: pl.DataFrame) -> list[pl.DataFrame]:
    """What the rules read in short lines, rule by rule; see `_statements`."""
    rules = [rule for rule in metadata_rules() if rule.zone != "prose"]
    longest = max(rule.max_chars for rule in rules)
    short = _with_keys(lines.filter((pl.col("chars") <= longest) & ~pl.col("prose")))
    speaking = _with_zones(short, lines).filter(pl.col("shown").str.contains(SPEAKING))
    distinct = _distinct(speaking)
    return [_statements(speaking.filter(_zone(rule)), distinct, rule) for rule in rules]


def _in_prose(lines: pl.DataFrame) -> list[pl.DataFrame]:
    """What the rules read in paragraphs, rule by rule; see `_statements`."""
    naming = lines.filter(pl.col("prose") & pl.col("shown").str.contains_any(["记者", "記者"]))
    rules = [rule for rule in metadata_rules() if rule.zone == "prose"]
    distinct = _distinct(naming)
    return [_statements(naming, distinct, rule) for rule in rules]


def _distinct(lines: pl.DataFrame) -> pl.DataFrame:
    """Each distinct line, with its own length, which does not hang on where it stands."""
    return lines.select("shown").unique(maintain_order=True).with_columns(chars=pl.col("shown").str.len_chars())


def _with_keys(short: pl.DataFrame) -> pl.DataFrame:
    """Put a label that is a line of its own before its value on the next line, as it would stand on one line."""
    follows = (pl.col("doc_id") == pl.col("doc_id").shift(1)) & (pl.col("row") == pl.col("row").shift(1) + 1)
    key = pl.when(follows & pl.col("shown").shift(1).str.contains(KEY)).then(pl.col("shown").shift(1))
    value = (pl.col("chars") <= VALUE_CHARS) & ~pl.col("shown").str.contains(r"^[\p{Han} ]{2,8} ?:")
    return short.with_columns(shown=pl.when(value).then(pl.concat_str(key, "shown")).fill_null(pl.col("shown")))


def _with_zones(short: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Count lines of the article that stand before its first paragraph as head, too, and after its last as tail."""
    prose = lines.filter("article", "prose").group_by("doc_id", maintain_order=True)
    spans = prose.agg(first=pl.col("row").first(), last=pl.col("row").last())
    placed = short.join(spans, on="doc_id", how="left", maintain_order="left")
    return placed.with_columns(
        head=(pl.col("head") | (pl.col("row") < pl.col("first"))).fill_null(pl.col("head")),
        tail=(pl.col("tail") | (pl.col("row") > pl.col("last"))).fill_null(pl.col("tail")),
    )


def _zone(rule: MetadataRule) -> pl.Expr:
    """Whether a line stands where the rule looks."""
    zones = {"any": pl.lit(value=True), "edge": pl.col("head") | pl.col("tail")}
    return zones.get(rule.zone, pl.col(rule.zone))


def _statements(lines: pl.DataFrame, distinct: pl.DataFrame, rule: MetadataRule) -> pl.DataFrame:
    """doc_id, row, line_no, field, rank, value: what a rule reads in lines, each distinct one being looked at once."""
    read = (
        distinct.filter((pl.col("chars") <= rule.max_chars) | (rule.zone == "prose"))
        .select("shown", value=read_values(rule, pl.col("shown")))
        .drop_nulls("value")
    )
    stating = lines.join(read, on="shown", how="inner", maintain_order="left")
    return stating.select("doc_id", "row", "line_no", field=pl.lit(rule.field), rank=pl.lit(rule.rank), value="value")


def _names(stated: pl.Expr) -> pl.Expr:
    """Names joined with 、, without what their bearers are."""
    closed = stated.str.replace_all(SPACED_NAME, "${1}${2}${3}${4}").str.replace_all(ROLES, "、")
    return closed.str.replace_all(r"[ ,/;、]+", "、").str.strip_chars("、")


def _moments(stated: pl.Expr) -> list[pl.Expr]:
    """The day and the moment from a statement such as 2020年2月7日 9时30分; null where there is no such day."""
    part = [stated.str.extract(r"(\d{4})\D+?(\d{1,2})\D+?(\d{1,2})", group) for group in (1, 2, 3)]
    day = pl.concat_str(part, separator="-").str.to_date("%Y-%m-%d", strict=False)
    clock = r"\d{4}\D+?\d{1,2}\D+?\d{1,2}\D+?(\d{1,2})\D+?(\d{1,2})(?:\D+?(\d{1,2}))?"
    hour, minute, second = (stated.str.extract(clock, group).cast(pl.Int64) for group in (1, 2, 3))
    sound = (hour < 24) & (minute < 60) & (second.fill_null(0) < 60)
    moment = day.cast(pl.Datetime("us")) + pl.duration(hours=hour, minutes=minute, seconds=second.fill_null(0))
    return [day.alias("published"), pl.when(sound).then(moment).alias("published_at")]
