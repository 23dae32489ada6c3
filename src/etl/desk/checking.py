"""Whether a run does what reviewers said: each line's newest mark, held against what became of the line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import polars as pl

from etl.datasets import CommittedRun
from etl.desk.reviews import Review, newest
from etl.lines import split_lines

__all__ = ["Check", "State", "check_lines", "check_reviews"]

State = Literal["met", "open", "gone"]

SHOWN = 40
"""Code points of a line that are shown on a terminal."""


class Check(NamedTuple):
    """A mark, and whether the run meets it; gone says that the run has no such line to judge."""

    review: Review
    state: State


def check_reviews(run: CommittedRun, reviews: Iterable[Review]) -> list[Check]:
    """Hold the newest mark of each line against a run.

    Args:
        run: any run; a line that has another number there is found by its text.
        reviews: marks, oldest first.
    """
    marks = newest(reviews)
    chosen = pl.col("doc_id").is_in({review.doc_id for review in marks})
    texts = run.scan("decoded").filter(chosen).select("doc_id", "text").collect(engine="in-memory")
    kept = run.scan("sectioned").filter(chosen).select("doc_id", "line_no").collect(engine="in-memory")
    stays = set(kept.iter_rows())
    found: dict[tuple[str, str], list[int]] = {}
    for doc_id, line_no, text in split_lines(texts).lines.select("doc_id", "line_no", "text").iter_rows():
        found.setdefault((doc_id, text), []).append(line_no)
    return [Check(review, _state(review, found.get((review.doc_id, review.text), []), stays)) for review in marks]


def _state(review: Review, places: list[int], stays: set[tuple[str, int]]) -> State:
    if not places:
        return "gone"
    line_no = review.line_no if review.line_no in places else places[0]
    return "met" if ((review.doc_id, line_no) in stays) is (review.verdict == "stay") else "open"


def check_lines(checks: Iterable[Check]) -> list[str]:
    """The same for a terminal, the open ones last."""
    ordered = sorted(checks, key=lambda check: ("gone", "met", "open").index(check.state))
    counts = {state: sum(check.state == state for check in ordered) for state in ("met", "open", "gone")}
    return [
        *(f"{check.state:<4}  {_told(check.review)}" for check in ordered),
        f"{counts['met']} met, {counts['open']} open, {counts['gone']} about lines that are no longer there",
    ]


def _told(review: Review) -> str:
    text = "".join(char if char.isprintable() else " " for char in review.text.strip())
    rules = f"  [{', '.join(review.rules)}]" if review.rules else ""
    return f"{review.verdict:<4}  {review.source}:{review.line_no}  {text[:SHOWN]}{rules}"
