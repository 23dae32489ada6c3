"""The score of a line: a weighted sum of its evidence, and which groups of evidence decided."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, reduce
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Flags, Floats, Ints
from etl.boilerplate.evidence import Evidence, Names, crossed
from etl.boilerplate.frame import Frame
from etl.boilerplate.places import placed_evidence
from etl.boilerplate.signs import GRAIN, HEARD, own_evidence, spoken
from etl.boilerplate.standing import Lines

__all__ = ["Model", "Own", "Score", "Weights", "decisive", "load_model", "load_weights", "weights_path"]

Weights = Mapping[str, float]
"""Log odds that a piece of evidence adds, by its name."""

DECIMALS = 9
"""Of a score: the last bit of a logarithm depends on where in the frame its line stands, and must decide nothing."""

UNIT = 0.001
"""Log odds; weights are whole multiples of it, so that sums of weighed evidence are exact (see `signs.GRAIN`)."""

BLOCK = 1 << 13
"""Lines whose signs are made numbers in one go; those of all lines would take more memory than what they say."""

OWN_GROUPS, PLACED_GROUPS = ("length", "punctuation", "signs"), ("neighbours", "place", "hits")
"""Groups of evidence: of what a line shows by itself, and of what stands around it."""


class Own(NamedTuple):
    """What lines show by themselves, weighed.

    Attributes:
        total: log odds that this adds to the score.
        groups: what each of `OWN_GROUPS` adds; a row for each.
        says: what the line says for others, a row for each of `signs.HEARD`, in whole units of `signs.GRAIN`.
    """

    total: Floats
    groups: Floats
    says: Floats

    def left(self, rows: Ints) -> Own:
        """That of some of the lines."""
        return Own(self.total.take(rows), self.groups.take(rows, axis=1), self.says.take(rows, axis=1))


class Score(NamedTuple):
    """Scores of lines.

    Attributes:
        total: log odds that a line belongs to the article.
        own: what each of `OWN_GROUPS` adds to it, a row for each.
        placed: what each of `PLACED_GROUPS` does.
    """

    total: Floats
    own: Floats
    placed: Floats

    def groups(self, rows: Ints) -> Floats:
        """What each group of evidence adds to the score of some lines, a row for each group."""
        return np.concatenate([groups.take(rows, axis=1) for groups in (self.own, self.placed)])


def weights_path() -> Path:
    """The file of the weights: a name of evidence and its weight on each line."""
    return Path(str(files("etl").joinpath("tables/boilerplate-weights.toml")))


@cache
def load_weights() -> Weights:
    """The weights of the package, by name of evidence."""
    return {name: float(weight) for name, weight in tomllib.loads(weights_path().read_text("utf-8")).items()}


class Model:
    """Weights, put to evidence.

    What lines say for others is weighed before it is summed over a reach, once for all that has the same reach.
    """

    def __init__(self, weights: Weights) -> None:
        """A model with some weights by name of evidence."""
        self._units = {name: round(weight / UNIT) for name, weight in weights.items()}
        self._tables: dict[tuple[Names, ...], Floats] = {}

    def own(self, lines: pl.DataFrame, standing: Lines) -> Own:
        """Weigh what lines show by themselves; see `signs.own_evidence`."""
        groups = self._weigh(own_evidence(lines, standing), ("bias", *OWN_GROUPS), lines.height)
        return Own(groups.sum(axis=0), groups[1:], self._says(spoken(lines, standing), lines.height))

    def score(self, lines: Lines, own: Own, frame: Frame) -> Score:
        """Score each line by what stands."""
        placed = self._weigh(placed_evidence(lines, frame), PLACED_GROUPS, len(lines.at))
        heard: dict[int, Floats | Ints] = {}
        for each, says in zip(HEARD, own.says, strict=True):
            heard[each.reach] = heard.get(each.reach, 0) + each.sum(says, frame)
        for reach, grains in heard.items():
            placed[0] += grains * (GRAIN * UNIT / reach)
        total = own.total + placed[0]
        for group in placed[1:]:
            total += group
        return Score(total.round(DECIMALS), own.groups, placed)

    def _says(self, signs: Mapping[str, Floats | Flags], size: int) -> Floats:
        """What lines say for others, see `Own.says`; some lines at a time, whose signs fit the processor's cache."""
        weights = [[self._units[each.named(sign)] if sign in each.signs else 0 for sign in signs] for each in HEARD]
        grains, says = np.array(weights, dtype=np.float64) / GRAIN, np.empty((len(HEARD), size))
        for rows in (slice(first, first + BLOCK) for first in range(0, size, BLOCK)):
            says[:, rows] = grains @ np.stack([values[rows] for values in signs.values()], dtype=np.float64)
        return says

    def _weigh(self, pieces: Iterable[Evidence], groups: tuple[str, ...], size: int) -> Floats:
        """What each group adds to the score, a row for each."""
        weighed = np.zeros((len(groups), size))
        into = dict(zip(groups, weighed, strict=True))
        for (group, has_kinds), alike in groupby(pieces, lambda each: (each.group, each.amount is None)):
            if has_kinds:
                for names, code in crossed(alike):
                    into[group] += self._table(*names).take(code)
            else:
                for each in alike:
                    into[group] += self._added(each)
        weighed *= UNIT
        return weighed

    def _added(self, piece: Evidence) -> Floats:
        """What one piece adds to the score of each line, in units."""
        weights = self._table(piece.names)
        weight = weights if piece.kind is None else weights.take(piece.kind)
        return weight if piece.amount is None else weight * piece.amount

    def _table(self, *names: Names) -> Floats:
        """For each kind of line, and each of its kinds by further names, the weights that hold for it, in units."""
        if names not in self._tables:
            weights = [[sum(self._units[name] for name in kind) for kind in each] for each in names]
            self._tables[names] = reduce(lambda table, each: np.add.outer(table, each).ravel(), weights, np.zeros(1))
        return self._tables[names]


@cache
def load_model() -> Model:
    """The model with the weights of the package."""
    return Model(load_weights())


def decisive(groups: Floats) -> pl.Series:
    """Say which two groups of evidence spoke most strongly against each line, and how strongly; see `Score`."""
    names, lines = pl.Series(OWN_GROUPS + PLACED_GROUPS), np.arange(groups.shape[1])
    first = groups.argmin(axis=0)
    others = groups.copy()
    others[first, lines] = np.inf
    second = others.argmin(axis=0)
    parts = {
        "a": names[first],
        "b": groups[first, lines].round(1),
        "c": names[second],
        "d": groups[second, lines].round(1),
    }
    return pl.DataFrame(parts).select(pl.format("{} {}, {} {}", *parts)).to_series()
