"""What one run removed and another did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.datasets import Scan
from etl.ledger import BREAK_RULES
from etl.report.glyphs import cut, show

__all__ = ["Comparison", "Side", "compare"]

MOST = 300
"""Removals that are shown; more are counted."""

PLACE = ["doc_id", "start", "end"]
"""What makes a removal the same in two runs: the stretch of the decoded text."""


@dataclass(frozen=True)
class Side:
    """Removals of one run that the other did not make.

    Attributes:
        edits: how many.
        chars: code points.
        rules: rule, edits, chars; the largest first.
        rows: the largest removals: doc_id, line_no, source, rule, html.
    """

    edits: int
    chars: int
    rules: list[dict[str, Any]]
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side.

    Attributes:
        alike: documents that both decoded to the same text; others cannot be compared line by line.
        vanished: what only the newer run removed.
        back: what only the older run removed.
    """

    alike: int
    vanished: Side
    back: Side


def compare(now: Scan, before: Scan) -> Comparison:
    """Compare two runs.

    Args:
        now: datasets of the one.
        before: datasets of the other.
    """
    key = ["doc_id", "text_sha256"]
    alike = now("decoded").select(*key, "source").join(before("decoded").select(key), on=key, how="semi").collect()
    removals = [_removals(scan, alike) for scan in (now, before)]
    return Comparison(alike.height, _side(removals[0], removals[1], alike), _side(removals[1], removals[0], alike))


def _removals(scan: Scan, alike: pl.DataFrame) -> pl.DataFrame:
    taken = pl.col("after").is_null() & ~pl.col("rule").is_in(BREAK_RULES)
    columns = scan("ledger").filter(taken).select(*PLACE, "line_no", "rule", "before").collect()
    return columns.join(alike, on="doc_id", how="semi")


def _side(one: pl.DataFrame, other: pl.DataFrame, alike: pl.DataFrame) -> Side:
    only = one.join(other, on=PLACE, how="anti").with_columns(chars=pl.col("end") - pl.col("start"))
    rules = (
        only.group_by("rule")
        .agg(edits=pl.len(), chars=pl.col("chars").sum())
        .sort("chars", "rule", descending=[True, False])
    )
    largest = only.sort("chars", *PLACE, descending=[True, False, False, False]).head(MOST)
    rows = largest.join(alike.select("doc_id", "source"), on="doc_id", maintain_order="left")
    shown = [row | {"html": show(cut(row["before"])[0])} for row in rows.iter_rows(named=True)]
    return Side(only.height, int(only["chars"].sum()), rules.to_dicts(), shown)
