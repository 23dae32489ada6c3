"""Floors: the figures that quality may not fall below, kept in a file that is part of the project.

Raising is what an improvement earns and needs nothing; lowering is a decision, so it needs a reason, which stays in
the file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from etl.errors import UsageError
from etl.evaluation.findings import OURS, Score
from etl.files import json_bytes, write_bytes

__all__ = [
    "MARGIN",
    "Floors",
    "Lowered",
    "below",
    "failures",
    "lowered",
    "moved",
    "raised",
    "read_floors",
    "write_floors",
]

MARGIN = 0.005
"""How far below the present figure a raised floor stays, so that a change elsewhere that costs one case in two
hundred does not stop all work."""

PLACES = 4
"""Decimal places of a floor."""


class Lowered(BaseModel):
    """A floor that was lowered, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    figure: str
    before: float
    after: float
    reason: str


class Floors(BaseModel):
    """The file of floors.

    Attributes:
        floors: least value of each figure, by its key.
        lowered: what was lowered, oldest first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    floors: dict[str, float] = {}
    lowered: tuple[Lowered, ...] = ()


def read_floors(path: Path) -> Floors:
    """Read the file of floors; without a file there are none.

    Raises:
        UsageError: it is no such file.
    """
    if not path.is_file():
        return Floors()
    try:
        return Floors.model_validate(json.loads(path.read_bytes()))
    except ValidationError as error:
        raise UsageError(f"{path}: no file of floors: {error.errors()[0]['msg']}") from error
    except ValueError as error:
        raise UsageError(f"{path}: no file of floors: {error}") from error


def write_floors(path: Path, floors: Floors) -> None:
    """Write the file of floors, figures in alphabetical order."""
    content: dict[str, Any] = floors.model_dump(mode="json")
    write_bytes(path, json_bytes({**content, "floors": dict(sorted(floors.floors.items()))}))


def below(floors: Floors, scores: Iterable[Score]) -> list[tuple[Score, float]]:
    """Our figures that are below their floor, with the floor."""
    return [
        (score, floors.floors[score.key])
        for score in scores
        if score.tool == OURS and score.value < floors.floors.get(score.key, 0)
    ]


def failures(floors: Floors, scores: Iterable[Score]) -> list[str]:
    """What is wrong with our figures, a line each: those below their floor, and floors whose figure is gone.

    A floor's figure is gone if its set was measured and did not give it: renaming a figure must not lose its floor.
    """
    ours = [score for score in scores if score.tool == OURS]
    known, measured = {score.key for score in ours}, {score.of for score in ours}
    gone = [key for key in floors.floors if key not in known and key.rpartition(": ")[0] in measured]
    return [
        *(f"{score.key} is {score.value:.4f}, below {floor:.4f}" for score, floor in below(floors, ours)),
        *(f"{key} has a floor, but is no longer measured" for key in gone),
    ]


def raised(floors: Floors, scores: Iterable[Score]) -> Floors:
    """Floors that are at least the present figures less `MARGIN`; a perfect figure becomes its own floor."""
    present = {score.key: _floor_of(score.value) for score in scores if score.tool == OURS}
    higher = {key: max(value, floors.floors.get(key, 0)) for key, value in present.items()}
    return floors.model_copy(update={"floors": {**floors.floors, **higher}})


def lowered(floors: Floors, scores: Iterable[Score], reason: str) -> Floors:
    """Floors lowered to where the present figures allow, with the reason; those that hold stay.

    Raises:
        UsageError: no reason is given.
    """
    if not reason.strip():
        raise UsageError('a floor is lowered for a reason only: --lower-floors "…"')
    fallen = [
        Lowered(figure=score.key, before=floor, after=_floor_of(score.value), reason=reason.strip())
        for score, floor in below(floors, scores)
    ]
    now = {entry.figure: entry.after for entry in fallen}
    return Floors(floors={**floors.floors, **now}, lowered=(*floors.lowered, *fallen))


def moved(path: Path, scores: Iterable[Score], *, lower_for: str | None = None, raises: bool = False) -> Floors:
    """The floors of a file, lowered and then raised as asked for, and written if they differ then.

    Args:
        path: the file.
        scores: the present figures.
        lower_for: the reason for which floors are lowered; null leaves them where they are.
        raises: whether floors are raised.
    """
    before = floors = read_floors(path)
    if lower_for is not None:
        floors = lowered(floors, scores, lower_for)
    if raises:
        floors = raised(floors, scores)
    if floors != before:
        write_floors(path, floors)
    return floors


def _floor_of(value: float) -> float:
    if value >= 1:
        return 1.0
    scale: int = 10**PLACES
    return max(math.floor((value - MARGIN) * scale) / scale, 0.0)
