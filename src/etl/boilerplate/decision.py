"""Which lines go: rules where they hold, the tail after a list of other articles, then what lies outside the article.

Every pass looks only at the lines that still stand, and passes repeat until none takes a line. So the result is a
fixed point: cleaning it again takes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.boilerplate.extent import FLOOR, OFFICIAL_KEYS, with_article
from etl.boilerplate.model import Score, Weights, decisive, score_lines
from etl.boilerplate.titles import find_titles

__all__ = ["Decision", "by_rules", "decide", "place", "with_family"]

CLUSTER_LINES = 3
"""Lines on either side in which other hits make a cluster."""

RELATED_SHARE = 0.3
"""Prose after the heading of a related list, as a share of the prose before it, up to which it is the list's own."""


PAGES = ((0.05, 3), (0.2, 2), (0.5, 1))
"""Share of a document's lines that rules take or that score below all articles, and number of those that rules take at
once, from which the document is a page and not a text: an article may carry an editor's line or two, and low lines
alone may be a table."""


class Decision(NamedTuple):
    """What goes.

    Attributes:
        dropped: row, rule, score, detail; one row per dropped line.
        emptied: document; those that are all boilerplate, and are therefore left whole.
        article: row, article; where the article was found to be, when every line still stood.
        titles: row, document, doc_id, title, title_line_no; the headlines.
    """

    dropped: pl.DataFrame
    emptied: pl.DataFrame
    article: pl.DataFrame
    titles: pl.DataFrame


def decide(lines: pl.DataFrame, hits: pl.DataFrame, weights: Weights, off: Sequence[str] = ()) -> Decision:
    """Decide which lines go.

    Args:
        lines: row (position, unique), document (number, lines of one document adjacent), doc_id, line_no, shown,
            recurs (on many documents of the site), and line features; at least one row.
        hits: row, rule, family, zone, needs_cluster: rules that a line's text meets, in order of preference.
        weights: those of the score; see `model.load_weights`.
        off: rules that do not act.
    """
    hits = _without(hits, off)
    judged = _judge(_with_nature(lines, hits), hits, weights)
    judged = judged._replace(lines=judged.lines.with_columns(whole_article="article"))
    article, titles = judged.lines.select("row", "article"), find_titles(judged.lines, hits)
    headlines, dropped = titles, []
    while True:
        known = _known(judged, hits, headlines, off)
        told = judged.lines.with_columns(paged=_paged(judged.lines, known))
        gone = _without(pl.concat([known, _outside(told, judged.score, known, headlines)]), off)
        dropped.append(gone)
        standing = _changed(told, gone)
        if standing.is_empty():
            kept, emptied = _without_emptied(lines, pl.concat(dropped))
            return Decision(kept, emptied, article, titles)
        judged = _judge(standing, hits, weights)
        headlines = find_titles(judged.lines, hits)


