"""Training the weights of the boilerplate model on labelled pages.

Logistic regression by Newton's method from zero, in float64 and without random numbers, so that the same pages give
the same weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl

from etl.boilerplate.decision import with_family
from etl.boilerplate.evidence import Floats, Frame, evidence
from etl.boilerplate.features import line_features
from etl.boilerplate.folding import shown
from etl.boilerplate.model import Weights
from etl.boilerplate.rules import line_hits
from etl.evaluation.material import read_table

__all__ = ["LEFT_OUT", "PAGE_SETS", "Sample", "labelled_lines", "train"]

PAGE_SETS = {"daniel": 1.0, "gne": 2.0, "magichtml": 2.5, "govcn": 1.0}
"""Sets of labelled pages, with the weight of their lines: sets differ in size, and each kind of page should count."""

LEFT_OUT = ("ambiguous", "title_like", "meta_like")
"""Labels of lines that sources disagree on, or that have no certain label."""

RIDGE = 40.0
"""Strength of the pull towards zero, in lines; chosen by cross-validation over sites."""

EVENNESS = 0.5
"""A document's lines weigh (number of such lines) to minus this, so that long documents don't rule."""

STEPS = 15
"""Newton's steps at most; eight are enough."""

SMALLEST_STEP = 1e-6
"""Log odds; a step that moves no weight farther is the last."""


class Sample:
    """Labelled lines as training sees them.

    Attributes:
        sites: the site of each line's page.
        names: of the pieces of evidence.
        matrix: the evidence, a row for each line.
        content: 1 for lines of the article, else 0.
        weight: how much each line counts; none where sources disagree.
    """

    def __init__(self, lines: pl.DataFrame) -> None:
        """Gather the evidence of lines; see `labelled_lines` for the columns."""
        seen = line_features(lines.with_columns(shown=shown(pl.col("text"))))
        known = with_family(seen, line_hits(seen))
        frame = Frame.of(known)
        found = list(evidence(known, frame))
        reaching = [
            frame.means(each.values, each.low, each.high) if each.low or each.high else each.values for each in found
        ]
        self.sites = lines["site"]
        self.names = [each.name for each in found]
        self.matrix: Floats = np.stack([values.astype(np.float64) for values in reaching], axis=1)
        self.content: Floats = lines["is_content"].cast(pl.Float64).to_numpy()
        self.weight = _weights_of_lines(lines)


def labelled_lines(data: Path, table: str) -> pl.DataFrame:
    """Every labelled line that is not blank, of all sets.

    Args:
        data: folder of labelled material.
        table: name of the table of lines in each set.

    Returns:
        row, document (number), set, site, doc_id, line_no, text, is_content and the labels of `LEFT_OUT`.

    Raises:
        UsageError: a set is not there.
    """
    lines = pl.concat([_lines_of(data, name, table) for name in PAGE_SETS])
    order = lines.select("set", "doc_id").unique(maintain_order=True).with_row_index("document")
    return lines.join(order, on=["set", "doc_id"], how="left", maintain_order="left").with_row_index("row")


def _lines_of(data: Path, name: str, table: str) -> pl.DataFrame:
    sites = read_table(data, name, "index.csv").select("doc_id", site="host")
    labels = read_table(data, name, table).filter(pl.col("text").str.strip_chars() != "")
    columns = ("doc_id", "line_no", "text", "is_content", *LEFT_OUT)
    return (
        labels.select(columns)
        .join(sites, on="doc_id", how="left", maintain_order="left")
        .with_columns(set=pl.lit(name))
    )


def _weights_of_lines(lines: pl.DataFrame) -> Floats:
    like = pl.len().over("document", "is_content").cast(pl.Float64)
    weight = pl.col("set").replace_strict(PAGE_SETS) * like.pow(-EVENNESS)
    known = ~pl.any_horizontal(LEFT_OUT)
    values = lines.select(pl.when(known).then(weight).otherwise(0.0)).to_series().to_numpy()
    return np.asarray(values * (len(values) / values.sum()))


def train(sample: Sample, without: Iterable[str] = ()) -> Weights:
    """Train weights on a sample.

    Args:
        sample: labelled lines.
        without: sites whose lines are left out.

    Returns:
        weights by name of evidence, to three decimals.
    """
    known = (sample.weight > 0) & ~sample.sites.is_in(list(without)).to_numpy()
    weights = _fit(sample.matrix[known], sample.content[known], sample.weight[known])
    return {name: round(float(value), 3) for name, value in zip(sample.names, weights, strict=True)}


def _fit(matrix: Floats, content: Floats, weight: Floats) -> Floats:
    """Logistic regression with a ridge, by Newton's method."""
    beta = np.zeros(matrix.shape[1])
    ridge = np.full(matrix.shape[1], RIDGE)
    ridge[0] = SMALLEST_STEP
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(matrix @ beta, -15, 15)))
        slope = matrix.T @ (weight * (chance - content)) + ridge * beta
        curve = (matrix * (weight * chance * (1 - chance))[:, None]).T @ matrix + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        beta -= step
        if np.abs(step).max() < SMALLEST_STEP:
            break
    return beta
