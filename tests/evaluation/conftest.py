"""A folder of labelled material as small as can be, with the layout of a real one; every text in it is invented."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

PARAGRAPH = "昨天上午，临江新桥正式开通，两岸居民的往来从此更方便了，市里为此准备了三年。"
SECOND = "据介绍，新桥全长一千二百米，设计双向六车道，预计每天通过车辆两万辆以上。"

PAGE = ["首页", "新桥开通", "来源：临江日报 2024-05-06", PARAGRAPH, SECOND, "友情链接"]
"""Lines of the one page: menu, title, byline, two of content, foot."""

HTML = (
    '<html><head><meta name="publishdate" content="2024-05-06"><meta name="source" content="临江日报">'
    f"<title>新桥开通</title></head><body><p>{PARAGRAPH}</p><p>{SECOND}</p></body></html>"
)


NOTES = {"gne": "title=新桥开通_临江网", "govcn": "新桥开通"}
"""Titles that come with a set; one ends in the site's name."""


def _page_set(folder: Path, doc_id: str) -> None:
    for name, content in (("dump", "\n\n".join(PAGE)), ("dump_flat", "\n".join(PAGE)), ("html", HTML)):
        (folder / name).mkdir(parents=True)
        suffix = ".html" if name == "html" else ".txt"
        (folder / name / f"{doc_id}{suffix}").write_text(content, encoding="utf-8")
    index = pl.DataFrame({"doc_id": [doc_id], "host": [f"{folder.name}.example"]})
    note = NOTES.get(folder.name)
    (index.with_columns(note=pl.lit(note)) if note else index).write_csv(folder / "index.csv")
    is_content = [text in (PARAGRAPH, SECOND) for text in PAGE]
    for table, step in (("lines_zh.parquet", 2), ("lines_flat_zh.parquet", 1)):
        pl.DataFrame(
            {
                "doc_id": [doc_id] * len(PAGE),
                "line_no": [number * step for number in range(len(PAGE))],
                "text": PAGE,
                "is_content": is_content,
                "how": ["exact" if wanted else "none" for wanted in is_content],
                "ambiguous": [False] * len(PAGE),
                "title_like": [text == "新桥开通" for text in PAGE],
                "meta_like": [text.startswith("来源") for text in PAGE],
            }
        ).write_parquet(folder / table)


def _encodings(data: Path) -> None:
    for folder in ("enc_reenc", "gbk_real", "encodings"):
        (data / folder).mkdir()
    text = PARAGRAPH + SECOND
    pl.DataFrame(
        {
            "doc_id": ["a", "b"],
            "encoding": ["gbk", "utf_8"],
            "length": ["24", "full"],
            "data": [text.encode("gbk"), text.encode()],
            "text": [text, text],
        }
    ).write_parquet(data / "enc_reenc" / "dev.parquet")
    damaged = PARAGRAPH.encode("gbk") + b"\xff" + SECOND.encode("gbk")
    (data / "gbk_real" / "sound.txt").write_bytes(text.encode("gbk"))
    (data / "gbk_real" / "damaged.txt").write_bytes(damaged)
    pl.DataFrame(
        {
            "path": ["sound.txt", "damaged.txt"],
            "narrowest_codec": ["gbk", "gb-damaged"],
            "bad_sequences": [0, 1],
        }
    ).write_csv(data / "gbk_real" / "manifest.csv")
    (data / "encodings" / "big5.txt").write_bytes("臨江新橋正式開通，兩岸居民的往來從此更方便了。".encode("big5"))
    (data / "encodings" / "picture.bin").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4)
    pl.DataFrame({"path": ["big5.txt", "picture.bin"], "label": ["big5", "none"]}).write_csv(
        data / "encodings" / "manifest.csv"
    )


def _mojibake(data: Path) -> None:
    (data / "normalize").mkdir()
    pl.DataFrame(
        {
            "kind": ["utf8_read_as_latin1", "clean_negative", "gbk_read_as_utf8_replace", "utf8_read_as_gb18030"],
            "doc_id": ["a", "b", "c", "d"],
            "mojibake": [PARAGRAPH.encode().decode("latin-1"), PARAGRAPH, "\ufffd\ufffd", "涓存睙"],
            "gold": [PARAGRAPH, PARAGRAPH, PARAGRAPH, "临江"],
            "recoverable": [True, True, False, True],
        }
    ).write_parquet(data / "normalize" / "mojibake_zh.parquet")


