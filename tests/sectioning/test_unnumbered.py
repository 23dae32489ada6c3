from __future__ import annotations

import polars as pl
import pytest

from etl.sectioning.unnumbered import find_unnumbered

PROSE = "记者今天从有关部门获悉，全县新增就业人数比去年同期有所增加，完成全年目标任务的一半。"
NEWS = ("本台消息：", "全县新增就业增加", PROSE, "夏粮收购进展顺利", PROSE, "两座新桥今天通车", PROSE)


def found(*texts: str, apart: tuple[int, ...] = ()) -> list[str]:
    columns = {"document": [1] * len(texts), "text": texts, "apart": [number in apart for number in range(len(texts))]}
    rows = pl.DataFrame(columns, schema={"document": pl.Int64, "text": pl.String, "apart": pl.Boolean})
    return find_unnumbered(rows, 40)["text"].to_list()


def test_a_document_built_of_short_lines_and_paragraphs_has_headings() -> None:
    assert found(*NEWS) == ["全县新增就业增加", "夏粮收购进展顺利", "两座新桥今天通车"]


def test_two_short_lines_are_captions() -> None:
    assert found(PROSE, "县长出席会议并讲话", PROSE, "副县长主持会议", PROSE) == []


def test_short_lines_among_many_paragraphs_are_captions() -> None:
    assert found(*NEWS, *[PROSE] * 20) == []


def test_short_lines_in_a_list_are_no_headings() -> None:
    menu = ["夏粮收购", "新桥通车", "就业增加", "防汛抗旱", "医保清算"]
    assert found(*NEWS, *menu, *menu) == []


def test_the_first_line_is_a_title() -> None:
    assert found(*NEWS[1:]) == []
    assert len(found("会议新闻汇总", *NEWS[1:], apart=(0,))) == 3


@pytest.mark.parametrize("line", ["2024年3月5日讯", "见右图", "（本台记者）", "来源：本台", "新桥通车。", "ABC News"])
def test_a_date_a_label_or_a_sentence_is_no_heading(line: str) -> None:
    assert line not in found(*NEWS, line, PROSE)


def test_a_heading_stands_below_a_complete_line() -> None:
    assert "夏粮收购进展顺利" not in found(*NEWS[:2], "全县新增就业人数比去年同期", *NEWS[3:])


def test_no_lines_give_no_headings() -> None:
    assert found() == []
