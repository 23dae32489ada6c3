"""What a run announces, from its beginning to its end."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openlineage.client import event_v2, facet_v2

import etl
from etl.errors import ExpectationError, OutputError, UsageError
from etl.recipe import Recipe
from etl.runs import begin
from etl.schemas import DATASETS
from tests.hooks import Posted, listening

QUIET: dict[str, Any] = {"expectations": []}
WARNS: dict[str, Any] = {"expectations": [{"stage": "decode", "measure": "quarantined-share", "warn": 0}]}
FAILS: dict[str, Any] = {"expectations": [{"stage": "decode", "measure": "quarantined-share", "fail": 0.1}]}

FACETS = {
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
    "processing_engine": facet_v2.processing_engine_run.ProcessingEngineRunFacet,
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
    "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
    "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "dataQualityMetrics": facet_v2.data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet,
    "dataQualityAssertions": facet_v2.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet,
}
"""Facets by the key that the standard gives them."""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page and something that is none; runs write no pages, which are most of a small run's time."""
    monkeypatch.setattr("etl.runs.write_pages", lambda *arguments: None)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.txt").write_text("今天上午，新桥正式开通，两岸居民往来更方便了。\n", encoding="utf-8")
    (tmp_path / "in" / "empty.txt").write_bytes(b"")
    return tmp_path / "in"


@pytest.fixture
def posted() -> Iterator[Posted]:
    with listening() as found:
        yield found


def recipe(options: dict[str, Any], **tables: Any) -> Recipe:
    return Recipe.model_validate(options | tables)


def run(source: Path, options: dict[str, Any], **tables: Any) -> etl.datasets.CommittedRun:
    return etl.run(source, source.parent / "out", recipe(options, **tables), workers=1)


def bodies(posted: Posted) -> list[dict[str, Any]]:
    return [json.loads(body) for _, _, body in posted]


def test_a_run_that_passed_is_no_news(source: Path, posted: Posted) -> None:
    run(source, QUIET, notify={"webhook": posted.url})
    assert posted == []


def test_a_run_that_warned_is_told_with_its_report(source: Path, posted: Posted) -> None:
    committed = run(source, WARNS, notify={"webhook": posted.url})
    [told] = bodies(posted)
    assert (told["verdict"], told["published"], told["run_id"]) == ("warn", True, committed.run_id)
    assert told["lines"] == ["decode quarantined-share 0.5, over 0"]
    assert told["report"] == str(committed.folder / "reports" / "index.html")


def test_a_run_that_failed_is_told_once(source: Path, posted: Posted) -> None:
    with pytest.raises(ExpectationError):
        run(source, FAILS, notify={"webhook": posted.url})
    [told] = bodies(posted)
    assert (told["verdict"], told["published"]) == ("fail", False)


def test_a_run_that_breaks_off_is_told_and_raises_on(source: Path, posted: Posted) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        run(source / "gone", QUIET, notify={"webhook": posted.url})
    [told] = bodies(posted)
    assert (told["verdict"], told["run_id"], told["report"]) == ("fail", "", "")
    assert "no such folder" in told["lines"][0]
    assert "the run of" in told["text"]


def test_a_hook_that_fails_leaves_the_run_as_it_is(source: Path, caplog: pytest.LogCaptureFixture) -> None:
    committed = run(source, WARNS, notify={"webhook": "http://127.0.0.1:1"}, lineage={"to": "http://127.0.0.1:1"})
    assert etl.open(source.parent / "out").run_id == committed.run_id
    told = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert ["event of [lineage]" in line for line in told] == [True, True, False]
    assert "webhook of [notify] was not told" in told[-1]


def read_back(event: dict[str, Any]) -> event_v2.RunEvent:
    """The event as the client's own classes, which refuse what they do not know, and check what they do."""

    def facets(given: dict[str, Any]) -> dict[str, Any]:
        return {name: FACETS[name](**plain(name, values)) for name, values in given.items()}

    def plain(name: str, values: dict[str, Any]) -> dict[str, Any]:
        known = {key: value for key, value in values.items() if not key.startswith("_")}
        assert values["_schemaURL"].startswith("https://openlineage.io/spec/facets/")
        assert values["_producer"]
        if name == "schema":
            fields = [facet_v2.schema_dataset.SchemaDatasetFacetFields(**field) for field in known["fields"]]
            return known | {"fields": fields}
        if name == "dataQualityAssertions":
            checks = [facet_v2.data_quality_assertions_dataset.Assertion(**check) for check in known["assertions"]]
            return known | {"assertions": checks}
        return known

    job, ran = event["job"], event["run"]
    assert event["schemaURL"].startswith("https://openlineage.io/spec/")
    return event_v2.RunEvent(
        eventTime=event["eventTime"],
        eventType=event_v2.RunState[event["eventType"]],
        producer=event["producer"],
        run=event_v2.Run(ran["runId"], facets(ran["facets"])),
        job=event_v2.Job(job["namespace"], job["name"], facets(job["facets"])),
        inputs=[
            event_v2.InputDataset(each["namespace"], each["name"], facets(each["inputFacets"]))
            for each in event["inputs"]
        ],
        outputs=[
            event_v2.OutputDataset(
                each["namespace"], each["name"], facets(each["outputFacets"]), facets=facets(each["facets"])
            )
            for each in event["outputs"]
        ],
    )