def _changed(lines: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """The lines that still stand, of the documents that lost some; no other document can lose more."""
    goes = _among(lines, gone)
    changed = lines.filter(goes).select("document").unique()
    return lines.filter(~goes).join(changed, on="document", how="semi", maintain_order="left")


class _Judged(NamedTuple):
    """Lines with family, score and article, and their scores with the groups of evidence."""

    lines: pl.DataFrame
    score: Score


def _without(found: pl.DataFrame, off: Sequence[str]) -> pl.DataFrame:
    """What other rules found than those that are off."""
    return found.filter(~pl.col("rule").is_in(list(off)))


def _with_nature(lines: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Add what a document stays whatever goes: official (it has the keys of one), and paged (a page, not a text)."""
    keys = (pl.col("family") == "government-header").sum().over("document")
    nature = with_family(lines, hits).select(official=keys >= OFFICIAL_KEYS)
    return lines.with_columns(nature, paged=pl.lit(value=False))


def _known(judged: _Judged, hits: pl.DataFrame, headlines: pl.DataFrame, off: Sequence[str]) -> pl.DataFrame:
    """What rules take of the lines that stand, each line once."""
    lines = judged.lines
    low = (lines["score"] < FLOOR) & ~lines["article"]
    template = _aside(lines, judged.score, lines["recurs"] & low & ~_among(lines, headlines), "site-template")
    known = _without(pl.concat([by_rules(lines, hits), template]), off)
    return known.unique("row", keep="first", maintain_order=True)


def by_rules(lines: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """What goes by rules alone, whatever the score; a line may go by several.

    Args:
        lines: row, document, prose, chars, family.
        hits: row, rule, family, zone, needs_cluster.

    Returns:
        row, rule, score, detail; the last two are null.
    """
    placed = place(lines, "prose")
    return pl.concat([_after_related(placed, hits), _where_rules_hold(placed, hits)])


def _paged(lines: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Whether a line's document is a page: it was before, or there is enough now that is alien to a text."""
    found = _among(lines, known)
    counted = lines.select("document", found=found, alien=found | (lines["score"] < FLOOR))
    share, taken = pl.col("alien").mean().over("document"), pl.col("found").sum().over("document")
    now = pl.any_horizontal((share >= least) & (taken >= fewest) for least, fewest in PAGES)
    return lines["paged"] | counted.select(now).to_series()


def _outside(lines: pl.DataFrame, score: Score, known: pl.DataFrame, headlines: pl.DataFrame) -> pl.DataFrame:
    """What goes because it stands outside the article of a page.

    What was of the article while every line still stood goes only if it speaks against itself: the fewer lines are
    left, the less the others say for it. Nor does it go from between two lines that stay, as a heading would.
    """
    once = lines["whole_article"]
    stays = lines["article"] | (once & (lines["score"] > 0))
    spared = _among(lines, headlines) | _among(lines, known) | stays | (once & _between(lines, stays))
    return _aside(lines, score, ~spared & lines["paged"], "outside-article")


def _between(lines: pl.DataFrame, stays: pl.Series) -> pl.Series:
    """Whether the line before and the line after are of the same document and stay."""
    above, below = (
        (stays.shift(step) & (lines["document"].shift(step) == lines["document"])).fill_null(value=False)
        for step in (1, -1)
    )
    return above & below


def _among(lines: pl.DataFrame, some: pl.DataFrame) -> pl.Series:
    """Which of the lines are among some, by row."""
    return pl.Series(np.isin(lines["row"].to_numpy(), some["row"].to_numpy()))


def _aside(lines: pl.DataFrame, score: Score, goes: pl.Series, rule: str) -> pl.DataFrame:
    """row, rule, score, detail of lines that go by their score."""
    detail = decisive(score, np.flatnonzero(goes.to_numpy()))
    return lines.filter(goes).select("row", rule=pl.lit(rule), score="score", detail=detail)


def _judge(standing: pl.DataFrame, hits: pl.DataFrame, weights: Weights) -> _Judged:
    """Add family, score and article, by what stands."""
    ordered = standing.drop("family", "score", "article", strict=False)
    known = with_family(ordered, hits)
    score = score_lines(known, weights)
    return _Judged(with_article(known.with_columns(score=pl.Series(score.total))), score)


def place(lines: pl.DataFrame, inside: str) -> pl.DataFrame:
    """Add where each line stands: head (before its document's first line inside) and tail (after the last).

    Args:
        lines: row, document, and a column that is true for lines inside.
        inside: name of that column; where it is true nowhere, all of the document is both head and tail.
    """
    row = pl.when(inside).then("row")
    return lines.with_columns(
        head=(pl.col("row") < row.min().over("document")).fill_null(value=True),
        tail=(pl.col("row") > row.max().over("document")).fill_null(value=True),
    )


def _without_emptied(lines: pl.DataFrame, dropped: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give documents back whole that would have no line left."""
    goes = lines.select("row", "document").join(dropped, on="row", how="left", maintain_order="left")
    emptied = (
        goes.group_by("document", maintain_order=True)
        .agg(pl.col("rule").is_not_null().all())
        .filter("rule")
        .select("document")
    )
    kept = goes.drop_nulls("rule").join(emptied, on="document", how="anti", maintain_order="left")
    return kept.drop("document"), emptied


def _dropped(frame: pl.DataFrame, rule: pl.Expr) -> pl.DataFrame:
    """row, rule, score, detail of lines that go by a rule."""
    nothing = {"score": pl.lit(None, dtype=pl.Float64), "detail": pl.lit(None, dtype=pl.String)}
    return frame.select("row", rule=rule, **nothing)


def _where_rules_hold(standing: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Lines that a rule takes where they stand."""
    placed = hits.join(
        _clusters(standing).select("row", "head", "tail", "cluster"),
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
    return _dropped(taken.unique("row", keep="first", maintain_order=True), pl.col("rule"))


def _clusters(standing: pl.DataFrame) -> pl.DataFrame:
    """Add cluster: another family hits a line nearby, or three lines nearby are hit."""
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
    return standing.with_columns(
        cluster=pl.any_horizontal(*differs) | (pl.sum_horizontal(*[h.cast(pl.Int64) for h in hit]) >= 2)
    )


def _after_related(standing: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Everything from the first heading of a related list on, where hardly any prose comes after."""
    heads = hits.filter(pl.col("family") == "related").select("row", is_head=pl.lit(value=True))
    headed = standing.join(heads, on="row", how="semi").select("document").unique()
    concerned = standing.join(headed, on="document", how="semi", maintain_order="left")
    marked = concerned.join(heads, on="row", how="left", maintain_order="left")
    weight = pl.when("prose").then("chars").otherwise(0)
    sums = marked.with_columns(
        upto=weight.cum_sum().over("document"), whole=weight.sum().over("document")
    ).with_columns(share=(pl.col("whole") - pl.col("upto")) / pl.col("upto"))
    cut = sums.filter(pl.col("is_head") & (pl.col("share") <= RELATED_SHARE))
    first = cut.group_by("document", maintain_order=True).agg(cut_row=pl.col("row").min())
    after = sums.join(first, on="document", how="inner", maintain_order="left").filter(
        pl.col("row") >= pl.col("cut_row")
    )
    return _dropped(after, pl.lit("after-related"))


def with_family(lines: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Add family: that of the first rule that each line meets, or null."""
    families = hits.select("row", "family").unique("row", keep="first", maintain_order=True)
    return lines.join(families, on="row", how="left", maintain_order="left")
