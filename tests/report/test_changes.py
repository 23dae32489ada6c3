from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from etl.report.changes import MOST_PIECES, Change, Piece, rows_of


def edit(start: int, before: str, after: str | None = None, rule: str = "rule", **columns: Any) -> dict[str, Any]:
    plain = {"stage": "boilerplate", "line_no": 1, "detail": None, "match_doc_id": None, "match_line_no": None}
    return (
        plain | {"start": start, "end": start + len(before), "before": before, "after": after, "rule": rule} | columns
    )


def test_a_line_is_cut_into_what_stayed_went_and_was_put_in() -> None:
    (row,) = rows_of("甲乙丙", [edit(1, "乙", "Z")], 10)
    assert row.pieces == [Piece("甲"), Piece("乙", "Z", Change("boilerplate", "rule")), Piece("丙")]
    assert (row.line_no, row.fate) == (1, "changed")


def test_lines_keep_their_numbers_over_blank_lines() -> None:
    text = "一\n\n\n二\r\n三"
    ledger = [edit(1, "\n\n\n", rule="blank-line"), edit(5, "\r\n", rule="line-break"), edit(7, "三")]
    rows = rows_of(text, ledger, 10)
    assert [(row.line_no, row.fate) for row in rows] == [(1, "kept"), (4, "kept"), (5, "removed")]


def test_a_text_that_begins_with_blank_lines_has_a_blank_row_first() -> None:
    assert [(row.line_no, row.fate) for row in rows_of("\n\n一", [edit(0, "\n\n", rule="blank-line")], 10)] == [
        (1, "blank"),
        (3, "kept"),
    ]


def test_offsets_count_code_points() -> None:
    (row,) = rows_of("𠀀𠀁𠀂", [edit(1, "𠀁")], 10)
    assert [piece.before for piece in row.pieces] == ["𠀀", "𠀁", "𠀂"]


def test_a_kept_copy_is_named() -> None:
    (row,) = rows_of("一", [edit(0, "一", match_doc_id="other", match_line_no=7)], 10)
    assert row.changes == [Change("boilerplate", "rule", None, ("other", 7))]


def test_what_decode_put_in_stands_in_the_text_already() -> None:
    (row,) = rows_of("一�", [edit(1, "", "�", "damaged-bytes", stage="decode", end=2, detail="byte 3: ff")], 10)
    assert [piece.before for piece in row.pieces] == ["一�"]
    assert row.changes == [Change("decode", "damaged-bytes", "byte 3: ff")]


def test_no_rows_after_the_last_line_asked_for() -> None:
    ledger = [edit(1 + 2 * line, "\n", rule="line-break") for line in range(50)]
    assert len(rows_of("字\n" * 50, ledger, 20)) == 20


def test_a_line_with_endless_edits_shows_the_first_and_counts_the_rest() -> None:
    (row,) = rows_of("a" * 2 * MOST_PIECES, [edit(at, "a", "b") for at in range(2 * MOST_PIECES)], 10)
    assert len(row.pieces) == MOST_PIECES + 1
    assert row.left_out == MOST_PIECES


@given(
    st.lists(st.tuples(st.text("甲乙\n\r 𠀀", max_size=4), st.sampled_from(["keep", "drop", "change"])), max_size=12)
)
def test_rows_are_the_whole_text_and_its_outcome(parts: list[tuple[str, str]]) -> None:
    text, position, ledger = "".join(part for part, _ in parts), 0, []
    for part, fate in parts:
        if part and fate != "keep":
            rule = "line-break" if set(part) <= {"\n", "\r"} else "rule"
            ledger.append(edit(position, part, None if fate == "drop" else "新", rule))
        position += len(part)
    pieces = [piece for row in rows_of(text, ledger, 1000) for piece in row.pieces]
    assert "".join(piece.before for piece in pieces) == text
    clean = "".join(part if fate == "keep" else "新" if fate == "change" and part else "" for part, fate in parts)
    assert "".join(piece.after if piece.change else piece.before for piece in pieces) == clean
