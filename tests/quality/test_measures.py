from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from etl.datasets import CommittedRun, shard_rows
from etl.quality import Adding, Found, Rows, Usage, count, run_report, stage_report
from etl.quality.figures import INPUT_OF, LENGTH_EDGES, OUTPUT_OF, SHARE_EDGES
from etl.runs import run
from etl.schemas import DATASETS
from etl.scratch import OnDisk

NO_USAGE = Usage()

NOTHING_FOUND = Found()

STAGES = ("decode", "boilerplate", "duplicates", "sections", "normalize")

EMPTY = {name: pl.DataFrame(schema.create_empty()) for name, schema in DATASETS.items()}


def rows(dataset: str, *given: Mapping[str, object]) -> pl.DataFrame:
    schema = EMPTY[dataset].schema
    return pl.DataFrame([{**dict.fromkeys(schema), **row} for row in given], schema=schema)


class Datasets:
    """Datasets in memory, whose rows are given as those of a run are."""

    def __init__(self, **frames: pl.DataFrame) -> None:
        self.frames = EMPTY | frames

    def __call__(self, dataset: str, *columns: str, stage: str = "") -> pl.DataFrame:
        frame = self.frames[dataset]
        return frame.filter(pl.col("stage") == stage) if stage else frame


def document(doc_id: str, chars: int, **columns: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "site": None,
        "encoding": "utf-8",
        "encoding_evidence": "utf-8",
        "media_type": "text/plain",
    }
    return plain | {"doc_id": doc_id, "chars": chars, "lines": 2, "size_bytes": chars, **columns}


def line(doc_id: str, start: int, text: str | None, length: int | None = None) -> dict[str, object]:
    end = start + (len(text or "") if length is None else length)
    return {"doc_id": doc_id, "line_no": 1, "start": start, "end": end, "text": text, "kind": "body"}


def edit(stage: str, doc_id: str, before: str, rule: str, after: str | None = None) -> dict[str, object]:
    return {"stage": stage, "doc_id": doc_id, "before": before, "after": after, "rule": rule}


def reported(datasets: Rows, stage: str, usage: Usage = NO_USAGE, found: Found = NOTHING_FOUND) -> dict[str, Any]:
    """The report of a stage over these datasets."""
    with TemporaryDirectory() as folder, OnDisk(Path(folder) / "scratch") as scratch:
        adding = Adding(scratch, 1)
        adding.add(count(datasets, stage))
        return stage_report(adding.totals(), stage, usage, found)


TWO = rows("decoded", document("a", 10, site="s.example"), document("b", 4, encoding="gb18030"))


def test_a_narrowing_stage_is_measured_by_hand() -> None:
    datasets = Datasets(
        decoded=TWO,
        stripped=rows("stripped", line("a", 0, "甲乙丙"), line("a", 4, "丁戊"), line("b", 0, "己庚辛壬")),
        ledger=rows(
            "ledger",
            edit("boilerplate", "a", "\n", "line-break"),
            edit("boilerplate", "a", " 页脚 ", "footer"),
            edit("duplicates", "a", "甲乙丙", "shared-paragraph"),
        ),
        marks=rows("marks", {"stage": "boilerplate", "doc_id": "b", "mark": "odd"}, {"stage": "decode", "mark": "x"}),
    )
    report = reported(datasets, "boilerplate", Usage(2.5, 0.5, 80.0))
    assert report["input"] == {"documents": 2, "lines": 4, "chars": 14}
    assert report["output"] == {"documents": 2, "lines": 3, "chars": 9}
    assert report["balance"] == {
        "chars_in": 14,
        "kept": 9,
        "removed": 5,
        "inserted": 0,
        "chars_out": 9,
        "difference_in": 0,
        "difference_out": 0,
    }
    assert [rule.pop("top_removed") for rule in report["rules"]] == [[{"text": "页脚", "count": 1}], []]
    assert report["rules"] == [
        {"rule": "footer", "edits": 1, "documents": 1, "chars_removed": 4, "chars_inserted": 0},
        {"rule": "line-break", "edits": 1, "documents": 1, "chars_removed": 1, "chars_inserted": 0},
    ]
    assert report["marks"] == {"odd": 1}
    assert report["slices"]["site"] == [
        {"value": "s.example", "documents": 1, "chars_in": 10, "chars_out": 5},
        {"value": None, "documents": 1, "chars_in": 4, "chars_out": 4},
    ]
    assert report["usage"] == {
        "wall_seconds": 2.5,
        "cpu_seconds": 0.5,
        "peak_memory_mb": 80.0,
        "input_bytes": 0,
        "mb_per_cpu_second": 0.0,
    }


def test_characters_that_no_edit_accounts_for_are_a_difference() -> None:
    datasets = Datasets(decoded=TWO, stripped=rows("stripped", line("a", 0, "甲乙丙")))
    balance = reported(datasets, "boilerplate")["balance"]
    assert (balance["difference_in"], balance["difference_out"]) == (11, 0)


