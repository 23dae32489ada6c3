from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.datasets import CommittedRun
from etl.recipe import Recipe, read_recipe

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def output(committed: CommittedRun) -> Path:
    return committed.folder.parents[1]


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
        f"{stage}: 1 shards done" for stage in ("decode", "boilerplate", "duplicates", "sections", "normalize")
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


def test_recipe_prints_what_run_reads(etl: Command, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(etl("recipe")[1], encoding="utf-8")
    assert read_recipe(tmp_path / "recipe.toml") == Recipe()
    assert Recipe.model_validate_json(etl("recipe", "--json")[1]) == Recipe()


def test_rules_are_listed_with_their_reasons(etl: Command) -> None:
    status, out, _ = etl("rules", "list")
    assert status == 0
    assert "lines:" in out.splitlines()
    assert any(line.startswith("  line-break ") for line in out.splitlines())
    assert etl("rules")[1] == out
    listed = json.loads(etl("rules", "list", "--json")[1])
    assert [rule["id"] for rule in listed["lines"]][:1] == ["line-break"]


def test_a_rule_is_shown_with_all_its_table_says(etl: Command) -> None:
    status, out, _ = etl("rules", "show", "copyright")
    assert status == 0
    assert out.startswith("table: boilerplate\nid: copyright\n")
    assert "\nexamples:\n  " in out


def test_rules_hold_their_own_examples(etl: Command) -> None:
    assert etl("rules", "test") == (0, "0 failing examples\n", "")


def test_rules_that_break_their_examples_exit_with_1(etl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.rules.tables", lambda: ("boilerplate",))
    monkeypatch.setattr("etl.rule_examples.failing_examples", lambda table: [f"{table}/editor: 责任编辑"])
    assert etl("rules", "test") == (1, "FAIL boilerplate/editor: 责任编辑\n1 failing examples\n", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "{tmp}/absent", "-o", "{tmp}/out"], "absent: no such folder or file; name the folder"),
        (["run", "{tmp}", "-o", "{tmp}/out", "--recipe", "{tmp}/absent.toml"], "absent.toml: no such recipe"),
        (["run", "{tmp}", "-o", "{tmp}/out", "--recipe", "{tmp}/bad.toml"], "bad.toml: colour: Extra inputs"),
        (["run", "{tmp}", "-o", "{tmp}/foreign"], "foreign: holds other files (thesis.doc); name a new"),
        (["verify", "{tmp}"], "holds no committed run; write one with `etl run INPUT"),
        (["show", "{output}", "tunnel"], "tunnel: names 0 documents"),
        (["explain", "{output}", "bridge.txt", "--line", "99"], "bridge.txt: no line answers to that"),
        (["rules", "show", "editorr"], "editorr: no such rule"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_status_2(
    etl: Command, tmp_path: Path, output: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.doc").touch()
    (tmp_path / "bad.toml").write_text("colour = 1")
    status, out, err = etl(*(argument.format(tmp=tmp_path, output=output) for argument in arguments))
    assert (status, out) == (2, "")
    assert err.startswith("etl: ")
    assert says in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["run", "verify", "explain", "show", "recipe", "rules list", "rules show"])
def test_every_command_helps_with_an_example(etl: Command, command: str) -> None:
    status, out, _ = etl(*command.split(), "--help")
    assert status == 0
    assert f"Example: etl {command}" in " ".join(out.split())


def test_without_a_command_the_help_is_shown(etl: Command) -> None:
    _, out, err = etl()
    assert "Usage: " in out + err


def test_help_is_instant_for_it_loads_nothing_heavy() -> None:
    program = (
        "import sys; from etl.cli import main; sys.argv = ['etl', '--help']\ntry: main()\nexcept SystemExit: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{program}print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert "Usage: " in done.stdout
    assert {"polars", "prefect", "pyarrow", "numpy", "pydantic", "jinja2"}.isdisjoint(done.stdout.split())


def test_the_command_is_installed_and_shows_no_traceback(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("etl")
    done = subprocess.run([command, "verify", tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("etl: ")
    assert "Traceback" not in done.stderr


def test_run_shows_where_the_time_went(etl: Command, pages: Path, tmp_path: Path) -> None:
    status, out, _ = etl("run", pages, "-o", tmp_path / "out", "--workers", 1, "--profile")
    head, *rows = out.splitlines()[:6]
    assert status == 0
    assert head.split()[:6] == ["stage", "seconds", "cpu", "MB", "/", "cpu"]
    assert {"read", "work", "write", "ledger", "survey", "merge", "report"} <= set(head.split())
    assert [row.split()[0] for row in rows] == ["decode", "boilerplate", "duplicates", "sections", "normalize"]


def test_runs_are_listed_gone_back_to_and_dropped(etl: Command, tmp_path: Path) -> None:
    page, folder = tmp_path / "page.txt", tmp_path / "out"
    page.write_text("新桥今天通车,两岸居民往来更方便了。\n", encoding="utf-8")
    for _ in range(2):
        assert etl("run", page, "--output", folder)[0] == 0
    first, second = (run["run_id"] for run in json.loads(etl("runs", folder, "--json")[1]))
    assert etl("rollback", folder, first)[1] == f"{folder}: readers now use run {first}\n"
    assert [line.split()[0] for line in etl("runs", folder)[1].splitlines()] == ["*", second]
    assert etl("gc", folder, "--keep", 1)[1] == "0 runs deleted\n"
