from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from etl.errors import UsageError
from etl.evaluation.held_out import FOLDS, evaluate_held_out, fold_of, fold_weights, set_weights, site_name
from etl.evaluation.training import LEFT_OUT, Sample, sample, train

SITES = ["news.163.com", "www.linjiang.gov.cn", "linjiang", "qinghe.net.cn"]

PROSE = "昨天上午，临江新桥正式开通，两岸居民的往来从此更方便了，市里为此准备了三年。"


def _sample(wanted: list[bool]) -> Sample:
    """A page of three lines on each site; on the last one `wanted` says which are content."""
    rows = [
        (number, 0, 3 * number + at, site, text, content, False, False, False)
        for number, site in enumerate(SITES)
        for at, (text, content) in enumerate(
            zip(("首页", PROSE, "友情链接"), wanted if site == SITES[-1] else (False, True, False), strict=True)
        )
    ]
    lines = pl.DataFrame(rows, ["document", "line_no", "row", "site", "text", "is_content", *LEFT_OUT], orient="row")
    return sample(lines.with_columns(set=pl.lit("daniel")))


@pytest.mark.parametrize(
    ("host", "name"),
    [("news.163.com", "163"), ("163", "163"), ("www.linjiang.gov.cn", "linjiang"), ("www.gov.cn", "www.gov.cn")],
)
def test_all_hosts_of_a_site_have_one_name(host: str, name: str) -> None:
    assert site_name(host) == name
    assert 0 <= fold_of(name) < FOLDS


def test_training_learns_what_content_looks_like() -> None:
    weights = train(_sample([False, True, False]))
    assert weights["prose"] > 0 > weights["closing"]


def test_a_site_says_nothing_for_its_own_fold() -> None:
    right, wrong = (fold_weights(_sample(wanted)) for wanted in ([False, True, False], [True, False, True]))
    own = fold_of(site_name(SITES[-1]))
    assert right[own] == wrong[own]
    assert all(right[fold] != wrong[fold] for fold in range(FOLDS) if fold != own)


def test_a_set_says_nothing_for_itself_nor_does_any_host_of_its_sites() -> None:
    right, wrong = (_sample(wanted) for wanted in ([False, True, False], [True, False, True]))
    own = pl.Series(["news.qinghe.cn"])
    assert set_weights(right, own, train(right)) == set_weights(wrong, own, train(wrong))
    other = pl.Series(["news.163.com"])
    assert set_weights(right, other, train(right)) != set_weights(wrong, other, train(wrong))


def test_lines_that_sources_disagree_on_say_nothing() -> None:
    lines = _sample([False, True, False])
    unknown = lines._replace(weight=np.where(lines.sites == SITES[-1], 0, lines.weight))
    assert train(unknown) == train(_sample([True, False, True]), without=SITES[-1:])


def test_where_training_starts_does_not_show_in_the_weights() -> None:
    lines = _sample([False, True, False])
    assert train(lines, start=train(lines, without=SITES[:1])) == train(lines)


def test_pages_of_one_site_alone_cannot_be_held_out() -> None:
    with pytest.raises(UsageError, match="pages of several sites"):
        train(_sample([False, True, False]), without=SITES)


def test_every_set_and_dump_is_scored_with_the_means_and_the_other_tools(labelled: Path) -> None:
    finding = evaluate_held_out(labelled, {"all": lambda html: html, "none": lambda html: ""})
    figures = {(score.tool, score.key): score.value for score in finding.scores}
    assert ("etl", "daniel dump, held out: line F1") in figures
    assert ("etl", "govcn dump_flat, held out: content lines kept") in figures
    assert ("etl", "magichtml dump, set left out: character F1") in figures
    assert ("etl", "pages dump_flat, set left out: line F1, mean of the sets") in figures
    assert ("etl", "govcn dump, set left out: content lines kept") not in figures
    assert figures["all", "pages dump, held out: line F1, mean of the sets"] == 1
    assert figures["none", "pages dump_flat, held out: line F1 a document, mean of the sets"] == 0
    assert not any("sites" in key.partition(": ")[2].partition(",")[0] for _, key in figures)
