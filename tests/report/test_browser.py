"""The pages in a real browser: Debian's chromium, driven by Playwright against a server on loopback."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from etl.datasets import CommittedRun
from etl.desk.app import desk
from etl.recipe import Recipe
from etl.runs import run
from tests.browser import chromium
from tests.serving import served

pytestmark = pytest.mark.browser

KINDS = ("index.html", "en/boilerplate.html", "en/rules/byline-line.html", "en/documents/{}.html", "en/quarantine.html")
SERIOUS = ("serious", "critical")
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright) as opened:
        yield opened


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
        """Say nothing."""


@pytest.fixture(scope="module")
def site(committed: CommittedRun) -> Iterator[str]:
    folder = committed.folder / "reports"
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def bridge(committed: CommittedRun) -> dict[str, Any]:
    """A document with a page: its row."""
    rows = committed.scan("documents").collect().to_dicts()
    return next(row for row in rows if row["source"].endswith("bridge.txt"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page; what it says on the console, and every request that is not to loopback, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    opened, complaints = context.new_page(), list[str]()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda request: complaints.append(request.url) if not _local(request.url) else None)
    yield opened
    context.close()
    assert not [text for text in complaints if "favicon" not in text and "404" not in text]


def _local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "file:", "data:"))


def serious(page: Page) -> list[tuple[str, list[str]]]:
    """Rules of axe-core that the page seriously violates, and where."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found if one["impact"] in SERIOUS]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, site: str, bridge: dict[str, Any], kind: str, scheme: Scheme) -> None:
    page.emulate_media(color_scheme=scheme)
    for name in (kind.format(bridge["doc_id"]), kind.format(bridge["doc_id"]).replace("en/", "zh/")):
        page.goto(site + name)
        assert serious(page) == []


def test_a_number_leads_to_the_line_that_it_counts_and_back(page: Page, site: str, committed: CommittedRun) -> None:
    page.goto(site)
    page.get_by_role("link", name="boilerplate").first.click()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="byline-line", exact=True))
    counted = row.locator("data[data-of='boilerplate/rule/byline-line/edits']").get_attribute("value")
    edits = [edit for edit in committed.scan("ledger").collect().to_dicts() if edit["rule"] == "byline-line"]
    assert counted == str(len(edits))
    row.get_by_role("link").click()
    assert page.get_by_role("heading", level=1).inner_text() == "byline-line"
    page.locator(".took .where a").first.click()
    line = page.locator("tr:target")
    removed = line.locator(".own del.r-byline-line").inner_text()
    assert removed in [edit["before"] for edit in edits]
    assert line.locator(".by").inner_text() == "byline-line"
    line.get_by_role("link", name="byline-line").click()
    page.get_by_role("link", name="Cleaning report").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Sound")


def test_the_page_works_from_a_file(page: Page, committed: CommittedRun) -> None:
    page.goto((committed.folder / "reports" / "index.html").as_uri())
    page.get_by_role("link", name="normalize").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "normalize"
    assert page.evaluate("getComputedStyle(document.body).maxWidth") is not None
    assert page.locator(".equation").evaluate("node => getComputedStyle(node).display") == "flex"


