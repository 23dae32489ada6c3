"""The rules in order, over one text at a time, until nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from etl.normalization import characters, script, width
from etl.normalization.changes import Change, apply, compose
from etl.recipe import NormalizeOptions

__all__ = ["LINE_JOINT", "Piece", "Rewriter", "Rewritten", "active_rewriters", "rewrite"]

LINE_JOINT = "\n"
"""Stands between the lines of a joined paragraph while it is rewritten; no line of the input holds it."""

ROUNDS = 50
"""Most rounds of all rules over one text; each undoes one level of nesting, and real text has two or three."""


class Rewriter(NamedTuple):
    """A rule of this stage.

    Attributes:
        rule: id in the rule table and in the ledger.
        option: option that switches it.
        hint: Rust regex; the rule leaves a text alone that does not match it and has no white space at its ends.
        find: what the rule would change.
    """

    rule: str
    option: str
    hint: str
    find: Callable[[str], characters.Found]


REWRITERS = (
    Rewriter("html-entity", "entities", characters.ENTITY_HINT, characters.find_entities),
    Rewriter("invisible", "invisible", characters.INVISIBLE_HINT, characters.find_invisible),
    Rewriter("nfc", "nfc", characters.NFC_HINT, characters.find_decomposed),
    Rewriter("white-space", "white_space", characters.SPACE_HINT, characters.find_spaces),
    Rewriter("bullet", "bullets", characters.BULLET_HINT, characters.find_bullets),
    Rewriter("half-width", "half_width", width.FOLD_HINT, width.find_foldable),
    Rewriter("ellipsis", "ellipses", characters.ELLIPSIS_HINT, characters.find_ellipses),
    Rewriter("full-width-bracket", "full_width", width.BRACKET_HINT, width.find_brackets),
    Rewriter("full-width", "full_width", width.POINT_HINT, width.find_points),
    Rewriter("stray-space", "stray_spaces", characters.STRAY_HINT, characters.find_stray_spaces),
    Rewriter("simplified", "simplified", script.SCRIPT_HINT, script.find_traditional),
)
"""Every rule in the order it acts: later ones see what earlier ones made of the text."""


class Piece(NamedTuple):
    """An edit within one line of a paragraph.

    Attributes:
        line: line of the paragraph, from 0.
        start: first code point that the edit takes, counted within the line.
        end: code point after what it takes.
        before: what stood there.
        after: what stands there now.
        rule: rule that made it.
        detail: further rules that had a hand in it.
    """

    line: int
    start: int
    end: int
    before: str
    after: str
    rule: str
    detail: str | None


class Rewritten(NamedTuple):
    """A clean text and the edits that made it."""

    text: str
    pieces: list[Piece]


def active_rewriters(options: NormalizeOptions) -> tuple[Rewriter, ...]:
    """The rules that the options leave on."""
    return tuple(rewriter for rewriter in REWRITERS if getattr(options, rewriter.option))


def rewrite(text: str, rewriters: Sequence[Rewriter]) -> Rewritten:
    """Apply the rules again and again until none finds anything.

    Args:
        text: the lines of a paragraph, `LINE_JOINT` between them.
        rewriters: the rules, in order.
    """
    joints = [Change(start, end, after, ("join-lines",)) for start, end, after in characters.find_joints(text)]
    clean, changes = apply(text, joints), joints
    for _ in range(ROUNDS):
        before = clean
        for rewriter in rewriters:
            found = [Change(*change, (rewriter.rule,)) for change in rewriter.find(clean)]
            if found:
                changes = compose(changes, found, clean)
                clean = apply(clean, found)
        if clean == before:
            break
    return Rewritten(clean, [piece for change in changes for piece in _pieces(text, change)])


def _pieces(text: str, change: Change) -> list[Piece]:
    """A change as edits that each stay within one line; what it writes belongs to the last of them."""
    line = text.count(LINE_JOINT, 0, change.start)
    start = change.start - (text.rfind(LINE_JOINT, 0, change.start) + 1)
    pieces = []
    parts = text[change.start : change.end].split(LINE_JOINT)
    for number, part in enumerate(parts):
        after = change.after if number == len(parts) - 1 else ""
        if part != after:
            detail = ", ".join(change.rules[1:]) or None
            pieces.append(Piece(line + number, start, start + len(part), part, after, change.rules[0], detail))
        start = 0
    return pieces
