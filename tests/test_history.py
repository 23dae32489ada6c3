from __future__ import annotations

from pathlib import Path

import pytest

import etl
from etl.datasets import lock
from etl.errors import ExpectationError, OutputError, UsageError
from etl.history import drop_old_runs, earlier_reports, list_runs, roll_back
from etl.recipe import Expectation, Recipe

STRICT = Recipe(expectations=(Expectation(stage="normalize", measure="removed-share", fail=0),))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output of two runs, the second current, and a third that failed."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.txt").write_text("  今天上午,新桥正式开通,两岸居民往来更方便了。\n", encoding="utf-8")
    for _ in range(2):
        etl.run(tmp_path / "in", tmp_path / "out")
    with pytest.raises(ExpectationError):
        etl.run(tmp_path / "in", tmp_path / "out", STRICT)
    return tmp_path / "out"


def test_runs_are_listed_by_time_with_verdict_and_the_current_one_marked(output: Path) -> None:
    runs = list_runs(output)
    assert [(run.verdict, run.current, run.documents) for run in runs] == [
        ("pass", False, 1), ("warn", True, 1), ("fail", False, 1),
    ]  # fmt: skip
    assert [run.run_id for run in runs] == sorted(run.run_id for run in runs)


def test_an_earlier_run_becomes_current_again(output: Path) -> None:
    first, second, failed = list_runs(output)
    assert roll_back(output, first.run_id) == first
    assert etl.open(output).run_id == first.run_id
    with pytest.raises(UsageError, match="failed its expectations"):
        roll_back(output, failed.run_id)
    with pytest.raises(UsageError, match="2: names 3 runs"):
        roll_back(output, "2")
    assert etl.open(output).run_id == first.run_id != second.run_id


def test_old_runs_are_dropped_but_never_the_current_one(output: Path) -> None:
    first, second, failed = list_runs(output)
    roll_back(output, first.run_id)
    assert drop_old_runs(output, keep=1) == [second.run_id]
    assert [run.run_id for run in list_runs(output)] == [first.run_id, failed.run_id]
    assert not (output / "runs" / second.run_id).exists()
    assert drop_old_runs(output, keep=5) == []


def test_nothing_is_changed_while_a_run_is_written(output: Path) -> None:
    with lock(output):
        with pytest.raises(OutputError, match="another run is at work"):
            drop_old_runs(output, keep=1)
        with pytest.raises(OutputError, match="another run is at work"):
            roll_back(output, list_runs(output)[0].run_id)


def test_a_folder_without_runs_is_a_wrong_output(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds no committed run"):
        list_runs(tmp_path)


def test_earlier_reports_are_those_of_runs_that_did_not_fail_newest_first(output: Path) -> None:
    first, second, _ = list_runs(output)
    assert [report["run_id"] for report in earlier_reports(output, "run")] == [second.run_id, first.run_id]
    assert [report["run_id"] for report in earlier_reports(output, "run", before=second.run_id)] == [first.run_id]
    (output / "runs" / second.run_id / "reports" / "run.json").unlink()
    assert [report["run_id"] for report in earlier_reports(output, "run")] == [first.run_id]


def test_no_more_earlier_reports_are_read_than_two_weeks_of_nights(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.history.HISTORY_RUNS", 1)
    assert [report["run_id"] for report in earlier_reports(output, "run")] == [list_runs(output)[1].run_id]
    assert earlier_reports(output / "nowhere", "run") == []


def test_a_broken_run_is_listed_and_left_for_a_sound_one(output: Path) -> None:
    first, second, _ = list_runs(output)
    with (output / "runs" / second.run_id / "manifest.json").open("a") as manifest:
        manifest.write(" ")
    broken = list_runs(output)[1]
    assert (broken.run_id, broken.verdict, broken.current) == (second.run_id, "broken", True)
    with pytest.raises(UsageError, match="is broken; choose a run that passed"):
        roll_back(output, second.run_id)
    assert roll_back(output, first.run_id).run_id == first.run_id
    assert drop_old_runs(output, keep=1) == [second.run_id]


def test_what_is_left_of_a_run_half_deleted_is_cleared_away(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, failed = list_runs(output)

    def killed(folder: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("etl.history.shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            drop_old_runs(output, keep=1)
    assert list_runs(output) == [second, failed]
    assert (output / "runs" / first.run_id).exists()
    (output / "runs" / "notes").mkdir()
    assert drop_old_runs(output, keep=5) == []
    assert {path.name for path in (output / "runs").iterdir()} == {second.run_id, failed.run_id, "notes"}


def test_runs_say_what_was_new_and_what_was_not_as_expected(output: Path) -> None:
    first, second, failed = list_runs(output)
    assert first.news == ""
    assert second.news == "decode same-input 1, over 0"
    assert failed.news == "normalize removed-share 0.16, over 0"

    nightly = Recipe.model_validate({"run": {"incremental": True}, "expectations": []})
    (output.parent / "in" / "more.txt").write_text("  今天下午,新桥又关闭了,两岸居民只好绕道。\n", encoding="utf-8")
    etl.run(output.parent / "in", output, nightly)
    etl.run(output.parent / "in", output, nightly)
    assert [run.news for run in list_runs(output)[3:]] == ["1 new", "nothing new"]
