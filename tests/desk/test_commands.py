from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from etl.datasets import CommittedRun
from etl.desk.reviews import REVIEWS
from etl.recipe import Recipe
from etl.runs import run
from tests.commands import Command

MARK = {
    "when": "2026-11-22T08:00:00+00:00",
    "who": "王",
    "verdict": "stay",
    "why": "正文",
    "run_id": "x",
    "doc_id": "d",
    "source": "a.txt",
    "line_no": 3,
    "text": '他说:"好"',
    "rules": ["footer"],
}


def test_serve_says_where_it_listens(etl: Command, committed: CommittedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: heard.update(options))
    served = etl("serve", committed.folder.parents[1], "--port", 8600)
    assert served == (0, "desk http://127.0.0.1:8600/\n", "")
    assert (heard["host"], heard["port"]) == ("127.0.0.1", 8600)


def test_serve_needs_a_run(etl: Command, tmp_path: Path) -> None:
    status, _, err = etl("serve", tmp_path)
    assert (status, "holds no committed run" in err) == (2, True)


def test_serve_says_what_is_not_installed(etl: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "etl.desk.serving", raising=False)
    status, _, err = etl("serve", tmp_path)
    assert (status, "pip install etl[desk]" in err) == (2, True)


def test_reviews_are_exported_as_cases_and_as_counter_examples(etl: Command, tmp_path: Path) -> None:
    marks = [MARK, MARK | {"verdict": "go", "line_no": 4, "text": "更多", "rules": []}]
    (tmp_path / REVIEWS).write_text("\n".join(json.dumps(mark) for mark in marks), encoding="utf-8")
    cases = json.loads(etl("review", "export", tmp_path)[1])
    assert [(case["text"], case["expected"]) for case in cases] == [('他说:"好"', "kept"), ("更多", "removed")]
    assert '{ before = "他说:\\"好\\"" }' in etl("review", "export", tmp_path, "--counter-examples")[1]


def test_marks_are_held_against_the_current_run(etl: Command, pages: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    committed = run(pages / "linjiang.example", output, workers=1)
    assert etl("review", "check", output) == (0, "0 met, 0 open, 0 about lines that are no longer there\n", "")
    doc_id = committed.scan("documents").collect()["doc_id"][0]
    lines = {"责任编辑: 李大山": "stay", "一、通车当天": "stay", "• 老桥要拆了吗": "go", "没有这一行": "go"}
    for line_no, (text, verdict) in enumerate(lines.items(), start=1):
        rules = ["editor"] if line_no == 1 else []
        mark = {"doc_id": doc_id, "line_no": line_no, "text": text, "verdict": verdict, "rules": rules}
        with (output / REVIEWS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(MARK | mark) + "\n")
    status, out, _ = etl("review", "check", output)
    assert status == 1
    told = [" ".join(line.split()[:2]) for line in out.splitlines()[:-1]]
    assert told == ["gone go", "met stay", "met go", "open stay"]
    assert out.splitlines()[-2].endswith("责任编辑: 李大山  [editor]")
    assert out.splitlines()[-1] == "2 met, 1 open, 1 about lines that are no longer there"
    states = [mark["state"] for mark in json.loads(etl("review", "check", output, "--json")[1])]
    assert states == ["open", "met", "met", "gone"]
    milder = Recipe.model_validate({"boilerplate": {"off": ["editor", "outside-article"]}})
    run(pages / "linjiang.example", output, milder, workers=1)
    assert etl("review", "check", output)[0] == 0


def test_report_is_made_again(etl: Command, committed: CommittedRun, tmp_path: Path) -> None:
    made = json.loads(etl("report", committed.folder.parents[1], "--to", tmp_path / "report", "--json")[1])
    assert made == {"page": str(tmp_path / "report" / "index.html")}
