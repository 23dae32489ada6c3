"""What holds of the whole pipeline for any input, in memory."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import etl
from etl.ledger import Edit, apply_edits, undo_edits
from etl.memory import run_in_memory
from etl.quality import add, balance_of, count
from etl.recipe import Recipe
from etl.schemas import DATASETS
from etl.sources import raw_documents
from etl.stages.decode import rebuild
from tests.committed import ordered

Frames = dict[str, pl.DataFrame]

STAGES = ("decode", "boilerplate", "duplicates", "sections", "normalize")

ALONE = Recipe.model_validate({"duplicates": {"across_documents": "off", "near_duplicates": "off"}})
"""No document is judged by the others."""

CODECS = ("utf-8", "utf-8-sig", "gb18030", "gbk", "big5", "utf-16", "utf-16-le", "hz", "shift_jis", "latin-1", "utf-32")

LINES = (
    "", " ", "\u3000\u3000", "首页 > 新闻 > 正文", "临江新桥正式开通",
    "2024-05-06 08:30 来源: 临江日报 作者: 王小川", "昨天,临江新桥正式开通,居民往来更方便了。",
    "　　大桥全长１２００米...双向六车道(去年三月动工),", "去年三月动工。", "一、通车当天",
    "（二）今后安排。市交通局说，下个月将增开两条公交线路。", "1.要修路。", "２、要造林。", "一是快。", "二是好。",
    "• 微博", "责任编辑: 李大山", "相关阅读", "版权所有 临江日报", "摘要: 昨天,临江新桥正式开通",
    "&nbsp;&lt;甲&gt; e\u0301", "第 3 期", "\u200b\u202e甲\x00乙\ufffd", "# Heading",
    "A plain line, in English (mostly).", "锟斤拷烫烫烫", "1 200 - 3",
)  # fmt: skip

SIGNS = '甲乙的，,。.（(）)“"：: 　\n\r\t\x00\x1b\u200b\ufeff\ufffd\u2028\x85\U00020000é·•…．１Ａa1一二、第条&;#>-'

pages = st.builds(
    lambda lines, end, codec: end.join(lines).encode(codec, "ignore"),
    st.lists(st.sampled_from(LINES), max_size=14),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    st.sampled_from(CODECS),
)
scraps = st.builds(
    lambda text, codec: text.encode(codec, "ignore"), st.text(SIGNS, max_size=40), st.sampled_from(CODECS)
)
torn = st.builds(
    lambda data, place, scrap: data[:place] + scrap + data[place:], pages, st.integers(0, 400), st.binary(max_size=4)
)
anything = st.one_of(pages, torn, scraps, st.binary(max_size=120))


def cleaned(contents: list[bytes], recipe: Recipe | None = None) -> Frames:
    named = [(f"{number % 2}.example/{number}.txt", content) for number, content in enumerate(contents)]
    return run_in_memory(raw_documents(named), recipe or Recipe())


def edits_of(ledger: pl.DataFrame) -> list[Edit]:
    rows = ledger.sort("start", "end", maintain_order=True).select("start", "end", "before", "after").iter_rows()
    return [Edit(start, end, before, after or "") for start, end, before, after in rows]


def assert_undone(frames: Frames, contents: dict[str, bytes]) -> None:
    """Each document's clean text gives its decoded text back, and that its bytes."""
    clean = dict(frames["documents"].select("doc_id", "text").iter_rows())
    for row in frames["decoded"].iter_rows(named=True):
        ledger = frames["ledger"].filter(pl.col("doc_id") == row["doc_id"])
        changes = edits_of(ledger.filter(pl.col("stage") != "decode"))
        assert apply_edits(row["text"], changes) == clean[row["doc_id"]]
        assert undo_edits(clean[row["doc_id"]], changes) == row["text"]
        damage = ledger.filter(pl.col("stage") == "decode").sort("start", "end")
        assert rebuild(row, damage) == contents[row["source"]]
        assert row["text_sha256"] == sha256(row["text"].encode()).hexdigest()


def assert_balanced(frames: Frames) -> None:
    def rows(dataset: str, *columns: str, stage: str = "") -> pl.DataFrame:
        frame = frames[dataset]
        return frame.filter(pl.col("stage") == stage) if stage else frame

    for stage in STAGES:
        balance = balance_of(add([count(rows, stage).small]))
        assert (balance["difference_in"], balance["difference_out"]) == (0, 0), stage