def test_a_text_longer_than_its_slice_is_a_difference() -> None:
    datasets = Datasets(decoded=TWO[:1], stripped=rows("stripped", line("a", 0, "甲乙丙", length=10)))
    balance = reported(datasets, "boilerplate")["balance"]
    assert (balance["difference_in"], balance["difference_out"]) == (0, -7)


def test_lines_whose_text_is_left_out_count_by_their_slices() -> None:
    datasets = Datasets(decoded=TWO[:1], stripped=rows("stripped", line("a", 0, None, length=10)))
    assert reported(datasets, "boilerplate")["output"]["chars"] == 10


def test_damage_is_what_decode_inserts() -> None:
    datasets = Datasets(
        decoded=TWO,
        ledger=rows("ledger", edit("decode", "a", "", "damaged-bytes", "\ufffd")),
        quarantine=rows("quarantine", *({"source": "x", "reason": reason} for reason in ("empty", "binary", "empty"))),
    )
    report = reported(datasets, "decode")
    assert (report["input"]["chars"], report["balance"]["inserted"], report["output"]["chars"]) == (13, 1, 14)
    assert report["quarantined"] == {"binary": 1, "empty": 2}
    assert report["categories"] == {
        "encoding": {"gb18030": 1, "utf-8": 1},
        "encoding_evidence": {"utf-8": 2},
        "media_type": {"text/plain": 2},
    }


def test_a_rewriting_stage_counts_what_it_wrote() -> None:
    datasets = Datasets(
        decoded=TWO[:1],
        sectioned=rows("sectioned", line("a", 0, "甲,乙"), line("a", 4, "丙")),
        documents=rows("documents", {"doc_id": "a", "text": "甲，乙\n丙", "paragraphs": 2}),
        ledger=rows(
            "ledger", edit("normalize", "a", ",", "full-width", "，"), edit("normalize", "a", "", "break", "\n")
        ),
    )
    report = reported(datasets, "normalize")
    assert report["balance"] == {
        "chars_in": 4,
        "kept": 3,
        "removed": 1,
        "inserted": 2,
        "chars_out": 5,
        "difference_in": 0,
        "difference_out": 0,
    }
    assert all(rule["top_removed"] == [] for rule in report["rules"])


def test_lines_removed_most_often_come_first_and_ties_by_text() -> None:
    lines = ["乙", "甲", " 乙\n", "长" * 121, *(f"{number:02}" for number in range(20))]
    ledger = rows("ledger", *(edit("boilerplate", "a", text, "footer") for text in lines))
    (rule,) = reported(Datasets(decoded=TWO, ledger=ledger), "boilerplate")["rules"]
    top = [(entry["text"], entry["count"]) for entry in rule["top_removed"]]
    assert top == [("乙", 2), *((f"{number:02}", 1) for number in range(9))]


@pytest.mark.parametrize(
    ("chars", "place"), [(0, 0), (1, 1), (49, 1), (50, 2), (99_999, 10), (100_000, 11), (10**9, 11)]
)
def test_lengths_fall_between_fixed_edges(chars: int, place: int) -> None:
    datasets = Datasets(decoded=rows("decoded", document("a", chars)))
    histogram = reported(datasets, "decode")["distributions"]["chars_out"]
    assert histogram["edges"] == list(LENGTH_EDGES)
    assert histogram["counts"] == [int(number == place) for number in range(len(LENGTH_EDGES))]


@pytest.mark.parametrize(("kept", "place"), [(100, 0), (99, 1), (90, 3), (50, 6), (1, 8), (0, 9)])
def test_shares_fall_between_fixed_edges(kept: int, place: int) -> None:
    datasets = Datasets(
        decoded=rows("decoded", document("a", 100)), stripped=rows("stripped", line("a", 0, "字" * kept))
    )
    counts = reported(datasets, "boilerplate")["distributions"]["removed_share"]["counts"]
    assert counts == [int(number == place) for number in range(len(SHARE_EDGES))]


def test_nothing_is_measured_as_nothing() -> None:
    for stage in STAGES:
        report = reported(Datasets(), stage)
        assert set(report["balance"].values()) == {0}
        assert report["rules"] == report["slices"]["site"] == []
        assert report["usage"]["mb_per_cpu_second"] is None


def test_speed_is_raw_input_for_a_second_of_work() -> None:
    usage = Usage(cpu_seconds=1.5, input_bytes=3_000_000)
    assert reported(Datasets(), "decode", usage)["usage"]["mb_per_cpu_second"] == 2.0


def test_a_run_is_the_sum_of_its_stages() -> None:
    datasets = Datasets(decoded=TWO, quarantine=rows("quarantine", {"source": "x", "reason": "empty"}))
    stages = [reported(datasets, stage, Usage(1.0, 2.0, peak)) for peak, stage in enumerate(STAGES)]
    report = run_report([stage | {"expectations": [stage["stage"]]} for stage in stages])
    digest = report["input"].pop("sha256")
    assert report["input"] == {"documents": 2, "lines": 4, "chars": 14, "quarantined": 1}
    assert digest == stages[0]["input"]["sha256"]
    assert report["output"] == {"documents": 2, "lines": 0, "chars": 0}
    assert report["difference"] == 14
    assert report["expectations"] == list(STAGES)
    assert report["usage"] == {"wall_seconds": 5.0, "cpu_seconds": 10.0, "peak_memory_mb": 4}


