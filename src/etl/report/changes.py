"""A document as track changes: its lines, cut by the ledger into what stayed, what went and what was put in.

Everything is cut here, in code points of the decoded text; a browser counts UTF-16 units and is never asked to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from etl.ledger import BREAK_RULES

__all__ = ["TERMINATOR", "Change", "Piece", "Row", "rows_of"]

TERMINATOR = re.compile("\r\n|\n|\r")

MOST_PIECES = 600
"""Pieces of one line that are shown apart; a line with more edits than a person can look at is shown without them."""


@dataclass(frozen=True)
class Change:
    """One edit, as a page names it.

    Attributes:
        stage: stage that made it.
        rule: rule that made it.
        detail: the ledger's evidence.
        copy: document and line of the kept copy, for a duplicate.
    """

    stage: str
    rule: str
    detail: str | None = None
    copy: tuple[str, int] | None = None


@dataclass(frozen=True)
class Piece:
    """A stretch of a line: kept (no change), or taken and replaced by `after`.

    Attributes:
        before: what the decoded text has.
        after: what the clean text has in its place.
        change: the edit, null where the stretch was kept.
    """

    before: str
    after: str = ""
    change: Change | None = None


@dataclass
class Row:
    """One line of the decoded text, with the terminators and blank lines that follow it.

    Attributes:
        line_no: from 1, blank lines counted.
        pieces: its stretches in order; together their `before` is the line.
        left_out: edits that are not shown apart, because there are too many.
        noted: edits of decode, which stand in the decoded text already.
    """

    line_no: int
    pieces: list[Piece] = field(default_factory=list)
    left_out: int = 0
    noted: list[Change] = field(default_factory=list)

    @property
    def changes(self) -> list[Change]:
        """Each different edit that is more than a line's end, in the order of the text."""
        made = [piece.change for piece in self.pieces if piece.change and piece.change.rule not in BREAK_RULES]
        return list(dict.fromkeys([*made, *self.noted]))

    @property
    def fate(self) -> str:
        """kept, changed, or removed, if nothing of the line but white space is left."""
        left = "".join(piece.before if piece.change is None else piece.after for piece in self.pieces)
        shown = [piece for piece in self.pieces if not (piece.change and piece.change.rule in BREAK_RULES)]
        if not "".join(piece.before for piece in shown).strip():
            return "blank"
        if not left.strip():
            return "removed"
        return "changed" if self.changes or self.left_out else "kept"


def rows_of(text: str, ledger: Iterable[Mapping[str, Any]], last_line: int) -> list[Row]:
    """Cut a document into rows.

    Args:
        text: the decoded text.
        ledger: its edits of every stage, ordered by start and end.
        last_line: rows that begin after it are left out.
    """
    edits = list(ledger)
    rows = [Row(1)]
    line_no = 1
    for piece in _pieces(text, [row for row in edits if row["stage"] != "decode"]):
        breaks = piece.change is not None and piece.change.rule in BREAK_RULES
        parts = [piece] if piece.change else [Piece(part) for part in _lines(piece.before)]
        for part in parts:
            rows[-1].pieces.append(part)
            ends = len(TERMINATOR.findall(part.before))
            line_no += ends
            if ends and (breaks or part.change is None):
                rows.append(Row(line_no))
        if line_no > last_line:
            break
    _note(rows, [row for row in edits if row["stage"] == "decode"])
    return [_bounded(row) for row in rows if row.pieces and row.line_no <= last_line]


def _pieces(text: str, edits: Sequence[Mapping[str, Any]]) -> Iterator[Piece]:
    position = 0
    for row in edits:
        if row["start"] > position:
            yield Piece(text[position : row["start"]])
        yield Piece(row["before"], row["after"] or "", _change(row))
        position = row["end"]
    if position < len(text):
        yield Piece(text[position:])


def _change(row: Mapping[str, Any]) -> Change:
    copy = (row["match_doc_id"], row["match_line_no"]) if row["match_doc_id"] and row["match_line_no"] else None
    return Change(row["stage"], row["rule"], row["detail"] if row["stage"] != "normalize" else None, copy)


def _lines(text: str) -> list[str]:
    ends = [match.end() for match in TERMINATOR.finditer(text)]
    starts = [0, *ends]
    return [part for part in (text[a:b] for a, b in zip(starts, [*ends, len(text)], strict=True)) if part]


def _note(rows: Sequence[Row], edits: Iterable[Mapping[str, Any]]) -> None:
    by_line = {row.line_no: row for row in rows}
    for edit in edits:
        row = by_line.get(edit["line_no"])
        if row:
            row.noted.append(Change("decode", edit["rule"], edit["detail"]))


def _bounded(row: Row) -> Row:
    if len(row.pieces) <= MOST_PIECES:
        return row
    rest = row.pieces[MOST_PIECES:]
    hidden = sum(piece.change is not None for piece in rest)
    joined = Piece("".join(piece.before if piece.change is None else piece.after for piece in rest))
    return Row(row.line_no, [*row.pieces[:MOST_PIECES], joined], hidden, row.noted)
