"""Which rules lines meet.

Most lines meet none. So each line is held at once against what a dozen rules for its size begin with, and against all
words that the others need; the few that are left are held against each rule that they may meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import polars as pl

from etl.boilerplate.folding import shown
from etl.boilerplate.rules import LONGEST, BoilerplateRule, boilerplate_rules
from etl.boilerplate.words import for_shown, holds, holds_any
from etl.patterns import keeps_patterns, select_here

__all__ = ["line_hits", "rule_hits"]

SIZES = (60, 140, 200)
"""Code points above which fewer rules look at a line."""

WORDS = 16
"""Words that are looked for at once in long lines. Up to some 60 spellings are sought by comparing many bytes at once,
and more of them a byte at a time."""

OPENINGS = 12
"""Openings of rules that are looked for at once. The automaton of twice as many outgrows the 2 MB that Polars' regular
expressions keep of it, so that it is built again and again."""


@cache
def _patterned() -> tuple[BoilerplateRule, ...]:
    return tuple(rule for rule in boilerplate_rules() if rule.pattern is not None)


@cache
def _table() -> pl.DataFrame:
    """rule_no, rule, family, zone, needs_cluster: the rules that have a pattern."""
    rows = [(rule.id, rule.family, rule.zone, rule.needs_cluster) for rule in _patterned()]
    return pl.DataFrame(rows, ["rule", "family", "zone", "needs_cluster"], orient="row").with_row_index("rule_no")


@cache
def _rules(*, needy: bool) -> Mapping[int, BoilerplateRule]:
    """By number, the rules that need words, or the others."""
    return {number: rule for number, rule in enumerate(_patterned()) if bool(rule.needs) == needy}


def rule_hits(texts: pl.Series) -> pl.DataFrame:
    """Which rules each distinct text meets.

    Args:
        texts: lines as they were written, not null, in any order, repeats allowed.

    Returns:
        text (as given), rule_no, rule, family, zone, needs_cluster: one row per text and rule that it meets, texts in
        the order of their first appearance, rules in the order of the table.
    """
    distinct = texts.rename("text").to_frame().unique("text", maintain_order=True).with_row_index("row")
    found = line_hits(distinct.with_columns(shown=shown(pl.col("text"))))
    return found.join(distinct, on="row", how="left", maintain_order="left").select("text", pl.exclude("row", "text"))


def line_hits(lines: pl.DataFrame) -> pl.DataFrame:
    """Which rules each line meets.

    Args:
        lines: row, shown (see `folding.shown`).

    Returns:
        row, rule_no, rule, family, zone, needs_cluster: one row per line and rule that it meets, rules in the order of
        the table.
    """
    short = lines.select("row", "shown").filter(pl.col("shown").str.len_bytes() <= LONGEST * 3)
    by_size = short.with_columns(chars=pl.col("shown").str.len_chars()).sort("chars")
    worded = by_size.filter(_hopes(by_size))
    found = pl.concat([_met_by_beginning(by_size), _met_by_words(worded, _likely(worded))])
    return found.sort("row", "rule_no").join(_table(), on="rule_no", how="left", maintain_order="left")


@keeps_patterns
def _met_by_beginning(by_size: pl.DataFrame) -> pl.DataFrame:
    """row, rule_no: the lines that meet rules without needs.

    Args:
        by_size: row, shown, chars (ascending).
    """
    sizes, found = by_size["chars"].to_numpy(), list[pl.DataFrame]()
    for rules in _by_opening():
        longest = max(rule.max_chars for rule in rules.values())
        looked_at = by_size.head(int(np.searchsorted(sizes, longest, side="right")))
        begun = looked_at.filter(holds(looked_at["shown"], _opening(rules.values())))
        met = select_here(begun, {str(number): _meets(rule) for number, rule in rules.items()})
        found.append(_pairs({int(flags.name): begun["row"].filter(flags) for flags in met}))
    return pl.concat(found)


@cache
def _by_opening() -> list[dict[int, BoilerplateRule]]:
    """By number, the rules without needs, `OPENINGS` at a time; first those that look at the longest lines."""
    rules = sorted(_rules(needy=False).items(), key=lambda numbered: -numbered[1].max_chars)
    return [dict(rules[first : first + OPENINGS]) for first in range(0, len(rules), OPENINGS)]


def _meets(rule: BoilerplateRule) -> pl.Expr:
    return holds(pl.col("shown"), rule.whole) & (pl.col("chars") <= rule.max_chars)


def _opening(rules: Iterable[BoilerplateRule]) -> str:
    """What the matches of some rules begin with, as far as that is known."""
    return f"^(?:{'|'.join(rule.opening for rule in rules if rule.opening)})"


@keeps_patterns
def _hopes(by_size: pl.DataFrame) -> pl.Series:
    """Which lines may meet a rule that needs a word.

    Args:
        by_size: shown, chars (ascending).
    """
    bounds = [0, *np.searchsorted(by_size["chars"].to_numpy(), SIZES, side="right").tolist(), by_size.height]
    parts = [by_size[first:after] for first, after in pairwise(bounds)]
    hopes = (select_here(part, {"hope": _hope(size)}) for part, size in zip(parts, (0, *SIZES), strict=True))
    return pl.concat(hopes).to_series()


@cache
def _hope(more_than: int) -> pl.Expr:
    rules = [rule for rule in _rules(needy=True).values() if rule.max_chars > more_than]
    return _may_meet(rules, WORDS if more_than else None)


def _may_meet(rules: Sequence[BoilerplateRule], at_once: int | None = None) -> pl.Expr:
    """Whether lines hold a word that one of some rules needs, or begin as a match may that holds none."""
    hope = holds_any(pl.col("shown"), [word for rule in rules for word in rule.needs], at_once)
    return hope | holds(pl.col("shown"), _opening(rules)) if any(rule.opening for rule in rules) else hope


@keeps_patterns
def _likely(lines: pl.DataFrame) -> pl.DataFrame:
    """For each rule that needs words a column, named by its number: whether lines may meet it.

    Args:
        lines: shown, chars.
    """
    return select_here(lines, _likelihoods())


@cache
def _likelihoods() -> Mapping[str, pl.Expr]:
    rules = _rules(needy=True).items()
    return {str(number): _may_meet([rule]) & (pl.col("chars") <= rule.max_chars) for number, rule in rules}


@keeps_patterns
def _met_by_words(lines: pl.DataFrame, likely: pl.DataFrame) -> pl.DataFrame:
    """row, rule_no: the lines that meet rules with needs.

    Args:
        lines: row, shown.
        likely: see `_likely`.
    """
    places = _pairs({int(flags.name): flags.arg_true() for flags in likely})
    asked = lines.select("row", "shown")[places["row"]].with_columns(places["rule_no"])
    whole = pl.lit(_wholes()).gather(pl.col("rule_no"))
    return asked.filter(asked.select(pl.col("shown").str.contains(whole)).to_series()).drop("shown")


@cache
def _wholes() -> pl.Series:
    """The pattern of each rule for a whole shown line.

    Polars builds a pattern's automaton as it searches. What it has built for a column of patterns stays with them from
    call to call; for a single pattern it begins anew in each, which takes up to 2 ms, however few the texts are.
    """
    return pl.Series([for_shown(rule.whole) for rule in _patterned()])


def _pairs(rows: Mapping[int, pl.Series]) -> pl.DataFrame:
    """row, rule_no: some rows for each rule, by its number."""
    rule_no = np.repeat(np.array(list(rows), dtype=np.uint32), [len(some) for some in rows.values()])
    return pl.DataFrame({"row": pl.concat(rows.values()), "rule_no": rule_no})
