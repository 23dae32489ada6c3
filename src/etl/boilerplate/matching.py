"""Which rules lines meet.

Most lines meet none. So each distinct line is held at once against all that rules for its size begin with, and against
all words that they need; the few that are left are held against each rule that they may meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    by_size = short.select("shown").unique().with_columns(chars=pl.col("shown").str.len_chars()).sort("chars")
    hopes = _hopes(by_size)
    begun, worded = by_size.filter(hopes["begins"]), by_size.filter(hopes["holds"])
    found = pl.concat([_met_by_beginning(begun), _met_by_words(worded, _likely(worded))]).sort("rule_no")
    return (
        short.join(found, on="shown", how="inner", maintain_order="left_right")
        .drop("shown")
        .join(_table(), on="rule_no", how="left", maintain_order="left")
    )


@keeps_patterns
def _hopes(by_size: pl.DataFrame) -> pl.DataFrame:
    """Which lines may meet a rule: begins, one that needs no word; holds, one that does.

    Args:
        by_size: shown, chars (ascending).
    """
    bounds = [0, *np.searchsorted(by_size["chars"].to_numpy(), SIZES, side="right").tolist(), by_size.height]
    parts = [by_size[first:after] for first, after in pairwise(bounds)]
    return pl.concat(select_here(part, _hope(size)) for part, size in zip(parts, (0, *SIZES), strict=True))


@cache
def _hope(more_than: int) -> Mapping[str, pl.Expr]:
    plain, needy = (
        [rule for rule in _rules(needy=needy).values() if rule.max_chars > more_than] for needy in (False, True)
    )
    words = holds_any(pl.col("shown"), [word for rule in needy for word in rule.needs])
    return {"begins": _begins(plain), "holds": words | _begins(needy)}


def _begins(rules: Iterable[BoilerplateRule]) -> pl.Expr:
    openings = [rule.opening for rule in rules if rule.opening]
    parts = ["|".join(openings[first : first + OPENINGS]) for first in range(0, len(openings), OPENINGS)]
    return pl.any_horizontal(pl.lit(value=False), *(holds(pl.col("shown"), f"^(?:{part})") for part in parts))


@keeps_patterns
def _likely(lines: pl.DataFrame) -> pl.DataFrame:
    """For each rule that needs words a column, named by its number: whether lines may meet it.

    Args:
        lines: shown, chars.
    """
    return select_here(lines, _likelihoods())


@cache
def _likelihoods() -> Mapping[str, pl.Expr]:
    return {str(number): _is_likely(rule) for number, rule in _rules(needy=True).items()}


def _is_likely(rule: BoilerplateRule) -> pl.Expr:
    hope = holds_any(pl.col("shown"), rule.needs) | _begins([rule])
    return hope & (pl.col("chars") <= rule.max_chars)


@keeps_patterns
def _met_by_beginning(lines: pl.DataFrame) -> pl.DataFrame:
    """shown, rule_no: the lines that meet rules without needs.

    Args:
        lines: shown, chars (ascending).
    """
    rules, texts = _rules(needy=False), lines["shown"]
    sizes = np.searchsorted(lines["chars"].to_numpy(), [rule.max_chars for rule in rules.values()], side="right")
    sized = zip(rules.items(), map(texts.head, sizes.tolist()), strict=True)
    return _pairs({number: some.filter(holds(some, rule.whole)) for (number, rule), some in sized})


@keeps_patterns
def _met_by_words(lines: pl.DataFrame, likely: pl.DataFrame) -> pl.DataFrame:
    """shown, rule_no: the lines that meet rules with needs.

    Args:
        lines: shown.
        likely: see `_likely`.
    """
    pairs = _pairs({int(flags.name): lines["shown"].filter(flags) for flags in likely})
    whole = pl.lit(_wholes()).gather(pl.col("rule_no"))
    return pairs.filter(pairs.select(pl.col("shown").str.contains(whole)).to_series())


@cache
def _wholes() -> pl.Series:
    """The pattern of each rule for a whole shown line.

    Polars builds a pattern's automaton as it searches. What it has built for a column of patterns stays with them from
    call to call; for a single pattern it begins anew in each, which takes up to 2 ms, however few the texts are.
    """
    return pl.Series([for_shown(rule.whole) for rule in _patterned()])


def _pairs(texts: Mapping[int, pl.Series]) -> pl.DataFrame:
    """shown, rule_no: some texts for each rule, by its number."""
    rule_no = np.repeat(np.array(list(texts), dtype=np.uint32), [len(some) for some in texts.values()])
    return pl.DataFrame({"shown": pl.concat(texts.values()), "rule_no": rule_no})