def events(path: Path) -> list[event_v2.RunEvent]:
    return [read_back(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def test_lineage_of_a_run_goes_from_its_input_to_its_datasets(source: Path) -> None:
    path = source.parent / "events.jsonl"
    committed = run(source, WARNS, lineage={"to": str(path), "namespace": "crawl"})
    start, complete = events(path)
    assert [event.eventType for event in (start, complete)] == [event_v2.RunState.START, event_v2.RunState.COMPLETE]
    assert start.run.runId == complete.run.runId
    assert (complete.job.namespace, complete.job.name) == ("crawl", "clean")
    assert [(each.namespace, each.name) for each in start.inputs or []] == [("file", str(source))]

    outputs = {Path(each.name).name: each for each in complete.outputs or []}
    assert set(outputs) == set(DATASETS)
    documents = outputs["documents"]
    assert documents.name == str(source.parent / "out" / "documents")
    assert documents.facets
    assert documents.outputFacets
    assert documents.facets["version"].datasetVersion == committed.run_id  # type: ignore[attr-defined]
    columns = [field.name for field in documents.facets["schema"].fields]  # type: ignore[attr-defined]
    assert columns == committed.scan("documents").collect_schema().names()
    statistics = documents.outputFacets["outputStatistics"]
    assert (statistics.rowCount, statistics.fileCount) == (1, 1)  # type: ignore[attr-defined]

    [given] = complete.inputs or []
    assert given.inputFacets
    assert given.inputFacets["dataQualityMetrics"].rowCount == 2  # type: ignore[attr-defined]
    checks = given.inputFacets["dataQualityAssertions"].assertions  # type: ignore[attr-defined]
    assert [check.name for check in checks if not check.success] == ["decode/quarantined-share/stage"]


def test_a_run_that_is_not_published_failed(source: Path) -> None:
    path = source.parent / "events.jsonl"
    with pytest.raises(ExpectationError):
        run(source, FAILS, lineage={"to": str(path)})
    _, fail = events(path)
    assert fail.eventType == event_v2.RunState.FAIL
    assert fail.run.facets
    assert "not published" in fail.run.facets["errorMessage"].message  # type: ignore[attr-defined]


def test_a_run_that_breaks_off_failed_too(source: Path) -> None:
    path = source.parent / "events.jsonl"

    def interrupted() -> None:
        with begin(source, source.parent / "out", recipe(QUIET, lineage={"to": str(path)}), workers=1):
            raise OSError("no space left")

    with pytest.raises(OutputError, match="no space left"):
        interrupted()
    start, fail = events(path)
    assert (start.run.runId, fail.eventType) == (fail.run.runId, event_v2.RunState.FAIL)


def test_a_bug_is_told_by_its_kind(source: Path, posted: Posted) -> None:
    def broken() -> None:
        with begin(source, source.parent / "out", recipe(QUIET, notify={"webhook": posted.url}), workers=1):
            raise KeyError("text")

    with pytest.raises(KeyError):
        broken()
    assert bodies(posted)[0]["lines"] == ["KeyError: 'text'"]


def test_lineage_goes_to_a_server_with_its_key(source: Path, posted: Posted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "k")
    run(source, QUIET, lineage={"to": posted.url})
    assert [path for path, _, _ in posted] == ["/api/v1/lineage"] * 2
    assert [read_back(event).eventType for event in bodies(posted)] == [
        event_v2.RunState.START, event_v2.RunState.COMPLETE,
    ]  # fmt: skip


def test_lineage_without_what_it_needs_is_refused_before_the_work(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openlineage.client.event_v2", None)
    monkeypatch.delitem(sys.modules, "etl.lineage", raising=False)
    with pytest.raises(UsageError, match=r"pip install etl\[lineage\]"):
        run(source, QUIET, lineage={"to": "events.jsonl"})
    assert not (source.parent / "out").exists()
    monkeypatch.undo()
    importlib.import_module("etl.lineage")
