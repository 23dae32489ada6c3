"""The score of a line: a weighted sum of its evidence, and which groups of evidence decided."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.boilerplate.evidence import Floats, Frame, Ints, evidence

__all__ = ["Score", "Weights", "decisive", "load_weights", "score_lines", "weights_path"]


Weights = Mapping[str, float]
"""Log odds that a piece of evidence adds, by its name."""


DECIMALS = 9
"""Of a score: the last bit of a logarithm depends on where in the frame its line stands, and must decide nothing."""


UNIT = 0.001
"""Log odds; weights are whole multiples of it, so that sums of weighed evidence are exact (see `evidence.GRAIN`)."""


class Score(NamedTuple):
    """Scores of lines.

    Attributes:
        total: log odds that a line belongs to the article.
        groups: what each group of evidence adds to it.
    """

    total: Floats
    groups: dict[str, Floats]


def weights_path() -> Path:
    """The file of the weights: a name of evidence and its weight on each line."""
    return Path(str(files("etl").joinpath("tables/boilerplate-weights.toml")))


@cache
def load_weights() -> Weights:
    """The weights of the package, by name of evidence."""
    return {name: float(weight) for name, weight in tomllib.loads(weights_path().read_text("utf-8")).items()}


def score_lines(lines: pl.DataFrame, weights: Weights) -> Score:
    """Score each line of at least one; see `evidence` for the columns.

    What lines say for others is weighed before it is summed over a reach, once for all that has the same reach.
    """
    frame = Frame.of(lines)
    weighed: dict[tuple[str, int, int], Floats] = {}
    for each in evidence(lines, frame):
        total = weighed.setdefault((each.group, each.low, each.high), np.zeros(lines.height))
        total += round(weights[each.name] / UNIT) * each.values
    groups = {group: np.zeros(lines.height) for group, *_ in weighed}
    for (group, low, high), total in weighed.items():
        groups[group] += (frame.means(total, low, high) if low or high else total) * UNIT
    return Score(np.sum(list(groups.values()), axis=0).round(DECIMALS), groups)


def decisive(score: Score, lines: Ints) -> pl.Series:
    """Say which two groups of evidence spoke most strongly against some lines, given by position, and how strongly."""
    spoke = {name: values[lines] for name, values in score.groups.items() if name != "bias"}
    names = np.array(list(spoke))
    values = np.stack(list(spoke.values()), axis=1)
    order = np.argsort(values, axis=1, kind="stable")[:, :2]
    first, second = order[:, 0], order[:, 1]
    rows = np.arange(len(values))
    parts = {
        "a": names[first],
        "b": values[rows, first].round(1),
        "c": names[second],
        "d": values[rows, second].round(1),
    }
    return pl.DataFrame(parts).select(pl.format("{} {}, {} {}", *parts)).to_series()
