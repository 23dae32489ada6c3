"""Measures of a part of the documents, in the shape of a stage's report, so that one is judged as the other is.

Parts are what the run cleaned anew, if it took over the rest, and each site in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from etl.quality.figures import DISTRIBUTIONS, Figures

__all__ = [
    "MOST_SITES", "SITE_DOCUMENTS", "by_key", "histogram", "only", "part_report", "site_reports", "slices",
]  # fmt: skip

SITE_DOCUMENTS = 20
"""Documents, refused ones among them; of fewer, one page more or less moves a share by more than 5 %."""

MOST_SITES = 100
"""Sites that are measured by themselves, those with the most documents: a report with as many has about 0.5 MB."""

BOOKS = ("chars_in", "kept", "removed", "inserted", "chars_out")

SITED = ("documents", "bins", "rules", "marks", "refused")
"""Tables of the figures that tell sites apart, and what changed."""


def only(figures: Figures, changes: Collection[str]) -> Figures:
    """Those of the documents and of the refused sources of which an incremental run found one of some changes."""
    return {name: figures[name].filter(pl.col("change").is_in(changes)) for name in SITED}


def part_report(figures: Figures) -> dict[str, Any]:
    """The keys of a stage's report that a part of it has too, over all sites; and its documents by site."""
    together = {name: figures[name].with_columns(site=pl.lit("all")) for name in SITED}
    return _measure(together, ["all"])["all"] | {"slices": {"site": slices(figures, "site")}}


def site_reports(figures: Figures) -> dict[str, dict[str, Any]]:
    """Measure each site that has documents enough; by site, the keys of a stage's report that a site has too."""
    return _measure(figures, sorted(_largest(figures)))


def slices(figures: Figures, name: str) -> list[dict[str, Any]]:
    """Totals of the documents by the values of a key."""
    totals = figures["documents"].group_by(value=name).agg(pl.col("documents", "chars_in", "chars_out").sum())
    return totals.sort("value", nulls_last=True).to_dicts()


def by_key(table: pl.DataFrame, key: str, count: str) -> dict[str, int]:
    """Sums by the values of a key, in their order."""
    sums = table.group_by(key).agg(pl.col(count).sum()).sort(key, nulls_last=True)
    return {str(name): total for name, total in sums.iter_rows()}


def histogram(counts: Mapping[str, int], edges: Sequence[float]) -> list[int]:
    """Counts of a distribution's bins by number, as a list with the empty ones."""
    return [counts.get(str(place), 0) for place in range(len(edges))]


def _measure(figures: Figures, sites: Sequence[str]) -> dict[str, dict[str, Any]]:
    mine = {name: figures[name].filter(pl.col("site").is_in(sites)) for name in SITED}
    totals = {row["site"]: row for row in mine["documents"].group_by("site").agg(pl.col(pl.Int64).sum()).to_dicts()}
    rules = _by_site(mine["rules"], "rule", "documents", "removed", "inserted")
    marks = _by_site(mine["marks"], "mark", "documents")
    refused = _by_site(mine["refused"], "reason", "sources")
    encodings = _by_site(mine["documents"], "encoding", "documents")
    bins = {name: _by_site(mine["bins"].filter(distribution=name), "bin", "documents") for name in DISTRIBUTIONS}
    return {
        site: {
            "output": {"documents": totals[site]["documents"] if site in totals else 0},
            "balance": {name: totals[site][name] if site in totals else 0 for name in BOOKS},
            "rules": [
                {"rule": rule, "documents": documents, "chars_removed": removed, "chars_inserted": inserted}
                for rule, documents, removed, inserted in rules.get(site, ())
            ],
            "marks": dict(marks.get(site, ())),
            "quarantined": dict(refused.get(site, ())),
            "categories": {"encoding": dict(encodings.get(site, ()))},
            "distributions": {
                name: {"counts": histogram(dict(bins[name].get(site, ())), edges)}
                for name, edges in DISTRIBUTIONS.items()
            },
        }
        for site in sites
    }


def _by_site(table: pl.DataFrame, key: str, *counts: str) -> dict[str, list[tuple[Any, ...]]]:
    """For each site its rows of a key and the sums of counts, in the order of the key."""
    sums = table.group_by("site", key).agg(pl.col(counts).sum()).sort(key)
    found: dict[str, list[tuple[Any, ...]]] = {}
    for site, *row in sums.iter_rows():
        found.setdefault(site, []).append(tuple(row))
    return found


def _largest(figures: Figures) -> list[str]:
    """Sites with the most documents, refused ones among them."""
    found = [figures["documents"].select("site", n="documents"), figures["refused"].select("site", n="sources")]
    counted = pl.concat(found).drop_nulls("site").group_by("site").agg(pl.col("n").sum())
    enough = counted.filter(pl.col("n") >= SITE_DOCUMENTS).sort(pl.col("n").neg(), "site")
    return enough["site"].head(MOST_SITES).to_list()
