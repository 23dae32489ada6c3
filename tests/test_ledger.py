from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.ledger import (
    Edit,
    Outcome,
    apply_edits,
    edits,
    empty_edits,
    empty_marks,
    marks,
    undo_edits,
)
from etl.proof import not_rebuilt
from etl.schemas import Ledger, Marks

LINES = pl.DataFrame(
    {"doc_id": ["a", "a"], "line_no": [1, 3], "start": [0, 10], "end": [4, 15], "text": ["甲乙丙丁", "一二三四五"]}
)


def spans(frame: pl.DataFrame) -> list[tuple[int, int, int, str, str | None, str]]:
    return frame.select("line_no", "start", "end", "before", "after", "rule").rows()


def test_a_dropped_line_is_booked_by_its_rule_alone() -> None:
    booked = edits(LINES, rule="footer")
    assert spans(booked) == [(1, 0, 4, "甲乙丙丁", None, "footer"), (3, 10, 15, "一二三四五", None, "footer")]


def test_booked_columns_are_the_ledgers_but_stage() -> None:
    expected = {name: column.dtype for name, column in Ledger.columns().items() if name != "stage"}
    assert dict(edits(LINES, rule="footer").schema) == expected == dict(empty_edits().schema)


def test_marks_have_the_columns_of_marks_but_stage() -> None:
    booked = marks(LINES, mark="doubt", score=pl.lit(0.5), detail=pl.col("text"))
    assert dict(booked.schema) == dict(empty_marks().schema)
    assert booked.select("doc_id", "line_no", "mark", "score", "detail").rows() == [
        ("a", 1, "doubt", 0.5, "甲乙丙丁"),
        ("a", 3, "doubt", 0.5, "一二三四五"),
    ]
    assert set(empty_marks().columns) == set(Marks.column_names()) - {"stage"}


def test_what_is_given_by_name_goes_before_what_the_frame_has() -> None:
    booked = edits(LINES.with_columns(rule=pl.lit("old")), rule="new", before=pl.lit("x"), after=pl.col("text"))
    assert spans(booked)[0] == (1, 0, 4, "x", "甲乙丙丁", "new")


def test_a_column_given_as_none_is_left_as_it_is() -> None:
    booked = edits(LINES.with_columns(detail=pl.lit("seen")), rule="footer", detail=None, score=None)
    assert booked["detail"].to_list() == ["seen", "seen"]
    assert booked["score"].null_count() == 2


def test_columns_that_a_frame_does_not_have_are_null() -> None:
    assert edits(LINES, rule="footer").select("after", "match_doc_id", "match_line_no", "score").null_count().row(
        0
    ) == (2, 2, 2, 2)


def test_an_outcome_without_edits_has_empty_books() -> None:
    outcome = Outcome({})
    assert (outcome.edits.height, outcome.marks.height) == (0, 0)


def test_edits_replace_remove_and_insert() -> None:
    changes = [Edit(0, 1, "a", ""), Edit(2, 2, "", "X"), Edit(3, 5, "de", "Y")]
    assert apply_edits("abcdef", changes) == "bXcYf"
    assert undo_edits("bXcYf", changes) == "abcdef"


def test_insertions_at_one_place_keep_their_order() -> None:
    changes = [Edit(1, 1, "", "X"), Edit(1, 1, "", "Y"), Edit(1, 2, "b", "Z")]
    assert apply_edits("abc", changes) == "aXYZc"
    assert undo_edits("aXYZc", changes) == "abc"


def test_no_edits_change_nothing() -> None:
    assert apply_edits("甲", []) == undo_edits("甲", []) == "甲"


@pytest.mark.parametrize(
    "changes",
    [
        [Edit(0, 1, "x", "")],
        [Edit(0, 2, "ab", ""), Edit(1, 3, "bc", "")],
        [Edit(2, 4, "cd", "")],
        [Edit(2, 3, "c", ""), Edit(0, 1, "a", "")],
    ],
    ids=["another text", "overlap", "beyond the end", "out of order"],
)
def test_an_edit_that_does_not_fit_the_text_is_refused(changes: list[Edit]) -> None:
    with pytest.raises(ValueError, match="does not fit the text"):
        apply_edits("abc", changes)


@pytest.mark.parametrize(
    "changes",
    [
        [Edit(0, 1, "x", "y")],
        [Edit(0, 2, "ab", "a"), Edit(1, 3, "bc", "")],
        [Edit(5, 6, "f", "z")],
    ],
    ids=["another text", "overlap", "beyond the end"],
)
def test_an_edit_that_does_not_fit_the_clean_text_is_refused(changes: list[Edit]) -> None:
    with pytest.raises(ValueError, match="does not fit the clean text"):
        undo_edits("abc", changes)


