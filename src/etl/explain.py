"""What became of each line of a document, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.datasets import CommittedRun
from etl.errors import UsageError
from etl.ledger import BREAK_RULES
from etl.lines import split_lines
from etl.rules import rule_reasons

__all__ = ["Fate", "LineStory", "document_row", "explain", "find_document"]


@dataclass(frozen=True)
class Fate:
    """One edit of a line, told for a person.

    Attributes:
        stage: stage that made it.
        rule: rule that made it.
        why: the rule's reason.
        before: what stood there.
        after: what replaced it, null where it was removed.
        kept_copy: where a duplicate's kept copy stands, as document:line.
        score: the ledger's score.
        detail: the ledger's evidence.
    """

    stage: str
    rule: str
    why: str
    before: str
    after: str | None
    kept_copy: str | None
    score: float | None
    detail: str | None


@dataclass(frozen=True)
class LineStory:
    """One line of the decoded text and all that happened to it.

    Attributes:
        line_no: from 1, blank lines counted.
        text: the line as decoded.
        fate: kept, rewritten, narrowed or removed.
        edits: what was done, in the order of the text.
    """

    line_no: int
    text: str
    fate: str
    edits: tuple[Fate, ...]


def find_document(run: CommittedRun, name: str) -> str:
    """The id of the one document with this id or source, or with an unambiguous part of either.

    Raises:
        UsageError: no document, or more than one, answers to the name.
    """
    ids = run.scan("decoded").select("doc_id", "source").collect()
    exact = ids.filter((pl.col("doc_id") == name) | (pl.col("source") == name))
    found = exact if exact.height else ids.filter(pl.any_horizontal(pl.all().str.contains(name, literal=True)))
    if found.height != 1:
        known = ", ".join(found["source"].sort().head(3)) or "none"
        raise UsageError(f"{name}: names {found.height} documents ({known}); give one's source or doc_id")
    return str(found["doc_id"][0])


def document_row(run: CommittedRun, doc_id: str) -> dict[str, Any]:
    """A document's row of the documents dataset."""
    return _of(run, "documents", doc_id).row(0, named=True)


def explain(run: CommittedRun, doc_id: str) -> list[LineStory]:
    """Tell what became of every line of a document that is not blank.

    Args:
        run: the run.
        doc_id: identity of the document.
    """
    lines = split_lines(_of(run, "decoded", doc_id).select("doc_id", "text")).lines
    ledger = _of(run, "ledger", doc_id).filter(~pl.col("rule").is_in(BREAK_RULES)).sort("start", "end")
    reasons = rule_reasons()
    survivors = set(_of(run, "sectioned", doc_id)["line_no"].to_list())
    fates: defaultdict[int, list[Fate]] = defaultdict(list)
    for row in ledger.iter_rows(named=True):
        fates[row["line_no"]].append(_fate(row, reasons))
    return [
        LineStory(line_no, text, _verdict(line_no in survivors, fates[line_no]), tuple(fates[line_no]))
        for line_no, text in lines.select("line_no", "text").iter_rows()
    ]


def _of(run: CommittedRun, dataset: str, doc_id: str) -> pl.DataFrame:
    return run.scan(dataset).filter(pl.col("doc_id") == doc_id).collect(engine="in-memory")


def _fate(row: Mapping[str, Any], reasons: Mapping[str, str]) -> Fate:
    return Fate(
        stage=row["stage"],
        rule=row["rule"],
        why=reasons[row["rule"]],
        before=row["before"],
        after=row["after"],
        kept_copy=f"{row['match_doc_id']}:{row['match_line_no']}" if row["match_doc_id"] else None,
        score=row["score"],
        detail=row["detail"],
    )


def _verdict(survived: bool, edits: Sequence[Fate]) -> str:
    if not survived:
        return "removed"
    if any(edit.after is None and edit.stage != "normalize" for edit in edits):
        return "narrowed"
    return "rewritten" if edits else "kept"
