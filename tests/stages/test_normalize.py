from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from etl.ledger import Edit, Outcome, apply_edits, undo_edits
from etl.lines import split_lines
from etl.recipe import NormalizeOptions
from etl.schemas import Ledger, Paragraphs
from etl.stages.normalize import normalize

CASES = json.loads((Path(__file__).parents[1] / "cases" / "normalize.json").read_text(encoding="utf-8"))

LINE = st.text(" \t\u3000\u200b\x00&;,.:()（）。，：”-•*1２aＡ中文第次年月", max_size=12)
WRAPPED = st.tuples(
    st.sampled_from(["", "    ", "　　"]), st.integers(17, 20), st.sampled_from(["", "。", "，", " ", "\u2028"])
).map(lambda parts: parts[0] + "山，" + "水" * parts[1] + parts[2])
TEXTS = st.lists(
    st.lists(st.one_of(LINE, WRAPPED), max_size=9).flatmap(
        lambda lines: st.sampled_from(["\n", "\r\n", "\n\n"]).map(lambda end: end.join(lines))
    ),
    max_size=3,
)


def documents(texts: Sequence[str]) -> pl.DataFrame:
    ids = [f"d{number}" for number in range(len(texts))]
    return pl.DataFrame({"doc_id": ids, "text": list(texts)}, schema={"doc_id": pl.String, "text": pl.String})


def sectioned(frame: pl.DataFrame) -> pl.DataFrame:
    return split_lines(frame).lines.with_columns(
        kind=pl.lit("body"), section_id=pl.lit(None, pl.String), heading_end=pl.lit(None, pl.Int64)
    )


def run(*texts: str, options: NormalizeOptions | None = None) -> Outcome:
    return normalize(sectioned(documents(texts)), options or NormalizeOptions())


def clean(*texts: str, options: NormalizeOptions | None = None) -> list[str]:
    return run(*texts, options=options).datasets["paragraphs"].get_column("text").to_list()


def joined(outcome: Outcome, doc_id: str) -> str:
    paragraphs = outcome.datasets["paragraphs"].filter(pl.col("doc_id") == doc_id)
    return "\n".join(paragraphs.get_column("text"))


def booked(frame: pl.DataFrame, outcome: Outcome, doc_id: str) -> list[Edit]:
    """All edits of a document: the stage's, and the breaks that the pipeline books as removed."""
    columns = ["doc_id", "start", "end", "before", "after"]
    breaks = split_lines(frame).breaks.with_columns(after=pl.lit(None, pl.String)).select(columns)
    rows = pl.concat([outcome.edits.select(columns), breaks]).filter(pl.col("doc_id") == doc_id).sort("start", "end")
    return [Edit(start, end, before, after or "") for _, start, end, before, after in rows.iter_rows()]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["group"] != "known_failure"], ids=lambda case: case["what"]
)
def test_cases(case: dict[str, Any]) -> None:
    assert clean(case.get("terminator", "\n").join(case["before"])) == case["after"]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["group"] == "known_failure"], ids=lambda case: case["what"]
)
@pytest.mark.xfail(strict=True, reason="known failure")
def test_known_failures(case: dict[str, Any]) -> None:
    assert clean("\n".join(case["before"])) == case["after"]


def test_paragraphs_carry_the_place_and_kind_of_their_lines() -> None:
    lines = sectioned(documents(["\n　　甲村\n\n乙村 "])).with_columns(kind=pl.Series(["heading", "list"]))
    paragraphs = normalize(lines, NormalizeOptions()).datasets["paragraphs"]
    assert paragraphs.columns == list(Paragraphs.column_names())
    assert paragraphs.drop("doc_id", "section_id").rows() == [
        (1, "heading", 2, 1, 5, "甲村"),
        (2, "list", 4, 7, 10, "乙村"),
    ]


def test_a_joined_paragraph_spans_its_lines() -> None:
    case = next(case for case in CASES if "agency" in case["what"])
    text = "\n".join(case["before"])
    paragraph = run(text).datasets["paragraphs"].row(1, named=True)
    assert paragraph["line_no"] == 2
    assert text[paragraph["start"] : paragraph["end"]] == "\n".join(case["before"][1:4])


def test_a_newline_is_booked_before_each_paragraph_but_the_first() -> None:
    outcome = run("甲\n乙\n丙", "丁")
    assert outcome.edits.columns == list(Ledger.column_names())[1:]
    assert outcome.edits.select("doc_id", "line_no", "start", "end", "before", "after", "rule").rows() == [
        ("d0", 2, 2, 2, "", "\n", "paragraph-break"),
        ("d0", 3, 4, 4, "", "\n", "paragraph-break"),
    ]


def test_an_emptied_paragraph_leaves_no_newline() -> None:
    outcome = run("\x00\n甲\n•\n乙")
    assert joined(outcome, "d0") == "甲\n乙"
    assert outcome.edits.select("line_no", "before", "after", "rule").rows() == [
        (1, "\x00", None, "invisible"),
        (3, "•", None, "bullet"),
        (4, "", "\n", "paragraph-break"),
    ]


def test_two_rules_at_one_place_book_one_edit() -> None:
    edit = run("甲&#44;乙").edits.row(0, named=True)
    assert (edit["before"], edit["after"], edit["rule"], edit["detail"]) == ("&#44;", "，", "html-entity", "full-width")


