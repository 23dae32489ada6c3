"""Whole runs over the sample documents and over real ones, proved and read as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.datasets import CommittedRun
from etl.recipe import Recipe
from etl.runs import run
from etl.verify import verify

SEEDS = Path(__file__).parents[1] / "seeds"


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> CommittedRun:
    return run(SEEDS, tmp_path_factory.mktemp("samples") / "out", workers=1)


def test_the_sample_documents_keep_every_promise(samples: CommittedRun) -> None:
    verify(samples)
    assert samples.report("run")["difference"] == 0
    files = sum(path.is_file() for path in SEEDS.rglob("*.txt"))
    assert samples.scan("documents").collect().height + samples.scan("quarantine").collect().height == files


def test_the_sample_documents_have_a_text_each_and_no_widgets(samples: CommittedRun) -> None:
    documents = samples.scan("documents").collect()
    assert documents.filter(pl.col("paragraphs") < 2).is_empty()
    assert not documents.filter(pl.col("text").str.contains("责任编辑|版权所有|相关阅读|上一篇")).height


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("qinghe-daily.example/2023/09/19/bridge.txt", "临江新桥通车首日车流平稳"),
        ("yunling-gov.example/2022/0407.txt", "云岭县人民政府办公室关于印发古树名木保护办法的通知"),
        ("granary-journal.example/1998-03.txt", "小型粮仓温湿度监测装置"),
    ],
)
def test_the_sample_documents_have_their_titles(samples: CommittedRun, source: str, title: str) -> None:
    titles = dict(samples.scan("documents").select("source", "title").collect().iter_rows())
    assert titles[source] == title


def test_an_official_document_is_dated_and_signed_by_its_keys(samples: CommittedRun) -> None:
    circular = samples.scan("documents").filter(source="yunling-gov.example/2022/0407.txt")
    assert circular.select("published", "publisher").collect().row(0) == (date(2022, 4, 2), "云岭县人民政府办公室")


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> CommittedRun:
    """A run over the five real documents."""
    return run(shared / "seeds", tmp_path_factory.mktemp("real") / "out", workers=1)


@pytest.fixture(scope="module")
def texts(real: CommittedRun) -> Mapping[str, list[str]]:
    """The clean paragraphs of each real document, by the number that its name begins with."""
    rows = real.scan("documents").select("source", "text").collect().iter_rows()
    return {source[:3]: text.split("\n") for source, text in rows}


def of(real: CommittedRun, dataset: str, number: str) -> list[dict[str, Any]]:
    """A real document's rows of a dataset."""
    ids = real.scan("decoded").filter(pl.col("source").str.starts_with(number)).select("doc_id")
    return real.scan(dataset).join(ids, on="doc_id", how="semi", maintain_order="left").collect().to_dicts()


@pytest.mark.shared
def test_the_real_documents_keep_every_promise(real: CommittedRun) -> None:
    assert {check.name: check.checked for check in verify(real)}["undo"] == 5
    for stage in real.report("run")["stages"]:
        assert (stage["balance"]["difference_in"], stage["balance"]["difference_out"]) == (0, 0)
    assert real.report("run")["verdict"] == "pass"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("number", "lines"),
    [
        ("000", range(2, 20)),
        ("001", [3, 9, 13, 15, 19, 21, 23, 25, 27, 31, 35]),
        ("002", range(1, 15)),
        ("003", [1, 6, 8, 10, 12, 14, 16, 18]),
        ("004", [1, 4, 5, 7, *range(9, 18), *range(19, 23)]),
    ],
)
def test_every_line_of_prose_stays_and_nothing_else(real: CommittedRun, number: str, lines: list[int]) -> None:
    kept = [row["line_no"] for row in of(real, "sectioned", number)]
    captions = {"004": {6, 8, 18}}.get(number, set())  # A person could decide either way.
    assert set(lines) <= set(kept)
    assert set(kept) - set(lines) <= captions


@pytest.mark.shared
def test_an_article_that_stands_twice_is_there_once(texts: Mapping[str, list[str]]) -> None:
    assert len(texts["003"]) == len(set(texts["003"])) == 8
    assert texts["003"][1].startswith("10月22日，")
    assert texts["003"][-1].endswith("州级有关部门负责人参加会议。")


@pytest.mark.shared
def test_a_list_of_related_articles_is_not_part_of_the_last_paragraph(
    real: CommittedRun, texts: Mapping[str, list[str]]
) -> None:
    assert texts["004"][-1].startswith("在共和县恰卜恰镇城北新区")
    assert max(row["line_no"] for row in of(real, "sectioned", "004")) == 22