@st.composite
def edited_texts(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A text cut into pieces, some of which become edits; empty pieces are insertions at one place."""
    pieces = draw(st.lists(st.tuples(st.text(max_size=3), st.none() | st.text(max_size=3)), max_size=12))
    position, changes = 0, []
    for before, after in pieces:
        end = position + len(before)
        if after is not None:
            changes.append(Edit(position, end, before, after))
        position = end
    return "".join(before for before, _ in pieces), changes


@settings(max_examples=60)
@given(edited_texts())
def test_undoing_is_the_inverse_of_applying(case: tuple[str, list[Edit]]) -> None:
    text, changes = case
    assert undo_edits(apply_edits(text, changes), changes) == text


@settings(max_examples=60)
@given(edited_texts())
def test_applying_puts_each_piece_in_its_place(case: tuple[str, list[Edit]]) -> None:
    text, changes = case
    shrunk = sum(len(edit.before) - len(edit.after) for edit in changes)
    assert len(apply_edits(text, changes)) == len(text) - shrunk


def proof(cases: dict[str, tuple[str, list[Edit]]], spoil: dict[str, str] | None = None) -> list[str]:
    """What is found wrong with documents that were edited so; `spoil` replaces clean texts."""
    clean = {name: apply_edits(text, changes) for name, (text, changes) in cases.items()} | (spoil or {})
    booked = [
        (name, edit.start, edit.end, edit.before, edit.after or None)
        for name, (_, all_) in cases.items()
        for edit in all_
    ]
    columns = {"doc_id": pl.String, "start": pl.Int64, "end": pl.Int64, "before": pl.String, "after": pl.String}
    texts = {"doc_id": pl.String, "text": pl.String}
    return not_rebuilt(
        pl.DataFrame([(name, text) for name, (text, _) in cases.items()], schema=texts, orient="row"),
        pl.DataFrame(list(clean.items()), schema=texts, orient="row"),
        pl.DataFrame(booked, schema=columns, orient="row"),
    )


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from("abcd"), edited_texts()))
def test_documents_undone_all_at_once_are_undone_as_one_by_one(cases: dict[str, tuple[str, list[Edit]]]) -> None:
    assert proof(cases) == []


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from("abcd"), edited_texts(), min_size=1), st.text(max_size=8))
def test_a_clean_text_that_does_not_lead_back_is_found(cases: dict[str, tuple[str, list[Edit]]], other: str) -> None:
    name, (text, changes) = next(iter(cases.items()))
    try:
        leads_back = undo_edits(other, changes) == text
    except ValueError:
        leads_back = False
    assert proof(cases, {name: other}) == ([] if leads_back else [name])


def test_a_document_that_is_gone_is_not_rebuilt() -> None:
    texts = pl.DataFrame({"doc_id": ["a", "b"], "text": ["x", "y"]})
    changes = pl.DataFrame(Ledger.create_empty())
    assert not_rebuilt(texts, texts[:1], changes) == ["b"]


def test_among_many_documents_those_that_are_wrong_are_named() -> None:
    edit = Edit(1, 2, "b", "xy")
    cases = {name: ("abc", [edit]) for name in "abcdefg"}
    assert proof(cases) == []
    assert proof(cases, {"c": "axyC", "g": "axzc"}) == ["c", "g"]


def test_what_one_document_lacks_no_other_makes_up_for() -> None:
    texts = pl.DataFrame({"doc_id": ["a", "b"], "text": ["xy", "z"]})
    clean = pl.DataFrame({"doc_id": ["a", "b"], "text": ["x", "yz"]})
    assert not_rebuilt(texts, clean, pl.DataFrame(Ledger.create_empty())) == ["a", "b"]


def test_edits_that_overlap_or_reach_past_the_text_prove_nothing() -> None:
    texts = pl.DataFrame({"doc_id": ["a", "b", "c"], "text": ["abc", "abc", "abc"]})
    changes = pl.DataFrame(
        {
            "doc_id": ["a", "a", "b", "c"],
            "start": [0, 1, 2, 0],
            "end": [2, 3, 4, 2],
            "before": ["ab", "bc", "cd", "a"],
            "after": ["ab", "bc", "cd", "a"],
        }
    )
    assert not_rebuilt(texts, texts, changes) == ["a", "b", "c"]
