"""What a run would have kept without some of its rules, told from the ledger alone.

Every edit is booked, so those of a rule can be taken back on paper. Nothing is run again and nothing is written: what
other rules would then have done with the same text is not known, so what comes back is at most what is told here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.datasets import CommittedRun
from etl.errors import UsageError

__all__ = ["WhatIf", "what_if", "what_if_lines"]

SHOWN = 10
"""Documents and lines that are shown: the most affected."""

LONGEST = 60
"""Code points of a line that are shown."""


@dataclass(frozen=True)
class WhatIf:
    """What would change.

    Attributes:
        without: the rules that are taken away.
        edits: that would not be made.
        documents: that would be different.
        chars_back: code points that would not be removed.
        chars_missing: code points that would not be put in.
        chars_out: code points of clean text in the run.
        top_documents: source, chars_in, chars_out, chars_back; the most affected first.
        top_lines: rule, text, count, chars; what comes back, the most first.
    """

    without: tuple[str, ...]
    edits: int
    documents: int
    chars_back: int
    chars_missing: int
    chars_out: int
    top_documents: list[dict[str, Any]]
    top_lines: list[dict[str, Any]]


def what_if(run: CommittedRun, without: Sequence[str]) -> WhatIf:
    """Take the edits of some rules back.

    Args:
        run: the run.
        without: ids of the rules.

    Raises:
        UsageError: a rule has no edits in the run.
    """
    known = run.scan("ledger").select(pl.col("rule").unique()).collect()["rule"].sort().to_list()
    unknown = [rule for rule in without if rule not in known]
    if unknown or not without:
        raise UsageError(
            f"{', '.join(unknown) or 'no rule'}: made no edits in run {run.run_id}; {', '.join(known)} did"
        )
    edits = (
        run.scan("ledger")
        .filter(pl.col("rule").is_in(list(without)))
        .select(
            "doc_id",
            "rule",
            text=pl.col("before").str.strip_chars(),
            back=pl.col("before").str.len_chars().cast(pl.Int64),
            missing=pl.col("after").str.len_chars().cast(pl.Int64).fill_null(0),
        )
        .collect()
    )
    documents = run.scan("documents").select("doc_id", "source", "chars_in", "chars_out").collect()
    affected = edits.group_by("doc_id").agg(chars_back=pl.col("back").sum()).join(documents, on="doc_id")
    lines = edits.group_by("rule", "text").agg(count=pl.len(), chars=pl.col("back").sum()).filter(pl.col("chars") > 0)
    return WhatIf(
        without=tuple(without),
        edits=edits.height,
        documents=affected.height,
        chars_back=int(edits["back"].sum()),
        chars_missing=int(edits["missing"].sum()),
        chars_out=int(documents["chars_out"].sum()),
        top_documents=affected.sort("chars_back", "source", descending=[True, False]).head(SHOWN)
        .select("source", "chars_in", "chars_out", "chars_back").to_dicts(),
        top_lines=lines.sort("chars", "rule", "text", descending=[True, False, False]).head(SHOWN).to_dicts(),
    )  # fmt: skip


def what_if_lines(found: WhatIf) -> list[str]:
    """The same for a terminal."""
    share = found.chars_back / found.chars_out if found.chars_out else 0.0
    head = (
        f"without {', '.join(found.without)}: {found.edits:,} edits fewer in {found.documents:,} documents; at most "
        f"{found.chars_back:,} characters more ({share:.1%} of the clean text), {found.chars_missing:,} not put in"
    )
    return [
        head,
        *(f"  {row['chars_back']:>9,} of {row['chars_in']:,}  {row['source']}" for row in found.top_documents),
        *(f"  {row['count']:>9,} x {row['rule']}: {_short(row['text'])}" for row in found.top_lines if row["text"]),
    ]


def _short(text: str) -> str:
    shown = "".join(char if char.isprintable() else " " for char in text[:LONGEST])
    return shown + ("…" if len(text) > LONGEST else "")
