"""Quality on real labelled material may not fall below its floors."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.evaluation.board import SETS, evaluate
from etl.evaluation.floors import failures, read_floors

FLOORS = Path(__file__).parents[1] / "quality_floors.json"

LONG = ("encodings", "held-out", "duplicates", "sections")
"""Sets of many millions of characters, or with training; CI runs them apart."""


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in SETS]
)
def test_no_figure_is_below_its_floor(shared: Path, name: str) -> None:
    finding = evaluate(shared / "data", [name], with_peers=False)
    assert not failures(read_floors(FLOORS), finding.scores)


@pytest.mark.shared
def test_every_floor_names_a_figure_by_set_and_measure() -> None:
    floors = read_floors(FLOORS).floors
    assert floors
    assert all(": " in key and 0 <= floor <= 1 for key, floor in floors.items())
