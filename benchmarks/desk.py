"""What a run's report and its desk cost: making the pages, opening them, and searching ten million edits.

    python -m benchmarks.desk OUTPUT

OUTPUT holds a run; its ledger is read as often over as it takes to be as many edits as asked for.
"""

from __future__ import annotations

import argparse
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import polars as pl
from playwright.sync_api import sync_playwright

from etl.datasets import CommittedRun, current_run
from etl.desk.searching import Ask, search
from etl.report.pages import document_draft, render, write_pages
from etl.report.sample import single
from etl.timing import peak_memory_mb
from tests.browser import chromium

__all__ = ["measure", "opening", "repeated"]

ASKS = (Ask("昨天上午"), Ask("责任编辑"), Ask("这一句话到处都没有"), Ask(rule="footer"), Ask("版权", rule="copyright"))
"""What is searched for: a phrase of articles, one of every page, one of none, a rule, and both."""

OPENINGS = 5
"""Times that a page is opened; the slowest counts."""


def repeated(run: CommittedRun, edits: int) -> Callable[..., pl.LazyFrame]:
    """Scan a run's datasets, its ledger as often over as makes so many edits."""
    height = run.scan("ledger").select(pl.len()).collect().item()
    times = max(1, math.ceil(edits / max(1, height)))

    def scan(dataset: str, prefix: str = "") -> pl.LazyFrame:
        frame = run.scan(dataset, prefix)
        return pl.concat([frame] * times) if dataset == "ledger" else frame

    return scan


def measure(run: CommittedRun, edits: int, folder: Path) -> Iterator[str]:
    """Make the pages, search, and show a document; a line each.

    Args:
        run: the run.
        edits: how many to search at least.
        folder: where the pages go.
    """
    for report in (run.folder / "reports").glob("*.json"):
        shutil.copy(report, folder)
    yield _timed("all pages", lambda: write_pages(folder, run, run.manifest))
    scan = repeated(run, edits)
    yield f"{scan('ledger').select(pl.len()).collect().item():,} edits"
    for ask in ASKS:
        yield _timed(f"search {ask.text} {ask.rule}", partial(search, scan, ask))
    doc_id = run.scan("documents").select(pl.col("doc_id").max()).collect().item()
    yield _timed(
        "a document's page",
        lambda: render(document_draft(single(run, doc_id), doc_id), "zh", {**run.report("run")}),
    )
    yield f"peak memory {peak_memory_mb():.0f} MB"


def opening(folder: Path) -> Iterator[str]:
    """Open the page of the run, that of a stage, and the largest of a document in a browser."""
    largest = max((folder / "en" / "documents").glob("*.html"), key=lambda path: path.stat().st_size)
    with sync_playwright() as playwright, chromium(playwright) as browser:
        page = browser.new_page()
        for path in (folder / "index.html", folder / "en" / "boilerplate.html", largest):
            slowest = 0.0
            for _ in range(OPENINGS):
                page.goto(path.as_uri())
                slowest = max(
                    slowest,
                    page.evaluate("performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart"),
                )
            yield f"{path.relative_to(folder)}, {path.stat().st_size / 1e3:.0f} kB: {slowest / 1e3:.2f} s to open"


def _timed(name: str, work: Callable[[], object]) -> str:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return f"{name}: {time.process_time() - cpu:.2f} CPU s, {time.perf_counter() - wall:.2f} s"


def main() -> None:
    """Measure the current run of an output folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--edits", type=int, default=10_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for line in (*measure(current_run(given.output), given.edits, Path(folder)), *opening(Path(folder))):
            print(line)  # noqa: T201  # what a benchmark is for


if __name__ == "__main__":
    main()
