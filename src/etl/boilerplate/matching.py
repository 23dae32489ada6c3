"""Which rules lines meet.

Most lines meet none. So each line is held at once against what a dozen rules for its size begin with, and was looked
through for all words that the others need; the few that are left are held against each rule that they may meet.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import polars as pl

from etl.arrays import Flags, Ints
from etl.boilerplate.rules import LONGEST, BoilerplateRule, boilerplate_rules
from etl.boilerplate.vocabulary import Found, Vocabulary
from etl.boilerplate.words import for_shown, holds
from etl.patterns import keeps_patterns

__all__ = ["line_hits", "needed_words"]

OPENINGS = 12
"""Openings of rules that are looked for at once. The automaton of twice as many outgrows the 2 MB that Polars' regular
expressions keep of it, so that it is built again and again."""

NEVER = 2**31
"""Code points of a line that no rule looks at."""


@cache
def _patterned() -> tuple[BoilerplateRule, ...]:
    return tuple(rule for rule in boilerplate_rules() if rule.pattern is not None)


@cache
def _table() -> pl.DataFrame:
    """rule_no, rule, family, zone, needs_cluster: the rules that have a pattern."""
    rows = [(rule.id, rule.family, rule.zone, rule.needs_cluster) for rule in _patterned()]
    return pl.DataFrame(rows, ["rule", "family", "zone", "needs_cluster"], orient="row").with_row_index("rule_no")


@cache
def _words() -> tuple[str, ...]:
    return tuple(sorted({word for rule in _patterned() for word in rule.needs}))


@cache
def needed_words() -> Vocabulary:
    """The words that rules need."""
    return Vocabulary.of(_words())


@cache
def _needs() -> Flags:
    """For each word, which rules need it."""
    return np.array([[word in rule.needs for rule in _patterned()] for word in _words()])


@cache
def _max_chars() -> Ints:
    return np.array([rule.max_chars for rule in _patterned()])


def line_hits(shown: pl.Series, words: Found) -> pl.DataFrame:
    """Which rules each line meets.

    Args:
        shown: lines, see `folding.shown`.
        words: of `needed_words`, those that the lines hold.

    Returns:
        row (of the line), rule_no, rule, family, zone, needs_cluster: one row per line and rule that it meets, rules in
        the order of the table.
    """
    chars = shown.str.len_chars().to_numpy().astype(np.int64)
    chars[shown.str.len_bytes().to_numpy() > LONGEST * 3] = NEVER
    met = np.zeros((len(shown), len(_patterned())), dtype=np.bool_)
    for row, rule_no in (*_met_by_beginning(shown, chars), _met_by_words(shown, chars, words)):
        met[row, rule_no] = True
    row, rule_no = np.divmod(np.flatnonzero(met), len(_patterned()))
    return _table()[rule_no].insert_column(0, pl.Series("row", row))


@keeps_patterns
def _met_by_beginning(shown: pl.Series, chars: Ints) -> list[tuple[Ints, Ints]]:
    """The lines that meet rules which say what they begin with, and which rules these are."""
    found = list[tuple[Ints, Ints]]()
    for rules in _by_opening():
        short = chars <= max(rule.max_chars for rule in rules.values())
        begun = short.nonzero()[0][holds(shown.filter(pl.Series(short)), _opening(rules.values())).to_numpy()]
        lines = pl.DataFrame({"shown": shown[begun], "chars": chars[begun]})
        row, rule = lines.select_seq(**{rule.id: _meets(rule) for rule in rules.values()}).to_numpy().nonzero()
        found.append((begun[row], np.array(list(rules))[rule]))
    return found


@cache
def _by_opening() -> list[dict[int, BoilerplateRule]]:
    """By number, the rules of which an opening is known, `OPENINGS` at a time; first those for the longest lines."""
    opened = [(number, rule) for number, rule in enumerate(_patterned()) if rule.opening]
    rules = sorted(opened, key=lambda numbered: -numbered[1].max_chars)
    return [dict(rules[first : first + OPENINGS]) for first in range(0, len(rules), OPENINGS)]


def _meets(rule: BoilerplateRule) -> pl.Expr:
    return holds(pl.col("shown"), rule.whole) & (pl.col("chars") <= rule.max_chars)


def _opening(rules: Iterable[BoilerplateRule]) -> str:
    """What the matches of some rules begin with."""
    return f"^(?:{'|'.join(str(rule.opening) for rule in rules)})"


@keeps_patterns
def _met_by_words(shown: pl.Series, chars: Ints, words: Found) -> tuple[Ints, Ints]:
    """The lines that hold a word which a rule needs and meet it, and which rule this is."""
    found, rule_no = _needs()[words.word].nonzero()
    row = words.text[found]
    likely = np.zeros((len(_patterned()), len(shown)), dtype=np.bool_)
    likely[rule_no, row] = chars[row] <= _max_chars()[rule_no]
    rule_no, row = np.divmod(np.flatnonzero(likely), len(shown))
    asked = pl.DataFrame({"shown": shown[row], "whole": _wholes()[rule_no]})
    meets = asked.select(pl.col("shown").str.contains(pl.col("whole"))).to_series().to_numpy()
    return row[meets], rule_no[meets]


@cache
def _wholes() -> pl.Series:
    """The pattern of each rule for a whole shown line.

    Polars builds a pattern's automaton as it searches. What it has built for a column of patterns stays with them from
    call to call; for a single pattern it begins anew in each, which takes up to 2 ms, however few the texts are.
    """
    return pl.Series([for_shown(rule.whole) for rule in _patterned()])
