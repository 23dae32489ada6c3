from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import polars as pl
import pytest

from etl.datasets import CommittedRun
from etl.quality.metrics import MEASURES
from etl.report import write_pages
from etl.report.documents import line_count, span_of
from etl.report.pages import document_draft, render
from etl.report.rendering import term
from etl.report.rulebook import rule_entry
from etl.report.sample import single
from etl.rules import rules_of, tables
from etl.runs import run

ARTICLE = "桥上的行人不多，风从江面吹来，老人说这样的早晨他已经等了整整三十年，孩子们却只顾着往前跑。"
HOSTILE = f"""<script>alert(1)</script>
<img src=x onerror=alert(1)> 新桥通车
来源：<a href="javascript:alert(1)">日报</a> 2024-05-06
{ARTICLE}\u202e倒着念\u202c
</style></td><h1>跑了</h1>\x00
{ARTICLE}{"长" * 1_000_000}
责任编辑：<b>"李" onclick='x'</b>
"""


class Structure(HTMLParser):
    """Elements, their attributes' names, ids, and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def pages_of(committed: CommittedRun) -> dict[str, str]:
    folder = committed.folder / "reports"
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.html"))}


def structure(html: str) -> Structure:
    parsed = Structure()
    parsed.feed(html)
    return parsed


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> CommittedRun:
    """A run over documents, and names of documents, that want to be markup."""
    root = tmp_path_factory.mktemp("hostile")
    (root / "in").mkdir()
    for name in ("plain.txt", "<script>alert(1)<", '"onmouseover="x.txt', "javascript:alert(1)"):
        (root / "in" / name).write_text(HOSTILE + name, encoding="utf-8", newline="\n")
    (root / "in" / "<i>refused").write_bytes(b"")
    return run(root / "in", root / "out", workers=1)


def test_there_is_a_page_for_each_stage_rule_and_document_in_each_language(committed: CommittedRun) -> None:
    pages = pages_of(committed)
    assert "index.html" in pages
    for lang in ("en", "zh"):
        assert f"{lang}/quarantine.html" in pages
        for stage in committed.report("run")["stages"]:
            assert f"{lang}/{stage['stage']}.html" in pages
            rules = committed.report(stage["stage"])["rules"]
            assert all(f"{lang}/rules/{rule['rule']}.html" in pages for rule in rules)
        for doc_id in committed.scan("documents").collect()["doc_id"]:
            assert f"{lang}/documents/{doc_id}.html" in pages


def test_every_link_leads_to_a_page_and_a_place_on_it(committed: CommittedRun) -> None:
    folder = (committed.folder / "reports").resolve()
    parsed = {folder / name: structure(html) for name, html in pages_of(committed).items()}
    for path, page in parsed.items():
        for link in page.links:
            name, _, place = link.partition("#")
            target = (path.parent / unquote(name)).resolve() if name else path
            assert target in parsed, f"{link} on {path}"
            assert not place or place in parsed[target].ids, f"{link} on {path}"


def test_every_page_can_be_reached_from_the_run(committed: CommittedRun) -> None:
    folder = (committed.folder / "reports").resolve()
    found, waiting = set(), [folder / "index.html"]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            links = structure(path.read_text(encoding="utf-8")).links
            waiting += [(path.parent / link.partition("#")[0]).resolve() for link in links if link.partition("#")[0]]
    assert found == {folder / name for name in pages_of(committed)}


def test_no_page_holds_a_script_or_needs_anything_from_elsewhere(hostile: CommittedRun) -> None:
    for name, html in pages_of(hostile).items():
        page = structure(html)
        assert not page.tags & {"script", "img", "iframe", "object", "embed", "link", "form", "base"}, name
        assert not [attribute for attribute in page.attributes if attribute.startswith("on") or attribute == "style"]
        assert not [link for link in page.links if re.match(r"\s*[a-z]+:|//", link)], name
        assert "default-src 'none'" in html or "default-src &#39;none&#39;" in html
        assert "unsafe" not in html.partition("</head>")[0].partition("<style>")[0]


def test_scraped_markup_stays_text(hostile: CommittedRun) -> None:
    for name, html in pages_of(hostile).items():
        assert not re.search(r"[\x00\u202a-\u202e\u2066-\u2069]", html), name
        assert "<script" not in html
        assert "<h1>跑了" not in html
        ids = structure(html).ids
        assert len(ids) == len(set(ids)), name
    documents = [html for name, html in pages_of(hostile).items() if "/documents/" in name]
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in html for html in documents)
    assert any(">RLO</i>" in html and ">␀</i>" in html for html in documents)


def test_a_line_of_a_million_characters_is_cut(hostile: CommittedRun) -> None:
    assert max(map(len, pages_of(hostile).values())) < 200_000


def test_the_pages_can_be_written_again(committed: CommittedRun, tmp_path: Path) -> None:
    for path in (committed.folder / "reports").glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write_pages(tmp_path, committed, committed.manifest)
    assert {
        str(path.relative_to(tmp_path)): path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")
    } == pages_of(committed)


def test_an_empty_run_has_its_pages(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    pages = pages_of(run(tmp_path / "in", tmp_path / "out", workers=1))
    assert {"index.html", "en/decode.html", "zh/quarantine.html"} <= set(pages)


CHINESE = re.compile("[一-鿿]")


def test_chinese_pages_call_rules_measures_marks_and_families_by_chinese_names(committed: CommittedRun) -> None:
    pages = pages_of(committed)
    rules = [rule["rule"] for stage in committed.report("run")["stages"] for rule in _rules(committed, stage["stage"])]
    assert rules
    for rule in rules:
        lead = re.search(r'<p class="lead why">(.*?)</p>', pages[f"zh/rules/{rule}.html"])
        assert lead
        assert CHINESE.search(lead[1])
        assert rule_entry(rule).why in unescape(pages[f"en/rules/{rule}.html"])
    for kind, names in {"measure": MEASURES, "refused": ("empty", "binary")}.items():
        assert [name for name in names if not CHINESE.search(term("zh", kind, name))] == []
    every = [rule.id for table in tables() for rule in rules_of(table)]
    assert [rule for rule in every if not CHINESE.search(term("zh", "family", rule_entry(rule).family))] == []
    marks = committed.scan("marks").collect()["mark"].unique().to_list()
    assert [mark for mark in marks if not CHINESE.search(term("zh", "mark", mark))] == []
    assert term("en", "mark", "all-boilerplate") == "all-boilerplate"
    assert term("zh", "mark", "unheard-of") == "unheard-of"


def _rules(committed: CommittedRun, stage: str) -> list[dict[str, object]]:
    rules: list[dict[str, object]] = committed.report(stage)["rules"]
    return rules


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> CommittedRun:
    """A run over a document of 6,301 lines, which says one of them twice, and over a short one."""
    root = tmp_path_factory.mktemp("long")
    lines = [f"这是第{number}行，写着一句和别的行都不一样的话，编号是{number * 7919}。" for number in range(6299)]
    (root / "in").mkdir()
    (root / "in" / "long.txt").write_text("\n".join([*lines[:3000], ARTICLE, *lines[3000:], ARTICLE]), encoding="utf-8")
    (root / "in" / "short.txt").write_text(f"{ARTICLE[::-1]}\n", encoding="utf-8")
    return run(root / "in", root / "out", workers=1)


def test_a_long_document_has_several_pages_and_says_where_the_rest_is(long: CommittedRun) -> None:
    pages = {name: html for name, html in pages_of(long).items() if name.startswith("en/documents/")}
    shown = {name.removeprefix("en/documents/").partition(".")[2]: structure(html) for name, html in pages.items()}
    assert len(pages) == 5
    assert [f"L{line}" in shown["2.html"].ids for line in (1500, 1501, 3000, 3001)] == [False, True, True, False]
    turns = [link.partition(".")[2] for link in shown["2.html"].links if "/" not in link and "#" not in link]
    assert turns == ["html", "html", "3.html", "4.html"] * 2
    rest = [name for name, html in pages.items() if "The report stops here" in html]
    assert [name.partition(".")[2] for name in rest] == ["4.html"]
    assert "6,301" in pages[rest[0]]


def test_links_to_lines_lead_to_the_page_that_has_them(long: CommittedRun) -> None:
    folder = (long.folder / "reports").resolve()
    ids = {folder / name: structure(html).ids for name, html in pages_of(long).items()}
    for path, html in ((folder / name, html) for name, html in pages_of(long).items()):
        for link in structure(html).links:
            target, _, place = link.partition("#")
            there = (path.parent / unquote(target)).resolve() if target else path
            assert not place.startswith("L") or place in ids[there], f"{path.name}: {link}"


def test_the_desk_shows_all_pages_of_a_long_document(long: CommittedRun) -> None:
    doc_id = long.scan("documents").filter(pl.col("source") == "long.txt").collect()["doc_id"][0]
    sample = single(long, doc_id)
    assert span_of(sample, doc_id).pages == 5
    draft = document_draft(sample, doc_id, 5)
    assert draft.name == f"documents/{doc_id}.5.html"
    html = render(draft, "zh", long.report("run"), desk=False).decode()
    assert "报告到此为止" not in html
    assert f"{doc_id}.3.html#L3001" in html
    assert structure(html).ids.count("L6301") == 1


@pytest.mark.parametrize(("text", "lines"), [("", 1), ("一", 1), ("一\n", 1), ("一\r\n二", 2), ("\n\n", 2)])
def test_lines_are_counted_as_they_are_numbered(text: str, lines: int) -> None:
    assert line_count(text) == lines
