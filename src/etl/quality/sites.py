"""Measures of a part of the documents, in the shape of a stage's report, so that one is judged as the other is.

Parts are what the run cleaned anew, if it took over the rest, and each site in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

__all__ = ["MOST_SITES", "SITE_DOCUMENTS", "StageRows", "bin_of", "site_reports", "slices"]

SITE_DOCUMENTS = 20
"""Documents, refused ones among them; of fewer, one page more or less moves a share by more than 5 %."""

MOST_SITES = 100
"""Sites that are measured by themselves, those with the most documents: a report with as many has about 0.5 MB."""


@dataclass(frozen=True)
class StageRows:
    """Rows that a stage's measures are taken from.

    Attributes:
        documents: doc_id, site, encoding, chars_in, chars_out, kept, removed, inserted of each document.
        edits: doc_id, rule, removed, inserted of each edit.
        marks: doc_id, mark.
        refused: source, site, reason of what was refused; only decode has any.
        distributions: of each histogram, the value of a document (null where it has none) and the edges.
    """

    documents: pl.DataFrame
    edits: pl.LazyFrame
    marks: pl.LazyFrame
    refused: pl.DataFrame
    distributions: Mapping[str, tuple[pl.Expr, Sequence[float]]]

    def only(self, changes: pl.DataFrame) -> StageRows:
        """Those of the documents and of the refused sources that are named by doc_id and source."""
        return replace(
            self,
            documents=self.documents.join(changes, on="doc_id", how="semi", maintain_order="left"),
            refused=self.refused.join(changes, on="source", how="semi", maintain_order="left"),
        )

    def report(self) -> dict[str, Any]:
        """The keys of a stage's report that a part of it has too, over all rows; and its documents by site."""
        name = pl.lit("all")
        one = replace(
            self, documents=self.documents.with_columns(site=name), refused=self.refused.with_columns(site=name)
        )
        return _measure(one, ["all"])["all"] | {"slices": {"site": slices(self.documents, "site")}}


def site_reports(rows: StageRows) -> dict[str, dict[str, Any]]:
    """Measure each site that has documents enough; by site, the keys of a stage's report that a site has too."""
    return _measure(rows, _largest(rows))


def slices(documents: pl.DataFrame, name: str) -> list[dict[str, Any]]:
    """Totals by the values of a column."""
    totals = documents.group_by(pl.col(name).alias("value")).agg(
        documents=pl.len().cast(pl.Int64), chars_in=pl.col("chars_in").sum(), chars_out=pl.col("chars_out").sum()
    )
    return totals.sort("value", nulls_last=True).to_dicts()


def _measure(rows: StageRows, sites: Sequence[str]) -> dict[str, dict[str, Any]]:
    mine = rows.documents.filter(pl.col("site").is_in(sites))
    ids = mine.lazy().select("doc_id", "site")
    by_rule = _by_site(
        rows.edits.join(ids, on="doc_id")
        .group_by("site", "rule")
        .agg(
            documents=pl.col("doc_id").n_unique().cast(pl.Int64),
            chars_removed=pl.col("removed").sum(),
            chars_inserted=pl.col("inserted").sum(),
        )
        .collect()
        .sort("rule")
    )
    marked = rows.marks.join(ids, on="doc_id").group_by("site", "mark").agg(n=pl.col("doc_id").n_unique())
    by_mark = _counts(marked.collect())
    by_reason = _counts(rows.refused.group_by("site", "reason").agg(n=pl.len()))
    by_encoding = _counts(mine.group_by("site", "encoding").agg(n=pl.len()))
    shapes = {name: _histograms(mine, value, edges) for name, (value, edges) in rows.distributions.items()}
    totals = {row["site"]: row for row in mine.group_by("site").agg(*_TOTALS).to_dicts()}
    return {
        site: {
            "output": {"documents": totals[site]["documents"] if site in totals else 0},
            "balance": {name: totals[site][name] if site in totals else 0 for name in _BOOKS},
            "rules": by_rule.get(site, []),
            "marks": by_mark.get(site, {}),
            "quarantined": by_reason.get(site, {}),
            "categories": {"encoding": by_encoding.get(site, {})},
            "distributions": {
                name: {"counts": by_site.get(site, [0] * len(rows.distributions[name][1]))}
                for name, by_site in shapes.items()
            },
        }
        for site in sorted(sites)
    }


_BOOKS = ("chars_in", "kept", "removed", "inserted", "chars_out")

_TOTALS = (pl.len().cast(pl.Int64).alias("documents"), *(pl.col(name).sum() for name in _BOOKS))


def _largest(rows: StageRows) -> list[str]:
    counted = (
        pl.concat([rows.documents.select("site"), rows.refused.select("site")])
        .drop_nulls()
        .group_by("site")
        .agg(n=pl.len().cast(pl.Int64))
    )
    enough = counted.filter(pl.col("n") >= SITE_DOCUMENTS).sort(pl.col("n").neg(), "site")
    return enough["site"].head(MOST_SITES).to_list()


def bin_of(value: pl.Expr, edges: Sequence[float]) -> pl.Expr:
    """Number of the bin that a value falls into; each includes its lower edge, and the first and last are open."""
    position = pl.lit(pl.Series(edges, dtype=pl.Float64)).search_sorted(value.cast(pl.Float64), side="right")
    return pl.max_horizontal(position.cast(pl.Int64) - 1, 0)


def _histograms(documents: pl.DataFrame, value: pl.Expr, edges: Sequence[float]) -> dict[str, list[int]]:
    values = documents.select("site", value=value).drop_nulls("value").with_columns(bin=bin_of(pl.col("value"), edges))
    found: dict[str, list[int]] = {}
    for site, position, count in values.group_by("site", "bin").agg(n=pl.len()).iter_rows():
        found.setdefault(site, [0] * len(edges))[position] = count
    return found


def _by_site(table: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dicts():
        found.setdefault(row.pop("site"), []).append(row)
    return found


def _counts(table: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Columns site, key and count as a mapping of mappings, keys in order."""
    found: dict[str, dict[str, int]] = {}
    for site, key, count in table.sort(table.columns[1]).iter_rows():
        found.setdefault(site, {})[key] = count
    return found
