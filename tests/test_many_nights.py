"""A month that nobody watches: pages that arrive, change and go, bad nights, other rules, rollbacks; and its books."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest

from etl.datasets import MANIFEST, CommittedRun, current_run
from etl.errors import ExpectationError
from etl.files import read_sealed
from etl.history import drop_old_runs, list_runs, roll_back
from etl.recipe import Recipe
from etl.runs import run
from etl.schemas import CHANGES
from etl.verify import verify
from tests.nightly import NIGHTLY, Nights, assert_same_but_for_owners, page, prose, put, shared_paragraphs

STRICT = Recipe.model_validate(
    {"run": {"shard_mb": 0.003}, "expectations": [{"stage": "decode", "measure": "quarantined-share", "fail": 0.3}]}
)
OTHER = Recipe.model_validate(STRICT.model_dump() | {"normalize": {"full_width": False}})

MONTH = (
    *("arrivals", "arrivals", "quiet", "changes", "arrivals", "bad", "mended", "changes", "recipe", "changes"),
    *("arrivals", "changes", "rollback", "changes", "rules", "changes", "bad", "arrivals", "mended", "quiet"),
    *("changes", "arrivals", "gc", "changes", "rollback", "quiet", "changes", "full", "changes", "arrivals"),
)
WEEK = ("changes", "bad", "mended", "recipe", "rollback", "gc", "changes")


class Month:
    """What happens, night after night, and what is on the disk then."""

    def __init__(self, night: Nights, patch: pytest.MonkeyPatch) -> None:
        self.night, self.patch = night, patch
        self.words = random.Random(30)
        self.pool = [prose(str(number)) for number in range(6)]
        self.recipe = STRICT
        self.there: dict[str, str] = {}
        self.empty: list[str] = []

    def happens(self, kind: str, number: int) -> None:
        """Change the folder, or what decides, as a night of this kind does."""
        if kind in {"arrivals", "changes", "recipe", "rules", "full"}:
            self._put({f"{number}-{place}.txt": page(self.words, self.pool) for place in range(3)})
        if kind in {"changes", "full"}:
            names = self.words.sample(sorted(self.there), k=len(self.there) // 4)
            self._put({name: self.words.choice([None, page(self.words, self.pool)]) for name in names})
        if kind == "bad":
            self.empty = [f"{number}-empty-{place}.txt" for place in range(len(self.there))]
            self._put(dict.fromkeys(self.empty, ""))
        if kind == "mended":
            self._put({name: self.words.choice([None, page(self.words, self.pool)]) for name in self.empty})
            self.empty = []
        if kind == "recipe":
            self.recipe = OTHER
        if kind == "rules":
            self.patch.setattr("etl.runs.rules_digest", lambda: "other rules")
        if kind == "rollback":
            passed = [each.run_id for each in list_runs(self.night.output) if each.verdict != "fail"]
            roll_back(self.night.output, passed[-3])
        if kind == "gc":
            drop_old_runs(self.night.output, keep=4)

    def _put(self, pages: Mapping[str, str | None]) -> None:
        put(self.night.root, pages)
        gone = {name for name, text in pages.items() if text is None}
        new = {name: text for name, text in pages.items() if text is not None}
        self.there = {name: text for name, text in (self.there | new).items() if name not in gone}

    def run(self, *, incremental: bool) -> CommittedRun:
        """The run of the night, which may have been stopped."""
        with suppress(ExpectationError):
            run(self.night.root, self.night.output, self.recipe.with_run(incremental=incremental), workers=1)
        return run_named(self.night.output, list_runs(self.night.output)[-1].run_id)


def run_named(output: Path, run_id: str) -> CommittedRun:
    folder = output / "runs" / run_id
    return CommittedRun(folder, read_sealed(folder / MANIFEST))


def records(committed: CommittedRun) -> pl.DataFrame:
    """source, sha256, chars of everything that a run cleaned or refused."""
    refused = committed.scan("quarantine").select("source", "sha256", chars=pl.lit(0, dtype=pl.Int64))
    return pl.concat([committed.scan("decoded").select("source", "sha256", "chars"), refused]).collect()


def assert_holds(committed: CommittedRun, there: Mapping[str, str]) -> None:
    """The run is sound, and holds what is on the disk."""
    verify(committed)
    assert committed.report("run")["difference"] == 0
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in there.items()}
    assert dict(records(committed).select("source", "sha256").rows()) == digests


def assert_booked(committed: CommittedRun, before: CommittedRun) -> None:
    """A run is the run before with what changed, source by source and in characters."""
    then, now, told = records(before), records(committed), committed.manifest["changes"]
    changes = committed.scan("changes").collect()
    kinds = {kind: changes.filter(pl.col("change") == kind) for kind in CHANGES}
    assert {kind: told[kind] for kind in CHANGES} == {kind: rows.height for kind, rows in kinds.items()}
    assert told["carried"] == then.height + told["new"] - changes.height
    gone = then.join(pl.concat([kinds["deleted"], kinds["changed"]]), on="source", how="semi")
    come = now.join(pl.concat([kinds["new"], kinds["changed"]]), on="source", how="semi")
    assert gone.height == told["deleted"] + told["changed"]
    assert come.height == told["new"] + told["changed"]
    stayed = then.join(gone, on="source", how="anti").sort("source")
    assert stayed.equals(now.join(come, on="source", how="anti").sort("source"))
    assert sum(then["chars"]) - sum(gone["chars"]) + sum(come["chars"]) == sum(now["chars"])
    other = any(before.manifest[name] != committed.manifest[name] for name in ("recipe_digest", "rules_digest"))
    assert bool(told["cleaned_all"]) == other


@pytest.mark.slow
@pytest.mark.parametrize("script", [pytest.param(WEEK, id="week"), pytest.param(MONTH, id="month")])
def test_the_books_balance_over_the_whole_history(
    night: Nights, monkeypatch: pytest.MonkeyPatch, script: tuple[str, ...]
) -> None:
    month = Month(night, monkeypatch)
    month.happens("arrivals", 0)
    committed = month.run(incremental=True)
    for number, kind in enumerate(script, start=1):
        month.happens(kind, number)
        before = current_run(night.output)
        committed = month.run(incremental=kind != "full")
        assert_holds(committed, month.there)
        if kind != "full":
            assert committed.manifest["changes"]["since"] == before.run_id
            assert_booked(committed, before)
        if kind == "quiet":
            assert committed.scan("changes").collect().is_empty()
        stopped = bool(month.empty)  # Until somebody mends what came.
        assert (committed.report("run")["verdict"] == "fail") == stopped
        assert current_run(night.output).run_id == (before if stopped else committed).run_id
    for each in list_runs(night.output):
        verify(run_named(night.output, each.run_id))
    assert_same_but_for_owners(committed, night.whole(month.recipe))


def real_pages(shared: Path) -> dict[str, str]:
    """Some 1,700 pages and broadcasts, of many hosts and of none; hundreds of them are reprints of others."""
    pages = {}
    for collection in ("daniel", "gne", "magichtml", "govcn"):
        index = pl.read_csv(shared / "data" / collection / "index.csv", truncate_ragged_lines=True)
        for doc_id, host in index.select("doc_id", "host").rows():
            page_file = shared / "data" / collection / "dump" / f"{doc_id}.txt"
            pages[f"{host}/{doc_id}.txt"] = page_file.read_text(encoding="utf-8")
    pairs = pl.read_parquet(shared / "data" / "dedup" / "doc_pairs_dev.parquet")
    for side in "ab":
        pages |= {
            f"{name.replace('/', '-')}.txt": text for name, text in pairs.select(f"id_{side}", f"text_{side}").rows()
        }
    return pages


@pytest.mark.slow
@pytest.mark.shared
def test_ten_nights_over_a_corpus_cut_in_ten_give_what_one_run_gives_but_for_owners(
    night: Nights, shared: Path
) -> None:
    pages = real_pages(shared)
    recipe = NIGHTLY.with_run(shard_mb=4)
    names = sorted(pages)
    random.Random(10).shuffle(names)
    for number in range(10):
        put(night.root, {name: pages[name] for name in names[number::10]})
        committed = run(night.root, night.output, recipe)
        assert committed.manifest["changes"]["carried"] == sum(len(names[before::10]) for before in range(number))
    verify(committed)
    assert shared_paragraphs(committed).height > 30_000
    assert_same_but_for_owners(committed, night.whole(recipe))