@pytest.mark.shared
def test_no_navigation_widget_or_footer_is_left(texts: Mapping[str, list[str]]) -> None:
    widgets = {"微信", "微博", "客户端", "头条号", "手机版 电脑版", "鲜花", "握手", "雷人", "路过", "鸡蛋", "最新消息"}
    phrases = ("字体", "扫一扫", "主办单位", "Copyright", "备案", "摘要", "门户网站", "发布者", "点击数", "责任编辑")
    for number, paragraphs in texts.items():
        assert widgets.isdisjoint(paragraphs), number
        assert [phrase for phrase in phrases if phrase in "".join(paragraphs)] == [], number


@pytest.mark.shared
def test_a_byline_at_the_end_of_a_paragraph_is_cut_off(texts: Mapping[str, list[str]]) -> None:
    assert texts["000"][-1][-1] in "。！”"
    assert "杨杰" not in texts["000"][-1]


@pytest.mark.shared
def test_a_torn_paragraph_is_flagged_and_not_glued(real: CommittedRun, texts: Mapping[str, list[str]]) -> None:
    (document,) = of(real, "documents", "000")
    assert document["flags"] == ["torn-paragraph"]
    assert any(paragraph.startswith("）以及州指挥部") for paragraph in texts["000"])


METADATA = {
    "000": (
        "确保社会大局和谐稳定 始终把人民群众生命安全和身体健康放在第一位",
        date(2020, 2, 7), None, "甘孜日报", "杨杰", None,
    ),
    "001": (
        "上栗县五届县委第78次常委(扩大)会议",
        date(2020, 1, 28), datetime(2020, 1, 28, 23, 4), "栗争上游", None, None,
    ),
    "002": ("市委书记在全市新型冠状病毒感染的肺炎疫情防控工作会议上的讲话", None, None, None, None, None),
    "003": (
        "中共阿坝州委应对新冠肺炎疫情工作领导小组第十四次会议召开",
        date(2021, 10, 25), datetime(2021, 10, 25, 15, 15), "阿坝州府", None, "张竹欣",
    ),
    "004": (
        "海南州紧急召开疫情防控分析研判会 果断处置周密部署疫情防控工作",
        date(2022, 8, 14), datetime(2022, 8, 14, 13, 55, 4), "州委办", "州委办", None,
    ),
}  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize("number", METADATA)
def test_the_metadata_are_right(real: CommittedRun, number: str) -> None:
    (row,) = of(real, "metadata", number)
    names = ("title", "published", "published_at", "publisher", "author", "editor")
    assert tuple(row[name] for name in names) == METADATA[number]


@pytest.mark.shared
def test_numbered_headings_stand_under_each_other(real: CommittedRun) -> None:
    sections = of(real, "sections", "001")
    assert [(row["level"], row["marker"]) for row in sections] == [
        (1, "一、"), (1, "二、"), (2, "1."), (2, "2."), (2, "3."), (2, "4."),
    ]  # fmt: skip
    assert {row["parent_id"] for row in sections[2:]} == {sections[1]["section_id"]}
    assert sections[0]["heading"].startswith("提高政治站位")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("number", "form", "count"), [("000", "item", 10), ("002", "whole-line", 3), ("004", "item", 8)]
)
def test_numbered_paragraphs_are_counted(real: CommittedRun, number: str, form: str, count: int) -> None:
    sections = of(real, "sections", number)
    assert [row["number"] for row in sections] == list(range(1, count + 1))
    assert {row["form"] for row in sections} == {form}


FOLDERS = [
    "daniel/dump", "daniel/dump_flat", "gne/dump", "gne/dump_flat", "magichtml/dump", "magichtml/dump_flat",
    "govcn/dump", "govcn/dump_flat", "gbk_real", "encodings",
]  # fmt: skip


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS)
def test_real_files_never_crash_and_keep_every_promise(shared: Path, tmp_path: Path, folder: str) -> None:
    whatever = Recipe.model_validate({"expectations": []})
    committed = run(shared / "data" / folder, tmp_path / "out", whatever)
    checks = {check.name: check.checked for check in verify(committed)}
    files = sum(path.is_file() for path in (shared / "data" / folder).rglob("*"))
    assert checks["undo"] + committed.scan("quarantine").collect().height == files
