from __future__ import annotations

import polars as pl
import pytest

from etl.sectioning.markers import read_markers


def read(*texts: str) -> pl.DataFrame:
    return read_markers(pl.DataFrame({"document": 1, "text": texts}))


def test_marker_number_and_rest_are_told_apart() -> None:
    row = read("　　（ 十二 ） 保障措施").row(0, named=True)
    assert (row["marker"], row["number"], row["rest"], row["head_end"]) == ("（ 十二 ）", 12, "保障措施", 9)


@pytest.mark.parametrize(
    ("text", "marker", "number"),
    [
        ("• 1. 概况", "1.", 1),
        ("**二、要求**", "二、", 2),
        ("⑶ 备注", "⑶", 3),
        ("1．2 目的", "1．2", 2),
        ("## 概要", "##", None),
    ],
)
def test_bullets_bold_type_and_full_width_do_not_hide_a_marker(text: str, marker: str, number: int | None) -> None:
    row = read(text, "1.1 目的").row(0, named=True)
    assert (row["marker"], row["number"]) == (marker, number)


def test_depth_of_decimals_and_of_markdown_is_their_rank() -> None:
    assert read("1.1 一", "1.1.1 二", "# 三", "### 四")["rank"].to_list() == [71, 72, 1, 3]


def test_a_number_alone_on_its_line_is_that_of_a_formula() -> None:
    assert read("(1)", "(2)").is_empty()
    assert read("第一条", "一、").height == 2


def test_bare_numbers_need_decimals_in_the_same_document() -> None:
    lines = pl.DataFrame({"document": [1, 1, 2], "text": ["1 总则", "1.1 目的", "1 总则"]})
    assert read_markers(lines)["text"].to_list() == ["1 总则", "1.1 目的"]


def test_no_lines_give_no_markers() -> None:
    assert read_markers(pl.DataFrame(schema={"document": pl.Int64, "text": pl.String})).is_empty()
