from __future__ import annotations

import multiprocessing
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.datasets import CommittedRun, Staging, current_run
from etl.errors import ExpectationError, OutputError, UsageError
from etl.pipeline import STAGES
from etl.proof import not_rebuilt
from etl.quality import Adding
from etl.recipe import Recipe
from etl.runs import begin, run
from etl.scheduling import Schedule
from etl.schemas import DATASETS, SCHEMA_VERSION
from etl.sources import in_order
from etl.verify import verify
from tests.committed import SMALL_SHARDS, assert_same_rows, parts, rows


def recipe(**options: Any) -> Recipe:
    return Recipe.model_validate(options)


def test_a_run_has_every_dataset_and_a_report_a_stage(committed: CommittedRun) -> None:
    for name, schema in DATASETS.items():
        assert schema.is_valid(committed.scan(name).collect()), name
    reports = {path.name for path in (committed.folder / "reports").iterdir()}
    stages = {f"{name}.json" for name in ("decode", "boilerplate", "duplicates", "sections", "normalize", "run")}
    assert reports == stages | {"index.html", "en", "zh"}


def test_a_run_says_what_made_it(committed: CommittedRun, pages: Path) -> None:
    manifest = committed.manifest
    assert re.fullmatch(r"\d{8}T\d{12}Z-[0-9a-f]{6}", committed.run_id)
    assert (manifest["schema_version"], manifest["source"]) == (SCHEMA_VERSION, str(pages))
    assert Recipe.model_validate(manifest["recipe"]).digest == manifest["recipe_digest"]
    assert manifest["versions"]["polars"] == pl.__version__
    digests = committed.scan("documents").select(pl.col("recipe_digest").unique()).collect()
    assert digests["recipe_digest"].to_list() == [manifest["recipe_digest"]]


def test_inputs_are_documents_or_in_quarantine(committed: CommittedRun) -> None:
    refused = committed.scan("quarantine").collect().sort("source")
    assert refused.select("source", "stage", "reason").rows() == [
        ("empty.txt", "decode", "empty"),
        ("picture.txt", "decode", "binary"),
    ]
    assert committed.scan("documents").collect().height == 4


def test_what_the_sources_refuse_is_in_quarantine_too(pages: Path, tmp_path: Path) -> None:
    shutil.copytree(pages, tmp_path / "in")
    (tmp_path / "in" / "gone.txt").symlink_to(tmp_path / "nowhere")
    small = recipe(decode={"max_bytes": 500}, expectations=[])
    committed = run(tmp_path / "in", tmp_path / "out", small, workers=1)
    refused = committed.scan("quarantine").collect().sort("source").select("source", "stage", "reason").rows()
    assert ("gone.txt", "sources", "unreadable") in refused
    assert ("linjiang.example/bridge.txt", "sources", "too-large") in refused
    verify(committed)


def test_workers_write_the_same_bytes_as_one_process(committed: CommittedRun, pages: Path, tmp_path: Path) -> None:
    before = dict(os.environ)
    two = run(pages, tmp_path / "out", SMALL_SHARDS, workers=2)
    assert dict(os.environ) == before
    assert parts(two) == parts(committed)


