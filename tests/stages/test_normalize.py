from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from etl.ledger import Outcome
from etl.lines import split_lines
from etl.recipe import NormalizeOptions
from etl.schemas import Ledger, Paragraphs
from etl.stages.normalize import normalize


def documents(texts: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"doc_id": [f"d{number}" for number in range(len(texts))], "text": list(texts)},
        schema={"doc_id": pl.String, "text": pl.String},
    )


def sectioned(frame: pl.DataFrame) -> pl.DataFrame:
    return split_lines(frame).lines.with_columns(
        kind=pl.lit("body"), section_id=pl.lit(None, pl.String), heading_end=pl.lit(None, pl.Int64)
    )


def run(*texts: str, options: NormalizeOptions | None = None) -> Outcome:
    return normalize(sectioned(documents(texts)), options or NormalizeOptions())


def clean(*texts: str, options: NormalizeOptions | None = None) -> list[str]:
    return run(*texts, options=options).datasets["paragraphs"].get_column("text").to_list()


def test_paragraphs_carry_the_place_and_kind_of_their_lines() -> None:
    lines = sectioned(documents(["\n　　甲村\n\n乙村 "])).with_columns(kind=pl.Series(["heading", "list"]))
    paragraphs = normalize(lines, NormalizeOptions()).datasets["paragraphs"]
    assert paragraphs.columns == list(Paragraphs.column_names())
    assert paragraphs.drop("doc_id", "section_id").rows() == [
        (1, "heading", 2, 1, 5, "甲村"),
        (2, "list", 4, 7, 10, "乙村"),
    ]


def test_a_newline_is_booked_before_each_paragraph_but_the_first() -> None:
    outcome = run("甲\n乙\n丙", "丁")
    assert outcome.edits.columns == list(Ledger.column_names())[1:]
    assert outcome.edits.select("doc_id", "line_no", "start", "end", "before", "after", "rule").rows() == [
        ("d0", 2, 2, 2, "", "\n", "paragraph-break"),
        ("d0", 3, 4, 4, "", "\n", "paragraph-break"),
    ]
