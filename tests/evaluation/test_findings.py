from __future__ import annotations

import polars as pl

from etl.evaluation.findings import Finding, Score, causes, error_rows, merge_findings, no_errors

WRONG = pl.DataFrame({"doc": ["b", "a", "c"], "chars": [3, 3, 9], "text": ["短" * 200, "乙", "丙"]})


def errors_of(name: str) -> pl.DataFrame:
    return error_rows(WRONG, name, document=pl.col("doc"), cost=pl.col("chars"), cause="lost", text=pl.col("text"))


def test_errors_have_their_columns_and_short_texts() -> None:
    rows = errors_of("pages")
    assert rows.schema == no_errors().schema
    assert rows["set"].to_list() == ["pages"] * 3
    assert rows["line_no"].null_count() == 3
    assert rows["text"].str.len_chars().to_list() == [120, 1, 1]


def test_an_error_costs_one_unless_it_says_more() -> None:
    assert error_rows(WRONG, "pages", document=pl.col("doc"))["cost"].to_list() == [1, 1, 1]


def test_the_costliest_error_comes_first_and_ties_go_by_name() -> None:
    merged = merge_findings([Finding([Score("x", "f1", 1, 1)], errors_of("x")), Finding([Score("y", "f1", 0, 1)])])
    assert merged.errors["document"].to_list() == ["c", "a", "b"]
    assert [score.key for score in merged.scores] == ["x: f1", "y: f1"]


def test_causes_add_up_and_show_their_worst_case() -> None:
    row = causes(errors_of("x")).row(0, named=True)
    assert (row["cause"], row["errors"], row["cost"], row["document"]) == ("lost", 3, 15, "c")
