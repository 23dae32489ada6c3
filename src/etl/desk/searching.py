"""Where did this sentence go? A search through the ledger and the clean texts of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from etl.datasets import Scan
from etl.ledger import BREAK_RULES
from etl.report.glyphs import show

__all__ = ["Ask", "Found", "marked", "options", "search"]

MOST = 200
"""Hits that are shown; more are counted."""

CONTEXT = 120
"""Code points around a hit that are shown, for a removed line can be a megabyte long."""


@dataclass(frozen=True)
class Ask:
    """What is looked for.

    Attributes:
        text: a stretch of a line, as it came; white space at its ends does not count. Empty for any edit.
        stage: only edits of this stage; empty for any.
        rule: only edits of this rule; empty for any.
        site: only documents of this site; empty for any.
    """

    text: str = ""
    stage: str = ""
    rule: str = ""
    site: str = ""


@dataclass(frozen=True)
class Found:
    """What was found.

    Attributes:
        count: edits that hold the text.
        edits: some of them, by document: doc_id, line_no, source, stage, rule, html.
        kept: clean documents that hold it.
        documents: the first of them: doc_id, source.
        named: documents whose name holds it, the first of them: doc_id, source.
    """

    count: int
    edits: list[dict[str, Any]]
    kept: int
    documents: list[dict[str, Any]]
    named: list[dict[str, Any]]


def search(scan: Scan, ask: Ask) -> Found:
    """Search one run; the ledger is read from its files each time, and only the columns that are needed."""
    text = ask.text.strip()
    documents = scan("documents").select("doc_id", "source", "site", "text")
    ledger = scan("ledger", f"{ask.stage}-" if ask.stage else "").filter(~pl.col("rule").is_in(BREAK_RULES))
    if ask.rule:
        ledger = ledger.filter(pl.col("rule") == ask.rule)
    if text:
        ledger = ledger.filter(pl.col("before").str.contains(text, literal=True))
    if ask.site:
        documents = documents.filter(pl.col("site") == ask.site)
        ledger = ledger.join(documents.select("doc_id"), on="doc_id", how="semi")
    hits = ledger.select("doc_id", "line_no", "start", "stage", "rule", "before")
    count, first = pl.collect_all([hits.select(pl.len()), hits.head(MOST)])
    names = documents.filter(pl.col("doc_id").is_in(first["doc_id"].unique().to_list())).drop("text").collect()
    edits = first.join(names, on="doc_id").sort("source", "start")
    holding = _holding(documents, "text", text)
    return Found(
        count=int(count.item()),
        edits=[row | {"html": marked(row["before"], text)} for row in edits.iter_rows(named=True)],
        kept=holding.height,
        documents=holding.head(MOST).to_dicts(),
        named=_holding(documents, "source", text).head(MOST).to_dicts(),
    )


def _holding(documents: pl.LazyFrame, column: str, text: str) -> pl.DataFrame:
    """Documents that hold a text in a column; nothing is held by none."""
    found = pl.col(column).str.contains(text, literal=True) if text else pl.lit(value=False)
    return documents.filter(found).select("doc_id", "source").collect().sort("source")


def marked(line: str, text: str) -> Markup:
    """A line around the first place that holds a text, which is marked."""
    at = max(line.find(text), 0)
    before, after = line[max(0, at - CONTEXT) : at], line[at + len(text) : at + len(text) + CONTEXT]
    return Markup("{}{}<mark>{}</mark>{}{}").format(
        "…" if at > CONTEXT else "",
        show(before),
        show(line[at : at + len(text)]),
        show(after),
        "…" if len(line) > at + len(text) + CONTEXT else "",
    )


def options(reports: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Stages and rules that a search can be narrowed to."""
    rules = {rule["rule"] for report in reports for rule in report["rules"]}
    return [report["stage"] for report in reports], sorted(rules)
