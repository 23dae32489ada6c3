from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from etl.datasets import CommittedRun
from etl.errors import UsageError
from etl.ledger import BREAK_RULES
from etl.pipeline import stages_from
from etl.recipe import Recipe
from etl.rerun import rerun
from etl.rules import rules_of
from etl.runs import run
from etl.schemas import DATASETS
from etl.switching import LISTED, OPTIONS, switched
from etl.whatif import WhatIf, what_if, what_if_lines
from tests.commands import Command


def texts(committed: CommittedRun) -> pl.DataFrame:
    return committed.scan("documents").select("doc_id", "text", "chars_out").sort("doc_id").collect()


def edits(committed: CommittedRun, *rules: str) -> list[tuple[str, int]]:
    """Each rule's edits, the most characters first."""
    chars = pl.col("before").str.len_chars().sum()
    counted = committed.scan("ledger").filter(pl.col("rule").is_in(rules)).group_by("rule").agg(chars=chars)
    return counted.collect().sort("chars", descending=True).rows()


def recipe_of(committed: CommittedRun) -> Recipe:
    return Recipe.model_validate(committed.manifest["recipe"])


@pytest.mark.parametrize("first", ["boilerplate", "duplicates", "sections", "normalize"])
def test_stages_done_again_under_the_same_recipe_make_the_same(committed: CommittedRun, first: str) -> None:
    with rerun(committed, recipe_of(committed), first, workers=1) as again:
        for name in DATASETS:
            then = committed.scan(name).collect()
            now = again.staged.scan(name).collect()
            if name == "ledger":
                then = then.filter(pl.col("stage").is_in([stage.name for stage in stages_from(first)]))
            if name != "quarantine":
                assert now.equals(then), name
        folder = again.staged.folder
    assert not folder.exists()


@pytest.mark.parametrize(
    ("without", "with_"),
    [
        (["byline-line"], []),
        (["editor", "outside-article", "related-list"], []),
        (["shared-paragraph"], []),
        (["full-width"], ["simplified"]),
        ([*OPTIONS][:-1], []),
    ],
)
def test_what_it_tells_is_what_a_run_would_make(
    committed: CommittedRun, pages: Path, tmp_path: Path, without: list[str], with_: list[str]
) -> None:
    found = what_if(committed, without, with_, workers=1)
    recipe, _ = switched(recipe_of(committed), without, with_)
    other = run(pages, tmp_path / "out", recipe, workers=1)
    then, now = texts(committed), texts(other)
    assert (found.documents, found.changed) == (then.height, (then["text"] != now["text"]).sum())
    assert (found.chars_out, found.chars_out_new) == (then["chars_out"].sum(), now["chars_out"].sum())
    assert set(without).isdisjoint(rule for rule, _ in edits(other, *without))
    gone = [(row["rule"], row["chars"]) for row in [*found.undone, *found.passed_on] if row["rule"] in without]
    assert sum(chars for _, chars in gone) == sum(chars for _, chars in edits(committed, *without))


def test_with_every_rule_off_only_line_ends_are_edited(pages: Path, tmp_path: Path) -> None:
    rules = [*OPTIONS, *(rule.id for stage in LISTED for rule in rules_of(stage))]
    recipe, _ = switched(Recipe(), [rule for rule in rules if rule != "simplified"], [])
    bare = run(pages, tmp_path / "out", recipe, workers=1)
    left = bare.scan("ledger").filter(pl.col("stage") != "decode").collect()["rule"].unique().to_list()
    assert set(left) == set(BREAK_RULES)


def test_a_rule_whose_work_another_does_too_changes_no_text(tmp_path: Path) -> None:
    article = "新桥今天通车，两岸居民往来更方便了，学校放了半天假。" * 3
    page = f"首页 > 新闻 > 正文\n{article}\n责任编辑：李大山\n相关阅读\n· 老桥要拆了吗\n"
    (tmp_path / "page.txt").write_text(page, encoding="utf-8")
    committed = run(tmp_path / "page.txt", tmp_path / "out", workers=1)
    found = what_if(committed, ["editor"])
    assert (found.changed, found.undone) == (0, [])
    assert [(row["rule"], row["new_rule"], row["chars"]) for row in found.passed_on] == [
        ("editor", "outside-article", len("责任编辑：李大山"))
    ]
    assert any("editor -> outside-article" in line for line in what_if_lines(found))


def test_shards_may_be_done_by_several_processes(committed: CommittedRun) -> None:
    assert len(committed.shards) > 1
    assert what_if(committed, ["full-width"], workers=2) == what_if(committed, ["full-width"], workers=1)


def test_it_is_told_in_few_lines(committed: CommittedRun) -> None:
    lines = what_if_lines(what_if(committed, ["byline-line", "half-width"], ["simplified"], workers=1))
    assert lines[0] == (
        'with boilerplate.off = ["byline-line"]; normalize.half_width = false; normalize.simplified = true'
    )
    assert " of 4 documents change; " in lines[1]
    assert "not made any more:" in lines
    assert all(line.isprintable() for line in lines)


def test_nothing_of_nothing_is_no_share() -> None:
    assert "(+0.00%)" in what_if_lines(WhatIf((), 0, 0, 0, 0, 0, [], [], [], [], []))[1]


@pytest.mark.parametrize(
    ("off", "on", "says"),
    [
        ([], [], "no rule is named"),
        (["no-such-rule"], [], "no-such-rule: no rule of that name can be switched; these can: .*byline-line"),
        (["line-break"], [], "line-break: no rule of that name can be switched"),
        (["simplified"], [], "simplified: is off already"),
        ([], ["editor"], "editor: is on already"),
        (["editor", "editor"], ["editor"], "editor: is on already"),
    ],
)
def test_a_rule_that_cannot_be_switched_so_is_an_error(off: list[str], on: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        switched(Recipe(), off, on)


@pytest.mark.parametrize("stage", LISTED)
def test_every_rule_that_is_listed_can_be_switched_and_back(stage: str) -> None:
    for rule in rules_of(stage):
        recipe, told = switched(Recipe(), [rule.id], [])
        assert told == (f'{stage}.off = ["{rule.id}"]',)
        assert switched(recipe, [], [rule.id]) == (Recipe(), (f"{stage}.off = []",))


def test_a_run_of_other_rule_tables_is_not_compared(committed: CommittedRun) -> None:
    older = replace(committed, manifest={**committed.manifest, "rules_digest": "0"})
    with pytest.raises(UsageError, match="was made with other rule tables; run again"):
        what_if(older, ["editor"])


def test_documents_of_earlier_nights_are_said_to_be_cleaned_together(pages: Path, tmp_path: Path) -> None:
    shutil.copytree(pages / "linjiang.example", tmp_path / "in")
    nightly = Recipe.model_validate({"run": {"incremental": True}})
    run(tmp_path / "in", tmp_path / "out", nightly, workers=1)
    shutil.copytree(pages / "qingshan.example", tmp_path / "in" / "qingshan.example")
    found = what_if(run(tmp_path / "in", tmp_path / "out", nightly, workers=1), ["byline-line"], workers=1)
    assert (found.carried, found.documents) == (1, 3)
    assert what_if_lines(found)[1].startswith("1 documents came from earlier runs; here all are cleaned together")


def test_nothing_is_written(etl: Command, committed: CommittedRun) -> None:
    output = committed.folder.parents[1]
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*")}
    call = ("what-if", output, "--without", "byline-line", "--workers", 1)
    assert etl(*call)[0] == 0
    assert json.loads(etl(*call, "--json")[1])["options"] == ['boilerplate.off = ["byline-line"]']
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*")} == before
