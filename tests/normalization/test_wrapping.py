from __future__ import annotations

import polars as pl
import pytest

from etl.lines import split_lines
from etl.normalization.wrapping import find_continuations

FULL = "山上的水，" + "一" * 20
WIDE = "山上的水，" + "一" * 30
PAGE = f"    {FULL[:-2]}\n{FULL}\n{FULL}\n山下。\n    {FULL[:-2]}\n{FULL}\n山下。"


def lines_of(*texts: str) -> pl.DataFrame:
    documents = pl.DataFrame({"doc_id": [f"d{number}" for number in range(len(texts))], "text": texts})
    return split_lines(documents).lines.with_columns(
        kind=pl.lit("body"), section_id=pl.lit(None, pl.String), heading_end=pl.lit(None, pl.Int64)
    )


def continued(*texts: str, **columns: pl.Series) -> list[int]:
    """Numbers of the lines that go on with the one before."""
    lines = lines_of(*texts)
    return lines.filter(find_continuations(lines.with_columns(**columns))).get_column("line_no").to_list()


def test_lines_without_the_indent_of_a_paragraph_go_on() -> None:
    assert continued(PAGE) == [2, 3, 4, 6, 7]


def test_a_line_of_another_kind_begins_a_paragraph() -> None:
    kinds = pl.Series(["body", "body", "heading", "body", "body", "list", "body"])
    assert continued(PAGE, kind=kinds) == [2, 4, 7]


def test_a_table_or_a_title_that_ends_its_sentence_is_not_gone_on_with() -> None:
    page = PAGE.replace(f"{FULL}\n{FULL}", f"{FULL}\n{FULL[:-1]}。")
    for kind in ("title", "table"):
        kinds = pl.Series(["body", "body", kind, "body", "body", kind, "body"])
        assert continued(page, kind=kinds) == ([2, 7] if kind == "title" else [2])


def test_a_run_in_heading_begins_a_paragraph() -> None:
    assert continued(PAGE, heading_end=pl.Series([None, 3, None, None, None, None, None])) == [3, 4, 6, 7]


def test_a_line_after_one_that_was_dropped_begins_a_paragraph() -> None:
    kept = lines_of(PAGE).filter(pl.col("line_no") != 2)
    assert kept.filter(find_continuations(kept)).get_column("line_no").to_list() == [4, 6, 7]


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("paragraphs do not show where they begin", PAGE.replace("    ", "一一")),
        ("too few lines of one width", f"    {FULL[:-2]}\n山下。"),
        ("too narrow", PAGE.replace("一" * 18, "一" * 4).replace("一" * 20, "一" * 6)),
        ("many lines go past the edge", PAGE + f"\n    {WIDE}" * 3),
        ("lines end at points as verses do", PAGE.replace("一\n", "，\n")),
        ("lines hold no points as lists do", PAGE.replace("，", "一")),
    ],
)
def test_a_page_is_not_wrapped_where(why: str, text: str) -> None:
    assert continued(text) == []


@pytest.mark.parametrize("head", ["【正文】山下", "2.1 山下", "二、山下", "（二）山下", "第二条 山下"])
def test_a_label_or_a_number_after_a_sentence_begins_a_paragraph(head: str) -> None:
    page = PAGE + f"\n    {FULL[:-2]}\n{FULL[:-1]}。\n{head}"
    assert continued(page) == [2, 3, 4, 6, 7, 9]


def test_a_centred_title_is_not_joined() -> None:
    title = " " * 12 + FULL[:-6]
    assert continued(f"{title}\n{PAGE.lstrip()}") == [3, 4, 5, 7, 8]


def test_the_last_line_has_room_for_the_first_word_of_another_document() -> None:
    page, other = f"    {FULL[:-2]}\n{FULL}\n{FULL[:-4]}", f"{'a' * 12}{FULL}\n{'a' * 12}{FULL}"
    assert continued(page, other) == continued(page) == []


def test_lines_of_words_end_short_of_the_edge_by_a_word() -> None:
    page = "\n".join(
        [
            "  The wheels on the bus, they go round and",
            "round, all day long, all through the town",
            "and the driver on the bus, he says move",
            "along.",
        ]
    )
    assert continued(page) == [2, 3, 4]
