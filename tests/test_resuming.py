from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.console import run_table
from etl.datasets import CommittedRun, publish
from etl.recipe import Recipe
from etl.resuming import finished, mark_finished, staging
from etl.runs import run

SMALL_SHARDS = Recipe.model_validate({"run": {"shard_mb": 0.001}})


def parts(committed: CommittedRun) -> dict[str, Any]:
    """What the manifest says of every Parquet file, its digest among it."""
    return {name: file for name, file in committed.manifest["files"].items() if name.endswith(".parquet")}


def cut_short(pages: Path, output: Path, at: str = "sections", recipe: Recipe = SMALL_SHARDS) -> None:
    """A run that is stopped after the first shard of a stage."""

    def stop(stage: str, done: int, of: int) -> None:
        if stage == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(pages, output, recipe, workers=1, progress=stop)
    assert (output / ".staging" / "job.json").is_file()


def test_a_run_goes_on_where_an_earlier_one_was_cut_short(pages: Path, committed: CommittedRun, tmp_path: Path) -> None:
    cut_short(pages, tmp_path)
    resumed = run(pages, tmp_path, SMALL_SHARDS, workers=1)
    # Two shards in three stages, and one in the fourth.
    assert resumed.manifest["taken_up"] == 7
    assert "took up 7 finished steps" in run_table(resumed, resumed.report("run"))
    assert "took up" not in run_table(committed, committed.report("run"))
    assert parts(resumed) == parts(committed)
    assert resumed.manifest["files"].keys() == committed.manifest["files"].keys()
    assert {path.name for path in tmp_path.iterdir()} == {".etl-output", "CURRENT", "runs"}


def test_a_resumed_run_is_the_run_that_was_cut_short(pages: Path, tmp_path: Path) -> None:
    cut_short(pages, tmp_path)
    cut_short(pages, tmp_path, "normalize")
    job = (tmp_path / ".staging" / "job.json").read_text()
    resumed = run(pages, tmp_path, SMALL_SHARDS, workers=1)
    assert resumed.run_id in job
    assert resumed.manifest["taken_up"] == 9


