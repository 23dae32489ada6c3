from __future__ import annotations

import re
from pathlib import Path

from etl.datasets import CommittedRun, json_bytes, read_json
from etl.report import write_pages


def page(committed: CommittedRun) -> str:
    return (committed.folder / "reports" / "index.html").read_text(encoding="utf-8")


def test_the_page_shows_every_stage_and_rule(committed: CommittedRun) -> None:
    html = page(committed)
    assert committed.run_id in html
    for stage in committed.report("run")["stages"]:
        assert stage["stage"] in html
        assert all(rule["rule"] in html for rule in committed.report(stage["stage"])["rules"])


def test_the_page_needs_nothing_from_elsewhere(committed: CommittedRun) -> None:
    html = page(committed)
    assert "<script" not in html
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", html)


def test_the_page_can_be_written_again_from_its_reports(committed: CommittedRun, tmp_path: Path) -> None:
    for path in (committed.folder / "reports").glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write_pages(tmp_path)
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == page(committed)


def test_removed_text_cannot_become_markup(committed: CommittedRun, tmp_path: Path) -> None:
    for path in (committed.folder / "reports").glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    report = read_json(tmp_path / "boilerplate.json")
    report["rules"][0]["top_removed"] = [{"text": "<b onclick='x'>", "count": 1}]
    (tmp_path / "boilerplate.json").write_bytes(json_bytes(report))
    write_pages(tmp_path)
    assert "<b onclick" not in (tmp_path / "index.html").read_text(encoding="utf-8")
