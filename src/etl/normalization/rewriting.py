"""The rules in order, over distinct texts, until nothing changes.

Polars tells by each rule's hint which texts it may act on, so that Python sees only those.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

import polars as pl

from etl.normalization import characters, columnar, script, width
from etl.normalization.changes import Change, apply, compose
from etl.recipe import NormalizeOptions

__all__ = ["LINE_JOINT", "REWRITERS", "Rewriter", "Rewritten", "active_rewriters", "needs_rewriting", "rewrite"]

LINE_JOINT = "\n"
"""Stands between the lines of a joined paragraph while it is rewritten; no line of the input holds it."""

ROUNDS = 50
"""Most rounds of all rules over one text; each undoes one level of nesting, and real text has two or three."""

FEW = 1000
"""Texts that are faster rewritten one by one; on columns the first takes 7 ms, but each of thousands a third less."""


class Rewriter(NamedTuple):
    """A rule of this stage.

    Attributes:
        rule: id in the rule table and in the ledger.
        option: option that switches it.
        hint: Rust regex; the rule leaves a text alone that does not match it.
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


class Rewritten(NamedTuple):
    """What the rules made of some texts.

    Attributes:
        texts: the clean texts, as many as there were.
        pieces: text (its place among the texts), line (of the text, from 0), from, to (code points within the line),
            before, after, rule, detail (further rules that had a hand in it); one row per edit, each within one line.
    """

    texts: pl.Series
    pieces: pl.DataFrame


_PIECES = pl.Schema(
    {
        "text": pl.UInt32, "line": pl.UInt32, "from": pl.Int64, "to": pl.Int64,
        "before": pl.String, "after": pl.String, "rule": pl.String, "detail": pl.String,
    }
)  # fmt: skip


_JOINED = ("join-lines",)
_JOINT = re.compile(LINE_JOINT)
_Row = tuple[int, int, int, int, str, str, str, str | None]


def active_rewriters(options: NormalizeOptions) -> tuple[Rewriter, ...]:
    """The rules that the options leave on."""
    return tuple(rewriter for rewriter in REWRITERS if getattr(options, rewriter.option))


def needs_rewriting(texts: pl.Series, rewriters: Sequence[Rewriter]) -> pl.Series:
    """Whether any rule may act on a text."""
    if not rewriters:
        return texts.is_null()
    return texts.str.contains("|".join(rewriter.hint for rewriter in rewriters))


def rewrite(texts: pl.Series, rewriters: Sequence[Rewriter]) -> Rewritten:
    """Apply the rules again and again until none finds anything.

    Args:
        texts: paragraphs, `LINE_JOINT` between the lines of one that was cut.
        rewriters: the rules, in order.
    """
    return _rewrite_each(texts, rewriters) if len(texts) < FEW else _rewrite_on_columns(texts, rewriters)


def _rewrite_on_columns(texts: pl.Series, rewriters: Sequence[Rewriter]) -> Rewritten:
    """The same, where most texts have nothing to be rewritten but what is rewritten on columns."""
    numbered = pl.DataFrame({"raw": texts}).with_row_index("text")
    common, changes = columnar.rewrite_tokens(numbered.filter(_is_common(texts, rewriters)))
    clean = common.get_column("clean")
    sound = common.filter(~(clean.str.contains(columnar.UNSURE) | needs_rewriting(clean, rewriters)))
    rest = numbered.join(sound, on="text", how="anti", maintain_order="left")
    rewritten = _rewrite_each(rest.get_column("raw"), rewriters)
    pieces = rewritten.pieces.with_columns(text=rest.get_column("text").gather(rewritten.pieces.get_column("text")))
    written = pl.concat([sound, rest.select("text", clean=rewritten.texts)]).sort("text")
    return Rewritten(
        written.get_column("clean"), pl.concat([changes.join(sound, on="text", how="semi"), pieces]).sort("text")
    )


def _is_common(texts: pl.Series, rewriters: Sequence[Rewriter]) -> pl.Series:
    """Whether a text has nothing to be rewritten but what is rewritten on columns."""
    others = [rewriter for rewriter in rewriters if rewriter.rule not in columnar.RULES]
    if len(rewriters) - len(others) < len(columnar.RULES):
        return texts.is_null()
    return ~(texts.str.contains(f"{LINE_JOINT}|{columnar.UNSURE}") | needs_rewriting(texts, others))


def _rewrite_each(texts: pl.Series, rewriters: Sequence[Rewriter]) -> Rewritten:
    """Apply the rules to one text after another."""
    raw = texts.to_list()
    changes = [
        [Change(*joint, _JOINED) for joint in characters.find_joints(text)] if LINE_JOINT in text else []
        for text in raw
    ]
    clean = [apply(text, joints) if joints else text for text, joints in zip(raw, changes, strict=True)]
    active: Sequence[int] = range(len(raw))
    for _ in range(ROUNDS):
        active = _needing(active, clean, rewriters)
        if not active:
            break
        active = _rewrite_once(active, clean, changes, rewriters)
    rows = [row for number, text in enumerate(raw) for row in _pieces(number, text, changes[number])]
    return Rewritten(pl.Series(clean, dtype=pl.String), pl.DataFrame(rows, schema=_PIECES, orient="row"))


def _needing(active: Sequence[int], clean: list[str], rewriters: Sequence[Rewriter]) -> Sequence[int]:
    """Those texts that any rule may act on."""
    needs = needs_rewriting(pl.Series([clean[number] for number in active], dtype=pl.String), rewriters)
    return [active[row] for row in needs.arg_true()]


def _rewrite_once(
    active: Sequence[int], clean: list[str], changes: list[list[Change]], rewriters: Sequence[Rewriter]
) -> Sequence[int]:
    """Apply each rule once, in place, to the texts that its hint points at; returns those that changed."""
    hints = pl.Series([clean[number] for number in active], dtype=pl.String)
    changed = set()
    for rewriter in rewriters:
        rules = (rewriter.rule,)
        for place in hints.str.contains(rewriter.hint).arg_true():
            number = active[place]
            found = rewriter.find(clean[number])
            if found:
                marked = [Change(start, end, after, rules) for start, end, after in found]
                changes[number] = compose(changes[number], marked, clean[number])
                clean[number] = apply(clean[number], marked)
                changed.add(number)
    return sorted(changed)


def _pieces(number: int, text: str, changes: Sequence[Change]) -> list[_Row]:
    """Changes as rows of `Rewritten.pieces`, cut where a line ends; what a change writes belongs to its last line."""
    if LINE_JOINT not in text:
        return [
            (number, 0, start, end, text[start:end], after, rules[0], ", ".join(rules[1:]) or None)
            for start, end, after, rules in changes
            if text[start:end] != after
        ]
    starts = [0, *(match.end() for match in _JOINT.finditer(text))]
    rows = []
    for start, end, after, rules in changes:
        line = bisect_right(starts, start) - 1
        *parts, last = text[start:end].split(LINE_JOINT)
        for place, (part, written) in enumerate([*((part, "") for part in parts), (last, after)], line):
            if part != written:
                first = max(start - starts[place], 0)
                detail = ", ".join(rules[1:]) or None
                rows.append((number, place, first, first + len(part), part, written, rules[0], detail))
    return rows
