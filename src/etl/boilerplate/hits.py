"""The rules that lines meet, as columns of numbers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.adjacent import differs
from etl.arrays import Flags, Ints

__all__ = ["AFTER_RELATED", "OUTSIDE_ARTICLE", "SITE_TEMPLATE", "Hits", "Rules"]

STRUCTURAL = ("after-related", "site-template", "outside-article")
"""Rules that no line meets by itself."""

AFTER_RELATED, SITE_TEMPLATE, OUTSIDE_ARTICLE = -3, -2, -1
"""Their numbers."""


class Rules(NamedTuple):
    """Rules by number: those that lines meet from 1, the others from the end. No rule is number 0.

    Attributes:
        names: what each is called.
        acts: whether it acts.
        families: names of families, of which number 0 is that of a line that no rule knows.
        family: number of each rule's family.
        anywhere: the rule holds wherever its line stands.
        head: it holds above the first prose of a document.
        tail: it holds below the last.
        needs_cluster: it holds beside other hits only.
        related: it knows the heading of a list of other articles.
    """

    names: pl.Series
    acts: Flags
    families: pl.Series
    family: Ints
    anywhere: Flags
    head: Flags
    tail: Flags
    needs_cluster: Flags
    related: Flags

    @classmethod
    def of(cls, hits: pl.DataFrame, off: Collection[str]) -> Rules:
        """The rules that are met, of which some don't act; see `decision.decide` for the columns."""
        met = hits.unique("rule_no").sort("rule_no")
        number = met["rule_no"].to_numpy().astype(np.int64) + 1
        size, family, zone = number.max(initial=0) + 1, pl.col("family"), pl.col("zone")

        def by_number(values: pl.Expr) -> npt.NDArray[Any]:
            known = met.select(values).to_series().to_numpy()
            found = np.zeros(size, known.dtype)
            found[number] = known
            return found

        called = dict(zip(number.tolist(), met["rule"], strict=True))
        names = [*(called.get(rule) for rule in range(size)), *STRUCTURAL]
        return cls(
            names=pl.Series(names, dtype=pl.String),
            acts=np.array([name not in off for name in names]),
            families=pl.Series([None, *met["family"].drop_nulls().unique().sort()], dtype=pl.String),
            family=by_number(family.rank("dense").fill_null(0).cast(pl.Int64)),
            anywhere=by_number(zone == "any"),
            head=by_number(zone.is_in(["head", "edge"])),
            tail=by_number(zone.is_in(["tail", "edge"])),
            needs_cluster=by_number(pl.col("needs_cluster")),
            related=by_number((family == "related").fill_null(value=False)),
        )

    def of_families(self, *names: str) -> Flags:
        """Which numbers of families are those of some names."""
        return np.array([family in names for family in self.families.to_list()])


class Hits(NamedTuple):
    """One for each line and rule that it meets, in the lines' order, and of one line in order of preference.

    Attributes:
        line: row of the line among those that stand.
        rule: number of the rule.
    """

    line: Ints
    rule: Ints

    @classmethod
    def of(cls, hits: pl.DataFrame, lines: pl.DataFrame) -> Hits:
        """The hits of lines; see `decision.decide` for the columns."""
        line = np.searchsorted(lines["row"].to_numpy(), hits["row"].to_numpy())
        return cls(line, hits["rule_no"].to_numpy().astype(np.int64) + 1)

    def first(self) -> Hits:
        """The first hit of each line."""
        return self.only(differs(self.line))

    def only(self, which: Flags) -> Hits:
        """Some of the hits."""
        return Hits(self.line[which], self.rule[which])

    def left(self, rows: Ints, lines: int) -> Hits:
        """The hits of some rows of so many lines, told by their places among these rows."""
        places = np.full(lines, -1)
        places[rows] = np.arange(len(rows))
        line = places[self.line]
        return Hits(line, self.rule).only(line >= 0)
