"""Which rules lines meet.

Most lines meet none. So each distinct line is held at once against all that rules for its size begin with, and against
all words that they need; the few that are left are held against each rule that they may meet.
"""

from __future__ import annotations

from functools import cache, partial
from itertools import pairwise

import numpy as np
import polars as pl

from etl.boilerplate.folding import shown
from etl.boilerplate.rules import LONGEST, BoilerplateRule, boilerplate_rules
from etl.boilerplate.words import holds, holds_any
from etl.patterns import keeps_patterns

__all__ = ["line_hits", "rule_hits"]

SIZES = (60, 140, 200)
"""Code points above which fewer rules look at a line."""


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
    by_size = short.select("shown").unique().with_columns(chars=pl.col("shown").str.len_chars()).sort("chars")
    hopeful = by_size.hstack(_hopes(by_size)).filter(pl.any_horizontal("begins", "holds"))
    likely = hopeful.hstack(_likely(hopeful))
    found = pl.concat([_met_by_beginning(likely), _met_by_words(likely)]).sort("rule_no")
    return (
        short.join(found, on="shown", how="inner", maintain_order="left_right")
        .drop("shown")
        .join(_table(), on="rule_no", how="left", maintain_order="left")
    )


@keeps_patterns
def _hopes(by_size: pl.DataFrame) -> pl.DataFrame:
    """begins, holds: whether lines begin as some rule for their size says, and whether they hold what one needs.

    Args:
        by_size: shown, chars (ascending).
    """
    bounds = [0, *np.searchsorted(by_size["chars"].to_numpy(), SIZES, side="right").tolist(), by_size.height]
    parts = [by_size[first:after] for first, after in pairwise(bounds)]
    return pl.concat(part.select(_hope(size)).unnest("hope") for part, size in zip(parts, (0, *SIZES), strict=True))


def _hope(more_than: int) -> pl.Expr:
    rules = [rule for rule in _patterned() if rule.max_chars > more_than]
    openings = "|".join(rule.opening for rule in rules if rule.opening)
    begins = holds(pl.col("shown"), f"^(?:{openings})") if openings else pl.lit(value=False)
    needs = [word for rule in rules for word in rule.needs]
    return pl.struct(begins=begins, holds=holds_any(pl.col("shown"), needs)).alias("hope")


@keeps_patterns
def _likely(lines: pl.DataFrame) -> pl.DataFrame:
    """For each rule a column, named by its number: whether lines begin as it says, or hold a word that it needs.

    Args:
        lines: shown, chars, begins.
    """
    likely = pl.struct(_is_likely(rule).alias(str(number)) for number, rule in enumerate(_patterned()))
    return lines.select(likely.alias("likely")).unnest("likely")


def _is_likely(rule: BoilerplateRule) -> pl.Expr:
    short = pl.col("chars") <= rule.max_chars
    if not rule.needs:
        return short & pl.col("begins")
    needs = holds_any(pl.col("shown"), rule.needs)
    return short & (needs | holds(pl.col("shown"), f"^(?:{rule.begins})") if rule.begins else needs)


def _met(likely: pl.DataFrame, *, by_words: bool) -> pl.DataFrame:
    """shown, rule_no: the lines that match some rules.

    Args:
        likely: shown, and for each rule by its number whether a line may match it.
        by_words: whether the rules are those that need words, or the others.
    """
    rules = {number: rule for number, rule in enumerate(_patterned()) if bool(rule.needs) == by_words}
    texts = (likely["shown"].filter(likely[str(number)]) for number in rules)
    met = [some.filter(holds(some, rule.whole)) for some, rule in zip(texts, rules.values(), strict=True)]
    rule_no = np.repeat(np.array(list(rules), dtype=np.uint32), [len(some) for some in met])
    return pl.DataFrame({"shown": pl.concat(met), "rule_no": rule_no})


_met_by_words = keeps_patterns(partial(_met, by_words=True))
_met_by_beginning = keeps_patterns(partial(_met, by_words=False))