def test_the_language_switches_and_stays(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_role("link", name="中文").click()
    assert page.get_by_role("heading", level=1).inner_text() == "通过，有警告"
    page.get_by_role("link", name="去样板").first.click()
    assert page.locator("html").get_attribute("lang") == "zh"
    page.get_by_role("link", name="署名行").first.click()
    page.get_by_role("link", name="清洗报告").click()
    assert page.get_by_role("heading", level=1).inner_text() == "通过，有警告"
    page.get_by_role("link", name="English").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Sound, with warnings"


def test_the_theme_follows_the_system_until_it_is_switched(page: Page, site: str) -> None:
    def paper() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    page.emulate_media(color_scheme="light")
    page.goto(site)
    light = paper()
    page.emulate_media(color_scheme="dark")
    dark = paper()
    assert light != dark
    page.get_by_label("light", exact=True).check()
    assert paper() == light
    page.emulate_media(color_scheme="light")
    page.get_by_label("dark", exact=True).check()
    assert paper() == dark


def document(page: Page, site: str, bridge: dict[str, Any]) -> None:
    page.goto(f"{site}en/documents/{bridge['doc_id']}.html")


def plain(text: str) -> str:
    return re.sub(r"[\s↵]", "", text)


def test_the_clean_view_reads_as_the_clean_document(page: Page, site: str, bridge: dict[str, Any]) -> None:
    document(page, site, bridge)
    page.get_by_label("clean", exact=True).check()
    shown = "".join(cell for cell in page.locator("td.own:visible").all_inner_texts())
    assert plain(shown) == plain(bridge["text"])


def test_side_by_side_shows_what_came_and_what_went(
    page: Page, site: str, bridge: dict[str, Any], committed: CommittedRun
) -> None:
    document(page, site, bridge)
    page.get_by_label("side by side", exact=True).check()
    left = "".join(page.locator("td.own").all_inner_texts())
    right = "".join(page.locator("td.side").all_inner_texts())
    decoded = committed.scan("decoded").collect().to_dicts()
    assert plain(left) == plain(next(row["text"] for row in decoded if row["doc_id"] == bridge["doc_id"]))
    assert plain(right) == plain(bridge["text"])


def test_a_rule_that_is_switched_off_takes_nothing(page: Page, site: str, bridge: dict[str, Any]) -> None:
    document(page, site, bridge)
    page.get_by_label("clean", exact=True).check()
    taken = page.locator("td.own del.r-byline-line").first
    assert not taken.is_visible()
    page.get_by_role("checkbox", name="byline-line").uncheck()
    assert taken.is_visible()
    assert "line-through" not in taken.evaluate("node => getComputedStyle(node).textDecorationLine")


def test_the_kept_copy_is_one_click_away(page: Page, site: str, committed: CommittedRun) -> None:
    edits = committed.scan("ledger").collect().to_dicts()
    edit = next(row for row in edits if row["rule"] == "shared-paragraph")
    page.goto(f"{site}en/documents/{edit['doc_id']}.html#L{edit['line_no']}")
    page.locator("tr:target summary").click()
    copy = page.locator("tr:target blockquote")
    assert copy.is_visible()
    assert words(edit["before"])[:20] in words(copy.inner_text())
    page.locator("tr:target details a").click()
    assert words(copy_text(committed, edit)) == words(page.locator("tr:target .own").inner_text())


def words(text: str) -> str:
    return re.sub(r"\W", "", text)


def copy_text(committed: CommittedRun, edit: dict[str, Any]) -> str:
    """Line of the kept copy."""
    texts = {row["doc_id"]: row["text"] for row in committed.scan("decoded").collect().to_dicts()}
    return str(texts[edit["match_doc_id"]].splitlines()[edit["match_line_no"] - 1])


def test_the_keyboard_alone_suffices(page: Page, site: str, bridge: dict[str, Any]) -> None:
    document(page, site, bridge)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]  # it is on the page
    page.keyboard.press("Enter")
    reached = set[str]()
    for _ in range(20):
        page.keyboard.press("Tab")
        kind = page.evaluate(
            "document.activeElement.name || document.activeElement.type || document.activeElement.tagName"
        )
        reached.add(str(kind))
        if kind == "view" and not page.locator("th.side").is_visible():
            page.keyboard.press("ArrowRight")
    assert {"view", "checkbox", "A"} <= reached
    assert page.locator("th.side").is_visible()
    page.locator("#rule-byline-line").focus()
    page.keyboard.press("Space")
    assert not page.locator("#rule-byline-line").is_checked()


