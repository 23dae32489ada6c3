from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from etl.errors import UsageError
from etl.evaluation.board import SETS, error_lines, evaluate, report, score_lines
from etl.evaluation.findings import Finding, Score, error_rows
from etl.evaluation.floors import Floors
from tests.commands import Command

SCORES = [Score("pages", "F1", 0.9, 1200), Score("pages", "F1", 0.8, 1200, "peer"), Score("laws", "kept", 1.0, 3)]


def test_the_board_puts_floor_and_peers_beside_the_figure() -> None:
    rows = report(Finding(SCORES), Floors(floors={"pages: F1": 0.85}))
    assert rows[0] == {
        "set": "pages",
        "measure": "F1",
        "cases": 1200,
        "value": 0.9,
        "floor": 0.85,
        "peers": {"peer": 0.8},
    }
    assert list(score_lines(rows)) == [
        "| set | measure | cases | etl | floor | peer |",
        "|---|---|---|---|---|---|",
        "| pages | F1 | 1,200 | 0.9000 | 0.8500 | 0.8000 |",
        "| laws | kept | 3 | 1.0000 |  |  |",
        "\nMeasured beside peer of an unknown version.",
    ]


def test_errors_are_listed_by_cause_and_place() -> None:
    wrong = pl.DataFrame({"text": ["首页\n新闻", "文"]})
    rows = error_rows(
        wrong,
        "pages",
        document="a",
        line_no=pl.lit(3),
        cause="lost",
        done="removed",
        label="content",
        text=pl.col("text"),
    )
    told = "\n".join(error_lines(rows))
    assert "## pages: 2 errors" in told
    assert "- lost: 2 errors, cost 2" in told
    assert "a:3  removed; label: content\n        首页⏎新闻" in told


def test_an_unknown_set_and_missing_material_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no set 'page'"):
        evaluate(tmp_path, ["page"])
    with pytest.raises(UsageError, match="no such labelled material"):
        evaluate(tmp_path, ["mojibake"])


def test_the_command_prints_writes_and_guards(etl: Command, labelled: Path, tmp_path: Path) -> None:
    floors, output = tmp_path / "floors.json", tmp_path / "found"
    call = ["evaluate", "mojibake", "--data", labelled, "--floors", floors, "--no-peers"]
    status, out, _ = etl(*call, "--raise-floors", "--errors", "--output", output)
    assert status == 0
    assert "| mojibake | repaired exactly | 1 | 1.0000 | 1.0000 |" in out
    assert (output / "errors.tsv").read_text(encoding="utf-8").startswith("set\tdocument\tline_no\tcost")
    assert json.loads((output / "scores.json").read_bytes())[0]["set"] == "mojibake"

    floors.write_text('{"floors": {"mojibake: repaired exactly": 1.1}}', encoding="utf-8")
    status, out, err = etl(*call, "--json")
    assert (status, json.loads(out)[0]["floor"]) == (1, 1.1)
    assert "mojibake: repaired exactly is 1.0000, below 1.1000" in err

    assert etl(*call, "--lower-floors", "it could never hold")[0] == 0
    assert "it could never hold" in floors.read_text(encoding="utf-8")


def test_sets_are_named_as_they_are_asked_for(labelled: Path) -> None:
    finding = evaluate(labelled, ["mojibake", "sections"], with_peers=False)
    assert {score.of.split(",")[0] for score in finding.scores} == {"mojibake", "sections"}
    assert list(SETS) == ["encodings", "mojibake", "boilerplate", "held-out", "metadata", "duplicates", "sections"]
