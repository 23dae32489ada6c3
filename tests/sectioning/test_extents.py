from __future__ import annotations

import polars as pl

from etl.sectioning.extents import close_series


def item(row: int, last: int, parent: int = -1, *, series: int = 0, headed: bool = False) -> dict[str, int | str]:
    form = "whole-line" if headed else "item"
    return {"row": row, "last_row": last, "parent": parent, "series": series, "form": form}


def closed(*outline: dict[str, int | str]) -> pl.DataFrame:
    level = pl.when(pl.col("parent") < 0).then(1).otherwise(2).cast(pl.Int64)
    return close_series(pl.DataFrame(outline).with_columns(level=level))


def goes_back(*outline: dict[str, int | str]) -> list[int | None]:
    """Where each section leads that ends early."""
    return closed(*outline).select(pl.when("closed").then("back")).to_series().to_list()


def last_rows(*outline: dict[str, int | str]) -> list[int]:
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
    outline = [item(0, 0), item(1, 2, series=1), item(3, 3), item(4, 5, series=1), item(6, 9)]
    assert last_rows(*outline) == [0, 2, 3, 5, 6]


def test_a_section_ends_with_its_list_where_the_others_do() -> None:
    outline = [
        item(0, 2), item(1, 1, 0, series=1), item(2, 2, 0, series=1),
        item(3, 9), item(4, 4, 3, series=1), item(5, 9, 3, series=1),
    ]  # fmt: skip
    assert last_rows(*outline) == [2, 1, 2, 5, 4, 5]


def test_what_follows_an_ended_list_belongs_to_the_section_around_it() -> None:
    outline = [item(0, 9, headed=True), item(1, 1, 0), item(2, 9, 0)]
    assert last_rows(*outline) == [9, 1, 2]
    assert goes_back(*outline) == [None, None, 0]


def test_what_follows_an_ended_list_around_which_all_ends_belongs_to_no_section() -> None:
    assert goes_back(item(0, 0), item(1, 5)) == [None, -1]
    outline = [item(0, 1), item(1, 1, 0, series=1), item(2, 9), item(3, 3, 2, series=1), item(4, 9, 2, series=1)]
    assert goes_back(*outline) == [None, None, -1, None, -1]
