from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.lines import BLANK, line_texts, restore_text, split_lines


def documents(texts: Sequence[str]) -> pl.DataFrame:
    columns = {"doc_id": [f"d{number}" for number in range(len(texts))], "text": list(texts), "chars": map(len, texts)}
    return pl.DataFrame(columns, schema={"doc_id": pl.String, "text": pl.String, "chars": pl.Int64})


def lines_of(text: str) -> list[tuple[int, int, int, str]]:
    return split_lines(documents([text])).lines.select("line_no", "start", "end", "text").rows()


def breaks_of(text: str) -> list[tuple[int, int, int, str, str]]:
    return split_lines(documents([text])).breaks.select("line_no", "start", "end", "before", "rule").rows()


@pytest.mark.parametrize("terminator", ["\n", "\r\n", "\r"])
def test_a_line_ends_at_each_terminator(terminator: str) -> None:
    width = len(terminator)
    assert lines_of(f"甲{terminator}乙") == [(1, 0, 1, "甲"), (2, 1 + width, 2 + width, "乙")]
    assert breaks_of(f"甲{terminator}乙") == [(1, 1, 1 + width, terminator, "line-break")]


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\u2029"])
def test_other_separators_stay_inside_their_line(sign: str) -> None:
    assert lines_of(f"甲{sign}乙") == [(1, 0, 3, f"甲{sign}乙")]


def test_terminators_may_be_mixed() -> None:
    assert [line[3] for line in lines_of("一\r二\r\n三\n四\r\r五")] == ["一", "二", "三", "四", "五"]
    assert [line[0] for line in lines_of("一\r二\r\n三\n四\r\r五")] == [1, 2, 3, 4, 6]


def test_a_carriage_return_at_the_end_is_a_terminator() -> None:
    assert lines_of("甲\r") == [(1, 0, 1, "甲")]
    assert breaks_of("甲\r") == [(1, 1, 2, "\r", "line-break")]


def test_a_carriage_return_before_a_pair_is_a_blank_line() -> None:
    assert lines_of("甲\r\r\n乙") == [(1, 0, 1, "甲"), (3, 4, 5, "乙")]


def test_an_empty_text_has_neither_lines_nor_breaks() -> None:
    assert (lines_of(""), breaks_of("")) == ([], [])


def test_no_documents_give_no_rows() -> None:
    split = split_lines(documents([]))
    assert (split.lines.height, split.breaks.height) == (0, 0)
    assert split.lines.schema == split_lines(documents(["甲"])).lines.schema
    assert split.breaks.schema == split_lines(documents(["甲\n"])).breaks.schema


@pytest.mark.parametrize("blank", [*BLANK.replace("\n", "").replace("\r", ""), "", " \u3000\u200b\ufeff"])
def test_lines_without_a_visible_character_are_blank(blank: str) -> None:
    text = f"甲\n{blank}\n乙"
    assert [line[0] for line in lines_of(text)] == [1, 3]
    assert breaks_of(text) == [(1, 1, 3 + len(blank), f"\n{blank}\n", "blank-line")]


def test_indents_and_zero_width_characters_stay_with_a_line_that_shows_something() -> None:
    assert lines_of("\ufeff\u3000甲\u200b ") == [(1, 0, 5, "\ufeff\u3000甲\u200b ")]


def test_blank_lines_at_the_head_are_one_break() -> None:
    assert breaks_of("\n \n甲") == [(1, 0, 3, "\n \n", "blank-line")]
    assert lines_of("\n \n甲") == [(3, 3, 4, "甲")]


def test_blank_lines_at_the_end_join_the_terminator_before_them() -> None:
    assert breaks_of("甲\n\n  ") == [(1, 1, 5, "\n\n  ", "blank-line")]


def test_a_text_of_blank_lines_is_one_break() -> None:
    assert breaks_of("\n\n \n") == [(1, 0, 4, "\n\n \n", "blank-line")]
    assert breaks_of("\n") == [(1, 0, 1, "\n", "blank-line")]


def test_breaks_do_not_run_from_one_document_into_the_next() -> None:
    split = split_lines(documents(["甲\n\n", "", "\n乙", "丙"]))
    assert split.breaks.select("doc_id", "start", "end", "before").rows() == [
        ("d0", 1, 3, "\n\n"),
        ("d2", 0, 1, "\n"),
    ]
    assert split.lines.select("doc_id", "line_no", "start", "end").rows() == [
        ("d0", 1, 0, 1),
        ("d2", 2, 1, 2),
        ("d3", 1, 0, 1),
    ]


