from __future__ import annotations

import json
from pathlib import Path

from etl.pipeline import STAGES
from etl.recipe import Recipe, read_recipe
from tests.commands import Command


def test_run_prints_a_short_table_and_the_path_of_the_report(etl: Command, pages: Path, tmp_path: Path) -> None:
    status, out, err = etl("run", pages, "--output", tmp_path / "out", "--workers", 1)
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()[1:6]] == [
        "decode",
        "boilerplate",
        "duplicates",
        "sections",
        "normalize",
    ]
    assert "quarantined 2, verdict warn" in out
    assert Path(out.splitlines()[-1].removeprefix("report ")).is_file()
    assert err.splitlines() == [
        f"{stage}: 1 of 1 shards done" for stage in ("decode", "boilerplate", "duplicates", "sections", "normalize")
    ]


def test_run_prints_its_report_as_json(etl: Command, pages: Path, tmp_path: Path) -> None:
    status, out, _ = etl("run", pages, "-o", tmp_path / "out", "--workers", 1, "--json")
    report = json.loads(out)
    assert (status, report["input"]["documents"], report["difference"]) == (0, 4, 0)


def test_run_follows_a_recipe(etl: Command, pages: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("[normalize]\nfull_width = false\n")
    run = ("run", pages, "-o", tmp_path / "out", "--workers", 1)
    assert etl(*run, "--recipe", tmp_path / "recipe.toml")[0] == 0
    assert "昨天,临江新桥" in etl("show", tmp_path / "out", "bridge.txt")[1]


def test_a_failed_expectation_exits_with_3(etl: Command, pages: Path, tmp_path: Path) -> None:
    strict = '[[expectations]]\nstage = "decode"\nmeasure = "damaged-share"\nfail = 0.1\n'
    (tmp_path / "recipe.toml").write_text(strict)
    recipe = ("--recipe", tmp_path / "recipe.toml")
    status, out, err = etl("run", pages, "-o", tmp_path / "out", "--workers", 1, *recipe)
    assert (status, out) == (3, "")
    assert err.splitlines()[-1].startswith("etl: ")
    assert "not published" in err.splitlines()[-1]


def test_run_shows_where_the_time_went(etl: Command, pages: Path, tmp_path: Path) -> None:
    status, out, _ = etl("run", pages, "-o", tmp_path / "out", "--workers", 1, "--profile")
    head, *rows = out.splitlines()[:8]
    assert status == 0
    assert head.split()[:6] == ["stage", "seconds", "cpu", "MB", "/", "cpu"]
    assert {"read", "work", "write", "ledger", "survey", "merge", "report"} <= set(head.split())
    assert [row.split()[0] for row in rows] == ["prepare", "pages", *(stage.name for stage in STAGES)]


def test_recipe_prints_what_run_reads(etl: Command, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(etl("recipe")[1], encoding="utf-8")
    assert read_recipe(tmp_path / "recipe.toml") == Recipe()
    assert Recipe.model_validate_json(etl("recipe", "--json")[1]) == Recipe()
