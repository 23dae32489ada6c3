"""Incremental runs: what a night takes, what it takes over, and that the whole is still a sound run."""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from etl.datasets import CommittedRun, Staging
from etl.errors import OutputError
from etl.history import drop_old_runs
from etl.recipe import Recipe
from etl.runs import run
from etl.verify import verify
from etl.warehouse import load, target_of
from tests.committed import assert_same_rows, parts, rows
from tests.nightly import (
    NIGHTLY,
    Nights,
    article,
    assert_same_but_for_owners,
    judged_otherwise,
    page,
    prose,
    put,
)

SHARED = "昨日上午，青山县召开秋粮收购工作会议，要求各乡镇备足仓容，做到应收尽收，不得打白条，确保农民增产又增收。"


def changes(committed: CommittedRun) -> dict[str, str]:
    return dict(committed.scan("changes").select("source", "change").collect().rows())


def text(committed: CommittedRun, source: str) -> str:
    found: str = committed.scan("documents").filter(pl.col("source") == source).collect()["text"].item()
    return found


def linked(committed: CommittedRun, before: CommittedRun) -> set[str]:
    """Files of a run that are the same files as those of another."""
    return {
        name
        for name in committed.manifest["files"]
        if (before.folder / name).exists() and (before.folder / name).samefile(committed.folder / name)
    }


def test_a_first_night_takes_all_and_says_why(night: Nights) -> None:
    committed = night({"a.txt": article("甲村"), "b.txt": article("乙村")})
    assert changes(committed) == {"a.txt": "new", "b.txt": "new"}
    counts = {"new": 2, "changed": 0, "deleted": 0, "recleaned": 0, "carried": 0}
    assert committed.manifest["changes"] == {"since": None, "cleaned_all": "there is no run before", **counts}
    assert committed.report("run")["changes"] == committed.manifest["changes"]


def test_a_night_takes_what_is_new_and_links_the_rest(night: Nights) -> None:
    first = night({"a.txt": article("甲村"), "b.txt": article("乙村")})
    second = night({"c.txt": article("丙村")})
    assert changes(second) == {"c.txt": "new"}
    assert second.manifest["changes"]["carried"] == 2
    kept = {name for name in first.manifest["files"] if name.endswith(".parquet") and not name.startswith("changes/")}
    assert linked(second, first) == kept
    assert set(second.manifest["shards"].values()) == {first.run_id, second.run_id}
    assert_same_rows(second, night.whole())


def test_a_night_without_news_is_a_run_of_links(night: Nights) -> None:
    first = night({"a.txt": article("甲村")})
    second = night({})
    assert changes(second) == {}
    assert second.run_id != first.run_id
    assert second.manifest["shards"] == first.manifest["shards"]
    assert_same_rows(second, first)


def test_changed_and_deleted_documents_leave_their_shards(night: Nights) -> None:
    night({f"{name}.txt": article(name) for name in "甲乙丙丁"})
    second = night({"甲.txt": article("甲", SHARED), "乙.txt": None})
    assert changes(second) == {"甲.txt": "changed", "乙.txt": "deleted"}
    assert SHARED in text(second, "甲.txt")
    assert second.scan("documents").collect()["source"].sort().to_list() == ["丁.txt", "丙.txt", "甲.txt"]
    assert_same_rows(second, night.whole())


