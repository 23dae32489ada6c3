from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.evaluation.boilerplate import evaluate_boilerplate, judge_lines, kept_by_text

LABELS = pl.DataFrame(
    {
        "doc_id": ["a", "a", "b"],
        "line_no": [1, 3, 1],
        "text": ["  首页 ", "昨天，新桥 开通。", "首页"],
        "wanted": [False, True, False],
    }
)


def test_a_line_is_chosen_if_it_survived() -> None:
    judged = judge_lines(LABELS, pl.DataFrame({"doc_id": ["a", "b"], "line_no": [3, 9]}))
    assert judged["chosen"].to_list() == [False, True, False]
    assert judged["chars"].to_list() == [2, 8, 2]


def test_a_peer_chose_a_line_if_its_text_has_it() -> None:
    extracted = pl.DataFrame({"doc_id": ["a", "b"], "extracted": ["昨天，新桥\n开通。", ""]})
    assert kept_by_text(LABELS, extracted)["chosen"].to_list() == [False, True, False]


def test_a_short_line_counts_for_a_peer_only_between_lines_that_it_kept() -> None:
    long = ["昨天新桥正式开通了。", "今天粮站正式开秤了。", "友情链接与更多新闻。"]
    texts = ["开通", long[0], "开秤", long[1], "新桥", long[2]]
    labels = pl.DataFrame({"doc_id": ["a"] * 6, "text": texts, "wanted": [False, True, True, True, False, False]})
    extracted = pl.DataFrame({"doc_id": ["a"], "extracted": ["".join(long[:2])]})
    assert kept_by_text(labels, extracted)["chosen"].to_list() == [False, True, True, True, False, False]


def test_every_set_and_dump_is_scored(labelled: Path) -> None:
    finding = evaluate_boilerplate(labelled, {"all": lambda html: html, "none": lambda html: ""})
    figures = {(score.tool, score.key): score.value for score in finding.scores}
    assert figures["etl", "daniel dump: content lines kept"] == 1
    assert figures["all", "daniel dump_flat: line F1"] == 1
    assert figures["none", "gne dump: line F1"] == 0
    assert figures["none", "govcn dump: content lines kept"] == 0
    assert ("etl", "govcn dump: line F1") not in figures


def test_errors_say_what_was_done_and_why(labelled: Path) -> None:
    rows = evaluate_boilerplate(labelled, {}).errors
    assert set(rows["label"]) <= {"boilerplate", "content"}
    assert rows["line_no"].null_count() == 0