def test_the_rules_that_removed_most_head_a_run() -> None:
    ledger = [edit("boilerplate", "a", "字" * size, f"rule-{size}") for size in (1, 5, 3, 2)]
    written = edit("boilerplate", "a", "", "damage", "x")
    stage = reported(Datasets(decoded=TWO, ledger=rows("ledger", *ledger, written)), "boilerplate")
    (summary,) = run_report([stage | {"expectations": []}])["stages"]
    assert summary["top_rules"] == [["rule-5", 5], ["rule-3", 3], ["rule-2", 2]]


@pytest.fixture(scope="module", params=["pages", "seeds"])
def measured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CommittedRun:
    """A run over invented pages, or over the sample documents."""
    if request.param == "pages":
        committed: CommittedRun = request.getfixturevalue("committed")
        return committed
    seeds = Path(__file__).parents[2] / "seeds"
    return run(seeds, tmp_path_factory.mktemp("seeds") / "out", workers=1)


def texts(committed: CommittedRun, dataset: str) -> dict[str, list[str]]:
    """The texts of each document in a dataset, read without the measures' help."""
    frame = committed.scan(dataset).select("doc_id", "text").collect()
    found: dict[str, list[str]] = {doc_id: [] for doc_id in committed.scan("decoded").collect()["doc_id"]}
    for doc_id, text in frame.iter_rows():
        found[doc_id].append(text)
    return found


def chars(found: dict[str, list[str]]) -> dict[str, int]:
    return {doc_id: sum(map(len, several)) for doc_id, several in found.items()}


@pytest.mark.parametrize("stage", STAGES)
def test_every_figure_of_a_stages_report_follows_from_its_datasets(measured: CommittedRun, stage: str) -> None:
    report: dict[str, Any] = measured.report(stage)
    came, left = chars(texts(measured, INPUT_OF[stage])), chars(texts(measured, OUTPUT_OF[stage]))
    edits = [row for row in measured.scan("ledger").collect().to_dicts() if row["stage"] == stage]
    if stage == "decode":
        for row in edits:
            came[row["doc_id"]] -= len(row["after"]) - len(row["before"])
    removed = sum(len(row["before"]) for row in edits)
    inserted = sum(len(row["after"] or "") for row in edits)
    assert report["input"]["documents"] == report["output"]["documents"] == len(came)
    assert report["balance"] == {
        "chars_in": sum(came.values()),
        "kept": sum(came.values()) - removed,
        "removed": removed,
        "inserted": inserted,
        "chars_out": sum(left.values()),
        "difference_in": 0,
        "difference_out": 0,
    }
    assert report["input"]["chars"] == sum(came.values())
    assert report["output"]["chars"] == sum(left.values()) == sum(came.values()) - removed + inserted
    for rule in report["rules"]:
        of_rule = [row for row in edits if row["rule"] == rule["rule"]]
        assert rule["edits"] == len(of_rule)
        assert rule["documents"] == len({row["doc_id"] for row in of_rule})
        assert rule["chars_removed"] == sum(len(row["before"]) for row in of_rule)
        assert rule["chars_inserted"] == sum(len(row["after"] or "") for row in of_rule)
    assert sum(rule["edits"] for rule in report["rules"]) == len(edits)
    assert report["distributions"]["chars_out"]["counts"] == [
        sum(low <= size < high for size in left.values()) for low, high in pairwise([*LENGTH_EDGES, float("inf")])
    ]
    for slices in report["slices"].values():
        assert sum(part["chars_in"] for part in slices) == report["input"]["chars"]
        assert sum(part["chars_out"] for part in slices) == report["output"]["chars"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_report_can_be_rebuilt_from_the_datasets_alone(measured: CommittedRun, stage: str) -> None:
    report = measured.report(stage)
    made_by = {
        "not_rebuilt_documents",
        "characters",
        "expectations",
        "drift",
        "left_out",
        "recipe_digest",
        "rules_digest",
    }
    report = {name: value for name, value in report.items() if name not in made_by}
    del report["usage"]["steps"]
    usage = Usage(**{name: value for name, value in report["usage"].items() if name != "mb_per_cpu_second"})
    assert reported(shard_rows(measured, ""), stage, usage, Found.of(measured.manifest)) == report


def test_what_was_removed_is_shared_out_over_the_documents(measured: CommittedRun) -> None:
    for stage in STAGES:
        report = measured.report(stage)
        assert sum(report["distributions"]["removed_share"]["counts"]) <= report["output"]["documents"]
        assert sum(part["documents"] for part in report["slices"]["encoding"]) == report["output"]["documents"]
