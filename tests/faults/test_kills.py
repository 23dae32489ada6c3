"""A run that is killed at any moment leaves its output folder as before or complete, and the next one goes on."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from etl.datasets import current_run
from etl.runs import run
from tests.faults.forking import NIGHTLY, moments
from tests.faults.outputs import Ground, assert_resumes, assert_same, assert_sound

long = pytest.mark.faults

BEFORE_CURRENT = ["os.rename manifest.json", "os.rename RUN", "os.rename CURRENT"]
AFTER_CURRENT = ["os.remove job.json", "os.rmdir .staging"]


@pytest.mark.parametrize("count", [3, pytest.param(220, marks=long)])
def test_a_run_killed_at_any_moment_is_taken_up(ground: Ground, tmp_path: Path, count: int) -> None:
    seconds = ground.forked.run(ground.pages, tmp_path / "timed").seconds
    killed = 0
    for number, moment in enumerate(moments(count, seconds)):
        output = tmp_path / str(number)
        if ground.forked.run(ground.pages, output, seconds=moment).status == 0:
            continue
        killed += 1
        with ground.fault("killed at a random moment"):
            assert_sound(output)
            assert_resumes(ground, output)
        shutil.rmtree(output)
    assert killed


@pytest.mark.parametrize("step", BEFORE_CURRENT + AFTER_CURRENT)
def test_a_run_killed_at_a_step_of_its_commit_is_not_half_there(ground: Ground, tmp_path: Path, step: str) -> None:
    output = tmp_path / "out"
    shutil.copytree(ground.earlier, output)
    before = current_run(output).run_id
    with ground.fault("killed at a step of its commit"):
        assert ground.forked.run(ground.pages, output, step=step).status == -signal.SIGKILL
        assert_sound(output, before)
        assert (current_run(output).run_id == before) == (step in BEFORE_CURRENT)
        resumed = assert_resumes(ground, output)
        assert resumed.manifest["taken_up"] == (10 if step in BEFORE_CURRENT else 0)


@long
def test_a_run_killed_at_every_step_is_taken_up(ground: Ground, tmp_path: Path) -> None:
    output, step = tmp_path / "out", 0
    before = current_run(ground.earlier).run_id
    while True:
        shutil.copytree(ground.earlier, output)
        if ground.forked.run(ground.pages, output, step=step).status == 0:
            break
        with ground.fault("killed at a step: a name that is made, moved or removed"):
            assert_sound(output, before)
            assert_resumes(ground, output)
        shutil.rmtree(output)
        step += 1
    assert step > 100


@pytest.mark.parametrize("count", [1, pytest.param(30, marks=long)])
def test_a_nightly_run_killed_at_any_moment_is_taken_up(ground: Ground, tmp_path: Path, count: int) -> None:
    """One that takes over what the run before cleaned, with a page that changed, a new one, and one that is gone."""
    pages, before = tmp_path / "in", tmp_path / "before"
    shutil.copytree(ground.pages, pages)
    first = run(pages, before, NIGHTLY, workers=1).run_id
    (pages / "qingshan.example" / "market.txt").write_text(
        "今天上午，新桥正式开通，两岸居民往来更方便了。", encoding="utf-8"
    )
    shutil.copy(pages / "linjiang.example" / "bridge.txt", pages / "new.txt")
    (pages / "damaged.txt").unlink()
    shutil.copytree(before, tmp_path / "whole")
    whole = run(pages, tmp_path / "whole", NIGHTLY, workers=1)
    shutil.copytree(before, tmp_path / "timed")
    seconds = ground.forked.run(pages, tmp_path / "timed", nightly=True).seconds
    for number, moment in enumerate(moments(count, seconds)):
        output = tmp_path / str(number)
        shutil.copytree(before, output)
        if ground.forked.run(pages, output, seconds=moment, nightly=True).status:
            with ground.fault("a nightly run killed at a random moment"):
                assert_sound(output, first)
                if current_run(output).run_id == first:
                    assert_same(run(pages, output, NIGHTLY, workers=1), whole)
        shutil.rmtree(output)


@long
def test_a_run_killed_again_and_again_gets_done(ground: Ground, tmp_path: Path) -> None:
    """Each run gets a little further than the one before."""
    for number in range(4):
        output, step = tmp_path / str(number), 20 + number
        while ground.forked.run(ground.pages, output, step=step).status:
            with ground.fault("killed again and again"):
                assert_sound(output)
            step += 40
        assert_resumes(ground, output)


@pytest.mark.parametrize("count", [1, pytest.param(10, marks=long)])
def test_no_worker_outlives_a_killed_run(ground: Ground, tmp_path: Path, count: int) -> None:
    seconds = ground.forked.run(ground.pages, tmp_path / "timed", workers=2).seconds
    for number, moment in enumerate(moments(count, seconds)):
        output = tmp_path / str(number)
        if ground.forked.run(ground.pages, output, seconds=moment, workers=2).status:
            with ground.fault("killed while its workers are at work"):
                assert_sound(output)
                assert_resumes(ground, output)
