"""What a page says of itself: title, day, publisher, author and editor, each with the line that says so.

Rules look at the lines that have a word that they need, those of the best rank first; the others look only where these
have read nothing.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.adjacent import differs
from etl.arrays import Ints
from etl.boilerplate.frame import running
from etl.boilerplate.metadata_lines import Looked, look_for
from etl.boilerplate.metadata_rules import metadata_rules, named, stated
from etl.patterns import keeps_patterns
from etl.schemas import Metadata, conform

__all__ = ["read_metadata", "read_nothing"]

FIELDS = ("title", "published", "publisher", "author", "editor")

SPACED_NAME = r"(^|[、 ])(\p{Han}) (\p{Han})($|[、 ])"
"""A name of two characters, set apart as in print."""

ROLES = r"(?:(?:本报|本网|本刊|见习|实习|特约|全媒体|融媒体)*记者|通讯员|通訊員|实习生)"
"""What reporters and others are called before their names, within a list of names."""

MOMENT = (
    r"(?P<year>[0-9]{4})\D+?(?P<month>[0-9]{1,2})\D+?(?P<day>[0-9]{1,2})"
    r"(?:\D+?(?P<hour>[0-9]{1,2})\D+?(?P<minute>[0-9]{1,2})(?:\D+?(?P<second>[0-9]{1,2}))?)?"
)
"""A day, and a time of it that may follow."""


class _Said(NamedTuple):
    """Statements.

    Attributes:
        cell: what each is about: the number of a field, times the number of documents, plus that of the document.
        line: row of the line that makes it.
        value: what it says.
    """

    cell: Ints
    line: Ints
    value: pl.Series


def read_metadata(
    lines: pl.DataFrame, wordings: pl.DataFrame, titles: pl.DataFrame, documents: pl.DataFrame
) -> pl.DataFrame:
    """Read what each document says about itself.

    Args:
        lines: document (position in documents), line_no, wording (its row), article of every line.
        wordings: shown, chars, prose.
        titles: document, title, title_line_no, at most one row per document.
        documents: doc_id; the result has one row for each, in this order.

    Returns:
        the columns of Metadata.
    """
    looked = look_for(dict(enumerate(metadata_rules())), lines, wordings)
    said = _statements(looked, lines["document"].to_numpy()[looked.line], documents.height)
    at = np.full(len(FIELDS) * documents.height, -1)
    at[np.concatenate([titles["document"].to_numpy(), said.cell])] = np.arange(titles.height + len(said.cell))
    values = pl.concat([titles["title"], said.value]).extend_constant(None, 1)[at]
    line_nos = pl.concat([titles["title_line_no"], lines["line_no"][said.line]]).extend_constant(None, 1)[at]
    fields = [
        of_all.slice(number * documents.height, documents.height).alias(f"{field}{what}")
        for what, of_all in (("", values), ("_line_no", line_nos))
        for number, field in enumerate(FIELDS)
    ]
    return conform(_refined(documents.select("doc_id").hstack(fields)), Metadata)


def read_nothing(documents: pl.DataFrame) -> pl.DataFrame:
    """The metadata of documents without a line: nothing."""
    return conform(documents.select("doc_id"), Metadata)


def _statements(looked: Looked, document: Ints, documents: int) -> _Said:
    """What is believed: of all rules that read a field of a document, one of the best rank; then the first line.

    Args:
        looked: lines that rules look at.
        document: the number of each line's document.
        documents: how many there are.
    """
    asked = [looked.asked[rule] for rule in range(len(looked.asked))]
    at, rule = np.concatenate(asked), np.arange(len(asked)).repeat([len(lines) for lines in asked])
    values, value = _read(rule, looked.text[at], looked.texts)
    (said,) = values.is_not_null().to_numpy()[value].nonzero()
    at, rule, value = at[said], rule[said], value[said]
    cell = _fields()[rule] * documents + document[at]
    order = np.lexsort((rule, looked.line[at], _ranks()[rule], cell))
    best = order[differs(cell[order])]
    return _Said(cell[best], looked.line[at[best]], values.gather(value[best]))


@cache
def _fields() -> Ints:
    """For each rule the number of the field that it reads."""
    return np.array([FIELDS.index(rule.field) for rule in metadata_rules()])


@cache
def _ranks() -> Ints:
    """The rank of each rule."""
    return np.array([rule.rank for rule in metadata_rules()])


@keeps_patterns
def _read(rule: Ints, text: Ints, texts: pl.Series) -> tuple[pl.Series, Ints]:
    """What rules read in texts, if anything, each in each once; and for each pair of theirs the number of its value."""
    pairs = np.zeros((len(metadata_rules()), len(texts)), dtype=np.bool_)
    pairs[rule, text] = True
    asked = ((metadata_rules()[rule], np.flatnonzero(some)) for rule, some in enumerate(pairs))
    read = [stated(rule, texts[some]) for rule, some in asked if len(some)]
    return named(pl.concat([texts.clear(), *read])), running(pairs.ravel())[rule * len(texts) + text]


@keeps_patterns
def _refined(documents: pl.DataFrame) -> pl.DataFrame:
    """Names without what their bearers are; published as a day, and published_at, the moment, if that is stated."""
    names = _names(pl.concat([documents["author"], documents["editor"]]))
    author, editor = names.head(documents.height), names.tail(documents.height).alias("editor")
    return documents.with_columns(author, editor, *_moments(documents["published"].str.extract_groups(MOMENT)))


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
