from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

import etl
from etl.errors import OutputError, RefusedError
from etl.recipe import Recipe

KNOWN_FAILURE = pytest.mark.xfail(strict=True, reason="the header of a program, then zeros, is read as three letters")

PAGE = """首页 > 新闻 > 正文
临江新桥正式开通
2024-05-06 08:30 来源: 临江日报 作者: 王小川
昨天,临江新桥正式开通,居民往来更方便了。大桥全长1200米,双向六车道,去年三月动工。
一、通车当天
上午九时,第一辆公交车驶过大桥,两岸居民站在路边鼓掌。
二、今后安排
市交通局说,下个月将增开两条公交线路。
责任编辑: 李大山
"""


def test_a_page_gives_its_text_metadata_sections_and_edits() -> None:
    page = etl.clean(PAGE)
    assert page.text.startswith("临江新桥正式开通\n昨天，临江新桥正式开通，居民往来更方便了。")
    assert page.text.endswith("市交通局说，下个月将增开两条公交线路。")
    assert page.metadata == {
        "title": "临江新桥正式开通",
        "published": date(2024, 5, 6),
        "published_at": datetime(2024, 5, 6, 8, 30),
        "publisher": "临江日报",
        "author": "王小川",
        "editor": "李大山",
    }
    assert [(section["marker"], section["heading"]) for section in page.sections] == [
        ("一、", "通车当天"),
        ("二、", "今后安排"),
    ]
    assert (page.decoded, page.encoding, page.flags) == (PAGE, "utf-8", [])


def test_the_edits_turn_the_decoded_text_into_the_clean_one() -> None:
    page = etl.clean(PAGE)
    pieces, position = [], 0
    for edit in page.edits:
        assert page.decoded[edit["start"] : edit["end"]] == edit["before"]
        pieces += [page.decoded[position : edit["start"]], edit["after"] or ""]
        position = edit["end"]
    assert "".join([*pieces, page.decoded[position:]]) == page.text


def test_bytes_give_what_their_text_gives() -> None:
    page = etl.clean(PAGE.encode("gb18030"))
    assert page.encoding == "gb18030"
    assert (page.text, page.metadata) == (etl.clean(PAGE).text, etl.clean(PAGE).metadata)


def test_a_recipe_decides_what_is_done() -> None:
    recipe = Recipe.model_validate({"normalize": {"full_width": False}})
    assert "昨天,临江新桥" in etl.clean(PAGE, recipe).text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        (b"", "empty"),
        (" \n\n\u3000\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100), "binary"),
        pytest.param(b"\x7fELF\x02\x01\x01" + bytes(200), "binary", marks=KNOWN_FAILURE),
    ],
)
def test_what_is_no_text_is_refused_in_one_line(content: str | bytes, reason: str) -> None:
    with pytest.raises(RefusedError, match=f"the document was refused: {reason}") as raised:
        etl.clean(content)
    assert "\n" not in str(raised.value)


def test_a_text_with_lone_surrogates_is_cleaned_or_refused() -> None:
    page = etl.clean(PAGE + "\ud800")
    assert "临江新桥正式开通" in page.text


@pytest.mark.parametrize("as_text", [str, Path])
def test_a_run_is_opened_again_by_its_folder(tmp_path: Path, as_text: Callable[[Path], str | Path]) -> None:
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    run = etl.run(as_text(tmp_path / "page.txt"), as_text(tmp_path / "out"), Recipe(), workers=1)
    opened = etl.open(as_text(tmp_path / "out"))
    assert opened.run_id == run.run_id
    assert opened.scan("documents").collect()["text"].to_list() == [etl.clean(PAGE).text]


def test_a_folder_that_is_no_output_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        etl.open(tmp_path)
