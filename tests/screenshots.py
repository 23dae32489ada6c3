"""The README's pictures, taken from runs over the sample documents: `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from etl.desk.app import desk
from etl.explain import find_document
from etl.recipe import Recipe
from etl.runs import run
from tests.browser import chromium
from tests.serving import served

__all__ = ["take"]

SEEDS = Path(__file__).parents[1] / "seeds"

WIDTH = 1200
"""Pixels; a README shows less, so that text is sharp."""


def take(folder: Path) -> list[Path]:
    """Take every picture.

    Args:
        folder: where to.

    Returns:
        The pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "output"
        across = {"duplicates": {"across_documents": "off"}}
        first = run(SEEDS, output, Recipe.model_validate(across), workers=1)
        second = run(SEEDS, output, workers=1)
        base = f"runs/{second.run_id}"
        document = find_document(second, "thread-20931.txt")
        pictures = {
            "run": (f"{base}/index.html#en", 1000),
            "document": (f"{base}/en/documents/{document}.html", 1100),
            "comparison": (f"{base}/en/compare.html?with={first.run_id}", 640),
        }
        with served(desk(output)) as address, sync_playwright() as playwright, chromium(playwright) as browser:
            page = browser.new_page(viewport={"width": WIDTH, "height": 800}, color_scheme="light")
            return [
                _shot(page, f"{address}/{at}", folder / f"{name}.png", high) for name, (at, high) in pictures.items()
            ]


def _shot(page: Page, address: str, path: Path, height: int) -> Path:
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.goto(address)
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=path)
    return path


if __name__ == "__main__":
    for picture in take(Path(sys.argv[1])):
        print(picture)  # noqa: T201  # a command says what it wrote
