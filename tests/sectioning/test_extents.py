from __future__ import annotations

from etl.sectioning.extents import Extent, close_document, held_by


def item(row: int, last: int, parent: int | None = None, *, rank: int = 60, headed: bool = False) -> Extent:
    return Extent(row, last, parent, (rank, 0), headed)


def test_the_last_item_ends_where_the_others_are_one_line() -> None:
    assert close_document([item(0, 0), item(1, 1), item(2, 9)]) == [0, 1, 2]


def test_items_of_several_lines_show_no_end() -> None:
    assert close_document([item(0, 0), item(1, 2), item(3, 9)]) == [0, 2, 9]


def test_a_single_item_shows_no_end() -> None:
    assert close_document([item(0, 9)]) == [9]


def test_a_heading_keeps_what_is_below_it() -> None:
    assert close_document([item(0, 0, headed=True), item(1, 9, headed=True)]) == [0, 9]


def test_a_section_ends_with_its_list_where_the_others_do() -> None:
    outline = [
        item(0, 2, rank=50), item(1, 1, 0), item(2, 2, 0),
        item(3, 9, rank=50), item(4, 4, 3), item(5, 9, 3),
    ]  # fmt: skip
    assert close_document(outline) == [2, 1, 2, 5, 4, 5]


def test_what_follows_an_ended_list_belongs_to_the_section_around_it() -> None:
    outline = [item(0, 9, rank=50, headed=True), item(1, 1, 0), item(2, 9, 0)]
    last = close_document(outline)
    assert last == [9, 1, 2]
    assert held_by(outline, last, 2) == 1
    assert held_by([item(0, 0), item(1, 5)], [0, 1], 1) == 0
