"""The score: the same as training sees it, the same wherever a document stands, and its reasons by name."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from etl.arrays import Floats
from etl.boilerplate.decision import Decision, decide
from etl.boilerplate.frame import Frame
from etl.boilerplate.hits import Hits, Rules
from etl.boilerplate.model import decisive, load_model, load_weights
from etl.boilerplate.standing import Lines
from etl.boilerplate.wordings import read_wordings
from etl.evaluation.training import LEFT_OUT, sample
from tests.samples import BRIDGE, SCHOOL

MENU = "首页\n新闻\n• 财经\n• 体育\n　　青山小学办起菜园\n相关推荐\n青山小学办起菜园\n版权所有 临江日报"
PAIR = "青山小学办起菜园\n相关新闻"


def seen(*pages: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines of pages, with their features, and the rules that they meet."""
    texts = [(number, text) for number, page in enumerate(pages) for text in page.split("\n") if text]
    lines = pl.DataFrame(texts, ["document", "text"], orient="row").with_row_index("row")
    told = lines.with_columns(recurs=False, line_no="row", doc_id=pl.col("document").cast(pl.String))
    wordings, hits = read_wordings(lines["text"])
    return told.hstack(wordings.drop("text")), hits


def scores(lines: pl.DataFrame, met: pl.DataFrame) -> Floats:
    rules, model = Rules.of(met, off=()), load_model()
    standing = Lines.of(lines, Hits.of(met, lines), rules)
    return model.score(standing, model.own(lines, standing), Frame.of(standing.document)).total


def decided(*pages: str) -> Decision:
    return decide(*seen(*pages), load_model())


def test_score_is_the_sum_of_the_evidence_that_training_sees() -> None:
    lines, met = seen(BRIDGE, SCHOOL, MENU, PAIR)
    flags = [pl.lit(value=False).alias(name) for name in ("is_content", *LEFT_OUT)]
    labels = [pl.lit("daniel").alias("set"), pl.lit("a").alias("site"), *flags]
    trained = sample(lines.select("row", "document", "text").with_columns(labels))
    weights = np.array([load_weights()[name] for name in trained.names])
    assert sorted(trained.names) == sorted(load_weights())
    assert scores(lines, met) == pytest.approx(trained.matrix[: lines.height] @ weights, abs=1e-4)


def test_score_does_not_depend_on_what_other_documents_there_are() -> None:
    pages = (MENU, BRIDGE, SCHOOL, PAIR)
    alone = np.concatenate([scores(*seen(page)) for page in pages])
    assert scores(*seen(*pages)).tolist() == alone.tolist()


def test_line_that_goes_by_its_score_says_what_spoke_against_it() -> None:
    dropped = decided(MENU + "\n" + BRIDGE, SCHOOL).dropped
    outside = dropped.filter(pl.col("rule") == "outside-article")
    assert outside.height
    assert outside["detail"].str.contains(r"^\w+ -?\d+\.\d, \w+ -?\d+\.\d$").all()
    assert dropped.filter(pl.col("rule") != "outside-article")["score"].is_null().all()


def test_groups_that_spoke_most_strongly_against_a_line_come_first() -> None:
    groups = np.array([[0.5, -2.0], [-1.0, -2.0], [0.0, 0.0], [-3.25, 1.0], [0.0, 0.0], [0.0, 0.0]])
    assert decisive(groups).to_list() == ["neighbours -3.2, punctuation -1.0", "length -2.0, punctuation -2.0"]


def test_rules_that_are_off_take_nothing() -> None:
    lines, hits = seen(MENU + "\n" + BRIDGE)
    everything = {*hits["rule"], "after-related", "outside-article", "site-template"}
    assert decide(lines, hits, load_model(), everything).dropped.is_empty()
    some = decide(lines, hits, load_model(), {"outside-article"}).dropped["rule"]
    assert "outside-article" not in set(some)
    assert "breadcrumb" in set(some)


def test_a_rule_that_is_off_says_nothing_for_a_headline_either() -> None:
    prose = "昨日上午，县里召开工作会议，研究部署当前各项工作，要求各乡镇落实责任，细化措施，确保安全。"
    lines, hits = seen(f"县里青山会议\n来源: 河东日报\n上午召开工作会议\n{prose}\n{prose}")
    sources = {"source", "source-beside"}
    titles = [decide(lines, hits, load_model(), off).titles["title"].item() for off in ((), sources)]
    assert titles == ["县里青山会议", "上午召开工作会议"]


def test_lines_that_no_rule_knows_go_only_where_some_recur_on_the_site() -> None:
    lines, hits = seen(MENU + "\n" + BRIDGE)
    assert decide(lines, hits.clear(), load_model()).dropped.is_empty()
    recurring = lines.with_columns(recurs=pl.col("row") < MENU.count("\n"))
    gone = decide(recurring, hits.clear(), load_model()).dropped
    assert set(gone["rule"]) == {"site-template", "outside-article"}
    assert gone["score"].is_not_null().all()
