"""A browser for tests and screenshots: Debian's chromium, headless, without any traffic of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright

__all__ = ["CHROMIUM", "chromium"]

CHROMIUM = shutil.which("chromium")
"""Path of the browser, null where there is none; Playwright's own download is not used."""

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""Options without which it would talk to the network, or not start for root."""


@contextmanager
def chromium(playwright: Playwright, *options: str) -> Iterator[Browser]:
    """A running browser.

    Args:
        playwright: drives it.
        options: of its command line, besides those that keep it quiet.
    """
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *options])
    try:
        yield browser
    finally:
        browser.close()