def test_a_terminator_is_of_one_document() -> None:
    split = split_lines(documents(["甲\r", "\n乙", "\r", "\n"]))
    assert split.lines.select("doc_id", "line_no", "text").rows() == [("d0", 1, "甲"), ("d1", 2, "乙")]
    assert split.breaks["before"].to_list() == ["\r", "\n", "\r", "\n"]


def test_offsets_count_code_points() -> None:
    assert lines_of("\U00020000e\u0301\n乙") == [(1, 0, 3, "\U00020000e\u0301"), (2, 4, 5, "乙")]


texts = st.text(st.sampled_from("甲a \n\r\u3000\u200b\x85\u2028\U00020000"), max_size=20)


@settings(max_examples=40)
@given(st.lists(texts, max_size=4))
def test_lines_and_breaks_tile_each_text(several: list[str]) -> None:
    frame = documents(several)
    lines, breaks = split_lines(frame)
    pieces = pl.concat(
        [lines.select("doc_id", "start", "end", "text"), breaks.select("doc_id", "start", "end", text="before")]
    ).sort("doc_id", "start")
    for doc_id, text in frame.select("doc_id", "text").iter_rows():
        rows = pieces.filter(pl.col("doc_id") == doc_id).select("start", "end", "text").rows()
        assert [start for start, _, _ in rows] == [0, *(end for _, end, _ in rows)][: len(rows)]
        assert "".join(piece for _, _, piece in rows) == text
        assert all(text[start:end] == piece for start, end, piece in rows)


@settings(max_examples=40)
@given(st.lists(texts, max_size=4))
def test_documents_are_split_each_by_itself(several: list[str]) -> None:
    frame = documents(several)
    together = split_lines(frame)
    for row in range(frame.height):
        alone, doc_id = split_lines(frame[row : row + 1]), frame["doc_id"][row]
        assert together.lines.filter(pl.col("doc_id") == doc_id).equals(alone.lines)
        assert together.breaks.filter(pl.col("doc_id") == doc_id).equals(alone.breaks)


@settings(max_examples=40)
@given(st.lists(texts, max_size=4), st.integers(1, 40))
def test_texts_alone_are_those_of_short_lines_and_of_blank_ones(several: list[str], longest: int) -> None:
    frame = documents(several)
    alone = line_texts(frame, longest)
    assert (alone["text"] != "").all()
    worded = alone.filter(pl.col("text").str.strip_chars(BLANK) != "")
    lines = split_lines(frame).lines.filter(pl.col("text").str.len_bytes() <= longest)
    assert worded.select(frame["doc_id"].gather(worded["document"]), "text").equals(lines.select("doc_id", "text"))


@settings(max_examples=40)
@given(texts)
def test_line_numbers_are_those_of_the_terminators(text: str) -> None:
    plain = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert all(plain[line_no - 1] == line for line_no, _, _, line in lines_of(text))


def test_restored_text_is_the_slice_of_the_line() -> None:
    frame = documents(["甲乙丙\r\n\r\n丁戊", "己"])
    lines = split_lines(frame).lines.with_columns(start=pl.Series([1, 7, 0]), end=pl.Series([3, 8, 1]))
    hidden = lines.with_columns(text=pl.lit(None, pl.String), kind=pl.lit("body"))
    restored = restore_text(hidden, frame)
    assert restored["text"].to_list() == ["乙丙", "丁", "己"]
    assert restored.columns == hidden.columns


def test_documents_without_lines_are_passed_over() -> None:
    frame = documents(["甲\n乙", "丙", "丁\n戊"])
    hidden = split_lines(frame).lines.with_columns(text=pl.lit(None, pl.String))
    assert restore_text(hidden[[0, 3, 4]], frame)["text"].to_list() == ["甲", "丁", "戊"]


@settings(max_examples=40)
@given(st.lists(texts, max_size=4))
def test_restoring_whole_lines_gives_them_back(several: list[str]) -> None:
    frame = documents(several)
    lines = split_lines(frame).lines
    assert restore_text(lines.with_columns(text=pl.lit(None, pl.String)), frame).equals(lines)
