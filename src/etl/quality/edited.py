"""The edits of a stage, numbered by document and rule, so that they are counted as arrays and not as text."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from etl.ledger import BREAK_RULES
from etl.utf8 import Ints

__all__ = ["TOP_LINE_CHARS", "Edits", "number_edits", "removed_lines", "sum_by_document", "sum_by_rule"]

TOP_LINE_CHARS = 120
"""Code points; longer removed lines are paragraphs, which hardly ever recur often enough to head a list."""

SUMS = ("removed", "inserted")


class Edits(NamedTuple):
    """The edits of a stage.

    Attributes:
        texts: before, after, removed and inserted (code points) of each edit.
        documents: row of `places` for each edit.
        places: doc_id, site, encoding, change of the documents; at the end those that edits name and nothing else.
        rules: number of its rule for each edit.
        names: of the rules, by number.
    """

    texts: pl.DataFrame
    documents: Ints
    places: pl.DataFrame
    rules: Ints
    names: pl.Series


def number_edits(ledger: pl.LazyFrame, places: pl.DataFrame) -> Edits:
    """Number the edits of a stage.

    Args:
        ledger: doc_id, rule, before, after.
        places: doc_id, site, encoding, change of every document.
    """
    removed, inserted = pl.col("before"), pl.col("after").fill_null("")
    edits = ledger.select(
        "doc_id",
        "rule",
        "before",
        "after",
        removed=removed.str.len_chars().cast(pl.Int64),
        inserted=inserted.str.len_chars().cast(pl.Int64),
    ).collect()
    documents, doc_ids = _numbered(edits.get_column("doc_id"), places.get_column("doc_id"))
    rules, names = _numbered(edits.get_column("rule"), pl.Series(dtype=pl.String))
    every = pl.concat([places, doc_ids[places.height :].to_frame("doc_id")], how="diagonal")
    return Edits(edits.drop("doc_id", "rule"), documents, every, rules, names)


def sum_by_document(edits: Edits) -> pl.DataFrame:
    """doc_id, removed, inserted of each document in `places`."""
    size = edits.places.height
    sums = {name: _sums(edits.documents, edits.texts.get_column(name), size) for name in SUMS}
    return edits.places.select("doc_id").with_columns(pl.Series(name, values) for name, values in sums.items())


def sum_by_rule(edits: Edits) -> pl.DataFrame:
    """rule, site, change, edits, documents, removed, inserted."""
    of_document, groups = _grouped(edits.places.select("site", "change"))
    size, rules = groups.height * len(edits.names), len(edits.names)
    group = of_document[edits.documents] * rules + edits.rules
    touched = np.zeros(edits.places.height * rules, dtype=np.bool_)
    touched[edits.documents * rules + edits.rules] = True
    document, rule = np.divmod(np.flatnonzero(touched), max(rules, 1))
    counts = {
        "edits": np.bincount(group, minlength=size),
        "documents": np.bincount(of_document[document] * rules + rule, minlength=size),
        **{name: _sums(group, edits.texts.get_column(name), size) for name in SUMS},
    }
    every = groups.join(edits.names.to_frame("rule"), how="cross", maintain_order="left_right")
    return every.with_columns(pl.Series(name, values) for name, values in counts.items()).filter(pl.col("edits") > 0)


def removed_lines(edits: Edits) -> pl.DataFrame:
    """rule, text, count of the short lines that were removed, without white space at their ends."""
    breaks = edits.names.is_in(BREAK_RULES).to_numpy()
    texts = edits.texts.lazy().select("before", "after", "removed", rule=pl.Series(edits.rules))
    of_lines = pl.col("after").is_null() & (pl.col("removed") <= TOP_LINE_CHARS) & pl.Series(~breaks[edits.rules])
    lines = texts.filter(of_lines).select("rule", text=pl.col("before").str.strip_chars()).collect()
    # Rule by rule, for one key is counted three times as fast as two.
    counted = [
        part.get_column("text").value_counts().with_columns(rule=pl.lit(edits.names[rule]))
        for (rule,), part in lines.partition_by("rule", as_dict=True).items()
    ]
    like = pl.DataFrame(schema={"text": pl.String, "count": pl.Int64, "rule": pl.String})
    return pl.concat([like, *(part.cast({"count": pl.Int64}) for part in counted)])


def _grouped(rows: pl.DataFrame) -> tuple[Ints, pl.DataFrame]:
    """The number of each row among the distinct ones, and those."""
    distinct = rows.unique(maintain_order=True)
    numbered = rows.join(
        distinct.with_row_index("number"), on=rows.columns, how="left", maintain_order="left", nulls_equal=True
    )
    return numbered.get_column("number").to_numpy().astype(np.int64), distinct


def _numbered(values: pl.Series, names: pl.Series) -> tuple[Ints, pl.Series]:
    """The number of each value, and the values by number: the names, each of which is there once, then any others."""
    # Neighbours mostly have the same value; all such are looked up at once.
    runs = values.rle().struct.unnest()
    every = pl.concat([names, runs.get_column("value")]).unique(maintain_order=True)
    numbers = every.to_frame("value").with_columns(number=pl.row_index().cast(pl.Int64))
    found = runs.join(numbers, on="value", how="left", maintain_order="left")
    return np.repeat(found.get_column("number").to_numpy(), runs.get_column("len").to_numpy()), every


def _sums(groups: Ints, values: pl.Series, size: int) -> Ints:
    """The sum of each group; exact below 2**53."""
    return np.bincount(groups, weights=values.to_numpy(), minlength=size).astype(np.int64)