def test_a_change_that_leaves_the_size_is_seen_by_its_bytes(night: Nights) -> None:
    night({"a.txt": article("甲村")})
    stamp = (night.root / "a.txt").stat()
    put(night.root, {"a.txt": article("乙村")})
    os.utime(night.root / "a.txt", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert changes(night({})) == {"a.txt": "changed"}


def test_a_shard_of_which_nothing_is_left_is_gone(night: Nights) -> None:
    night({"a.txt": article("甲村")})
    second = night({"a.txt": None, "b.txt": article("乙村")})
    assert second.manifest["shards"] == {"00001": second.run_id}
    third = night({"b.txt": None})
    assert (third.manifest["shards"], third.scan("documents").collect().height) == ({}, 0)
    assert_same_rows(night({"c.txt": article("丙村")}), night.whole())


def test_what_was_refused_stays_refused_until_it_changes(night: Nights) -> None:
    (night.root / "gone.txt").symlink_to(night.root / "nowhere")
    first = night({"a.txt": article("甲村"), "empty.txt": ""})
    assert changes(night({})) == {}
    third = night({"empty.txt": article("乙村"), "nowhere": article("丙村")})
    assert changes(third) == {"empty.txt": "changed", "gone.txt": "changed", "nowhere": "new"}
    assert (rows(first, "quarantine").height, rows(third, "quarantine").height) == (2, 0)
    assert_same_rows(third, night.whole())


def test_a_committed_owner_stays_the_owner(night: Nights) -> None:
    night({"late.txt": article("甲村", SHARED, day=9)})
    second = night({"early.txt": article("乙村", SHARED, day=1)})
    assert SHARED in text(second, "late.txt")
    assert SHARED not in text(second, "early.txt")
    assert SHARED in text(night.whole(), "early.txt")


def test_the_owner_of_the_oldest_night_stays_over_that_of_a_later_one(night: Nights) -> None:
    """The law of the second night keeps what it shares, and is published first: still it owns nothing."""
    law = [f"第{number}条 本条例第{number}项规定由县粮食局负责解释。" for number in "一二三四"]
    first = night({"old.txt": article("甲村", SHARED, day=9)})
    night({"law.txt": article("乙村", *law, SHARED, day=1)})
    third = night({"new.txt": article("丙村", SHARED, day=5)})
    assert SHARED in text(third, "law.txt")
    owner = rows(first, "decoded")["doc_id"].item()
    gone = rows(third, "ledger").filter(pl.col("rule") == "shared-paragraph")
    assert gone["match_doc_id"].to_list() == [owner]


def test_documents_whose_kept_copy_is_touched_are_cleaned_again(night: Nights) -> None:
    night({"one.txt": article("甲村", SHARED, day=1), "two.txt": article("乙村", SHARED, day=2)})
    second = night({"one.txt": None})
    assert changes(second) == {"one.txt": "deleted", "two.txt": "recleaned"}
    assert rows(second, "changes").drop_nulls("detail")["detail"].to_list() == ["refers to one.txt"]
    assert SHARED in text(second, "two.txt")
    assert_same_rows(second, night.whole())


def test_what_hangs_on_what_hangs_is_cleaned_again_too(night: Nights) -> None:
    other = prose("邻县")
    night({
        "a.txt": article("甲村", SHARED, day=1),
        "b.txt": article("乙村", SHARED, other, day=2),
        "c.txt": article("丙村", other, day=3),
        "d.txt": article("丁村", day=4),
    })  # fmt: skip
    second = night({"a.txt": article("甲村", day=1)})
    assert changes(second) == {"a.txt": "changed", "b.txt": "recleaned", "c.txt": "recleaned"}
    assert SHARED in text(second, "b.txt")
    assert_same_rows(second, night.whole())


CHANGED_RECIPE = Recipe.model_validate(NIGHTLY.model_dump() | {"normalize": {"full_width": False}})


def test_another_recipe_cleans_all_again_and_says_so(night: Nights) -> None:
    night({"a.txt": article("甲村"), "b.txt": article("乙村")})
    second = night({"b.txt": None, "c.txt": article("丙村")}, CHANGED_RECIPE)
    assert changes(second) == {"a.txt": "recleaned", "b.txt": "deleted", "c.txt": "new"}
    assert second.manifest["changes"]["cleaned_all"] == "the recipe changed"
    assert second.manifest["changes"]["carried"] == 0
    assert set(second.manifest["shards"].values()) == {second.run_id}


def other_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.runs.rules_digest", lambda: "other")


def other_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.runs.version", lambda package: "9.9")


@pytest.mark.parametrize(
    ("change", "reason"), [(other_rules, "the rules changed"), (other_version, "the version of etl changed")]
)
def test_other_rules_or_another_version_clean_all_again(
    night: Nights, monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], None], reason: str
) -> None:
    night({"a.txt": article("甲村")})
    change(monkeypatch)
    second = night({})
    assert changes(second) == {"a.txt": "recleaned"}
    assert second.manifest["changes"]["cleaned_all"] == reason