def _duplicates(data: Path) -> None:
    (data / "dedup").mkdir()
    lines = {
        "whole_twice": [("orig", PARAGRAPH), ("orig", SECOND), ("copy", PARAGRAPH), ("copy", SECOND)],
        "none": [("orig", PARAGRAPH), ("orig", SECOND)],
    }
    rows = [
        (f"a#{mode}", mode, number, text, kind)
        for mode, found in lines.items()
        for number, (kind, text) in enumerate(found)
    ]
    pl.DataFrame(rows, schema=["doc_id", "mode", "line_no", "text", "kind"], orient="row").write_parquet(
        data / "dedup" / "injected_dev.parquet"
    )
    natural = {"set": ["daniel"], "doc_id": ["daniel_1"], "line_no": [8], "text": [SECOND]}
    pl.DataFrame(natural).write_parquet(data / "dedup" / "para_dups_natural.parquet")
    pl.DataFrame({"doc_id": ["law"], "line_no": [2], "text": ["第一条　为了管好桥梁，制定本条例。"]}).write_parquet(
        data / "dedup" / "law_legit_repeats.parquet"
    )
    other = (
        "今天下午，青河粮站收购了第一批新麦，质量好于往年，农户当天就拿到了现钱。\n站长说，今年的收购要到八月底才结束。"
    )
    pair = {
        "pair_id": ["same", "other", "law"],
        "kind": ["cctv_two_scrapes", "cctv_adjacent_days", "law_versions"],
        "id_a": ["a", "a", "x"],
        "id_b": ["b", "c", "y"],
        "label": [1, 0, 2],
        "containment8": [1.0, 0.0, 0.5],
        "text_a": [f"{PARAGRAPH}\n{SECOND}", f"{PARAGRAPH}\n{SECOND}", "第一条　甲。"],
        "text_b": [f"{PARAGRAPH}\n{SECOND}", other, "第一条　乙。"],
    }
    pl.DataFrame(pair).write_parquet(data / "dedup" / "doc_pairs_dev.parquet")


def _sections(data: Path) -> None:
    for folder in ("sections_gov", "sections_law", "sections_cctv"):
        (data / folder).mkdir()
    paragraphs = [
        ("title", 0, "桥梁养护办法", ""),
        ("heading", 1, "一、总体要求", "一、总体要求"),
        ("body", 0, PARAGRAPH, ""),
        ("runin_heading", 2, f"（一）加强巡查。{SECOND}", "（一）加强巡查。"),
        ("runin_heading", 2, f"（二）及时修理。{SECOND}", "（二）及时修理。"),
        ("heading", 1, "二、保障措施", "二、保障措施"),
        ("body", 0, SECOND, ""),
    ]
    rows = [("a", number, *paragraph) for number, paragraph in enumerate(paragraphs)]
    pl.DataFrame(
        rows, schema=["doc_id", "para_no", "gold", "level", "text", "styled_text"], orient="row"
    ).write_parquet(data / "sections_gov" / "paras_dev.parquet")
    law = [
        (1, False, "青河市桥梁条例"),
        (2, False, "第一章　总则"),
        (0, True, "第一条　为了管好桥梁，制定本条例。"),
        (2, False, "第二章　养护"),
        (0, True, "第二条　桥梁由市里养护。"),
    ]
    laws = [(doc_id, number, *line) for doc_id in (f"law_{n}" for n in range(8)) for number, line in enumerate(law)]
    laws += [("law", number, *line) for number, line in enumerate(law)]
    pl.DataFrame(laws, schema=["doc_id", "line_no", "level", "is_article", "text"], orient="row").write_parquet(
        data / "sections_law" / "lines_dev.parquet"
    )
    items = [(False, "新闻联播："), (True, "新桥正式开通"), (False, PARAGRAPH), (True, "粮站开秤"), (False, SECOND)]
    pl.DataFrame(
        [("a", number, *item) for number, item in enumerate(items)],
        schema=["doc_id", "para_no", "is_heading", "para"],
        orient="row",
    ).write_parquet(data / "sections_cctv" / "paras_dev.parquet")


@pytest.fixture(scope="session")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder."""
    data = tmp_path_factory.mktemp("labelled")
    for name in ("daniel", "gne", "magichtml", "govcn"):
        _page_set(data / name, f"{name}_1")
    for write in (_encodings, _mojibake, _duplicates, _sections):
        write(data)
    return data
