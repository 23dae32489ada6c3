"""What a page says of itself: title, day, publisher, author and editor, each with the line that says so."""

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
    found = [_best(_candidates(lines, rule), rule) for rule in metadata_rules()]
    statements = pl.concat(found).sort("field", "rank", "row", maintain_order=True)
    best = statements.unique(["field", "doc_id"], keep="first", maintain_order=True)
    result = documents.select("doc_id").join(titles, on="doc_id", how="left", maintain_order="left")
    for field in ("published", "publisher", "author", "editor"):
        columns = best.filter(pl.col("field") == field).select(
            "doc_id", pl.col("value").alias(field), pl.col("line_no").alias(f"{field}_line_no")
        )
        result = result.join(columns, on="doc_id", how="left", maintain_order="left")
    names = pl.col("author", "editor").str.replace_all(r"[ ,/]+", "、").str.strip_chars("、")
    return conform(result.with_columns(names, *_moments(pl.col("published"))), Metadata)


def read_nothing(documents: pl.DataFrame) -> pl.DataFrame:
    """The metadata of documents without a line: nothing."""
    return conform(documents.select("doc_id"), Metadata)


def _candidates(lines: pl.DataFrame, rule: MetadataRule) -> pl.DataFrame:
    """The lines that a rule may read."""
    if rule.zone == "prose":
        return lines.filter("prose")
    short = lines.filter((pl.col("chars") <= rule.max_chars) & ~pl.col("prose"))
    if rule.zone == "any":
        return short
    return short.filter(pl.col("head") | pl.col("tail") if rule.zone == "edge" else pl.col(rule.zone))


def _best(candidates: pl.DataFrame, rule: MetadataRule) -> pl.DataFrame:
    """doc_id, row, line_no, field, rank, value: what a rule reads, line by line."""
    return candidates.select(
        "doc_id",
        "row",
        "line_no",
        field=pl.lit(rule.field),
        rank=pl.lit(rule.rank),
        value=read_values(rule, pl.col("shown")),
    ).drop_nulls("value")


def _moments(stated: pl.Expr) -> list[pl.Expr]:
    """The day and the moment from a statement such as 2020年2月7日 9时30分; null where there is no such day."""
    part = [stated.str.extract(r"(\d{4})\D+?(\d{1,2})\D+?(\d{1,2})", group) for group in (1, 2, 3)]
    day = pl.concat_str(part, separator="-").str.to_date("%Y-%m-%d", strict=False)
    clock = r"\d{4}\D+?\d{1,2}\D+?\d{1,2}\D+?(\d{1,2})\D+?(\d{1,2})(?:\D+?(\d{1,2}))?"
    hour, minute, second = (stated.str.extract(clock, group).cast(pl.Int64) for group in (1, 2, 3))
    sound = (hour < 24) & (minute < 60) & (second.fill_null(0) < 60)
    moment = day.cast(pl.Datetime("us")) + pl.duration(hours=hour, minutes=minute, seconds=second.fill_null(0))
    return [day.alias("published"), pl.when(sound).then(moment).alias("published_at")]
