"""Marks of reviewers: this line should have stayed, that one should have gone.

They are one JSON object a line in `review.jsonl` in the output folder, beside the runs, so that they survive new
runs and can be read, mended and kept under version control without this program.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from etl.datasets import CommittedRun
from etl.errors import BrokenPromiseError, UsageError
from etl.explain import LineStory, document_row, explain

__all__ = ["REVIEWS", "Review", "add_review", "as_cases", "as_counter_examples", "line_story", "newest", "read_reviews"]

REVIEWS = "review.jsonl"
"""Name of the file, below the output folder."""

Verdict = Literal["stay", "go"]


@dataclass(frozen=True)
class Review:
    """One mark.

    Attributes:
        when: in UTC, to the second.
        who: name of the reviewer.
        verdict: stay (it was removed, and should have stayed) or go (the reverse).
        why: in the reviewer's words; may be empty.
        run_id: run that was looked at.
        doc_id: document.
        source: its name.
        line_no: line of the decoded text.
        text: the line, as decoded.
        rules: rules that had edited it.
    """

    when: str
    who: str
    verdict: Verdict
    why: str
    run_id: str
    doc_id: str
    source: str
    line_no: int
    text: str
    rules: tuple[str, ...]


def line_story(run: CommittedRun, doc_id: str, line_no: int) -> LineStory:
    """What became of one line.

    Raises:
        UsageError: the run has no such line.
    """
    known = run.scan("decoded").filter(doc_id=doc_id).select("doc_id").collect().height
    story = next((one for one in explain(run, doc_id) if one.line_no == line_no), None) if known else None
    if story is None:
        raise UsageError(f"{doc_id}: line {line_no} is no line of a document of run {run.run_id}")
    return story


def add_review(output: Path, run: CommittedRun, place: tuple[str, int], verdict: str, words: tuple[str, str]) -> Review:
    """Put a mark on record; it is on the disk for good when this returns.

    Args:
        output: the output folder.
        run: the run that was looked at.
        place: document and line.
        verdict: stay or go.
        words: who says so, and why.

    Raises:
        UsageError: there is no such line, no such verdict, or nobody says so.
    """
    if verdict not in ("stay", "go") or not words[0].strip():
        raise UsageError("a review says stay or go, and who says so")
    story = line_story(run, *place)
    review = Review(
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        who=words[0].strip(),
        verdict="stay" if verdict == "stay" else "go",
        why=words[1].strip(),
        run_id=run.run_id,
        doc_id=place[0],
        source=document_row(run, place[0])["source"],
        line_no=place[1],
        text=story.text,
        rules=tuple(dict.fromkeys(edit.rule for edit in story.edits)),
    )
    with (output / REVIEWS).open("ab") as file:
        file.write(json.dumps(asdict(review), ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return review


def read_reviews(output: Path) -> list[Review]:
    """Every mark, oldest first; none if there is no file.

    Raises:
        BrokenPromiseError: a line of the file is no mark.
    """
    path = output / REVIEWS
    if not path.is_file():
        return []
    reviews = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            reviews.append(Review(**row | {"rules": tuple(row["rules"])}))
        except (ValueError, TypeError, KeyError) as error:
            raise BrokenPromiseError(f"{path}:{number}: is no review: {error}; mend or remove the line") from error
    return reviews


def newest(reviews: Iterable[Review]) -> list[Review]:
    """The newest mark of each line, in the order in which the lines were first marked."""
    return list({(review.doc_id, review.line_no, review.text): review for review in reviews}.values())


def as_cases(reviews: Iterable[Review]) -> list[dict[str, Any]]:
    """Test cases: for each line its newest mark, and what must become of it."""
    return [
        {
            "source": review.source,
            "line_no": review.line_no,
            "text": review.text,
            "expected": "kept" if review.verdict == "stay" else "removed",
            "rules": list(review.rules),
            "why": review.why,
            "who": review.who,
            "when": review.when,
        }
        for review in newest(reviews)
    ]


def as_counter_examples(reviews: Iterable[Review]) -> str:
    """For each rule, the lines that it took and should not have, as its table would have them (TOML)."""
    lines: dict[str, dict[str, None]] = {}
    for case in as_cases(reviews):
        for rule in case["rules"] if case["expected"] == "kept" else ():
            lines.setdefault(rule, {})[case["text"]] = None
    return "\n\n".join(
        "\n".join([f"# {rule}", "counter_examples = [", *(f"    {{ before = {_toml(text)} }}," for text in texts), "]"])
        for rule, texts in sorted(lines.items())
    )


def _toml(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's too, and DEL must be escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