def test_a_torn_paragraph_is_marked_at_the_line_that_breaks_off() -> None:
    text = "一要充分认识到这项工作的复杂性和艰巨性，把部署,\n)以及要求抓实抓细。"
    assert run("甲", text).marks.select("doc_id", "line_no", "mark", "detail").rows() == [
        ("d1", 1, "torn-paragraph", "the next line begins with )")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "一要充分认识到这项工作的复杂性和艰巨性。\n)以及要求",
        "一要充分认识到这项工作的复杂性和艰巨性，把部署,\n\n\n\n\n)以及要求",
        "短行,\n)以及要求",
    ],
)
def test_a_sound_paragraph_is_not_marked(text: str) -> None:
    assert run(text).marks.is_empty()


def test_a_wrapped_line_is_not_joined_across_a_section() -> None:
    case = next(case for case in CASES if "agency" in case["what"])
    lines = sectioned(documents(["\n".join(case["before"])]))
    sections = pl.Series("section_id", [None, "a", "a", "b", "b", "b"])
    paragraphs = normalize(lines.with_columns(sections), NormalizeOptions()).datasets["paragraphs"]
    assert paragraphs.get_column("line_no").to_list() == [1, 2, 4, 5]


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("entities", "甲&nbsp;乙"),
        ("invisible", "甲\u200b乙"),
        ("nfc", "e\u0301"),
        ("white_space", "　甲"),
        ("bullets", "• 甲"),
        ("half_width", "２"),
        ("ellipses", "甲..."),
        ("full_width", "甲,乙"),
        ("stray_spaces", "第 2次"),
    ],
)
def test_a_rule_can_be_switched_off(option: str, text: str) -> None:
    assert clean(text) != [text]
    assert clean(text, options=NormalizeOptions.model_validate({option: False})) == [text]


def test_joining_can_be_switched_off() -> None:
    case = next(case for case in CASES if "agency" in case["what"])
    assert len(clean("\n".join(case["before"]), options=NormalizeOptions(join_lines=False))) == len(case["before"])


def test_nothing_is_rewritten_with_every_rule_off() -> None:
    off = NormalizeOptions.model_validate(dict.fromkeys(NormalizeOptions.model_fields, False))
    assert clean(" 甲,\u200b乙 ", options=off) == [" 甲,\u200b乙 "]


def test_traditional_is_converted_when_asked() -> None:
    assert clean("漢字與後面", options=NormalizeOptions(simplified=True)) == ["汉字与后面"]


def test_no_lines_give_no_paragraphs() -> None:
    outcome = run()
    assert outcome.datasets["paragraphs"].is_empty()
    assert outcome.edits.is_empty()


@settings(max_examples=25)
@given(TEXTS)
def test_all_edits_turn_the_decoded_text_into_the_clean_one_and_back(texts: list[str]) -> None:
    frame = documents(texts)
    outcome = normalize(sectioned(frame), NormalizeOptions())
    for doc_id, text in frame.iter_rows():
        changes = booked(frame, outcome, doc_id)
        assert apply_edits(text, changes) == joined(outcome, doc_id)
        assert undo_edits(joined(outcome, doc_id), changes) == text


@settings(max_examples=25)
@given(TEXTS)
def test_a_clean_document_stays_as_it_is(texts: list[str]) -> None:
    outcome = run(*texts)
    again = [joined(outcome, f"d{number}") for number in range(len(texts))]
    outcome = run(*again)
    assert [joined(outcome, f"d{number}") for number in range(len(texts))] == again
    assert set(outcome.edits.get_column("rule")) <= {"paragraph-break"}


@settings(max_examples=25)
@given(TEXTS)
def test_a_document_is_cleaned_alike_alone_and_among_others(texts: list[str]) -> None:
    lines = sectioned(documents(texts))
    together = normalize(lines, NormalizeOptions())
    alone = [normalize(part, NormalizeOptions()) for part in lines.partition_by("doc_id", maintain_order=True)]
    if alone:
        assert_frame_equal(pl.concat([part.edits for part in alone]), together.edits)
        assert_frame_equal(pl.concat([part.marks for part in alone]), together.marks)
        parts = [part.datasets["paragraphs"] for part in alone]
        assert_frame_equal(pl.concat(parts), together.datasets["paragraphs"])


@pytest.mark.shared
def test_real_documents_come_out_balanced_and_stable(shared: Path) -> None:
    seeds = [path.read_text("utf-8") for path in sorted(shared.glob("seeds/*.txt"))]
    wrapped = sorted(shared.glob("data/gbk_real/*/*/*.txt"))[::20]
    frame = documents([*seeds, *(path.read_bytes().decode("gb18030", "replace") for path in wrapped)])
    outcome = normalize(sectioned(frame), NormalizeOptions())
    texts = [joined(outcome, doc_id) for doc_id in frame.get_column("doc_id")]
    for (doc_id, text), result in zip(frame.iter_rows(), texts, strict=True):
        assert apply_edits(text, booked(frame, outcome, doc_id)) == result
    again = run(*texts)
    assert [joined(again, doc_id) for doc_id in frame.get_column("doc_id")] == texts
