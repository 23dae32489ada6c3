from __future__ import annotations

import polars as pl
import pytest

from etl.sectioning.shapes import shape_rests

PROSE = "各镇要按照统一部署，排查隐患，落实值班制度，发现问题及时上报，不得瞒报漏报，也不得迟报，情况要一日一报。"


def shape(rest: str, *, alone: bool = False) -> dict[str, object]:
    frame = pl.DataFrame({"rest": rest, "head_end": 2, "alone": alone}, schema_overrides={"head_end": pl.Int64})
    return shape_rests(frame, longest=40, longest_run_in=32).row(0, named=True)


@pytest.mark.parametrize(
    ("rest", "expected", "heading"),
    [
        ("总体要求", "line", "总体要求"),
        ("认清形势，提高认识", "line", "认清形势，提高认识"),
        ("统筹建设平台。", "stopped", "统筹建设平台"),
        ("基本原则：", "stopped", "基本原则"),
        ("总体要求**", "line", "总体要求"),
        ("加强领导。" + PROSE, "lead", "加强领导"),
        ("指导思想：" + PROSE, "lead", "指导思想"),
        ("改革学制  为便于管理，" + PROSE, "lead", "改革学制"),
        (PROSE, "prose", None),
        ("有下列情形之一，并且情节严重的：", "prose", None),
        ("讨论重大事项；", "prose", None),
        ("凡注明“来源：本网”的作品，" + PROSE, "prose", None),
        ("", "prose", None),
    ],
)
def test_what_follows_a_marker_has_a_shape(rest: str, expected: str, heading: str | None) -> None:
    row = shape(rest)
    assert (row["shape"], row["heading"]) == (expected, heading)


def test_a_run_in_heading_ends_with_its_stop() -> None:
    assert shape("加强领导。" + PROSE)["heading_end"] == 7
    assert shape("加强领导")["heading_end"] is None


def test_only_a_form_that_needs_no_support_may_break_off_at_a_comma() -> None:
    assert shape("乡镇长、", alone=True)["shape"] == "line"
    assert shape("乡镇长、")["shape"] == "prose"


def test_a_heading_longer_than_allowed_is_prose() -> None:
    assert shape("甲" * 40)["shape"] == "line"
    assert shape("甲" * 41)["shape"] == "prose"
    assert shape("甲" * 32 + "。" + PROSE)["shape"] == "lead"
    assert shape("甲" * 33 + "。" + PROSE)["shape"] == "prose"
