from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.evaluation.sections import evaluate_sections, expected_parents


def test_parents_go_by_unit_and_not_by_the_level_of_the_label() -> None:
    lines = pl.DataFrame(
        {
            "doc_id": ["a"] * 7 + ["b"],
            "line_no": [1, 2, 3, 4, 5, 6, 7, 1],
            "text": [
                "第一章 总则",
                "第一条 甲",
                "说明",
                "第一节 桥",
                "第二条 乙",
                "第二章 养护",
                "第三条 丙",
                "第一条 丁",
            ],
            "wanted": [True, False, False, True, False, True, False, False],
            "wanted_level": [3, 0, 0, 2, 0, 3, 0, 0],
            "is_article": [False, True, False, False, True, False, True, True],
        }
    )
    assert expected_parents(lines).to_list() == [None, 1, None, 1, 4, None, 6, None]


def test_every_set_is_scored(labelled: Path) -> None:
    figures = {score.key: score.value for score in evaluate_sections(labelled).scores}
    assert figures["sections, official documents: heading F1"] == 1
    assert figures["sections, official documents: level of the headings found"] == 1
    assert figures["sections, official documents: run-in headings cut where the typesetter did"] == 1
    assert figures["sections, laws: heading F1"] == 1
    assert figures["sections, laws: parent of headings and articles"] == 1
    assert 0 <= figures["sections, broadcasts: heading F1"] <= 1
    assert len(figures) == 17
