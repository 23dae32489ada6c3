from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.evaluation.duplicates import evaluate_duplicates, joined, said_twice


def test_missing_lines_are_blank_so_that_numbers_hold() -> None:
    lines = pl.DataFrame({"doc_id": ["a", "a", "b"], "line_no": [1, 4, 0], "text": ["甲", "乙", "丙"]})
    assert joined(lines).rows() == [("a", "\n甲\n\n\n乙"), ("b", "丙")]


def test_a_line_of_the_article_that_stands_twice_is_found_by_its_letters() -> None:
    lines = pl.DataFrame(
        {
            "doc_id": ["a"] * 5 + ["b"],
            "text": [
                "新桥昨天正式开通，",
                "市长说：新桥昨天正式开通。",
                "很好",
                "很好",
                "新桥昨天正式开通，",
                "新桥昨天正式开通，",
            ],
            "wanted": [False, False, False, False, True, False],
        }
    )
    assert said_twice(lines).to_list() == [True, False, False, False, False, False]


def test_every_set_is_scored(labelled: Path) -> None:
    figures = {score.key: score.value for score in evaluate_duplicates(labelled).scores}
    assert figures["duplicates injected: precision of removed lines"] == 1
    assert figures["duplicates injected: recall of removed lines"] == 1
    assert figures["duplicates injected: lines kept where nothing was put in"] == 1
    assert figures["duplicates in laws: repeats on purpose kept"] == 1
    assert figures["duplicates, pairs of documents: adjacent days never merged"] == 1
    assert figures["duplicates natural, daniel: recall of removed lines"] == 0  # the label is wrong on purpose


def test_errors_name_the_line(labelled: Path) -> None:
    errors = evaluate_duplicates(labelled).errors.filter(set="duplicates natural, daniel")
    assert errors.select("document", "line_no", "done", "label").rows() == [("daniel_1", 9, "kept", "copy")]
