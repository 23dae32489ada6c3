"""Sections: what opens one, what is its heading, and the outline they form."""

from __future__ import annotations

import polars as pl
import pytest

from etl.recipe import SectionOptions
from etl.schemas import Deduplicated, Sectioned, Sections, conform
from etl.stages.sections import find_sections

PROSE = "各镇要按照县里的统一部署，认真排查隐患，落实值班制度，发现问题及时上报，不得瞒报漏报。"


def lines_of(*texts: str, doc_id: str = "a", kind: str = "body") -> pl.DataFrame:
    ends = [sum(len(text) + 1 for text in texts[: number + 1]) - 1 for number in range(len(texts))]
    rows = [
        {"doc_id": doc_id, "line_no": number + 1, "start": end - len(text), "end": end, "text": text, "kind": kind}
        for number, (text, end) in enumerate(zip(texts, ends, strict=True))
    ]
    return conform(pl.DataFrame(rows, schema=Deduplicated.create_empty().schema), Deduplicated)


def sections_of(*texts: str, **options: int) -> pl.DataFrame:
    return find_sections(lines_of(*texts), SectionOptions(**options)).datasets["sections"]


def headings_of(*texts: str) -> list[str]:
    return sections_of(*texts).drop_nulls("heading")["heading"].to_list()


def test_whole_line_headings_nest_in_canonical_order() -> None:
    sections = sections_of("一、总体要求", "（一）指导思想。", PROSE, "（二）工作目标。", PROSE, "二、主要任务", PROSE)
    assert sections["level"].to_list() == [1, 2, 2, 1]
    assert sections["parent_id"].to_list() == [None, "a-0001", "a-0001", None]
    assert sections["path"].to_list()[2] == ["总体要求", "工作目标"]
    assert sections["number"].to_list() == [1, 1, 2, 2]
    assert sections["form"].unique().to_list() == ["whole-line"]


def test_run_in_heading_stops_where_the_paragraph_goes_on() -> None:
    outcome = find_sections(lines_of("一、加强领导。" + PROSE, "二、严格执法。" + PROSE), SectionOptions())
    assert outcome.datasets["sections"]["heading"].to_list() == ["加强领导", "严格执法"]
    assert outcome.datasets["sectioned"]["heading_end"].to_list() == [7, 7]
    assert outcome.datasets["sectioned"]["kind"].to_list() == ["body", "body"]


def test_numbered_prose_is_items() -> None:
    sections = sections_of("一、" + PROSE, "二、" + PROSE)
    assert sections["form"].to_list() == ["item", "item"]
    assert sections["heading"].to_list() == [None, None]
    assert sections["path"].to_list() == [["一、"], ["二、"]]


def test_lone_number_out_of_order_opens_nothing() -> None:
    assert sections_of(PROSE, "三、其他事项。" + PROSE).is_empty()


@pytest.mark.parametrize("text", ["2020年，我县" + PROSE, "第三条规定的情形，" + PROSE, "1.5亿元用于修路。" + PROSE])
def test_year_cross_reference_and_amount_open_nothing(text: str) -> None:
    assert sections_of(PROSE, text, PROSE, text).is_empty()


def test_lines_before_the_first_section_have_none() -> None:
    sectioned = find_sections(lines_of(PROSE, "一、总体要求", PROSE), SectionOptions()).datasets["sectioned"]
    assert sectioned["section_id"].to_list() == [None, "a-0001", "a-0001"]
    assert sectioned["kind"].to_list() == ["body", "heading", "body"]


def test_datasets_have_their_schemas_and_no_lines_at_all_are_fine() -> None:
    outcome = find_sections(conform(Deduplicated.create_empty(), Deduplicated), SectionOptions())
    Sectioned.validate(outcome.datasets["sectioned"])
    Sections.validate(outcome.datasets["sections"])