def test_a_plain_run_compares_nothing_and_can_be_taken_over_from(night: Nights) -> None:
    plain = night({"a.txt": article("甲村", SHARED)}, NIGHTLY.with_run(incremental=False))
    assert (plain.manifest["changes"], changes(plain)) == (None, {})
    second = night({"b.txt": article("乙村", SHARED)})
    assert changes(second) == {"b.txt": "new"}
    assert SHARED not in text(second, "b.txt")


def rotten(committed: CommittedRun) -> None:
    path = committed.folder / "facts" / "paragraphs" / "part-00000.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_run_that_cannot_be_relied_on_is_not_taken_over(night: Nights) -> None:
    rotten(night({"a.txt": article("甲村")}))
    second = night({"b.txt": article("乙村")})
    assert second.manifest["changes"]["cleaned_all"].startswith("the run before is broken: ")
    assert_same_rows(second, night.whole())


def test_files_are_copied_where_there_are_no_links(night: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    first = night({"a.txt": article("甲村"), "b.txt": article("乙村")})

    def refuse(*arguments: Any) -> None:
        raise OSError(errno.EPERM, "operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    second = night({"b.txt": None})
    assert linked(second, first) == set()
    assert_same_rows(second, night.whole())


def test_an_error_of_the_disk_is_no_reason_to_copy(night: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    night({"a.txt": article("甲村")})

    def refuse(*arguments: Any) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with pytest.raises(OutputError, match="input/output error"):
        night({})


def test_workers_write_what_one_process_writes(night: Nights) -> None:
    night({f"{name}.txt": article(name, SHARED) for name in "甲乙丙丁"})
    put(night.root, {"甲.txt": None, "丁.txt": article("丁")})
    several = run(night.root, night.output, NIGHTLY, workers=2)
    verify(several)
    assert_same_rows(several, night.whole())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10), ids="seed-{}".format)
def test_nights_of_arrivals_edits_and_deletions_give_what_one_run_gives_but_for_owners(
    night: Nights, seed: int
) -> None:
    words = random.Random(seed)
    pool = [prose(f"{seed}{number}") for number in range(5)]
    there: set[str] = set()
    for number in range(4):
        changed = {name: words.choice([None, "", page(words, pool)]) for name in sorted(there) if words.random() < 0.25}
        committed = night(changed | {f"{number}{place}.txt": page(words, pool) for place in range(3)})
        gone = {name for name, text in changed.items() if text is None}
        there = there - gone | {f"{number}{place}.txt" for place in range(3)}
        assert committed.manifest["sources"] == len(there)
    assert_same_but_for_owners(committed, night.whole())


TEASERS = (
    "大坝完成蓄水准备，下游三县连夜转移群众，青山能否力挽？",
    "村书记突然宣布辞任，这个种粮大户结束了他的征途，今后由老人们自己装袋、自己过秤，仓库里的稻谷今年也归他们自己看管。",
)
"""What all pages of a site begin with: more prose than their articles have, some of it long enough to be shared."""


def harvests(villages: str) -> dict[str, str]:
    """Pages of that site, one for each village."""
    return {
        f"qingshan.example/{village}.txt": "\n".join(
            [
                *("注册 登录", *TEASERS, "网站首页 > 财经 > 正文", f"{village}村今年收粮三万公斤"),
                f"{village}村昨日宣布，今年三季度收粮三万公斤，比去年多两成，全部已经装袋过秤入库。",
                *("[责任编辑：王小川]", "分享到：", "版权所有 不得转载"),
            ]
        )
        for village in villages
    }


def villages_told_of(committed: CommittedRun) -> str:
    """The villages whose article was found, and not the teasers in its place."""
    titles = committed.scan("documents").drop_nulls("site").collect()["title"]
    return "".join(sorted(title[0] for title in titles if title[1] == "村"))


def test_a_page_is_judged_by_the_pages_of_its_site_that_were_there_on_its_night(night: Nights) -> None:
    night(harvests("甲乙") | {"丙.txt": article("丙", *TEASERS)})
    nightly, whole = night(harvests("丁戊")), night.whole()
    assert (villages_told_of(nightly), villages_told_of(whole)) == ("丁戊", "丁乙戊甲")
    assert judged_otherwise(nightly, whole).height == 2
    assert_same_but_for_owners(nightly, whole)


def test_pages_that_are_gone_say_nothing_of_their_site(night: Nights) -> None:
    night(harvests("甲乙丙"))
    committed = night({**dict.fromkeys(harvests("甲乙")), **harvests("丁")})
    assert villages_told_of(committed) == "丙"


def cut_short(night: Nights, patch: pytest.MonkeyPatch, at: str) -> None:
    """A night that is stopped after the first shard of a stage, or while it takes over what did not change."""

    def stop(stage: str, done: int, of: int) -> None:
        if stage == at:
            raise KeyboardInterrupt

    def adopt_few(staged: Staging, before: CommittedRun, name: str) -> None:
        if name.startswith("ledger/"):
            raise KeyboardInterrupt
        link(staged, before, name)

    link = Staging.adopt
    with patch.context() as patched:
        if at == "taking over":
            patched.setattr(Staging, "adopt", adopt_few)
        with pytest.raises(KeyboardInterrupt):
            run(night.root, night.output, NIGHTLY, workers=1, progress=stop)


@pytest.mark.parametrize(("at", "taken_up"), [("taking over", 0), ("duplicates", 5)])
def test_a_night_that_was_cut_short_is_taken_up_and_ends_with_the_same_bytes(
    night: Nights, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, at: str, taken_up: int
) -> None:
    night({f"{name}.txt": article(name, SHARED if name in "ab" else "") for name in "abcdef"})
    shutil.copytree(night.output, tmp_path / "other")
    put(night.root, {"a.txt": None, "g.txt": article("g")})
    cut_short(night, monkeypatch, at)
    resumed = night({})
    assert resumed.manifest["taken_up"] == taken_up
    assert parts(resumed) == parts(run(night.root, tmp_path / "other", NIGHTLY, workers=1))


def test_nothing_is_taken_up_if_another_document_is_gone(night: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {f"{name}.txt": article(name) for name in "甲乙丙丁"}
    night(pages)
    put(night.root, {"甲.txt": None, "戊.txt": article("戊")})
    cut_short(night, monkeypatch, "duplicates")
    resumed = night({"甲.txt": pages["甲.txt"], "乙.txt": None})
    assert resumed.manifest["taken_up"] == 0
    assert_same_rows(resumed, night.whole())


def test_a_load_after_a_night_takes_what_it_changed_and_remembers_what_is_gone(night: Nights, tmp_path: Path) -> None:
    target = target_of(f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    pages = {"one.txt": article("甲村", SHARED, day=1), "two.txt": article("乙村", SHARED, day=2)}
    load(night(pages | {"three.txt": article("丙村")}), target)
    loaded = load(night({"one.txt": None, "four.txt": article("丁村")}), target)
    assert (loaded.written, loaded.removed, loaded.kept) == (2, 1, 1)
    connection = duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True)
    assert connection.execute("SELECT source FROM tombstones").fetchall() == [("one.txt",)]
    sources = connection.execute("SELECT source FROM documents ORDER BY source").fetchall()
    assert sources == [("four.txt",), ("three.txt",), ("two.txt",)]


def test_dropping_old_runs_takes_no_file_that_a_later_one_uses(night: Nights) -> None:
    first = night({"a.txt": article("甲村"), "b.txt": article("乙村")})
    night({"c.txt": article("丙村")})
    third = night({"b.txt": None})
    assert first.run_id in drop_old_runs(night.output, keep=1)
    verify(third)
    assert_same_rows(third, night.whole())
