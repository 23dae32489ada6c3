"""What the boilerplate stage promises: the page goes, the article stays, and every line is accounted for."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from etl.ledger import Outcome
from etl.lines import split_lines
from etl.recipe import BoilerplateOptions
from etl.stages.boilerplate import count_site_lines, merge_site_lines, strip_boilerplate
from tests.samples import BRIDGE

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
    known = merge_site_lines(count_site_lines(documents))
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


def test_nothing_comes_of_nothing() -> None:
    outcome = strip("", "")
    assert outcome.datasets["stripped"].is_empty()
    assert outcome.datasets["metadata"]["doc_id"].to_list() == ["d0", "d1"]


def test_clean_text_is_left_alone() -> None:
    text = f"关于做好防汛工作的讲话\n同志们：\n{PROSE}\n一、提高认识\n{MORE}\n（三）加强领导\n谢谢大家！\n2020年1月2日"
    assert strip(text).edits.is_empty()


def test_weak_words_need_others_beside_them() -> None:
    alone = f"河东县召开防汛会议\n{PROSE}\n教育\n{MORE}"
    assert kept(alone) == alone.split("\n")
    among = f"河东县召开防汛会议\n{PROSE}\n{MORE}\n鲜花\n握手\n雷人"
    assert kept(among) == ["河东县召开防汛会议", PROSE, MORE]


def test_source_in_a_table_stays() -> None:
    page = f"河东县公布预算\n{PROSE}\n来源：财政拨款\n{MORE}"
    assert "来源：财政拨款" in kept(page)


def test_prose_after_a_related_heading_is_not_lost() -> None:
    page = f"河东县召开防汛会议\n相关新闻\n{MORE}\n{PROSE}\n{MORE}\n{PROSE}"
    assert kept(page)[-4:] == [MORE, PROSE, MORE, PROSE]


def test_a_heading_between_two_lines_that_stay_stays() -> None:
    assert "二、今后安排" in kept(BRIDGE)


def test_what_was_of_the_article_goes_only_if_it_speaks_against_itself() -> None:
    assert kept(BRIDGE)[-1] == "市交通局说,下个月将增开两条公交线路。"


def test_the_headline_stays_though_all_that_told_it_goes() -> None:
    title, byline = "两岸往来今起更方便", "2011-12-16 01:06:38 | 我来说两句 (0)"
    page = f"首页 新闻 财经 体育\n免费邮箱 | 手机网 |\n{title}\n{byline}\n{PROSE}\n相关新闻\n河西县的桥修好了"
    assert kept(page) == [title, PROSE]
    assert metadata(page)["title"] == title


def test_a_page_stays_a_page_when_little_of_it_is_left() -> None:
    menu = "首页\n新闻\n财经\n体育\n汽车\n房产"
    head, foot = "2020-01-02 08:30 来源：河东日报", f"责任编辑：王某\n{menu}\n关于我们 | 联系我们"
    page = f"{menu}\n河东县召开防汛会议\n{head}\n{PROSE}\n{MORE}\n{foot}"
    once = kept(page)
    assert once == ["河东县召开防汛会议", PROSE, MORE]
    assert kept("\n".join(once)) == once


def test_posts_of_a_thread_stay_without_those_who_wrote_them() -> None:
    page = f"""论坛首页 › 生活 › 邻里
