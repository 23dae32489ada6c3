from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from etl.datasets import CommittedRun
from etl.desk.app import COOKIE, desk
from etl.desk.reviews import REVIEWS, as_cases, as_counter_examples, read_reviews
from etl.desk.serving import address_of
from etl.errors import BrokenPromiseError
from etl.recipe import Recipe
from etl.runs import run
from tests.serving import served


@pytest.fixture(scope="module")
def output(committed: CommittedRun, pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs over the same pages; the second leaves repeats across documents alone."""
    folder = tmp_path_factory.mktemp("desk") / "out"
    shutil.copytree(committed.folder.parents[1], folder)
    run(pages, folder, Recipe.model_validate({"duplicates": {"across_documents": "off"}}), workers=1)
    return folder


@pytest.fixture(scope="module")
def client(output: Path) -> Iterator[httpx.Client]:
    with served(desk(output)) as address, httpx.Client(base_url=address, timeout=60) as opened:
        yield opened


@pytest.fixture
def base(committed: CommittedRun) -> str:
    return f"/runs/{committed.run_id}"


@pytest.fixture
def taken(committed: CommittedRun) -> dict[str, Any]:
    """The paragraph that was removed, because another document has it."""
    return next(row for row in committed.scan("ledger").collect().to_dicts() if row["rule"] == "shared-paragraph")


def test_the_start_leads_to_the_current_run_in_the_readers_language(client: httpx.Client, output: Path) -> None:
    current = (output / "CURRENT").read_text().strip()
    for accepted, lang in (("zh-CN,zh;q=0.9", "zh"), ("en-GB", "en"), ("", "en")):
        answer = client.get("/", headers={"accept-language": accepted}, follow_redirects=False)
        assert answer.headers["location"] == f"/runs/{current}/index.html#{lang}"


def test_every_link_on_every_page_leads_somewhere(client: httpx.Client, base: str) -> None:
    waiting, seen = [f"{origin(client)}{base}/index.html"], set[str]()
    while waiting:
        address = waiting.pop()
        if address in seen or "review.html" in address:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        links = [link.partition("#")[0] for link in re.findall(r'href="([^"]*)"', answer.text)]
        waiting += [str(answer.url.join(link.replace("&amp;", "&"))) for link in links if link]
    assert len(seen) > 50


def test_every_document_has_a_page(client: httpx.Client, base: str, committed: CommittedRun) -> None:
    for doc_id in committed.scan("documents").collect()["doc_id"]:
        answer = client.get(f"{base}/zh/documents/{doc_id}.html")
        assert answer.status_code == 200
        assert 'id="L1"' in answer.text


def test_the_search_says_where_a_sentence_went(client: httpx.Client, base: str, taken: dict[str, Any]) -> None:
    text = taken["before"].strip()[:12]
    answer = client.get(f"{base}/en/search.html", params={"text": text}).text
    assert f"documents/{taken['doc_id']}.html#L{taken['line_no']}" in answer
    assert "<mark>" in answer
    assert re.search(r'data-of="search/kept">[12]<', answer)
    other = client.get(f"{base}/en/search.html", params={"text": text, "rule": "footer"}).text
    assert 'data-of="search/vanished"' not in other
    for narrowed in ({"stage": "duplicates"}, {"site": "qingshan.example"}, {"rule": "shared-paragraph"}):
        assert "<mark>" in client.get(f"{base}/en/search.html", params={"text": text} | narrowed).text
    assert "<mark>" not in client.get(f"{base}/en/search.html", params={"text": text, "site": "x.example"}).text


def test_a_filter_alone_lists_its_edits(client: httpx.Client, base: str, committed: CommittedRun) -> None:
    answer = client.get(f"{base}/en/search.html", params={"rule": "byline-line"}).text
    edits = [row for row in committed.scan("ledger").collect().to_dicts() if row["rule"] == "byline-line"]
    assert f'data-of="search/vanished">{len(edits)}<' in answer
    assert all(f"documents/{row['doc_id']}.html#L{row['line_no']}" in answer for row in edits)


def test_a_document_is_found_by_its_name(client: httpx.Client, base: str) -> None:
    answer = client.get(f"{base}/en/search.html", params={"text": "school.txt"}).text
    assert "qingshan.example/school.txt" in answer.partition("Documents of that name")[2]


def test_what_is_asked_for_stays_text(client: httpx.Client, base: str) -> None:
    for name in ("text", "rule", "site"):
        given = {"text": "x", name: '"><script>alert(1)</script>'}
        assert "<script" not in client.get(f"{base}/en/search.html", params=given).text


def test_two_runs_are_compared(client: httpx.Client, base: str, output: Path, taken: dict[str, Any]) -> None:
    current = (output / "CURRENT").read_text().strip()
    vanished = client.get(f"{base}/en/compare.html", params={"with": current}).text
    first, _, second = vanished.partition("Came back")
    assert f"documents/{taken['doc_id']}.html#L{taken['line_no']}" in first
    assert "shared-paragraph" not in second
    back = client.get(f"/runs/{current}/en/compare.html", params={"with": base.rpartition("/")[2]}).text
    assert f"documents/{taken['doc_id']}.html#L{taken['line_no']}" in back.partition("Came back")[2]


@pytest.mark.parametrize(
    "path",
    [
        "/runs/none/index.html",
        "/runs/../index.html",
        "/runs/%2e%2e/index.html",
        "/runs/..%2f..%2f/index.html",
        "{base}/en/..%2f..%2fmanifest.json",
        "{base}/en/%2e%2e/%2e%2e/manifest.json",
        "{base}/manifest.json",
        "{base}/fr/decode.html",
        "{base}/en/documents/none.html",
        "{base}/en/documents/{doc_id}.0.html",
        "{base}/en/documents/{doc_id}.2.html",
        "{base}/en/documents/..%2f..%2fmanifest.html",
        "{base}/en/nothing.html",
        "{base}/en/search.html?text=x&stage=..%2f",
        "{base}/en/compare.html?with=..%2f..",
        "{base}/en/review.html?doc=none&line=1",
        "{base}/en/review.html?doc=none&line=x",
    ],
)
def test_what_is_not_there_is_not_found(client: httpx.Client, base: str, taken: dict[str, Any], path: str) -> None:
    assert client.get(f"{base}/en/documents/{taken['doc_id']}.1.html").status_code == 200
    assert client.get(path.format(base=base, doc_id=taken["doc_id"])).status_code == 404


def test_a_run_whose_report_is_of_another_version_says_so(committed: CommittedRun, tmp_path: Path) -> None:
    shutil.copytree(committed.folder.parents[1], tmp_path / "out")
    (report,) = (tmp_path / "out" / "runs").glob("*/reports/run.json")
    report.write_text(json.dumps(committed.report("run") | {"report_version": 0}))
    with served(desk(tmp_path / "out")) as address:
        answer = httpx.get(f"{address}/", follow_redirects=True, timeout=60)
    assert answer.status_code == 404
    assert "was written by another version of etl; open its index.html, or run again" in answer.text


def test_a_foreign_name_is_refused(client: httpx.Client) -> None:
    for host in ("evil.example", "evil.example:8571", "127.0.0.1.evil.example", ""):
        assert client.get("/", headers={"host": host}).status_code == 400
    for host in ("localhost:8571", "127.0.0.1:1", "[::1]:8571"):
        assert client.get("/", headers={"host": host}, follow_redirects=False).status_code == 303


def test_pages_may_load_nothing_and_be_framed_by_nobody(client: httpx.Client, base: str) -> None:
    answer = client.get(f"{base}/index.html")
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src &#39;none&#39;" in answer.text or "default-src 'none'" in answer.text


def test_off_loopback_a_token_is_asked_for(output: Path) -> None:
    address, token, hosts = address_of("192.0.2.7", 8571)
    assert token
    assert address.endswith(f"/?token={token}")
    named = {"host": "192.0.2.7:8571"}
    with served(desk(output, hosts, token)) as base, httpx.Client(base_url=base, headers=named, timeout=60) as guarded:
        assert guarded.get("/").status_code == 403
        assert guarded.get("/?token=guess").status_code == 403
        entered = guarded.get(f"/?token={token}")
        assert entered.status_code == 303
        assert "httponly" in entered.headers["set-cookie"].lower()
        cookie = entered.headers["set-cookie"].partition(";")[0]
        assert guarded.get("/", headers={"cookie": cookie}).headers["location"].startswith("/runs/")
        assert guarded.get("/", headers={"cookie": f"{COOKIE}=guess"}).status_code == 403


@pytest.mark.parametrize(
    ("host", "asks"),
    [("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True), ("desk.example", True)],
)
def test_loopback_needs_no_token(host: str, asks: bool) -> None:
    assert (address_of(host, 1)[1] is not None) is asks


def origin(client: httpx.Client) -> str:
    return str(client.base_url).rstrip("/")


def form(taken: dict[str, Any], **changed: str) -> dict[str, str]:
    given = {"doc": taken["doc_id"], "line": str(taken["line_no"]), "verdict": "stay", "who": "王 <b>", "why": "是正文"}
    return given | changed


def test_a_mark_is_kept_and_shown_and_survives_a_new_run(
    client: httpx.Client, base: str, output: Path, taken: dict[str, Any], pages: Path
) -> None:
    asked = client.get(f"{base}/zh/review.html", params={"doc": taken["doc_id"], "line": taken["line_no"]})
    assert asked.status_code == 200
    assert re.search(r'value="stay" required checked', asked.text)
    page = f"{base}/zh/review.html"
    answer = client.post(page, data=form(taken), headers={"origin": origin(client)}, follow_redirects=True)
    assert answer.status_code == 200
    assert "应当保留 · 王 &lt;b&gt;" in answer.text
    latest = run(pages, output, workers=1)
    shown = client.get(f"/runs/{latest.run_id}/en/documents/{taken['doc_id']}.html").text
    assert "should have stayed · 王" in shown
    assert "是正文" in client.get(f"{base}/en/reviews.html").text
    (mark,) = read_reviews(output)
    assert (mark.verdict, mark.rules, mark.run_id) == ("stay", ("shared-paragraph",), base.rpartition("/")[2])
    (case,) = as_cases([mark, mark])
    assert (case["expected"], case["text"]) == ("kept", mark.text)
    assert f"{{ before = {json.dumps(mark.text, ensure_ascii=False)} }}" in as_counter_examples([mark])


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"verdict": "burn"}, 404),
        ({"who": " "}, 404),
        ({"line": "9999"}, 404),
        ({"line": "x"}, 404),
        ({"why": "长" * 30_000}, 413),
    ],
)
def test_a_mark_that_says_nothing_is_refused(
    client: httpx.Client, base: str, taken: dict[str, Any], changed: dict[str, str], status: int
) -> None:
    before = client.get(f"{base}/en/reviews.html").text
    answer = client.post(f"{base}/en/review.html", data=form(taken, **changed), headers={"origin": origin(client)})
    assert answer.status_code == status
    assert client.get(f"{base}/en/reviews.html").text == before


def test_forms_of_other_pages_are_refused(client: httpx.Client, base: str, taken: dict[str, Any]) -> None:
    for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
        assert client.post(f"{base}/en/review.html", data=form(taken), headers=headers).status_code == 403


def test_a_broken_file_of_marks_is_said_so(tmp_path: Path) -> None:
    (tmp_path / REVIEWS).write_text("{}\n")
    with pytest.raises(BrokenPromiseError, match=r"review\.jsonl:1"):
        read_reviews(tmp_path)
