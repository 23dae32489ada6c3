"""The warehouse from the command line, from a run to an answer in SQL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from etl.datasets import CommittedRun
from tests.commands import Command

REMOVED_MOST = """
SELECT site, rule, sum(chars_removed) AS removed FROM removed_by_rule
WHERE night > current_date - 7 GROUP BY site, rule ORDER BY removed DESC
"""


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Commands name files relative to where they run."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def output(nights: list[CommittedRun]) -> Path:
    """An output folder."""
    return nights[0].folder.parents[1]


def test_a_run_is_loaded_and_asked_which_rules_removed_most(etl: Command, output: Path) -> None:
    status, out, _ = etl("load", output, "--to", "duckdb:///warehouse.duckdb")
    assert (status, out.partition(" documents written")[0].rpartition(" ")[2]) == (0, "3")
    status, out, _ = etl("query", "warehouse.duckdb", REMOVED_MOST)
    assert status == 0
    assert out.splitlines()[0] == "site\trule\tremoved"
    assert len(out.splitlines()) > 1
    rows = json.loads(etl("query", "warehouse.duckdb", REMOVED_MOST, "--json")[1])
    assert rows[0]["removed"] > rows[-1]["removed"]


def test_a_replay_and_an_older_run_say_so(etl: Command, nights: list[CommittedRun]) -> None:
    first, second = (run.folder.parents[1] for run in nights[:2])
    etl("load", second, "--to", "duckdb:///w.duckdb")
    assert "had been loaded before, nothing changed" in etl("load", second, "--to", "duckdb:///w.duckdb")[1]
    assert "took its figures and none of its documents" in etl("load", first, "--to", "duckdb:///w.duckdb")[1]
    back = json.loads(etl("load", first, "--to", "duckdb:///w.duckdb", "--back", "--json")[1])
    assert (back["outcome"], back["written"]) == ("loaded", 3)


def test_a_wrong_target_is_one_line_and_status_2(etl: Command, output: Path) -> None:
    status, _, err = etl("load", output, "--to", "oracle:x")
    assert (status, len(err.splitlines())) == (2, 1)


def test_a_recipe_can_have_the_run_loaded(etl: Command, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("新桥开通\n昨天，临江新桥正式开通，居民往来更方便了。", encoding="utf-8")
    (tmp_path / "recipe.toml").write_text('warehouse.target = "duckdb:///night.duckdb"\n')
    status, _, err = etl("run", "page.txt", "-o", "out", "--recipe", "recipe.toml")
    assert (status, "1 documents written" in err) == (0, True)
    assert (
        etl("query", "night.duckdb", "SELECT flags, chars_out > 0 AS kept FROM documents")[1]
        == "flags\tkept\n[]\tTrue\n"
    )


def test_a_recipe_with_a_wrong_target_is_refused_before_the_run(etl: Command, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("新桥开通", encoding="utf-8")
    (tmp_path / "recipe.toml").write_text('warehouse.target = "oracle:x"\n')
    assert etl("run", "page.txt", "-o", "out", "--recipe", "recipe.toml")[0] == 2
    assert not (tmp_path / "out").exists()


def test_the_contract_is_printed_as_sql_and_as_json_schema(etl: Command) -> None:
    assert 'CREATE TABLE "documents"' in etl("schema")[1]
    assert '"before" BYTEA NOT NULL' in etl("schema", "--dialect", "postgresql")[1]
    assert json.loads(etl("schema", "--json")[1])["version"] == 2
    assert etl("schema", "--dialect", "oracle")[0] == 2


def test_statements_for_cloud_warehouses_are_printed(etl: Command, output: Path) -> None:
    out = etl("external", output, "--dialect", "bigquery", "--location", "gs://bucket/out")[1]
    assert "LOAD DATA OVERWRITE etl.documents" in out
