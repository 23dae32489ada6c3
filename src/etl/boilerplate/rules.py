"""The rules for lines: reading the table, and finding which rules each line meets.

Most lines meet no rule. So all lines are held at once against all that patterns begin with, and against all words that
they need: two alternations of words, which are fast, while one alternation of the patterns themselves would outgrow its
automaton's cache. The few distinct lines that are left, in order of length, are held against all rules in one select;
each sees a slice of them. Patterns are compiled anew in each shard, since Polars keeps the latest 32 only: so there are
few, and the words that rules need do without counted repeats, which multiply an automaton's states.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

from etl.boilerplate.folding import either_script, shown
from etl.rules import Rule, load_rules

__all__ = ["LONGEST", "BoilerplateRule", "boilerplate_rules", "line_hits", "rule_hits"]

Hope = Literal["begins", "holds", "either"]
"""What lines are held against a rule: those that begin like some match, hold what some need, or do either."""

LONGEST = 400
"""Code points; longer lines are prose or tables, and no rule but that for code looks at them."""


class BoilerplateRule(Rule):
    """A rule of the boilerplate stage; a rule without pattern is one that the stage's structure decides.

    Attributes:
        family: what kind of thing the line is; two families side by side make a cluster.
        pattern: regular expression for the whole folded line; letters may have either case.
        begins: regular expression that a match begins with, unless it holds what the rule needs.
        needs: regular expression, best of words, that a match holds, unless it begins as said.
        zone: where the line must stand: any, head, tail, edge (head or tail).
        max_chars: code points of the folded line above which the rule does not look.
        needs_cluster: the line must stand beside other hits.
    """

    family: str | None = None
    pattern: str | None = None
    begins: str | None = None
    needs: str | None = None
    zone: Literal["any", "head", "tail", "edge"] = "any"
    max_chars: int = Field(LONGEST, gt=0)
    needs_cluster: bool = False

    @property
    def whole(self) -> str:
        """The pattern for the whole line."""
        return f"^(?:{self.pattern})$"

    @property
    def opening(self) -> str | None:
        """What a match begins with: all of it, if nothing else is said; nothing known, if only words are needed."""
        return self.begins or (None if self.needs else f"(?:{self.pattern})$")

    @property
    def hope(self) -> Hope:
        """Which lines may match."""
        return "begins" if not self.needs else "either" if self.begins else "holds"


@cache
def boilerplate_rules() -> tuple[BoilerplateRule, ...]:
    """Every rule of the stage, in the order of the table, which is the order of preference."""
    return load_rules("boilerplate", BoilerplateRule)


@cache
def _patterned() -> tuple[BoilerplateRule, ...]:
    return tuple(rule for rule in boilerplate_rules() if rule.pattern is not None)


@cache
def _table() -> pl.DataFrame:
    """rule_no, rule, family, zone, needs_cluster: the rules that have a pattern."""
    rows = [(rule.id, rule.family, rule.zone, rule.needs_cluster) for rule in _patterned()]
    return pl.DataFrame(rows, ["rule", "family", "zone", "needs_cluster"], orient="row").with_row_index("rule_no")


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
    hopeful = short.with_columns(**_hopes()).with_columns(either=pl.any_horizontal("begins", "holds")).filter("either")
    found = _distinct_hits(hopeful.drop("row").unique("shown"))
    return (
        hopeful.select("row", "shown")
        .join(found, on="shown", how="inner", maintain_order="left_right")
        .drop("shown")
        .join(_table(), on="rule_no", how="left", maintain_order="left")
    )


@cache
def _hopes() -> dict[str, pl.Expr]:
    """Whether a line begins as some of the rules say, and whether it holds what some of them need."""
    openings = "|".join(rule.opening for rule in _patterned() if rule.opening)
    needs = "|".join(rule.needs for rule in _patterned() if rule.needs)
    return {"begins": _holds(pl.col("shown"), f"^(?:{openings})"), "holds": _holds(pl.col("shown"), needs)}


def _holds(text: pl.Expr, pattern: str) -> pl.Expr:
    return text.str.contains(either_script(f"(?i){pattern}"))


def _distinct_hits(lines: pl.DataFrame) -> pl.DataFrame:
    """shown, rule_no of distinct lines, in the order of the rules.

    Args:
        lines: shown, and whether it begins like a match, holds what one needs, either.
    """
    by_size = lines.with_columns(chars=pl.col("shown").str.len_chars()).sort("chars")
    return pl.concat(_met(by_size, hope) for hope in ("begins", "holds", "either")).sort("rule_no")


def _met(lines: pl.DataFrame, hope: Hope) -> pl.DataFrame:
    """shown, rule_no: the lines that match the rules of a hope; each rule sees those that are short enough for it."""
    likely = lines.filter(hope)
    rules = {number: rule for number, rule in enumerate(_patterned()) if rule.hope == hope}
    sizes = np.searchsorted(likely["chars"].to_numpy(), [rule.max_chars for rule in rules.values()], side="right")
    met = likely.select(
        _holds(_likely(rule, pl.col("shown").slice(0, size)), rule.whole).arg_true().implode().alias(str(number))
        for (number, rule), size in zip(rules.items(), sizes.tolist(), strict=True)
    )
    at = met.unpivot(variable_name="rule_no", value_name="at").explode("at").drop_nulls("at")
    return at.select(shown=likely["shown"].gather(at["at"]), rule_no=pl.col("rule_no").cast(pl.UInt32))


def _likely(rule: BoilerplateRule, texts: pl.Expr) -> pl.Expr:
    """Texts, emptied where they lack the words that each match holds: words are found faster than their pattern."""
    if not rule.needs or rule.begins:
        return texts
    return pl.when(_holds(texts, rule.needs)).then(texts).otherwise(pl.lit(""))