def test_scraped_scripts_never_run(page: Page, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    text = (
        "<script>document.title='run'</script><img src=x onerror=alert(1)>\n"
        "</td></style><svg onload=alert(1)> <a href='javascript:alert(1)'>点</a>\n"
        "正文\u202e倒着\x00念，老人说这样的早晨他已经等了整整三十年，孩子们却只顾着往前跑。\n"
    )
    (tmp_path / "in" / "<svg onload=alert(1)>.txt").write_text(text, encoding="utf-8")
    committed = run(tmp_path / "in", tmp_path / "out", workers=1)
    page.on("dialog", lambda _: pytest.fail("a script ran"))
    for path in (committed.folder / "reports").rglob("*.html"):
        page.goto(path.as_uri())
        assert page.title() != "run"
        assert page.locator("script, img, [onload], [onerror], a[href^='javascript']").count() == 0
        drawn = page.locator("td.own").all_inner_texts()
        assert not any(set(cell) & {"\u202e", "\x00"} for cell in drawn)


def test_print_leaves_the_switches_out(page: Page, site: str) -> None:
    page.goto(site)
    page.emulate_media(media="print")
    assert not page.get_by_label("dark", exact=True).is_visible()
    assert page.locator(".signature:visible").count() == 1


def test_a_narrow_screen_needs_no_sideways_scrolling(page: Page, site: str, bridge: dict[str, Any]) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    for kind in KINDS:
        page.goto(site + kind.format(bridge["doc_id"]))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, kind


@pytest.mark.parametrize(("languages", "shown"), [("en-GB,en", "Sound, with warnings"), ("zh-CN,zh", "通过，有警告")])
def test_the_readers_browser_decides_on_the_language(
    playwright: Playwright, site: str, languages: str, shown: str
) -> None:
    with chromium(playwright, f"--accept-lang={languages}") as opened:
        page = opened.new_page()
        page.goto(site)
        assert page.locator("h1:visible").all_inner_texts() == [shown]
        for language, heading in (("#en", "Sound, with warnings"), ("#zh", "通过，有警告")):
            page.goto(site + language)
            assert page.locator("h1:visible").all_inner_texts() == [heading]


@pytest.fixture(scope="module")
def desk_site(committed: CommittedRun, pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A desk over two runs: the address of the older one."""
    folder = tmp_path_factory.mktemp("desk") / "out"
    shutil.copytree(committed.folder.parents[1], folder)
    run(pages, folder, Recipe.model_validate({"duplicates": {"across_documents": "off"}}), workers=1)
    with served(desk(folder)) as address:
        yield f"{address}/runs/{committed.run_id}"


def other_run(page: Page, desk_site: str) -> str:
    page.goto(f"{desk_site}/en/compare.html")
    return str(page.locator("option").first.inner_text())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_desk(
    page: Page, desk_site: str, bridge: dict[str, Any], scheme: Scheme
) -> None:
    page.emulate_media(color_scheme=scheme)
    places = (
        "index.html",
        f"en/documents/{bridge['doc_id']}.html",
        "en/search.html?text=%E6%A1%A5",
        f"zh/compare.html?with={other_run(page, desk_site)}",
        f"en/review.html?doc={bridge['doc_id']}&line=1",
        "en/reviews.html",
    )
    for place in places:
        page.goto(f"{desk_site}/{place}")
        assert serious(page) == [], place


def test_a_reviewer_finds_a_vanished_line_and_marks_it(page: Page, desk_site: str) -> None:
    page.goto(f"{desk_site}/index.html#en")
    page.get_by_role("link", name="Search").first.click()
    page.get_by_label("Text").fill("责任编辑")
    page.keyboard.press("Enter")
    page.locator("tbody th a").first.click()
    line = page.locator("tr:target")
    assert "责任编辑" in line.locator(".own").inner_text()
    line.get_by_role("link", name="review").click()
    assert page.get_by_label("should have stayed").is_checked()
    page.get_by_label("Who").fill("王")
    page.get_by_label("Why").fill("<i>读者要看</i>")
    page.get_by_role("button").click()
    assert "should have stayed · 王" in page.locator("tr:target .by").inner_text()
    page.get_by_role("link", name="Reviews").click()
    assert "<i>读者要看</i>" in page.locator("tbody").inner_text()
