"""The edits of a stage, numbered by document and rule, so that they are counted as arrays and not as text."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from etl.ledger import BREAK_RULES
from etl.quality.places import Places, sums
from etl.utf8 import Ints

__all__ = ["TOP_LINE_CHARS", "Edits", "number_edits", "removed_lines", "sum_by_document", "sum_by_rule"]

TOP_LINE_CHARS = 120
"""Code points; longer removed lines are paragraphs, which hardly ever recur often enough to head a list."""

SUMS = ("removed", "inserted")


class Edits(NamedTuple):
    """The edits of a stage.

    Attributes:
        texts: rule, before, after, removed and inserted (code points) of each edit, among others.
        documents: number of its document for each edit; see `Places.number`.
        groups: row of `Places.groups` for each edit.
        rules: number of its rule for each edit.
        names: of the rules, by number.
    """

    texts: pl.DataFrame
    documents: Ints
    groups: Ints
    rules: Ints
    names: pl.Series


def number_edits(ledger: pl.LazyFrame, places: Places) -> Edits:
    """Number the edits of a stage.

    Args:
        ledger: doc_id, rule, before, after.
        places: every document.
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
    documents = places.number(edits.get_column("doc_id"))
    names = edits.get_column("rule").unique(maintain_order=True)
    rules = edits.get_column("rule").cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    return Edits(edits, documents, places.group(documents), rules, names)


def sum_by_document(edits: Edits, places: Places) -> dict[str, Ints]:
    """Code points removed and inserted of each document, by its number; without those that are not there."""
    size = len(places.of)
    return {name: sums(edits.documents, edits.texts.get_column(name), size)[:size] for name in SUMS}


def sum_by_rule(edits: Edits, places: Places) -> pl.DataFrame:
    """rule, the columns of `GROUP`, edits, documents, removed, inserted."""
    rules = max(len(edits.names), 1)
    size = places.groups.height * rules
    group = edits.groups * rules + edits.rules
    touched = np.flatnonzero(np.bincount(edits.documents * rules + edits.rules))
    counts = {
        "edits": np.bincount(group, minlength=size),
        "documents": np.bincount(places.group(touched // rules) * rules + touched % rules, minlength=size),
        **{name: sums(group, edits.texts.get_column(name), size) for name in SUMS},
    }
    there = np.flatnonzero(counts["edits"])
    return places.table(there // rules, [edits.names[there % rules]], {name: of[there] for name, of in counts.items()})


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
