"""What the boilerplate stage promises: the page goes, the article stays, and every line is accounted for."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from etl.ledger import Outcome
from etl.lines import split_lines
from etl.recipe import BoilerplateOptions
from etl.stages.boilerplate import count_site_lines, merge_site_lines, strip_boilerplate

PROSE = "昨日上午，河东县召开防汛工作会议，研究部署当前防汛抗旱各项工作，要求各乡镇落实责任，细化措施。"
MORE = "会议指出，今年入汛以来降水偏多，各级各部门要压实责任，加强巡查值守，确保群众生命财产安全。"


def strip(*texts: str, sites: tuple[str | None, ...] | None = None) -> Outcome:
    documents = pl.DataFrame(
        {
            "doc_id": [f"d{number}" for number in range(len(texts))],
            "site": sites or [None] * len(texts),
            "text": texts,
        },
        schema_overrides={"site": pl.String},
    )
    lines = split_lines(documents).lines
    known = merge_site_lines(count_site_lines(lines, documents))
    return strip_boilerplate(lines, documents, known, BoilerplateOptions())


def kept(text: str) -> list[str]:
    return strip(text).datasets["stripped"]["text"].to_list()


def metadata(text: str) -> dict[str, object]:
    return strip(text).datasets["metadata"].row(0, named=True)


def test_metadata_is_read_before_its_lines_go() -> None:
    page = (
        f"河东县召开防汛会议\n2020-1-2 23:04| 发布者: admin| 评论: 0|来自: 河边小报\n{PROSE}\n{MORE}\n责任编辑: 王某某"
    )
    assert kept(page) == ["河东县召开防汛会议", PROSE, MORE]
    read = metadata(page)
    assert (read["title"], read["publisher"], read["author"], read["editor"]) == (
        "河东县召开防汛会议",
        "河边小报",
        None,
        "王某某",
    )
    assert str(read["published_at"]) == "2020-01-02 23:04:00"


def test_reporter_behind_the_last_full_stop_is_cut_off() -> None:
    outcome = strip(f"河东县召开防汛会议\n{PROSE}\n{MORE} 记者 王某")
    assert outcome.datasets["stripped"]["text"].to_list()[-1] == MORE
    assert outcome.datasets["metadata"]["author"].item() == "王某"
    assert outcome.edits["before"].to_list() == [" 记者 王某"]


def test_list_of_other_articles_goes_to_the_end() -> None:
    teaser = "县里昨日举办了一场热闹的运动会，来自各乡镇的选手参加了比赛，大家都说今后还要..."
    page = f"河东县召开防汛会议\n{PROSE}\n{MORE}\n相关推荐\n县里开运动会\n{teaser}\n2012-01-25 编辑:admin 5624"
    assert kept(page) == ["河东县召开防汛会议", PROSE, MORE]


def test_document_of_boilerplate_alone_is_kept_whole_and_marked() -> None:
    outcome = strip("设为首页 | 加入收藏\n京ICP备05000000号-3")
    assert outcome.datasets["stripped"].height == 2
    assert outcome.marks["mark"].to_list() == ["all-boilerplate"]


@pytest.mark.shared
def test_five_real_documents_lose_no_prose(shared: Path) -> None:
    for path in sorted((shared / "seeds").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        removed = strip(text).edits.filter(pl.col("rule") != "after-related")
        assert removed.filter(pl.col("before").str.len_chars() > 60).is_empty()