def assert_narrowed(frames: Frames) -> None:
    """Lines are slices of the decoded text, in order, and each stage's lie within those of the stage before."""
    texts = dict(frames["decoded"].select("doc_id", "text").iter_rows())
    for name in ("stripped", "deduplicated", "sectioned"):
        rows = frames[name].select("doc_id", "start", "end", "text").rows()
        assert all(texts[doc_id][start:end] == text for doc_id, start, end, text in rows), name
        assert all(one[0] != other[0] or one[2] <= other[1] for one, other in pairwise(rows)), name
    rebuilt = frames["paragraphs"].group_by("doc_id", maintain_order=True).agg(pl.col("text").str.join("\n"))
    assert dict(rebuilt.iter_rows()).items() <= dict(frames["documents"].select("doc_id", "text").iter_rows()).items()


@settings(max_examples=16)
@given(st.lists(anything, min_size=1, max_size=5))
@example([b""])
@example([b"\n", b"\r", b"\xff", b"\x00"])
@example(["\ufeff".encode(), "\ufeff\n".encode(), b"\xff\xfe"])
def test_any_bytes_are_accounted_for_or_refused(contents: list[bytes]) -> None:
    frames = cleaned(contents)
    named = {f"{number % 2}.example/{number}.txt": content for number, content in enumerate(contents)}
    assert frames["decoded"].height + frames["quarantine"].height == len(contents)
    assert set(frames["decoded"]["source"]) | set(frames["quarantine"]["source"]) == set(named)
    assert_undone(frames, named)
    assert_balanced(frames)
    assert_narrowed(frames)
    for name, schema in DATASETS.items():
        assert schema.is_valid(frames[name]), name


@settings(max_examples=8)
@given(pages, pages)
def test_documents_are_cleaned_alike_alone_and_together(one: bytes, other: bytes) -> None:
    """Named after no site, so that neither lends the other its template."""
    recipe = ALONE
    together = run_in_memory(raw_documents([("one", one), ("other", other)]), recipe)
    apart = [run_in_memory(raw_documents([document]), recipe) for document in (("one", one), ("other", other))]
    for name in DATASETS:
        frames = pl.concat([each[name] for each in apart])
        assert ordered(together[name]).equals(ordered(frames)), name


@settings(max_examples=8)
@given(st.lists(pages, min_size=2, max_size=4))
@example([b"\n".join(line.encode() for line in LINES[place::2]) for place in (0, 1)])
def test_the_order_of_the_documents_changes_no_row(contents: list[bytes]) -> None:
    named = [(f"{number % 2}.example/{number}.txt", content) for number, content in enumerate(contents)]
    forth, back = (run_in_memory(raw_documents(several), Recipe()) for several in (named, named[::-1]))
    for name in DATASETS:
        assert ordered(forth[name]).equals(ordered(back[name])), name


@settings(max_examples=5)
@given(anything)
def test_the_same_bytes_give_the_same_rows(content: bytes) -> None:
    first, second = cleaned([content]), cleaned([content])
    assert all(first[name].equals(second[name]) for name in DATASETS)


prose = st.lists(
    st.sampled_from(
        [
            "昨天,临江新桥正式开通,居民往来更方便了。大桥全长１２００米,双向六车道(去年三月动工)。",
            "　　市交通局说 , 下个月将增开两条公交线路...请居民留意站牌。",
            "学校也放了半天假，&nbsp;孩子们排着队走过新桥，\u200b老人们站在路边鼓掌。",
            "一、通车当天",
            "二、今后安排",
            "• 上午九时，第一辆公交车驶过大桥，两岸居民站在路边鼓掌。",
            "第 2次会议在临江召开, e\u0301tude与会代表“一致同意”。",
            "",
        ]
    ),
    min_size=1,
    max_size=8,
).map("\n".join)


@settings(max_examples=12)
@given(prose)
def test_cleaning_a_clean_text_changes_nothing(text: str) -> None:
    once = etl.clean("临江新桥正式开通\n" + text)
    assert etl.clean(once.text).text == once.text


def test_a_mixed_page_is_cleaned_in_one_go() -> None:
    page = "\n".join(LINES)
    once = etl.clean(page, ALONE).text
    assert etl.clean(once, ALONE).text == once


@pytest.mark.parametrize("codec", [codec for codec in CODECS if codec not in ("big5", "shift_jis", "latin-1", "hz")])
def test_the_encoding_of_a_page_makes_no_difference(codec: str) -> None:
    page = "\n".join(
        line for line in LINES if line.encode("gbk", "ignore").decode("gbk") == line and "\x00" not in line
    )
    assert etl.clean(page.encode(codec)).text == etl.clean(page).text