def test_a_setting_of_polars_that_was_there_before_the_workers_stays(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLARS_MAX_THREADS", "3")
    with begin(pages, tmp_path / "out", SMALL_SHARDS, workers=2) as work:
        assert (work.shards, os.environ["POLARS_MAX_THREADS"]) == (2, "1")
    assert os.environ["POLARS_MAX_THREADS"] == "3"


@pytest.mark.parametrize("shard_mb", [1e-9, 0.0005, 16])
def test_the_size_of_shards_changes_no_row(
    committed: CommittedRun, pages: Path, tmp_path: Path, shard_mb: float
) -> None:
    assert_same_rows(run(pages, tmp_path / "out", recipe(run={"shard_mb": shard_mb}), workers=1), committed)


def test_one_worker_is_started_only_where_that_pays(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begin(pages, tmp_path / "out", Recipe(), workers=1):
        assert multiprocessing.active_children() == []
    monkeypatch.setattr("etl.workers.WORTH_A_WORKER_BYTES", 1)
    with begin(pages, tmp_path / "out", Recipe(), workers=1):
        assert len(multiprocessing.active_children()) == 1


@pytest.mark.parametrize(("incremental", "started"), [(False, 2), (True, 0)])
def test_workers_are_started_while_the_input_is_listed_if_all_of_it_is_due(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, incremental: bool, started: int
) -> None:
    seen: list[int] = []

    def listed(found: Iterable[pl.DataFrame]) -> pl.DataFrame:
        sources = in_order(found)
        seen.append(len(multiprocessing.active_children()))
        return sources

    monkeypatch.setattr("etl.runs.in_order", listed)
    options = recipe(run={"shard_mb": 0.0005, "incremental": incremental})
    with begin(pages, tmp_path / "out", options, workers=2):
        assert (seen, len(multiprocessing.active_children())) == ([started], 2)


def test_workers_begin_with_the_next_stage_before_the_report_on_one(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def telling(do: Callable[..., Any]) -> Callable[..., Any]:
        def tell(*arguments: Any) -> Any:
            told.append(" ".join([do.__name__, *arguments[1:]]))
            return do(*arguments)

        return tell

    monkeypatch.setattr(Schedule, "begin", telling(Schedule.begin))
    monkeypatch.setattr(Adding, "totals", telling(Adding.totals))
    with begin(pages, tmp_path / "out", Recipe(), workers=1) as work:
        work.do("decode")
    assert told == ["begin decode", "begin boilerplate", "totals"]


def test_the_seconds_of_stages_add_up_to_those_of_the_run(pages: Path, tmp_path: Path) -> None:
    with begin(pages, tmp_path / "out", Recipe(), workers=1) as work:
        begun = work.begun
        seconds = [work.do(stage.name)["usage"]["wall_seconds"] for stage in STAGES]
    assert sum(seconds) == pytest.approx(work.begun - begun, abs=0.0005 * len(STAGES))


def test_shards_are_as_small_as_a_document(pages: Path, tmp_path: Path) -> None:
    with begin(pages, tmp_path / "out", recipe(run={"shard_mb": 1e-9}), workers=1) as work:
        assert work.shards == 5  # the empty file has no place of its own


def test_text_that_is_left_out_changes_no_document(committed: CommittedRun, pages: Path, tmp_path: Path) -> None:
    without = run(pages, tmp_path / "out", recipe(run={"stage_text": False}), workers=1)
    lines = ("stripped", "deduplicated", "sectioned")
    assert_same_rows(without, committed, *lines)
    for name in lines:
        assert rows(without, name)["text"].null_count() == rows(without, name).height > 0
        assert rows(without, name).drop("text").equals(rows(committed, name).drop("text"))


def test_the_decoded_texts_are_read_once_for_restored_lines_and_the_proof(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Staging.read
    read_from: list[str] = []

    def noting(staged: Staging, dataset: str, *names: str, columns: Sequence[str] = ()) -> pl.DataFrame:
        if dataset == "decoded" and "text" in columns:
            read_from.extend(names)
        return read(staged, dataset, *names, columns=columns)

    monkeypatch.setattr(Staging, "read", noting)
    run(pages, tmp_path / "out", recipe(run={"stage_text": False}), workers=1)
    assert read_from == ["part-00000"]


def test_other_names_give_the_same_texts(pages: Path, tmp_path: Path) -> None:
    """Renamed so that their order turns round; across documents the date decides before the name does."""
    for place, path in enumerate(sorted(path for path in pages.rglob("*.txt") if path.name != "damaged.txt")):
        folder = tmp_path / "in" / path.parent.relative_to(pages)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / f"{9 - place}-{path.name}")
    renamed = run(tmp_path / "in", tmp_path / "out", recipe(duplicates={"across_documents": "off"}), workers=1)
    plain = run(pages, tmp_path / "plain", recipe(duplicates={"across_documents": "off"}), workers=1)
    texts = [set(rows(each, "documents")["text"]) for each in (renamed, plain)]
    assert texts[0] <= texts[1]
    assert len(texts[0]) == 3


def test_progress_is_told_after_each_shard_of_each_stage(pages: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    run(pages, tmp_path / "out", SMALL_SHARDS, workers=1, progress=lambda *step: told.append(step))
    stages = ("decode", "boilerplate", "duplicates", "sections", "normalize")
    assert told == [(stage, done, 2) for stage in stages for done in (1, 2)]


def test_an_empty_folder_is_a_run_without_documents(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    committed = run(tmp_path / "in", tmp_path / "out", workers=1)
    assert {name: rows(committed, name).height for name in DATASETS} == dict.fromkeys(DATASETS, 0)
    assert committed.report("run")["verdict"] == "pass"


def test_a_folder_of_nothing_but_refused_files_is_not_published(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "empty.txt").touch()
    with pytest.raises(ExpectationError, match=r"not published, for decode quarantined-share 1, over 0\.5; see"):
        run(tmp_path / "in", tmp_path / "out", workers=1)


STRICT = recipe(expectations=[{"stage": "decode", "measure": "damaged-share", "fail": 0}])


def test_a_failed_expectation_keeps_readers_where_they_were(pages: Path, tmp_path: Path) -> None:
    first = run(pages, tmp_path / "out", workers=1)
    with pytest.raises(ExpectationError, match=r"not published, for decode damaged-share 0\.25") as raised:
        run(pages, tmp_path / "out", STRICT, workers=1)
    assert raised.value.exit_status == 3
    assert current_run(tmp_path / "out").run_id == first.run_id
    kept = [path.name for path in (tmp_path / "out" / "runs").iterdir() if path.name != first.run_id]
    assert len(kept) == 1
    assert kept[0] in str(raised.value)
    assert (tmp_path / "out" / "runs" / kept[0] / "manifest.json").is_file()


def test_a_first_run_that_fails_its_expectations_is_not_current(pages: Path, tmp_path: Path) -> None:
    with pytest.raises(ExpectationError):
        run(pages, tmp_path / "out", STRICT, workers=1)
    with pytest.raises(OutputError, match="holds no committed run"):
        current_run(tmp_path / "out")
    assert run(pages, tmp_path / "out", workers=1).report("run")["expectations"][0]["previous"] is None


def test_expectations_state_the_values_of_the_run_before(pages: Path, tmp_path: Path) -> None:
    first = run(pages, tmp_path / "out", workers=1)
    (tmp_path / "in").mkdir()
    shutil.copy(pages / "linjiang.example" / "bridge.txt", tmp_path / "in" / "bridge.txt")
    second = run(tmp_path / "in", tmp_path / "out", workers=1)
    now, before = (
        [entry for entry in each.report("run")["expectations"] if entry["judged"] and not entry["about"]]
        for each in (second, first)
    )
    values = [entry["value"] for entry in before]
    assert [entry["previous"] for entry in now if entry["measure"] != "same-input"] == values
    assert [entry["value"] for entry in now if entry["measure"] != "same-input"] != values


def broken_current(output: Path) -> None:
    (output / "CURRENT").write_text("gone\n")


def broken_manifest(output: Path) -> None:
    (current_run(output).folder / "manifest.json").write_text("{")


def broken_report(output: Path) -> None:
    (current_run(output).folder / "reports" / "decode.json").unlink()


@pytest.mark.parametrize("breaks", [broken_current, broken_manifest, broken_report])
def test_a_broken_run_is_replaced_by_the_next(pages: Path, tmp_path: Path, breaks: Callable[[Path], None]) -> None:
    run(pages / "linjiang.example", tmp_path / "out", workers=1)
    breaks(tmp_path / "out")
    second = run(pages / "linjiang.example", tmp_path / "out", workers=1)
    assert current_run(tmp_path / "out").run_id == second.run_id
    verify(second)


def test_a_missing_input_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        run(tmp_path / "absent", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_input_cannot_be_the_output(pages: Path) -> None:
    with pytest.raises(UsageError, match="is the input too"):
        run(pages, pages / ".." / pages.name)


def test_an_output_below_the_input_is_no_input(pages: Path, tmp_path: Path) -> None:
    shutil.copytree(pages / "linjiang.example", tmp_path / "in")
    for _ in range(2):
        committed = run(tmp_path / "in", tmp_path / "in" / "out", workers=1)
        assert committed.scan("documents").collect()["source"].to_list() == ["bridge.txt"]


def test_a_document_that_does_not_come_back_stops_the_run(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(*frames: pl.DataFrame) -> list[str]:
        return not_rebuilt(frames[0], frames[1].with_columns(text=pl.col("text") + "。"), frames[2])

    monkeypatch.setattr("etl.shards.not_rebuilt", spoiled)
    with pytest.raises(ExpectationError, match="normalize not-rebuilt-documents 4, over 0"):
        run(pages, tmp_path / "out", recipe(expectations=[]), workers=1)
    with pytest.raises(OutputError, match="no committed run"):
        current_run(tmp_path / "out")
