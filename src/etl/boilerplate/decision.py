"""Which lines go: rules where they hold, the tail after a list of other articles, then what lies outside the article.

Every pass looks only at the lines that still stand, and passes repeat until none takes a line. So the result is a
fixed point: cleaning it again takes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from etl.boilerplate.extent import extents
from etl.boilerplate.model import Weights, decisive, score_lines
from etl.boilerplate.titles import find_titles

__all__ = ["Decision", "decide", "place", "with_family"]

CLUSTER_LINES = 3
"""Lines on either side in which other hits make a cluster."""

RELATED_SHARE = 0.3
"""Prose after the heading of a related list, as a share of the prose before it, up to which it is the list's own."""


ASIDE_SHARE = 0.0
"""Characters outside the article, as a share of the document's, up to which nothing outside is dropped by score."""


class Decision(NamedTuple):
    """What goes.

    Attributes:
        dropped: row, rule, score, detail; one row per dropped line.
        emptied: document; those that are all boilerplate, and are therefore left whole.
    """

    dropped: pl.DataFrame
    emptied: pl.DataFrame


def decide(lines: pl.DataFrame, hits: pl.DataFrame, weights: Weights) -> Decision:
    """Decide which lines go.

    Args:
        lines: row (position, unique), document (number, rows of one document adjacent), line features.
        hits: row, rule, family, zone, needs_cluster: rules that a line's text meets, in order of preference.
        weights: those of the score; see `model.load_weights`.

    Returns:
        the dropped lines, and the documents that would have had none left, of which nothing is dropped.
    """
    dropped: list[pl.DataFrame] = []
    standing = lines
    while True:
        placed = place(standing)
        taken = [
            _after_related(placed, hits),
            _by_rules(placed, hits),
            _outside_article(placed, hits, weights),
        ]
        gone = pl.concat(taken).unique("row", keep="first", maintain_order=True)
        if gone.is_empty():
            return _without_emptied(lines, pl.concat([gone, *dropped]))
        dropped.append(gone)
        standing = standing.join(gone, on="row", how="anti", maintain_order="left")


def place(standing: pl.DataFrame) -> pl.DataFrame:
    """Add where each line stands: head (before the first prose of its document) and tail (after the last)."""
    prose_row = pl.when("prose").then("row")
    return standing.with_columns(
        first_prose=prose_row.min().over("document"), last_prose=prose_row.max().over("document")
    ).with_columns(
        head=(pl.col("row") < pl.col("first_prose")).fill_null(value=True),
        tail=(pl.col("row") > pl.col("last_prose")).fill_null(value=True),
    )


def _without_emptied(lines: pl.DataFrame, dropped: pl.DataFrame) -> Decision:
    """Give documents back whole that would have no line left."""
    goes = lines.select("row", "document").join(dropped, on="row", how="left", maintain_order="left")
    emptied = (
        goes.group_by("document", maintain_order=True)
        .agg(pl.col("rule").is_not_null().all())
        .filter("rule")
        .select("document")
    )
    kept = goes.drop_nulls("rule").join(emptied, on="document", how="anti", maintain_order="left")
    return Decision(kept.drop("document"), emptied)


def _dropped(frame: pl.DataFrame, rule: str, score: str | None = None, detail: str | None = None) -> pl.DataFrame:
    """row, rule, score, detail of what a pass drops."""
    return frame.select(
        "row",
        rule=pl.lit(rule),
        score=pl.lit(None, dtype=pl.Float64) if score is None else pl.col(score),
        detail=pl.lit(None, dtype=pl.String) if detail is None else pl.col(detail),
    )


def _by_rules(standing: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Lines that a rule takes where they stand."""
    placed = hits.join(
        _clusters(standing, hits).select("row", "head", "tail", "cluster"),
        on="row",
        how="inner",
        maintain_order="left",
    )
    zone = (
        (pl.col("zone") == "any")
        | (pl.col("zone").is_in(["head", "edge"]) & pl.col("head"))
        | (pl.col("zone").is_in(["tail", "edge"]) & pl.col("tail"))
    )
    taken = placed.filter(zone & (pl.col("cluster") | ~pl.col("needs_cluster")))
    first = taken.unique("row", keep="first", maintain_order=True)
    return _dropped(first, "").with_columns(rule=first["rule"])


def _clusters(standing: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Add cluster: another family hits a line nearby, or three lines nearby are hit."""
    families = hits.select("row", "family").unique("row", keep="first", maintain_order=True)
    marked = standing.join(families, on="row", how="left", maintain_order="left")
    near = [
        (
            pl.col("family").shift(step).fill_null("").alias("other"),
            pl.col("document") == pl.col("document").shift(step),
        )
        for step in range(-CLUSTER_LINES, CLUSTER_LINES + 1)
        if step
    ]
    hit = [same.fill_null(value=False) & (other != "") for other, same in near]
    differs = [same & (other != pl.col("family").fill_null("")) for same, (other, _) in zip(hit, near, strict=True)]
    return marked.with_columns(
        cluster=pl.any_horizontal(*differs) | (pl.sum_horizontal(*[h.cast(pl.Int64) for h in hit]) >= 2)
    )


def _after_related(standing: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Everything from the first heading of a related list on, where hardly any prose comes after."""
    heads = hits.filter(pl.col("family") == "related").select("row", is_head=pl.lit(value=True))
    marked = standing.join(heads, on="row", how="left", maintain_order="left")
    weight = pl.when("prose").then("chars").otherwise(0)
    sums = marked.with_columns(
        upto=weight.cum_sum().over("document"), whole=weight.sum().over("document")
    ).with_columns(share=(pl.col("whole") - pl.col("upto")) / pl.col("upto"))
    cut = sums.filter(pl.col("is_head") & (pl.col("share") <= RELATED_SHARE))
    first = cut.group_by("document", maintain_order=True).agg(cut_row=pl.col("row").min())
    after = sums.join(first, on="document", how="inner", maintain_order="left").filter(
        pl.col("row") >= pl.col("cut_row")
    )
    return _dropped(after, "after-related")


def with_family(lines: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Add family: that of the first rule that each line meets, or null."""
    families = hits.select("row", "family").unique("row", keep="first", maintain_order=True)
    return lines.join(families, on="row", how="left", maintain_order="left")


def _outside_article(standing: pl.DataFrame, hits: pl.DataFrame, weights: Weights) -> pl.DataFrame:
    """Lines above and below the article, but for its headline, where a document shows signs of a page."""
    if standing.is_empty():
        return _dropped(standing, "outside-article")
    known = with_family(standing, hits)
    score = score_lines(known, weights)
    hit = known["family"].is_not_null()
    inside = extents(known["document"], score.total, hit.to_numpy())
    titles = find_titles(standing, hits)["row"]
    chars = pl.col("chars").sum().over("document")
    judged = known.with_columns(inside=pl.Series(inside), score=pl.Series(score.total)).with_columns(
        goes=~pl.col("inside") & ~pl.col("row").is_in(titles.implode())
    )
    aside = (pl.col("chars") * pl.col("goes")).sum().over("document") / chars
    paged = (
        pl.col("family").is_not_null().any().over("document")
        & pl.col("inside").any().over("document")
        & (aside >= ASIDE_SHARE)
    )
    gone = judged.select("row", "score", "goes", paged=paged).with_columns(detail=decisive(score))
    return _dropped(gone.filter(pl.col("goes") & pl.col("paged")), "outside-article", "score", "detail")
