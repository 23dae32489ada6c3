from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.evaluation.markup import browser_titles, meta_tags, stated_names
from etl.evaluation.metadata import evaluate_metadata, first_day, folded, only_days


def test_meta_tags_are_read_however_they_are_written() -> None:
    html = """<META content='2024-05-06' NAME=PubDate><meta property="og:title" content=" 桥 ">
    <meta name="empty" content=""><meta charset="utf-8"><meta name="pubdate" content="later">"""
    assert meta_tags(html) == {"pubdate": "2024-05-06", "og:title": "桥"}


def test_the_browsers_titles_are_those_for_others_and_for_the_window() -> None:
    html = '<meta property="og:title" content="新桥&amp;旧桥"><TITLE>\n 新桥 - 临江网 </TITLE>'
    assert browser_titles(html) == ["新桥&旧桥", "新桥 - 临江网"]
    assert browser_titles("<p>新桥</p>") == []


def test_names_are_read_where_markup_parts_them_from_their_label() -> None:
    html = """<script>来源：脚本日报</script><!-- 来源：旧日报 --><span>2024-05-06 来源：</span><a>临江日报</a>
    <p>【责任编辑：王某_NH12】</p><p>作者：李某 发自临江</p><p>编辑：</p>"""
    assert list(stated_names(html)) == [("publisher", "临江日报"), ("editor", "王某")]


def test_a_day_is_read_from_any_spelling() -> None:
    texts = pl.DataFrame({"text": ["2024年5月6日 08:00", "于 2024-05-06", "2024/5/6", "第20240506号", "昨天"]})
    assert texts.select(first_day("text"))["text"].to_list() == ["2024-05-06"] * 3 + [None, None]


def test_a_document_with_two_days_has_no_certain_one() -> None:
    lines = pl.DataFrame(
        {"doc_id": ["a", "a", "b", "b"], "text": ["2024-05-06", "2024年5月6日", "2024-5-6", "2023-1-1"]}
    )
    assert only_days(lines).rows() == [("a", "2024-05-06")]


def test_values_are_compared_without_width_quotes_and_space() -> None:
    values = pl.DataFrame({"text": ["“新桥” ＡＢ", '"新桥"AB']})
    assert values.select(folded("text"))["text"].n_unique() == 1


def test_fields_are_scored_beside_a_peer(labelled: Path) -> None:
    said = {"title": "旧桥", "published": "2024年05月06日 10:00", "author": ""}
    finding = evaluate_metadata(labelled, {"peer": lambda html: said})
    figures = {
        (score.tool, score.measure): (score.value, score.cases) for score in finding.scores if score.of == "metadata"
    }
    assert figures["peer", "published exact"] == (1.0, 4)
    assert figures["etl", "published exact"] == (1.0, 4)
    assert figures["etl", "published by byline exact"] == (1.0, 4)
    assert figures["etl", "publisher exact"][1] == 4
    assert ("peer", "publisher exact") not in figures


def test_both_kinds_of_dump_are_scored(labelled: Path) -> None:
    scores = evaluate_metadata(labelled, {}).scores
    assert {score.of for score in scores} == {"metadata", "metadata flat"}
    assert {score.measure for score in scores if score.of == "metadata"} == {
        score.measure for score in scores if score.of == "metadata flat"
    }


def test_a_title_may_lack_the_name_of_the_site(labelled: Path) -> None:
    finding = evaluate_metadata(labelled, {"peer": lambda html: {"title": "新桥开通", "published": "", "author": ""}})
    figures = {
        (score.tool, score.measure): (score.value, score.cases) for score in finding.scores if score.of == "metadata"
    }
    assert figures["peer", "title exact"] == (1.0, 2)
