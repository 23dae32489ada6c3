"""Nights are judged by what they bring, and a bad one is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import etl
from etl.datasets import open_run
from etl.errors import ExpectationError
from etl.history import list_runs
from etl.recipe import Recipe

NIGHTLY = Recipe.model_validate({"run": {"incremental": True}})

PAGE = "新桥{}号开通\n来源: 临江日报 2024-05-06\n昨天,临江第{}座新桥正式开通,居民往来更方便了,学校放了半天假。\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An input folder; runs write no pages, which are most of a small run's time."""
    monkeypatch.setattr("etl.runs.write_pages", lambda *arguments: None)
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def bring(folder: Path, day: int, site: str, documents: int, data: bytes | None = None) -> None:
    (folder / site).mkdir(exist_ok=True)
    for number in range(documents):
        name = day * 1_000 + number
        (folder / site / f"{name}.txt").write_bytes(data or PAGE.format(name, name).encode())


def clean(folder: Path, workers: int = 1) -> Any:
    return etl.run(folder, folder.parent / "out", NIGHTLY, workers=workers)


def entries(report: dict[str, Any], each: str) -> dict[str, dict[str, Any]]:
    return {entry["measure"]: entry for entry in report["expectations"] if entry["each"] == each and entry["judged"]}


def test_a_night_is_measured_by_what_is_new_in_it(folder: Path) -> None:
    bring(folder, 1, "linjiang.example", 30)
    clean(folder)
    bring(folder, 2, "linjiang.example", 2)
    bring(folder, 2, "qingshan.example", 21)
    bring(folder, 2, "pictures.example", 20, b"\x89PNG\r\n\x1a\n\0\0\0\r")
    bring(folder, 2, "more.example", 30, b"\x89PNG\r\n\x1a\n\0\0\0\r")
    with pytest.raises(ExpectationError, match=r"decode quarantined-share of the night 0\.685, over 0\.5"):
        clean(folder)
    stopped = list_runs(folder.parent / "out")[-1].run_id
    decode = open_run(folder.parent / "out" / "runs" / stopped).report("decode")
    assert decode["output"]["documents"] == 53
    assert decode["night"]["output"]["documents"] == 23
    assert decode["night"]["quarantined"] == {"binary": 50}
    assert [row["value"] for row in decode["night"]["slices"]["site"]] == ["linjiang.example", "qingshan.example"]
    assert set(decode["sites"]) == {"qingshan.example", "pictures.example", "more.example"}, "two pages are no site"
    assert entries(decode, "night")["quarantined-share"]["verdict"] == "fail"
    assert entries(decode, "stage")["quarantined-share"]["verdict"] == "warn", "all in all it would have passed"
    assert entries(decode, "site")["quarantined-share"]["exceeding"] == 2


def test_nights_are_held_against_nights_and_a_bad_one_moves_nothing(folder: Path) -> None:
    for day in range(1, 5):
        bring(folder, day, "linjiang.example", 25)
        bring(folder, day, "qingshan.example", 15)
        good = clean(folder)
    assert good.report("decode")["night"]["output"]["documents"] == 40
    assert {entry["verdict"] for entry in entries(good.report("decode"), "night").values()} == {"pass"}

    bring(folder, 5, "linjiang.example", 5)
    thin = clean(folder)
    night = entries(thin.report("decode"), "night")
    assert night["volume-fall"]["value"] == pytest.approx(1 - 5 / 40)
    assert (night["silent-site"]["about"], night["silent-site"]["value"]) == ("qingshan.example", 15)
    assert thin.report("run")["verdict"] == "warn"

    bring(folder, 6, "linjiang.example", 40, bytes(64))
    with pytest.raises(ExpectationError, match="quarantined-share"):
        clean(folder)
    assert etl.open(folder.parent / "out").run_id == thin.run_id
    assert [run.verdict for run in list_runs(folder.parent / "out")][-2:] == ["warn", "fail"]


def test_a_night_without_news_is_told_as_the_same_input(folder: Path) -> None:
    bring(folder, 1, "linjiang.example", 3)
    clean(folder)
    again = clean(folder)
    assert entries(again.report("decode"), "stage")["same-input"]["verdict"] == "warn"
