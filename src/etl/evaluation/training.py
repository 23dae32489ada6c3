"""Training the weights of the boilerplate model on labelled pages.

Logistic regression by Newton's method from zero, in float64 and without random numbers, so that the same pages give
the same weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.arrays import Floats
from etl.boilerplate.frame import Frame
from etl.boilerplate.hits import Hits, Rules
from etl.boilerplate.holding import by_rules
from etl.boilerplate.model import Weights
from etl.boilerplate.places import placed_evidence
from etl.boilerplate.signs import GRAIN, HEARD, own_evidence, spoken
from etl.boilerplate.standing import Lines
from etl.boilerplate.wordings import read_wordings
from etl.errors import UsageError
from etl.evaluation.material import read_table

__all__ = [
    "DUMPS",
    "LEFT_OUT",
    "PAGE_SETS",
    "Sample",
    "labelled_lines",
    "load_sample",
    "merge_samples",
    "sample",
    "train",
]

PAGE_SETS = {"daniel": 1.0, "gne": 2.0, "magichtml": 2.5, "govcn": 1.0}
"""Sets of labelled pages, with the weight of their lines: sets differ in size, and each kind of page should count."""

DUMPS = {"dump": "lines_zh.parquet", "dump_flat": "lines_flat_zh.parquet"}
"""Folder of each kind of dump, and the table of its labelled lines: with blank lines, and without."""

LEFT_OUT = ("ambiguous", "title_like", "meta_like")
"""Labels of lines that sources disagree on, or that have no certain label."""

RIDGE = 60.0
"""Strength of the pull towards zero, in lines; chosen by cross-validation over sites, as are the next three."""

EVENNESS = 0.6
"""A document's lines weigh (number of such lines) to minus this, so that long documents don't rule."""

AFTER_RULES = 0.5
"""Weight of a line where rules have taken theirs, beside the same line where every line still stands: lines are judged
in both states."""

LEANING = 0.5
"""Log odds added in favour of keeping a line, since losing content costs more than a line too many."""

STEPS = 15
"""Newton's steps at most; ten are enough."""

BLOCK = 16384
"""Lines that the slope is summed over at once, to save memory."""

SMALLEST_STEP = 1e-6
"""Log odds; a step that moves no weight farther is the last."""


class Sample(NamedTuple):
    """Labelled lines as training sees them.

    Attributes:
        sites: the site of each line's page.
        names: of the pieces of evidence.
        matrix: the evidence, a row for each line.
        content: 1 for lines of the article, else 0.
        weight: how much each line counts; none where sources disagree.
    """

    sites: pl.Series
    names: list[str]
    matrix: npt.NDArray[np.float32]
    content: Floats
    weight: Floats


def load_sample(data: Path) -> Sample:
    """All labelled lines of either kind of dump.

    Args:
        data: folder of labelled material.

    Raises:
        UsageError: a set is not there.
    """
    return merge_samples([sample(labelled_lines(data, table)) for table in DUMPS.values()])


def merge_samples(samples: Sequence[Sample]) -> Sample:
    """Samples as one."""
    return Sample(
        sites=pl.concat([each.sites for each in samples]),
        names=samples[0].names,
        matrix=np.concatenate([each.matrix for each in samples]),
        content=np.concatenate([each.content for each in samples]),
        weight=np.concatenate([each.weight for each in samples]),
    )


def sample(lines: pl.DataFrame) -> Sample:
    """Lines as they stand, and again as they stand where rules have taken theirs.

    Args:
        lines: see `labelled_lines`.
    """
    wordings, met = read_wordings(lines["text"])
    seen = lines.with_columns(recurs=pl.lit(value=False)).hstack(wordings.drop("text"))
    rules = Rules.of(met, off=())
    hits = Hits.of(met, seen)
    standing = Lines.of(seen, hits, rules)
    left = np.flatnonzero(by_rules(standing, hits, rules, Frame.of(standing.document)) == 0)
    return merge_samples([_state(seen, standing, 1.0), _state(seen[left], standing.left(left), AFTER_RULES)])


def _state(lines: pl.DataFrame, standing: Lines, weight: float) -> Sample:
    """The lines that stand at some time, with the evidence that they give each other then."""
    found = _columns(lines, standing, Frame.of(standing.document))
    return Sample(
        sites=lines["site"],
        names=list(found),
        matrix=np.stack(list(found.values()), axis=1),
        content=lines["is_content"].cast(pl.Float64).to_numpy(),
        weight=_weights_of_lines(lines) * weight,
    )


def _columns(lines: pl.DataFrame, standing: Lines, frame: Frame) -> dict[str, npt.NDArray[np.float32]]:
    """Each piece of evidence by its name, unweighed."""
    found = {}
    for each in (*own_evidence(lines, standing), *placed_evidence(standing, frame)):
        for name in dict.fromkeys(name for names in each.names for name in names):
            holds = np.array([name in names for names in each.names])[0 if each.kind is None else each.kind]
            found[name] = np.ones(lines.height, np.float32) * holds * (1 if each.amount is None else each.amount)
    for heard in HEARD:
        for sign, values in spoken(lines, standing).items():
            if sign in heard.signs:
                found[heard.named(sign)] = heard.sum(values / GRAIN, frame) * GRAIN / heard.reach
    return {name: values.astype(np.float32) for name, values in found.items()}


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
    return lines.select(pl.when(known).then(weight).otherwise(0.0)).to_series().to_numpy()


def train(sample: Sample, without: Iterable[str] = (), start: Weights | None = None) -> Weights:
    """Train weights on a sample.

    Args:
        sample: labelled lines.
        without: sites whose lines are left out.
        start: weights of nearly the same lines, to start from; saves time and does not show in the result.

    Returns:
        weights by name of evidence, to three decimals.

    Raises:
        UsageError: no line is left to train on.
    """
    known = (sample.weight > 0) & ~sample.sites.is_in(list(without)).to_numpy()
    if not known.any():
        raise UsageError("no labelled line is left to train on: weights need pages of several sites")
    weight = sample.weight[known]
    first = {**start, "bias": start["bias"] - LEANING} if start else dict.fromkeys(sample.names, 0.0)
    beta = np.array([first[name] for name in sample.names])
    fitted = _fit(sample.matrix[known], sample.content[known], weight / weight.mean(), beta)
    named = dict(zip(sample.names, fitted.tolist(), strict=True))
    return {name: round(value, 3) for name, value in {**named, "bias": named["bias"] + LEANING}.items()}


def _fit(matrix: npt.NDArray[np.float32], content: Floats, weight: Floats, beta: Floats) -> Floats:
    """Logistic regression with a ridge, by Newton's method.

    Where it ends depends on the slope alone, so that the curve is as exact as it need be.
    """
    ridge = np.full(len(beta), RIDGE)
    ridge[0] = SMALLEST_STEP
    for _ in range(STEPS):
        chance, slope = np.empty(len(content)), ridge * beta
        for begin in range(0, len(content), BLOCK):
            rows = slice(begin, begin + BLOCK)
            part = matrix[rows].astype(np.float64)
            chance[rows] = 1 / (1 + np.exp(-np.clip(part @ beta, -15, 15)))
            slope += part.T @ (weight[rows] * (chance[rows] - content[rows]))
        spread = (weight * chance * (1 - chance)).astype(np.float32)
        curve = ((matrix * spread[:, None]).T @ matrix).astype(np.float64) + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        beta = beta - step
        if np.abs(step).max() < SMALLEST_STEP:
            break
    return beta
