"""Sections: what opens one, what is its heading, and the outline they form."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from etl.lines import split_lines
from etl.recipe import SectionOptions
from etl.schemas import Deduplicated, Sectioned, Sections, conform
from etl.stages.sections import find_sections

PROSE = "各镇要按照县里的统一部署，认真排查隐患，落实值班制度，发现问题及时上报，不得瞒报漏报。"

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "sections.toml").read_text(encoding="utf-8"))["case"]

OPENINGS = (
    "第一章 总则", "第三条 ", "第三条规定的", "一、", "二、总体要求", "（一）", "（二）加强领导。", "1.", "2、", "1.2 ",
    "①", "一是", "二要", "首先，", "最后，", "# ", "## 甲", "2020年", "1.5亿元", "", "　　", "全县新增就业增加",
)  # fmt: skip
LINE = st.tuples(st.sampled_from(OPENINGS), st.sampled_from(("", "概况", PROSE, "取水；", "有下列情形的："))).map(
    "".join
)
DOCUMENTS = st.lists(st.lists(LINE.filter(str.strip), min_size=1, max_size=12), min_size=1, max_size=4)
"""Documents of lines that look like headings and of prose, in any order."""

EXAMPLES = 25
"""Documents to try a property: each takes a few hundredths of a second."""


def lines_of(*documents: tuple[str, ...] | list[str], kind: str = "body") -> pl.DataFrame:
    texts = {f"d{number}": "\n".join(document) for number, document in enumerate(documents)}
    frame = pl.DataFrame({"doc_id": list(texts), "text": list(texts.values())})
    return conform(split_lines(frame).lines.with_columns(kind=pl.lit(kind)), Deduplicated)


def found(*texts: str, **options: int) -> dict[str, pl.DataFrame]:
    return find_sections(lines_of(texts), SectionOptions.model_validate(options)).datasets


def outline_of(text: str) -> list[str]:
    rows = found(*text.strip("\n").split("\n"))["sections"].iter_rows(named=True)
    return [" ".join([str(row["level"]), row["form"], row["marker"] or "-", row["heading"] or "-"]) for row in rows]


def case_of(case: dict[str, Any]) -> Any:
    marks = [pytest.mark.xfail(strict=True)] if case["group"] == "known_failure" else []
    return pytest.param(case["text"], case["outline"], id=case["name"], marks=marks)


@pytest.mark.parametrize(("text", "outline"), [case_of(case) for case in CASES])
def test_documents_have_the_outlines_of_the_cases(text: str, outline: list[str]) -> None:
    assert outline_of(text) == outline


def test_sections_name_their_parent_path_and_extent() -> None:
    sections = found("一、总体要求", "（一）指导思想。", PROSE, "（二）工作目标。", PROSE, "二、任务", PROSE)[
        "sections"
    ]
    assert sections["section_id"].to_list() == ["d0-0001", "d0-0002", "d0-0003", "d0-0004"]
    assert sections["parent_id"].to_list() == [None, "d0-0001", "d0-0001", None]
    assert sections["path"].to_list()[2] == ["总体要求", "工作目标"]
    assert sections["number"].to_list() == [1, 1, 2, 2]
    assert sections["first_line_no"].to_list() == [1, 2, 4, 6]
    assert sections["last_line_no"].to_list() == [5, 3, 5, 7]


def test_run_in_heading_stops_where_the_paragraph_goes_on() -> None:
    datasets = found("一、加强领导。" + PROSE, "　　二、严格执法。" + PROSE)
    assert datasets["sections"]["heading"].to_list() == ["加强领导", "严格执法"]
    assert datasets["sectioned"]["heading_end"].to_list() == [7, 9]
    assert datasets["sectioned"]["kind"].to_list() == ["body", "body"]


def test_an_item_stands_in_the_path_by_its_marker() -> None:
    sections = found("一、" + PROSE, "二、" + PROSE)["sections"]
    assert sections["heading"].to_list() == [None, None]
    assert sections["path"].to_list() == [["一、"], ["二、"]]


def test_lines_outside_every_section_have_none() -> None:
    sectioned = found(PROSE, "一、总体要求", PROSE)["sectioned"]
    assert sectioned["section_id"].to_list() == [None, "d0-0001", "d0-0001"]
    assert sectioned["kind"].to_list() == ["body", "heading", "body"]


def test_what_follows_a_list_goes_back_to_the_section_around_it() -> None:
    sectioned = found("一、任务", "1." + PROSE, "2." + PROSE, PROSE, "二、要求", PROSE)["sectioned"]
    assert [section and section[-1] for section in sectioned["section_id"]] == ["1", "2", "3", "1", "4", "4"]


def test_headings_without_a_number_are_found_and_can_be_switched_off() -> None:
    news = ("本台消息：", "全县新增就业增加", PROSE, "夏粮收购进展顺利", PROSE, "两座新桥今天通车", PROSE)
    assert found(*news)["sections"]["heading"].to_list() == list(news[1::2])
    assert found(*news, unnumbered=False)["sections"].is_empty()


def test_run_in_headings_end_at_the_depth_of_the_recipe() -> None:
    texts = ("一、加强领导。" + PROSE, "二、严格执法。" + PROSE)
    assert found(*texts, deepest_run_in=0)["sections"]["form"].unique().to_list() == ["item"]


@pytest.mark.parametrize("kind", ["title", "table"])
def test_titles_and_tables_open_nothing(kind: str) -> None:
    lines = lines_of(("一、总体要求", PROSE, "二、任务", PROSE), kind=kind)
    assert find_sections(lines, SectionOptions()).datasets["sections"].is_empty()


def test_no_lines_at_all_give_empty_datasets() -> None:
    outcome = find_sections(conform(Deduplicated.create_empty(), Deduplicated), SectionOptions())
    assert Sectioned.validate(outcome.datasets["sectioned"]).is_empty()
    assert Sections.validate(outcome.datasets["sections"]).is_empty()


@given(DOCUMENTS)
@settings(max_examples=EXAMPLES)
def test_lines_stay_as_they_are(documents: list[list[str]]) -> None:
    lines = lines_of(*documents)
    outcome = find_sections(lines, SectionOptions())
    sectioned = Sectioned.validate(outcome.datasets["sectioned"])
    assert_frame_equal(sectioned.select(lines.columns).drop("kind"), lines.drop("kind"))
    assert outcome.edits.is_empty()
    assert (sectioned["heading_end"] <= sectioned["text"].str.len_chars()).all()


@given(DOCUMENTS)
@settings(max_examples=EXAMPLES)
def test_sections_form_a_tree(documents: list[list[str]]) -> None:
    sections = Sections.validate(find_sections(lines_of(*documents), SectionOptions()).datasets["sections"])
    for _, tree in sections.group_by("doc_id"):
        rows = {row["section_id"]: row for row in tree.iter_rows(named=True)}
        assert [row["ordinal"] for row in rows.values()] == list(range(1, len(rows) + 1))
        for row in rows.values():
            assert row["line_no"] == row["first_line_no"] <= row["last_line_no"]
            assert len(row["path"]) == row["level"]
            assert (row["heading"] is None) == (row["form"] == "item")
            parent = rows.get(row["parent_id"])
            assert (parent is None) == (row["level"] == 1)
            if parent is not None:
                assert parent["level"] == row["level"] - 1
                assert parent["path"] == row["path"][:-1]
                assert parent["line_no"] < row["line_no"]
                assert row["last_line_no"] <= parent["last_line_no"]


@given(DOCUMENTS)
@settings(max_examples=EXAMPLES)
def test_a_line_stands_in_the_innermost_section_that_holds_it(documents: list[list[str]]) -> None:
    datasets = find_sections(lines_of(*documents), SectionOptions()).datasets
    for line in datasets["sectioned"].iter_rows(named=True):
        holding = datasets["sections"].filter(
            pl.col("doc_id") == line["doc_id"],
            pl.lit(line["line_no"]).is_between("first_line_no", "last_line_no"),
        )
        expected = holding.sort("level")["section_id"].to_list()[-1] if holding.height else None
        assert line["section_id"] == expected


@given(DOCUMENTS)
@settings(max_examples=EXAMPLES)
def test_documents_do_not_look_at_each_other(documents: list[list[str]]) -> None:
    lines = lines_of(*documents)
    whole = find_sections(lines, SectionOptions()).datasets
    parts = [find_sections(part, SectionOptions()).datasets for part in lines.partition_by("doc_id")]
    for name, frame in whole.items():
        assert_frame_equal(frame, pl.concat([part[name] for part in parts]))


@pytest.mark.shared
def test_the_samples_have_the_sections_that_a_reader_sees(shared: Path) -> None:
    paths = sorted((shared / "seeds").glob("*.txt"))
    texts = pl.DataFrame(
        {"doc_id": [path.stem[:3] for path in paths], "text": [path.read_text("utf-8") for path in paths]}
    )
    lines = split_lines(texts).lines.with_columns(kind=pl.lit("body"))
    sections = find_sections(lines, SectionOptions()).datasets["sections"]
    markers = {name: tree["marker"].to_list() for (name,), tree in sections.group_by("doc_id")}
    assert markers["000"] == [f"{numeral}要" for numeral in "一二三四五六七八九十"]
    assert markers["001"] == ["一、", "二、", "1.", "2.", "3.", "4."]
    assert markers["002"] == ["一、", "二、", "三、"]
    assert markers["004"] == [f"{numeral}是" for numeral in "一二三四五六七八"]
    assert "003" not in markers
    assert sections.filter(pl.col("doc_id") == "001")["level"].to_list() == [1, 1, 2, 2, 2, 2]
