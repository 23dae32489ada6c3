"""What a page says of itself: title, day, publisher, author and editor, each with the line that says so.

Rules look once at each distinct short line that has a word that they need, and at the few paragraphs that name a
reporter; of what they read in a document, the best rule is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

from etl.boilerplate.frame import Ints
from etl.boilerplate.metadata_lines import lines_with, paragraphs_with, with_zones
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
    result = result.join(titles, on="document", how="left", maintain_order="left").drop("document")
    for field in ("published", "publisher", "author", "editor"):
        result = result.with_columns(_of_field(field, said, documents.height))
    return conform(_refined(result), Metadata)


def _of_field(field: str, said: pl.DataFrame, documents: int) -> list[pl.Series]:
    """What is said of a field, and on which line, for each document; null where nothing is."""
    of_field = said.filter(pl.col("field") == field)
    at = pl.Series([None], dtype=pl.UInt32).new_from_index(0, documents)
    at = at.scatter(of_field["document"], pl.int_range(of_field.height, dtype=pl.UInt32, eager=True))
    return [of_field["value"].gather(at).alias(field), of_field["line_no"].gather(at).alias(f"{field}_line_no")]


def read_nothing(documents: pl.DataFrame) -> pl.DataFrame:
    """The metadata of documents without a line: nothing."""
    return conform(documents.select("doc_id"), Metadata)


def _statements(lines: pl.DataFrame) -> pl.DataFrame:
    """What rules read: field, document, line_no, value, at most one row per field and document."""
    placed = with_zones(lines.select("row", "document", "line_no", "shown", "chars", "prose", "article"))
    longest = max(rule.max_chars for rule in _rules(prose=False).values())
    looked = {
        True: paragraphs_with(_needs(prose=True), placed),
        False: lines_with(_needs(prose=False), placed, longest),
    }
    read = pl.concat(
        _read(texts, _rules(prose=prose)).join(found, on="text") for prose, (found, texts) in looked.items()
    )
    best = read.filter(_in_zone()).sort("rank", "row", "rule_no")
    told = best.unique(["field", "document"], keep="first", maintain_order=True)
    return told.select("field", "document", "line_no", "value")


@cache
def _rules(*, prose: bool) -> dict[int, MetadataRule]:
    """The rules for paragraphs, or for other lines, by their numbers; those of the best rank first."""
    numbered = [(number, rule) for number, rule in enumerate(metadata_rules()) if (rule.zone == "prose") == prose]
    return dict(sorted(numbered, key=lambda rule: rule[1].rank))


def _needs(*, prose: bool) -> list[str]:
    return [word for rule in _rules(prose=prose).values() for word in rule.needs]


def _read(texts: pl.DataFrame, rules: Mapping[int, MetadataRule]) -> pl.DataFrame:
    """What rules read: text (its row), rule_no, value, field, rank, zone.

    Args:
        texts: shown, chars.
        rules: by their numbers, those of the best rank first.
    """
    likely = {int(flags.name): flags.to_numpy() for flags in _likely(texts, rules)}
    settled = {rule.field: np.zeros(texts.height, dtype=np.bool_) for rule in rules.values()}
    read = []
    for _, numbers in groupby(rules, key=lambda number: rules[number].rank > 0):  # most is stated as rank 0 expects
        asked = {number: np.flatnonzero(likely[number] & ~settled[rules[number].field]) for number in numbers}
        found = _named(_values(texts["shown"], asked, rules))
        for number in asked:
            if rules[number].zone == "any":  # no other rule betters it, wherever the text stands
                settled[rules[number].field][found["text"].filter(found["rule_no"] == number)] = True
        read.append(found)
    return pl.concat(read).join(_table(), on="rule_no", how="left")


@cache
def _table() -> pl.DataFrame:
    """rule_no, field, rank, zone of every rule, in the order of the table."""
    rows = [(rule.field, rule.rank, rule.zone) for rule in metadata_rules()]
    return pl.DataFrame(rows, ["field", "rank", "zone"], orient="row").with_row_index("rule_no")


@keeps_patterns
def _likely(texts: pl.DataFrame, rules: Iterable[int]) -> pl.DataFrame:
    """For each rule a column, named by its number: whether texts may have what it reads.

    Args:
        texts: shown, chars.
        rules: their numbers.
    """
    return select_here(texts, {str(number): _is_likely(number) for number in rules})


@cache
def _is_likely(number: int) -> pl.Expr:
    rule = metadata_rules()[number]
    needs = holds_any(pl.col("shown"), rule.needs)
    return needs if rule.zone == "prose" else needs & (pl.col("chars") <= rule.max_chars)


@keeps_patterns
def _values(shown: pl.Series, asked: Mapping[int, Ints], rules: Mapping[int, MetadataRule]) -> pl.DataFrame:
    """What rules read: text (its row), rule_no, value; null where they read nothing.

    Args:
        shown: texts.
        asked: by each rule's number, the rows of the texts that it looks at.
        rules: by their numbers.
    """
    values = [_value(rules[number], shown.gather(rows)) for number, rows in asked.items()]
    rule_no = np.repeat(np.array([*asked], dtype=np.uint32), [len(rows) for rows in asked.values()])
    text = np.concatenate([*asked.values()]).astype(np.uint32)
    return pl.DataFrame({"text": text, "rule_no": rule_no, "value": pl.concat(values)})


def _in_zone() -> pl.Expr:
    """Whether a line stands where its rule looks; a rule for paragraphs looks at any."""
    head = pl.col("head") & pl.col("zone").is_in(["head", "edge"])
    tail = pl.col("tail") & pl.col("zone").is_in(["tail", "edge"])
    return head | tail | pl.col("zone").is_in(["any", "prose"])


@keeps_patterns
def _refined(documents: pl.DataFrame) -> pl.DataFrame:
    """Names without what their bearers are; published as a day, and published_at, the moment, if that is stated."""
    names = [_names(documents[field]) for field in ("author", "editor")]
    return documents.with_columns(*names, *_moments(documents["published"].str.extract_groups(MOMENT)))


def _names(stated: pl.Series) -> pl.Series:
    """Names joined with 、, without what their bearers are."""
    closed = stated.str.replace_all(SPACED_NAME, "${1}${2}${3}${4}").str.replace_all(ROLES, "、")
    return closed.str.replace_all(r"[ ,/;、]+", "、").str.strip_chars("、")


def _moments(stated: pl.Series) -> pl.DataFrame:
    """published, a day, and published_at, its moment; null where there is none such.

    Args:
        stated: the groups of `MOMENT`, of 2020年2月7日 9时30分 for instance.
    """
    day = pl.concat_str("year", "month", "day", separator="-").str.to_date("%Y-%m-%d", strict=False)
    hour, minute, second = (pl.col(name).cast(pl.Int64) for name in ("hour", "minute", "second"))
    sound = (hour < 24) & (minute < 60) & (second.fill_null(0) < 60)
    moment = day.cast(pl.Datetime("us")) + pl.duration(hours=hour, minutes=minute, seconds=second.fill_null(0))
    return stated.struct.unnest().select(published=day, published_at=pl.when(sound).then(moment))
