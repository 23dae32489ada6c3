"""A clock that goes back changes no order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import pytest

from etl.datasets import current_run
from etl.history import drop_old_runs, list_runs, new_run_id, roll_back
from etl.runs import run
from etl.verify import verify
from tests.faults.outputs import Ground

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize("back", [timedelta(0), timedelta(days=20000)])
def test_runs_stay_in_order_when_the_clock_goes_back(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: timedelta
) -> None:
    class Clock(datetime):
        times = iter([(time.date(), time.timetz()) for time in (NOON, NOON - back, NOON - 2 * back)])

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.combine(*next(cls.times))

    monkeypatch.setattr("etl.runs.datetime", Clock)
    with ground.fault("the clock goes back"):
        made = [run(ground.pages / "linjiang.example", tmp_path, workers=1) for _ in range(3)]
        assert [run.run_id for run in list_runs(tmp_path)] == [run.run_id for run in made]
        assert current_run(tmp_path).run_id == made[-1].run_id
        assert [run.manifest["previous_run"] for run in made] == [None, made[0].run_id, made[1].run_id]
        assert made[1].manifest["started_at"] == (NOON - back).isoformat(timespec="seconds")
        verify(made[-1])
        roll_back(tmp_path, made[0].run_id)
        assert drop_old_runs(tmp_path, keep=1) == [made[1].run_id]


def test_a_run_is_named_after_the_time_and_after_every_run_before_it(tmp_path: Path) -> None:
    assert new_run_id(tmp_path, NOON, "0123456789") == "20260506T120000000000Z-012345"
    for name in ("20260506T120000000007Z-012345", "20260506T120000000003Z-ffffff", "restored by hand"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    assert new_run_id(tmp_path, NOON, "0123456789") == "20260506T120000000008Z-012345"
    assert new_run_id(tmp_path, NOON + timedelta(seconds=1), "0123456789") == "20260506T120001000000Z-012345"