查看: 1031|回复: 1
河东县今年的汛情怎么样？
甲先生
积分
5
发表于 2024-5-18 19:27:00 | 只看该作者 |倒序浏览
{PROSE}
大家那边怎么样了？
收藏0
回复
举报
乙女士
积分
4
发表于 2024-5-19 08:11:02 | 只看该作者
我们村口的路还能走
回复
举报
返回列表"""
    assert kept(page) == ["河东县今年的汛情怎么样？", PROSE, "大家那边怎么样了？", "我们村口的路还能走"]


def test_short_line_between_paragraphs_is_a_caption() -> None:
    outcome = strip(f"河东县召开防汛会议\n{PROSE}\n县委书记出席会议并讲话\n{MORE}\n一、加强领导\n{PROSE}")
    assert outcome.datasets["stripped"]["kind"].to_list() == ["title", "body", "caption", "body", "heading", "body"]


def test_bullets_and_tables_have_their_kinds() -> None:
    outcome = strip(f"河东县召开防汛会议\n{PROSE}\n• {MORE}\n• {PROSE}\n甲\t乙\n{MORE}")
    assert outcome.datasets["stripped"]["kind"].to_list()[2:5] == ["list", "list", "table"]


def test_line_that_recurs_on_the_site_and_scores_low_goes() -> None:
    pages = [f"首頁导航\n河东县新闻{n}号发布会召开\n{PROSE}{n}\n{MORE}{n}" for n in range(4)]
    assert strip(*pages, sites=("a",) * 4).edits.select("line_no", "rule").rows() == [(1, "site-template")] * 4
    assert strip(*pages).edits.is_empty()


def test_a_key_with_many_values_does_not_end_the_block_above_an_official_document() -> None:
    block = (
        "索 引 号：\t000014349/2019-00003\t主题分类：\t商贸、海关、旅游、口岸\n"
        "发文机关：\t国务院\t成文日期：\t2019年01月12日\n发文字号：\t国发〔2019〕3号"
    )
    page = f"{block}\n关于促进高水平开放的意见\n各省、自治区、直辖市人民政府：\n{PROSE}\n{MORE}"
    assert kept(page)[0] == "关于促进高水平开放的意见"
    assert metadata(page)["publisher"] == "国务院"


def test_missing_metadata_is_null() -> None:
    read = metadata(f"{PROSE}\n{MORE}")
    assert [read[name] for name in ("title", "published", "published_at", "publisher", "author", "editor")] == [
        None
    ] * 6


def test_author_of_software_is_no_author_and_each_value_names_its_line() -> None:
    read = metadata(
        f"河东县召开防汛会议\n发布时间：2020-1-28 23:04| 发布者: admin| 来自: 河边小报\n{PROSE}\n（责编：甲某、乙某）"
    )
    assert (read["author"], read["editor"], read["editor_line_no"], read["publisher_line_no"]) == (
        None,
        "甲某、乙某",
        4,
        2,
    )


def test_day_that_does_not_exist_is_no_day() -> None:
    read = metadata(f"河东县召开防汛会议\n发布时间：2020-13-28 23:04\n{PROSE}")
    assert (read["published"], read["published_at"]) == (None, None)


PIECES = st.sampled_from(
    [
        *("首页 新闻 财经", "首页", "河东县召开防汛会议", "2020-1-2 23:04| 来自: 小报", PROSE, MORE),
        *(f"{PROSE} 记者 王某", "鲜花", "握手", "雷人", "相关推荐", "分享到：", "责任编辑: 王某", "一、加强领导"),
        *("版权所有 某网", "", "标题：关于防汛的通知", "县里开运动会", "主办单位：某县", "• 来源: 小报"),
        *("编辑:admin 5624", "同志们：", "12", "abc", "\t", f"　　{MORE}", f"{MORE}（记者 王某）（编辑 李某）"),
    ]
)
PAGES = st.lists(PIECES, max_size=14).map("\n".join)


@settings(max_examples=12)
@given(st.lists(PAGES, min_size=1, max_size=3))
def test_kept_slices_and_edits_cover_every_line_once(pages: list[str]) -> None:
    documents = pl.DataFrame({"doc_id": [f"d{n}" for n in range(len(pages))], "text": pages})
    outcome = strip(*pages)
    columns = ("doc_id", "start", "end", "text")
    parts = pl.concat(
        [outcome.datasets["stripped"].select(columns), outcome.edits.rename({"before": "text"}).select(columns)]
    ).sort("doc_id", "start")
    titled = outcome.datasets["metadata"].drop_nulls("title_line_no").select("doc_id", line_no="title_line_no")
    assert titled.join(outcome.datasets["stripped"], on=["doc_id", "line_no"], how="anti").is_empty()
    joined = parts.group_by("doc_id", maintain_order=True).agg(pl.col("text").str.join(""))
    lines = split_lines(documents).lines.group_by("doc_id", maintain_order=True).agg(pl.col("text").str.join(""))
    assert_frame_equal(joined, lines)


@settings(max_examples=12)
@given(PAGES)
def test_stripping_what_is_stripped_takes_nothing(page: str) -> None:
    once = strip(page).datasets["stripped"]
    documents = pl.DataFrame({"doc_id": ["d0"], "site": [None], "text": [page]}, schema_overrides={"site": pl.String})
    known = merge_site_lines(count_site_lines(documents))
    twice = strip_boilerplate(once.drop("kind"), documents, known, BoilerplateOptions())
    assert twice.edits.is_empty()


@settings(max_examples=12)
@given(st.lists(PAGES, min_size=2, max_size=3))
def test_documents_do_not_influence_each_other(pages: list[str]) -> None:
    together = strip(*pages)
    apart = [strip(page) for page in pages]
    assert together.edits["before"].to_list() == [text for each in apart for text in each.edits["before"].to_list()]
    for name in ("stripped", "metadata"):
        alone = pl.concat([each.datasets[name].drop("doc_id") for each in apart])
        assert_frame_equal(together.datasets[name].drop("doc_id"), alone)


@pytest.mark.shared
def test_metadata_of_the_five_real_documents(shared: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((shared / "seeds").glob("*.txt"))]
    read = strip(*texts).datasets["metadata"]
    assert read["published"].cast(pl.String).to_list() == ["2020-02-07", "2020-01-28", None, "2021-10-25", "2022-08-14"]
    assert read["published_at"].dt.strftime("%H:%M:%S").to_list() == [None, "23:04:00", None, "15:15:00", "13:55:04"]
    assert [name and len(name) for name in read["author"]] == [2, None, None, None, 3]
    assert [name and len(name) for name in read["publisher"]] == [4, 4, None, 4, 3]
    assert [name and len(name) for name in read["editor"]] == [None, None, None, 3, None]
    assert read["title_line_no"].to_list() == [2, 3, 1, 1, 1]


@pytest.mark.shared
def test_five_real_documents_lose_no_prose(shared: Path) -> None:
    for path in sorted((shared / "seeds").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        removed = strip(text).edits.filter(pl.col("rule") != "after-related")
        assert removed.filter(pl.col("before").str.len_chars() > 60).is_empty()
