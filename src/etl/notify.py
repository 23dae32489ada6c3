"""Telling somebody that a run warned or failed: a log line, a webhook, a command.

A hook that fails never hurts the run; that it failed is a log line of its own.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from etl.recipe import NotifyOptions

__all__ = ["News", "address", "notify"]

LOG = logging.getLogger(__name__)

NEWS_LOG = logging.getLogger("etl.news")
"""Has the news alone; the command line, which prints them anyway, keeps it still."""

WEBHOOK_SECONDS = 10
"""How long a webhook may take: the run is over, and whoever waits for it waits for this too."""

COMMAND_SECONDS = 60
"""How long a command may take."""

LINES = 5
"""Expectations that the one-line text names; the JSON has them all."""


@dataclass(frozen=True)
class News:
    """What a hook is told.

    Attributes:
        verdict: warn or fail.
        run_id: the run; empty if it ended before it had a name.
        output: the output folder.
        published: whether readers now use the run.
        lines: the expectations that were not met, or the error.
        report: the page to open; empty if there is none.
    """

    verdict: str
    run_id: str
    output: Path
    published: bool
    lines: tuple[str, ...]
    report: str = ""

    @property
    def text(self) -> str:
        """All of it in one line."""
        more = f" and {len(self.lines) - LINES} more" if len(self.lines) > LINES else ""
        name = f"run {self.run_id} of {self.output}" if self.run_id else f"the run of {self.output}"
        stands = "" if self.published else " and is not published"
        return f"etl: {name} has verdict {self.verdict}{stands}: {'; '.join(self.lines[:LINES])}{more}"

    def json(self) -> bytes:
        """What a webhook gets posted, and a command reads; `text` is where chat programs look."""
        return json.dumps({"text": self.text, **asdict(self)}, ensure_ascii=False, default=str).encode()


def notify(options: NotifyOptions, news: News) -> None:
    """Tell every hook that the recipe names."""
    if options.on == "never" or (options.on == "fail" and news.verdict != "fail"):
        return
    NEWS_LOG.log(logging.ERROR if news.verdict == "fail" else logging.WARNING, "%s", news.text)
    if options.webhook:
        _try("webhook", lambda: _post(address(options.webhook), news))
    if options.command:
        _try("command", lambda: _call(options.command, news))


def address(text: str) -> str:
    """An address, or what the environment variable holds whose name it gives.

    Raises:
        ValueError: there is no such variable.
    """
    if not text.startswith("$"):
        return text
    if text[1:] not in os.environ:
        raise ValueError(f"the environment has no {text[1:]}")
    return os.environ[text[1:]]


def _try(hook: str, tell: Callable[[], None]) -> None:
    try:
        tell()
    except (OSError, ValueError, HTTPException, subprocess.SubprocessError) as error:
        LOG.error("etl: the %s of [notify] was not told: %s", hook, error)  # one line, as for all users


def _post(url: str, news: News) -> None:
    if not url.startswith(("http://", "https://")):
        raise ValueError("its address is no http:// or https:// URL")
    request = Request(url, data=news.json(), headers={"Content-Type": "application/json"})
    with urlopen(request, timeout=WEBHOOK_SECONDS):
        pass


def _call(command: tuple[str, ...], news: News) -> None:
    told = {"ETL_VERDICT": news.verdict, "ETL_RUN_ID": news.run_id, "ETL_TEXT": news.text}
    subprocess.run(
        command,
        input=news.json(),
        env=os.environ | told,
        stdout=subprocess.DEVNULL,
        timeout=COMMAND_SECONDS,
        check=True,
    )
