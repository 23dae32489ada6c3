from __future__ import annotations

import sys

import pytest

from etl.console import run_table, shown_progress, story_lines
from etl.datasets import CommittedRun
from etl.explain import Fate, LineStory

CUT = Fate("boilerplate", "editor", "Names who edited.", "责任编辑", None, None, None, "label")
COPY = Fate("duplicates", "shared-paragraph", "Stands elsewhere.", "甲", None, "a1:7", 1.0, None)
POINT = Fate("normalize", "full-width", "Points are full-width.", ",", "，", None, None, "point")


def test_progress_off_a_terminal_is_a_line_a_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress() as progress:
        for done in (1, 2, 3):
            progress("decode", done, 3)
    assert capsys.readouterr() == ("", "decode: 3 of 3 shards done\n")


def test_progress_on_a_terminal_is_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with shown_progress() as progress:
        progress("decode", 1, 2)
        progress("decode", 2, 2)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "decode" in shown.err
    assert "shards done" not in shown.err


def test_the_table_names_expectations_that_did_not_pass(committed: CommittedRun) -> None:
    table = run_table(committed, committed.report("run"))
    assert "warn: decode quarantined-share 0.333" in table
    assert "removed-share" not in table
    assert f"run {committed.run_id}" in table


def test_the_table_shows_what_came_in_and_what_went_out(committed: CommittedRun) -> None:
    row = run_table(committed, committed.report("run")).splitlines()[1].split()
    assert (row[0], row[1], row[-1]) == ("decode", "4", "0")


@pytest.mark.parametrize(("fate", "sign"), [("kept", " "), ("rewritten", "~"), ("narrowed", "<"), ("removed", "-")])
def test_a_line_stands_behind_the_sign_of_its_fate(fate: str, sign: str) -> None:
    assert list(story_lines([LineStory(12, "甲", fate, ())])) == [f"{sign}    12  甲"]


def test_what_was_done_stands_under_the_line_with_its_evidence() -> None:
    lines = list(story_lines([LineStory(1, "甲", "removed", (CUT, COPY))]))
    assert lines[1:] == [
        "         boilerplate/editor: Names who edited. [label]",
        "         duplicates/shared-paragraph: Stands elsewhere. Kept copy: a1:7.",
    ]


def test_what_was_done_several_times_is_told_once() -> None:
    lines = list(story_lines([LineStory(1, "甲,乙,丙", "rewritten", (POINT, POINT))]))
    assert lines[1:] == ["         normalize/full-width: Points are full-width. (×2)"]
