from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import UsageError
from etl.evaluation.findings import Score
from etl.evaluation.floors import MARGIN, Floors, below, failures, lowered, raised, read_floors, write_floors

SCORES = [Score("pages", "F1", 0.9, 100), Score("laws", "kept", 1.0, 10), Score("pages", "F1", 0.2, 100, "peer")]


def test_floors_rise_to_the_figures_less_the_margin() -> None:
    assert raised(Floors(), SCORES).floors == {"pages: F1": pytest.approx(0.9 - MARGIN), "laws: kept": 1.0}


def test_raising_never_lowers() -> None:
    assert raised(Floors(floors={"pages: F1": 0.95}), SCORES).floors["pages: F1"] == 0.95


def test_only_our_own_figures_can_fall_below() -> None:
    fallen = below(Floors(floors={"pages: F1": 0.95, "laws: kept": 1.0}), SCORES)
    assert fallen == [(SCORES[0], 0.95)]


def test_a_floor_whose_figure_is_gone_is_a_failure_only_if_its_set_was_measured() -> None:
    floors = Floors(floors={"pages: F1": 0.95, "pages: old name": 0.5, "other: F1": 0.5})
    assert failures(floors, SCORES) == [
        "pages: F1 is 0.9000, below 0.9500",
        "pages: old name has a floor, but is no longer measured",
    ]


def test_lowering_keeps_the_reason_and_leaves_what_holds() -> None:
    floors = lowered(Floors(floors={"pages: F1": 0.95, "laws: kept": 0.5}), SCORES, "  new labels ")
    assert floors.floors == {"pages: F1": pytest.approx(0.895), "laws: kept": 0.5}
    assert [(entry.figure, entry.before, entry.reason) for entry in floors.lowered] == [
        ("pages: F1", 0.95, "new labels")
    ]


def test_lowering_without_a_reason_is_refused() -> None:
    with pytest.raises(UsageError, match="for a reason only"):
        lowered(Floors(), SCORES, " ")


def test_a_figure_near_nothing_has_the_floor_nothing() -> None:
    assert raised(Floors(), [Score("pages", "F1", 0.001, 1)]).floors == {"pages: F1": 0.0}


def test_the_file_says_what_was_written(tmp_path: Path) -> None:
    floors = lowered(Floors(floors={"pages: F1": 0.95}), SCORES, "why not")
    write_floors(tmp_path / "floors.json", floors)
    assert read_floors(tmp_path / "floors.json") == floors


def test_no_file_means_no_floors_and_a_bad_one_is_refused(tmp_path: Path) -> None:
    assert read_floors(tmp_path / "floors.json") == Floors()
    for content in ('{"floor": 1}', "{"):
        (tmp_path / "floors.json").write_text(content, encoding="utf-8")
        with pytest.raises(UsageError, match=r"no file of floors: [^\n]+$"):
            read_floors(tmp_path / "floors.json")
