from __future__ import annotations

import polars as pl

from etl.sectioning.extents import close_series


def item(
    row: int, last: int, parent: int | None = None, *, rank: int = 60, headed: bool = False
) -> dict[str, int | str | None]:
    form = "whole-line" if headed else "item"
    return {"row": row, "last_row": last, "parent": parent, "rank": rank, "series": 0, "form": form}


def closed(*outline: dict[str, int | str | None]) -> pl.DataFrame:
    levels = pl.Series([1 if section["parent"] is None else 2 for section in outline], dtype=pl.Int64)
    frame = pl.DataFrame(outline, schema_overrides={"parent": pl.Int64}).with_columns(
        document=pl.lit(1), ordinal=pl.int_range(1, pl.len() + 1), level=levels
    )
    return close_series(frame)


def last_rows(*outline: dict[str, int | str | None]) -> list[int]:
    return closed(*outline)["last_row"].to_list()


def test_the_last_item_ends_where_the_others_are_one_line() -> None:
    assert last_rows(item(0, 0), item(1, 1), item(2, 9)) == [0, 1, 2]


def test_items_of_several_lines_show_no_end() -> None:
    assert last_rows(item(0, 0), item(1, 2), item(3, 9)) == [0, 2, 9]


def test_a_single_item_shows_no_end() -> None:
    assert last_rows(item(0, 9)) == [9]


def test_a_heading_keeps_what_is_below_it() -> None:
    assert last_rows(item(0, 0, headed=True), item(1, 9, headed=True)) == [0, 9]


def test_series_of_one_level_end_apart() -> None:
    assert last_rows(item(0, 0), item(1, 2, rank=70), item(3, 3), item(4, 5, rank=70), item(6, 9)) == [0, 2, 3, 5, 6]


def test_a_section_ends_with_its_list_where_the_others_do() -> None:
    outline = [
        item(0, 2, rank=50), item(1, 1, 1), item(2, 2, 1),
        item(3, 9, rank=50), item(4, 4, 4), item(5, 9, 4),
    ]  # fmt: skip
    assert last_rows(*outline) == [2, 1, 2, 5, 4, 5]


def test_what_follows_an_ended_list_belongs_to_the_section_around_it() -> None:
    sections = closed(item(0, 9, rank=50, headed=True), item(1, 1, 1), item(2, 9, 1))
    assert sections["last_row"].to_list() == [9, 1, 2]
    assert sections["back"].to_list() == [None, None, 1]


def test_what_follows_an_ended_list_around_which_all_ends_belongs_to_no_section() -> None:
    assert closed(item(0, 0), item(1, 5))["back"].to_list() == [None, 0]
    outline = [item(0, 1, rank=50), item(1, 1, 1), item(2, 9, rank=50), item(3, 3, 3), item(4, 9, 3)]
    assert closed(*outline)["back"].to_list() == [None, None, 0, None, 0]
