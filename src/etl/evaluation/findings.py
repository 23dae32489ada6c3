"""What an evaluation finds: scores, and errors that a person can act on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

__all__ = ["ERRORS", "OURS", "Finding", "Score", "causes", "error_rows", "merge_findings", "no_errors"]

OURS = "etl"
"""Name of this project's column among the tools."""

ERRORS = {
    "set": pl.String,
    "document": pl.String,
    "line_no": pl.Int64,
    "cost": pl.Int64,
    "cause": pl.String,
    "done": pl.String,
    "label": pl.String,
    "text": pl.String,
}
"""Columns of errors: `cost` is in the set's unit (characters of a line, or 1 a case), `cause` groups like errors."""

LONGEST_TEXT = 120
"""Code points of a line that an error shows; more does not help to find it."""


class Score(NamedTuple):
    """One figure.

    Attributes:
        of: name of the set.
        measure: name of the figure; 1 is best.
        value: between 0 and 1.
        cases: how many things were counted.
        tool: who was measured.
    """

    of: str
    measure: str
    value: float
    cases: int
    tool: str = OURS

    @property
    def key(self) -> str:
        """Name of the figure among all sets, as floors spell it."""
        return f"{self.of}: {self.measure}"


def no_errors() -> pl.DataFrame:
    """Zero errors."""
    return pl.DataFrame(schema=ERRORS)


@dataclass(frozen=True)
class Finding:
    """What the evaluation of a set found.

    Attributes:
        scores: figures, ours first.
        errors: columns of `ERRORS`; only ours.
    """

    scores: list[Score]
    errors: pl.DataFrame = field(default_factory=no_errors)


def error_rows(frame: pl.DataFrame, of: str, **columns: pl.Expr | str | None) -> pl.DataFrame:
    """Errors from a frame; columns that neither it nor `columns` gives are null, and `cost` is 1.

    Args:
        frame: rows that are wrong.
        of: name of the set.
        columns: columns of `ERRORS` as expressions over the frame, or constants.
    """
    given = {"set": of, "cost": pl.lit(1)} | columns
    rows = frame.select(
        (expression if isinstance(expression := given.get(name), pl.Expr) else pl.lit(expression))
        .cast(dtype)
        .alias(name)
        for name, dtype in ERRORS.items()
    )
    return rows.with_columns(pl.col("text").str.slice(0, LONGEST_TEXT))


def merge_findings(findings: Iterable[Finding]) -> Finding:
    """All findings as one: scores in the order given, errors by what they cost."""
    found = list(findings)
    errors = pl.concat([no_errors(), *(finding.errors for finding in found)])
    order = errors.sort(["cost", "set", "document", "line_no"], descending=[True, False, False, False])
    return Finding([score for finding in found for score in finding.scores], order)


def causes(errors: pl.DataFrame) -> pl.DataFrame:
    """Errors by cause, the costliest of each set first.

    Returns:
        set, cause, errors, cost, document and text of the costliest one.
    """
    worst = errors.sort("cost", descending=True, maintain_order=True)
    grouped = worst.group_by("set", "cause", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("errors"),
        pl.col("cost").sum(),
        pl.col("document", "line_no", "text").first(),
    )
    return grouped.sort(["set", "cost", "cause"], descending=[False, True, False])
