from __future__ import annotations

import json
import sys

import pytest

from etl.cli import main
from etl.datasets import CommittedRun
from etl.errors import UsageError
from etl.whatif import what_if, what_if_lines


def ledger(committed: CommittedRun, *rules: str) -> list[dict[str, str]]:
    return [row for row in committed.scan("ledger").collect().to_dicts() if row["rule"] in rules]


def test_what_a_rule_took_would_come_back(committed: CommittedRun) -> None:
    edits = ledger(committed, "byline-line", "full-width")
    found = what_if(committed, ["byline-line", "full-width"])
    assert found.edits == len(edits)
    assert found.documents == len({row["doc_id"] for row in edits})
    assert found.chars_back == sum(len(row["before"]) for row in edits)
    assert found.chars_missing == sum(len(row["after"] or "") for row in edits)
    assert sum(row["chars_back"] for row in found.top_documents) == found.chars_back
    assert {row["text"] for row in found.top_lines} <= {row["before"].strip() for row in edits}


def test_it_is_told_in_few_lines(committed: CommittedRun) -> None:
    head, *rest = what_if_lines(what_if(committed, ["byline-line"]))
    assert head.startswith("without byline-line: ")
    assert any("byline-line: " in line for line in rest)
    assert all(line.isprintable() for line in rest)


@pytest.mark.parametrize("rules", [[], ["no-such-rule"], ["byline-line", "no-such-rule"]])
def test_a_rule_without_edits_is_an_error(committed: CommittedRun, rules: list[str]) -> None:
    with pytest.raises(UsageError, match=r"made no edits .* byline-line"):
        what_if(committed, rules)


def test_nothing_is_written(
    committed: CommittedRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = committed.folder.parents[1]
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*")}
    for extra in ([], ["--json"]):
        monkeypatch.setattr(sys, "argv", ["etl", "what-if", str(output), "--without", "byline-line", *extra])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
    told = capsys.readouterr().out
    assert json.loads(told[told.index("{") :])["without"] == ["byline-line"]
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*")} == before
