"""The edits of a stage, numbered by document and rule, so that they are counted as arrays and not as text."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Flags, Ints
from etl.distinct import number_values
from etl.ledger import BREAK_RULES
from etl.quality.numbers import Columns, sums
from etl.quality.places import Pairs, Places, find_pairs

__all__ = ["TOP_LINE_CHARS", "Edits", "number_edits", "removed_lines", "sum_by_document", "sum_by_rule"]

TOP_LINE_CHARS = 120
"""Code points; longer removed lines are paragraphs, which hardly ever recur often enough to head a list."""

SUMS = ("removed", "inserted")


MEASURED = {
    "removed": pl.col("before").str.len_chars(),
    "inserted": pl.col("after").str.len_chars().fill_null(0),
    "gone": pl.col("after").is_null(),
}
"""What is found out about each edit."""


class Edits(NamedTuple):
    """The edits of a stage.

    Attributes:
        before: what stood there, for each edit.
        after: what replaced it; null where it was removed.
        gone: whether it was removed.
        removed: code points of `before`.
        documents: number of its document for each edit; see `Places.number`.
        rules: number of its rule for each edit.
        names: of the rules, by number.
        touched: what each rule did to each document: edits, removed and inserted (code points).
    """

    before: pl.Series
    after: pl.Series
    gone: Flags
    removed: Ints
    documents: Ints
    rules: Ints
    names: list[str]
    touched: Pairs


def number_edits(ledger: pl.DataFrame, places: Places) -> Edits:
    """Number the edits of a stage.

    Args:
        ledger: doc_id, rule, before, after.
        places: every document.
    """
    doc_ids, rule, before, after = (ledger.get_column(name) for name in ("doc_id", "rule", "before", "after"))
    documents = places.number(doc_ids)
    names, rules = number_values(rule)
    removed, inserted, gone = (found.to_numpy() for found in ledger.select_seq(**MEASURED))
    touched = find_pairs(documents, rules, "edits", {"removed": removed, "inserted": inserted})
    return Edits(before, after, gone, removed, documents, rules, names.to_list(), touched)


def sum_by_document(edits: Edits, places: Places) -> dict[str, Ints]:
    """Code points removed and inserted of each document, by its number; without those that are not there."""
    size, touched = len(places.of), edits.touched
    return {name: sums(touched.documents, touched.counts[name], size)[:size] for name in SUMS}


def sum_by_rule(edits: Edits, places: Places) -> Columns:
    """rule, the columns of `GROUP`, edits, documents, removed, inserted."""
    return places.tally(edits.touched, "rule", edits.names)


def removed_lines(edits: Edits) -> pl.DataFrame:
    """rule, text, count of the short lines that were removed, without white space at their ends.

    Those that differ there alone have a row each.
    """
    breaks = np.array([name in BREAK_RULES for name in edits.names], dtype=np.bool_)
    of_lines = edits.gone & (edits.removed <= TOP_LINE_CHARS) & ~breaks[edits.rules]
    texts, numbers = number_values(edits.before.filter(pl.Series(of_lines)))
    found = find_pairs(edits.rules[of_lines], numbers, "count", {})
    rule, text = pl.Series(edits.names, dtype=pl.String), texts.str.strip_chars()
    return pl.DataFrame({"rule": rule[found.documents], "text": text[found.names], **found.counts})
