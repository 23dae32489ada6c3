from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from etl.cli import main
from etl.datasets import CommittedRun
from etl.desk.reviews import REVIEWS

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


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["etl", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_serve_says_where_it_listens(
    committed: CommittedRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: heard.update(options))
    assert call(monkeypatch, "serve", str(committed.folder.parents[1]), "--port", "8600") == 0
    assert capsys.readouterr().out == "desk http://127.0.0.1:8600/\n"
    assert (heard["host"], heard["port"]) == ("127.0.0.1", 8600)


def test_serve_needs_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "serve", str(tmp_path)) == 2
    assert "holds no committed run" in capsys.readouterr().err


def test_serve_says_what_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "etl.desk.serving", raising=False)
    assert call(monkeypatch, "serve", str(tmp_path)) == 2
    assert "pip install etl[desk]" in capsys.readouterr().err


def test_reviews_are_exported_as_cases_and_as_counter_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    marks = [MARK, MARK | {"verdict": "go", "line_no": 4, "text": "更多", "rules": []}]
    (tmp_path / REVIEWS).write_text("\n".join(json.dumps(mark) for mark in marks), encoding="utf-8")
    assert call(monkeypatch, "review", "export", str(tmp_path)) == 0
    cases = json.loads(capsys.readouterr().out)
    assert [(case["text"], case["expected"]) for case in cases] == [('他说:"好"', "kept"), ("更多", "removed")]
    assert call(monkeypatch, "review", "export", str(tmp_path), "--counter-examples") == 0
    assert '{ before = "他说:\\"好\\"" }' in capsys.readouterr().out


def test_report_is_made_again(
    committed: CommittedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = str(committed.folder.parents[1])
    assert call(monkeypatch, "report", output, "--to", str(tmp_path / "report"), "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"page": str(tmp_path / "report" / "index.html")}