def edited(pages: Path) -> None:
    page = pages / "damaged.txt"
    status = page.stat()
    page.write_bytes(page.read_bytes().replace("新桥".encode(), "老桥".encode()))
    os.utime(page, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def arrived(pages: Path) -> None:
    (pages / "new.txt").write_text("今天上午，新桥正式开通，两岸居民往来更方便了。", encoding="utf-8")


def gone(pages: Path) -> None:
    (pages / "damaged.txt").unlink()


@pytest.mark.parametrize("changes", [edited, arrived, gone])
def test_nothing_is_taken_up_after_the_input_changed(
    pages: Path, tmp_path: Path, changes: Callable[[Path], None]
) -> None:
    shutil.copytree(pages, tmp_path / "in")
    cut_short(tmp_path / "in", tmp_path / "out")
    changes(tmp_path / "in")
    anew = run(tmp_path / "in", tmp_path / "out", SMALL_SHARDS, workers=1)
    assert anew.manifest["taken_up"] == 0
    assert parts(anew) == parts(run(tmp_path / "in", tmp_path / "plain", SMALL_SHARDS, workers=1))


def test_nothing_is_taken_up_under_another_recipe_or_other_rules(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_short(pages, tmp_path)
    other = Recipe.model_validate({"run": {"shard_mb": 0.001}, "duplicates": {"across_documents": "off"}})
    cut_short(pages, tmp_path, recipe=other)
    assert run(pages, tmp_path, SMALL_SHARDS, workers=1).manifest["taken_up"] == 0
    cut_short(pages, tmp_path)
    monkeypatch.setattr("etl.runs.rules_digest", lambda: "other")
    assert run(pages, tmp_path, SMALL_SHARDS, workers=1).manifest["taken_up"] == 0


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES = [torn, flipped, emptied, Path.unlink]


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("run/decoded/part-00000.parquet", flipped),
        ("run/quarantine/sources-00001.parquet", Path.unlink),
        ("run/ledger/boilerplate-00001.parquet", torn),
        ("run/facts/paragraphs/part-00000.parquet", torn),
        ("finished/decode-00000.json", emptied),
    ],
)
def test_what_is_damaged_is_made_again(pages: Path, tmp_path: Path, file: str, damage: Callable[[Path], None]) -> None:
    shutil.copytree(pages, tmp_path / "in")
    (tmp_path / "in" / "zone.txt").symlink_to(tmp_path / "nowhere")
    cut_short(tmp_path / "in", tmp_path / "out")
    damage(tmp_path / "out" / ".staging" / file)
    resumed = run(tmp_path / "in", tmp_path / "out", SMALL_SHARDS, workers=1)
    assert resumed.manifest["taken_up"] == 6
    assert parts(resumed) == parts(run(tmp_path / "in", tmp_path / "plain", SMALL_SHARDS, workers=1))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_leftover_that_does_not_say_what_it_is_is_cleared_away(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    abandon(tmp_path)
    damage(tmp_path / ".staging" / "job.json")
    with staging(tmp_path, JOB) as (staged, job):
        assert (job, list(staged.folder.parent.iterdir())) == (JOB, [staged.folder.parent / "job.json"])


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", ["part", "finished/decode-00000.json"])
def test_a_piece_of_work_is_finished_as_long_as_its_files_are_what_they_were(
    tmp_path: Path, file: str, damage: Callable[[Path], None]
) -> None:
    assert finished(tmp_path, "decode-00000") is None
    (tmp_path / "part").write_text("whole")
    mark_finished(tmp_path, "decode-00000", {"seconds": 1}, [tmp_path / "part"])
    assert finished(tmp_path, "decode-00000") == {"seconds": 1}
    damage(tmp_path / file)
    assert finished(tmp_path, "decode-00000") is None


def test_a_marker_is_of_no_use_where_a_file_of_it_was_written_again(tmp_path: Path) -> None:
    (tmp_path / "part").write_text("whole")
    mark_finished(tmp_path, "decode-00000", {}, [tmp_path / "part"])
    (tmp_path / "part").write_text("other")
    assert finished(tmp_path, "decode-00000") is None


def test_what_was_half_written_is_not_published(pages: Path, committed: CommittedRun, tmp_path: Path) -> None:
    cut_short(pages, tmp_path)
    for stray in ("decoded/part-00000.partial", "reports/.decode.json.partial", "reports/old.html", "manifest.json"):
        (tmp_path / ".staging" / "run" / stray).write_text("half")
    resumed = run(pages, tmp_path, SMALL_SHARDS, workers=1)
    assert resumed.manifest["files"].keys() == committed.manifest["files"].keys()


JOB = {"run_id": "one", "started_at": "then", "recipe_digest": "same"}


def abandon(output: Path, *, renamed: bool = False) -> None:
    """Leave a staging folder with a file in it, or the folder of a run that CURRENT does not name yet."""
    with suppress(KeyboardInterrupt), staging(output, JOB) as (staged, _):
        (staged.folder / "marks").mkdir(parents=True)
        pl.DataFrame({"mark": ["seen"]}).write_parquet(staged.folder / "marks" / "part.parquet")
        if renamed:
            (output / "runs").mkdir()
            staged.folder.rename(output / "runs" / "one")
        raise KeyboardInterrupt


def test_a_commit_that_was_cut_short_between_its_steps_is_done_again(tmp_path: Path) -> None:
    abandon(tmp_path, renamed=True)
    with staging(tmp_path, JOB | {"run_id": "two", "started_at": "now"}) as (staged, job):
        assert job == JOB
        assert list((tmp_path / "runs").iterdir()) == []
        again = publish(tmp_path, staged, job, current=True)
    assert (again.run_id, list(again.manifest["files"])) == ("one", ["marks/part.parquet"])
    assert not (tmp_path / ".staging").exists()
