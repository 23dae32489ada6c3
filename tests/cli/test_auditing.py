from __future__ import annotations

import json
from pathlib import Path

import pytest

from etl.datasets import CommittedRun
from tests.commands import Command


def test_verify_lists_what_it_proved(etl: Command, output: Path, committed: CommittedRun) -> None:
    status, out, err = etl("verify", output)
    assert (status, err) == (0, "")
    assert all(line.startswith("ok  ") for line in out.splitlines()[:-1])
    assert out.splitlines()[-1] == f"run {committed.run_id} keeps every promise"


def test_verify_proves_as_json(etl: Command, output: Path, committed: CommittedRun) -> None:
    proof = json.loads(etl("verify", output, "--json")[1])
    assert proof["run_id"] == committed.run_id
    assert {check["name"]: check["checked"] for check in proof["checks"]}["undo"] == 4


def test_verify_exits_with_1_and_the_first_broken_promise(etl: Command, pages: Path, tmp_path: Path) -> None:
    etl("run", pages / "linjiang.example", "-o", tmp_path / "out", "--workers", 1)
    next((tmp_path / "out").rglob("index.html")).write_text("forged")
    status, out, err = etl("verify", tmp_path / "out")
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "index.html: differs from the manifest" in err


def test_explain_prints_each_line_with_its_fate(etl: Command, output: Path) -> None:
    status, out, _ = etl("explain", output, "bridge.txt")
    lines = out.splitlines()
    assert status == 0
    assert "      2  临江新桥正式开通" in lines
    assert "~     5  昨天,临江新桥正式开通,居民往来更方便了。大桥全长1200米,双向六车道,去年三月动工。" in lines
    assert "-    11  责任编辑: 李大山" in lines
    assert lines[lines.index("-    11  责任编辑: 李大山") + 1].startswith("         boilerplate/editor: ")
    assert any(line.endswith("(×4)") for line in lines)


def test_explain_names_a_duplicates_kept_copy(etl: Command, output: Path) -> None:
    assert "Kept copy: " in etl("explain", output, "school.txt", "--line", 4)[1]


@pytest.mark.parametrize(
    ("option", "value", "line_no"), [("--line", "11", 11), ("--text", "责任编辑", 11), ("--text", "通车当天", 6)]
)
def test_explain_tells_of_some_lines_as_json(etl: Command, output: Path, option: str, value: str, line_no: int) -> None:
    (story,) = json.loads(etl("explain", output, "bridge.txt", option, value, "--json")[1])
    assert story["line_no"] == line_no


def test_show_prints_the_clean_text(etl: Command, output: Path) -> None:
    status, out, err = etl("show", output, "bridge.txt")
    assert (status, err) == (0, "")
    assert out.startswith("临江新桥正式开通\n昨天，临江新桥正式开通，")
    row = json.loads(etl("show", output, "bridge.txt", "--json")[1])
    assert (row["text"] + "\n", row["published"]) == (out, "2024-05-06")
