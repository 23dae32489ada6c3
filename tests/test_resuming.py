from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.console import run_table
from etl.datasets import CommittedRun, Staging, publish
from etl.files import read_sealed
from etl.recipe import Recipe
from etl.resuming import WORKERS, described, finished, mark_finished, staging, take_up
from etl.runs import begin, run
from tests.committed import SMALL_SHARDS, parts


def stop(stage: str, done: int, of: int) -> None:
    if stage == "duplicates":
        raise KeyboardInterrupt


@pytest.fixture(scope="module")
def stopped(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output whose run was stopped: two shards are through two stages, and one through all; to copy."""
    output = tmp_path_factory.mktemp("stopped") / "out"
    with pytest.raises(KeyboardInterrupt):
        run(pages, output, SMALL_SHARDS, workers=1, progress=stop)
    return output


@pytest.fixture
def output(stopped: Path, tmp_path: Path) -> Path:
    """An output to go on with."""
    shutil.copytree(stopped, tmp_path / "out")
    return tmp_path / "out"


def job_of(output: Path) -> dict[str, Any]:
    return read_sealed(output / ".staging" / "job.json")


def test_a_run_goes_on_where_an_earlier_one_was_stopped(pages: Path, committed: CommittedRun, output: Path) -> None:
    for stray in ("decoded/part-00000.partial", "reports/.decode.json.partial", "reports/old.html", "manifest.json"):
        (output / ".staging" / "run" / stray).write_text("half")
    job = job_of(output)
    resumed = run(pages, output, SMALL_SHARDS, workers=1)
    assert (resumed.run_id, resumed.manifest["taken_up"]) == (job["run_id"], 7)
    assert "took up 7 finished steps" in run_table(resumed, resumed.report("run"))
    assert "took up" not in run_table(committed, committed.report("run"))
    assert parts(resumed) == parts(committed)
    assert resumed.manifest["files"].keys() == committed.manifest["files"].keys()
    assert {path.name for path in output.iterdir()} == {".etl-output", "CURRENT", "runs"}


def edited(page: Path) -> None:
    os.utime(page, ns=(0, page.stat().st_mtime_ns + 1))


def grown(page: Path) -> None:
    status = page.stat()
    page.write_bytes(page.read_bytes() + b"\n")
    os.utime(page, ns=(status.st_atime_ns, status.st_mtime_ns))


def another(page: Path) -> None:
    page.with_name("new.txt").write_text("今天上午，新桥正式开通，两岸居民往来更方便了。", encoding="utf-8")


@pytest.mark.parametrize("changes", [None, edited, grown, another, Path.unlink])
def test_nothing_is_taken_up_after_the_input_changed(
    pages: Path, tmp_path: Path, changes: Callable[[Path], None] | None
) -> None:
    shutil.copytree(pages, tmp_path / "in")
    with suppress(KeyboardInterrupt), begin(tmp_path / "in", tmp_path / "out", SMALL_SHARDS, workers=1):
        raise KeyboardInterrupt
    job = job_of(tmp_path / "out")
    if changes:
        changes(tmp_path / "in" / "damaged.txt")
    with begin(tmp_path / "in", tmp_path / "out", SMALL_SHARDS, workers=1) as work:
        assert (work.manifest["run_id"] == job["run_id"]) == (changes is None)


def test_nothing_is_taken_up_under_another_recipe_or_other_rules(
    pages: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [job_of(output)["run_id"]]
    other = Recipe.model_validate({"run": {"shard_mb": 0.001}, "duplicates": {"across_documents": "off"}})
    for recipe, rules in ((other, "these"), (other, "those")):
        monkeypatch.setattr("etl.runs.rules_digest", lambda rules=rules: rules)
        with suppress(KeyboardInterrupt), begin(pages, output, recipe, workers=1) as work:
            names.append(work.manifest["run_id"])
            assert not work.folder.joinpath("finished").exists()
            raise KeyboardInterrupt
    assert len(set(names)) == 3


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES = [torn, flipped, emptied, Path.unlink]


def test_what_is_damaged_is_made_again(pages: Path, committed: CommittedRun, output: Path) -> None:
    staged = output / ".staging"
    flipped(staged / "run" / "decoded" / "part-00000.parquet")
    (staged / "run" / "quarantine" / "decode-00001.parquet").unlink()
    torn(staged / "run" / "ledger" / "boilerplate-00001.parquet")
    torn(staged / "run" / "facts" / "paragraphs" / "part-00000.parquet")
    emptied(staged / "finished" / "duplicates-00000.json")
    resumed = run(pages, output, SMALL_SHARDS, workers=1)
    assert resumed.manifest["taken_up"] == 2
    assert parts(resumed) == parts(committed)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_leftover_that_does_not_say_what_it_is_is_cleared_away(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    abandon(tmp_path)
    damage(tmp_path / ".staging" / "job.json")
    with staging(tmp_path) as folder:
        assert take_up(folder, JOB) == JOB
        assert {path.name for path in folder.iterdir()} == {"job.json", WORKERS}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", ["part", "finished/decode-00000.json"])
def test_a_piece_of_work_is_finished_as_long_as_its_files_are_what_they_were(
    tmp_path: Path, file: str, damage: Callable[[Path], None]
) -> None:
    assert finished(tmp_path, "decode-00000") is None
    (tmp_path / "part").write_text("whole")
    files = described(tmp_path, {tmp_path / "part": 7})
    mark_finished(tmp_path, "decode-00000", {"seconds": 1}, files)
    assert files == {"part": {"bytes": 5, "sha256": hashlib.sha256(b"whole").hexdigest(), "rows": 7}}
    assert finished(tmp_path, "decode-00000") == {"seconds": 1, "files": files}
    damage(tmp_path / file)
    assert finished(tmp_path, "decode-00000") is None


def test_a_marker_is_of_no_use_where_a_file_of_it_was_written_again(tmp_path: Path) -> None:
    (tmp_path / "part").write_text("whole")
    mark_finished(tmp_path, "decode-00000", {}, described(tmp_path, {tmp_path / "part": 7}))
    (tmp_path / "part").write_text("other")
    assert finished(tmp_path, "decode-00000") is None


JOB = {"run_id": "one", "started_at": "then", "recipe_digest": "same"}


def abandon(output: Path, *, renamed: bool = False) -> None:
    """Leave a staging folder with a file in it, or the folder of a run that CURRENT does not name yet."""
    with suppress(KeyboardInterrupt), staging(output) as folder:
        take_up(folder, JOB)
        staged = Staging(folder / "run")
        (staged.folder / "marks").mkdir(parents=True)
        pl.DataFrame({"mark": ["seen"]}).write_parquet(staged.folder / "marks" / "part.parquet")
        if renamed:
            (output / "runs").mkdir()
            staged.folder.rename(output / "runs" / "one")
        raise KeyboardInterrupt


def test_a_commit_that_was_cut_short_between_its_steps_is_done_again(tmp_path: Path) -> None:
    abandon(tmp_path, renamed=True)
    with staging(tmp_path) as folder:
        job = take_up(folder, JOB | {"run_id": "two", "started_at": "now"})
        assert job == JOB
        assert list((tmp_path / "runs").iterdir()) == []
        again = publish(tmp_path, Staging(folder / "run"), job, current=True)
    assert (again.run_id, list(again.manifest["files"])) == ("one", ["marks/part.parquet"])
    assert not (tmp_path / ".staging").exists()
