"""Lines and the rules that they meet, as columns of numbers: what is asked again and again while lines go."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.boilerplate.frame import Flags, Frame, Ints

__all__ = ["AFTER_RELATED", "OUTSIDE_ARTICLE", "SITE_TEMPLATE", "START_FAMILIES", "Hits", "Lines", "Rules"]

START_FAMILIES = ("metadata", "government-header", "source")
"""Families that stand above an article; the others stand around and below it."""

STRUCTURAL = ("after-related", "site-template", "outside-article")
"""Rules that no line meets by itself."""

AFTER_RELATED, SITE_TEMPLATE, OUTSIDE_ARTICLE = -3, -2, -1
"""Their numbers."""

OWN = ("recurs", "prose", "bullet", "indented", "keyed", "announces")
"""Columns that are taken over as they are."""

OFFICIAL_KEYS = 3
"""Lines of the block of keys above a document that make it an official one."""


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
    """

    names: pl.Series
    acts: Flags
    families: pl.Series
    family: Ints
    anywhere: Flags
    head: Flags
    tail: Flags
    needs_cluster: Flags

    @classmethod
    def of(cls, hits: pl.DataFrame, off: Collection[str]) -> Rules:
        """The rules that are met, of which some don't act; see `decision.decide` for the columns."""
        met = hits.unique("rule_no").select(pl.col("rule_no") + 1, "rule", "family", "zone", "needs_cluster")
        highest = met.select(pl.col("rule_no").max().fill_null(0)).item()
        numbers = pl.int_range(highest + 1, dtype=pl.UInt32, eager=True).alias("rule_no").to_frame()
        table = numbers.join(met, on="rule_no", how="left", maintain_order="left")
        names = pl.concat([table["rule"], pl.Series(STRUCTURAL)])
        zone = pl.col("zone").fill_null("")
        return cls(
            names=names,
            acts=~names.is_in(list(off)).fill_null(value=False).to_numpy(),
            families=pl.concat([pl.Series([None], dtype=pl.String), table["family"].drop_nulls().unique().sort()]),
            **{
                name: column.to_numpy()
                for name, column in table.select(
                    family=pl.col("family").rank("dense").fill_null(0).cast(pl.Int64),
                    anywhere=zone == "any",
                    head=zone.is_in(["head", "edge"]),
                    tail=zone.is_in(["tail", "edge"]),
                    needs_cluster=pl.col("needs_cluster").fill_null(value=False),
                )
                .to_dict()
                .items()
            },
        )

    def of_families(self, *names: str) -> Flags:
        """Which numbers of families are those of some names."""
        return self.families.is_in(names).fill_null(value=False).to_numpy()


class Hits(NamedTuple):
    """One for each line and rule that it meets, in the lines' order, and of one line in order of preference.

    Attributes:
        line: row of the line among those that stand.
        rule: number of the rule.
    """

    line: Ints
    rule: Ints

    @classmethod
    def of(cls, hits: pl.DataFrame, lines: pl.DataFrame, rules: Rules) -> Hits:
        """The hits of lines by rules that act; see `decision.decide` for the columns."""
        line = np.searchsorted(lines["row"].to_numpy(), hits["row"].to_numpy())
        met = cls(line, hits["rule_no"].to_numpy().astype(np.int64) + 1)
        return met.only(rules.acts[met.rule])

    def first(self) -> Hits:
        """The first hit of each line."""
        which = np.diff(self.line, prepend=-1) > 0
        return self.only(which)

    def only(self, which: Flags) -> Hits:
        """Some of the hits."""
        return Hits(self.line[which], self.rule[which])

    def left(self, stays: Flags) -> Hits:
        """The hits of the lines that stay, told by their rows among these."""
        stay = self.only(stays[self.line])
        return Hits((np.cumsum(stays) - 1)[stay.line], stay.rule)


class Lines(NamedTuple):
    """Columns of lines that stand, the lines of one document adjacent.

    Attributes:
        at: position among all lines.
        document: number.
        chars: code points.
        family: number of the family of the first rule that the line meets, 0 for none.
        opening: a rule of `START_FAMILIES` knows the line.
        closing: a rule of another family does.
        related: it is the heading of a list of other articles.
        official: it is of an official document.
        recurs: it stands in many documents of its site.
        prose: see `features.line_features`, as for the next four.
        bullet: ...
        indented: ...
        keyed: ...
        announces: ...
        twin: number of what is shown, where it is shown more than once in the document; else 0.
    """

    at: Ints
    document: Ints
    chars: Ints
    family: Ints
    opening: Flags
    closing: Flags
    related: Flags
    official: Flags
    recurs: Flags
    prose: Flags
    bullet: Flags
    indented: Flags
    keyed: Flags
    announces: Flags
    twin: Ints

    @classmethod
    def of(cls, lines: pl.DataFrame, hits: Hits, rules: Rules) -> Lines:
        """The columns of lines; see `decision.decide`."""
        first, family = hits.first(), np.zeros(lines.height, dtype=np.int64)
        family[first.line] = rules.family[first.rule]
        opening = rules.of_families(*START_FAMILIES)[family]
        documents = lines["document"].to_numpy()
        frame, keys = Frame.of(documents), rules.of_families("government-header")[family]
        return cls(
            at=np.arange(lines.height),
            document=documents,
            chars=lines["chars"].to_numpy(),
            family=family,
            opening=opening,
            closing=(family > 0) & ~opening,
            related=rules.of_families("related")[family],
            official=frame.spread(frame.counts(keys) >= OFFICIAL_KEYS),
            twin=_twins(lines),
            **{
                name: lines[name].to_numpy() for name in ("recurs", "prose", "bullet", "indented", "keyed", "announces")
            },
        )

    @property
    def known(self) -> Flags:
        """Whether a rule knows the line."""
        return self.family > 0

    def left(self, stays: Flags) -> Lines:
        """The lines that stay."""
        return Lines(**{name: column[stays] for name, column in self._asdict().items()})


def _twins(lines: pl.DataFrame) -> Ints:
    """Numbers from 1 of what each line shows, where its document shows it more than once; else 0."""
    text = pl.struct("document", "shown")
    twice = lines.select(text.is_duplicated()).to_series().to_numpy()
    twins = np.zeros(lines.height, dtype=np.int64)
    twins[twice] = lines.filter(twice).select(text.rank("dense")).to_series().to_numpy()
    return twins
