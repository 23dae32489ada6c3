from __future__ import annotations

import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from etl.notify import News, notify
from etl.recipe import NotifyOptions
from tests.hooks import listening

LINE = "decode damaged-share 0.2, over 0.05"
WARNED = News("warn", "r1", Path("out"), published=True, lines=(LINE,), report="p.html")
FAILED = News("fail", "r2", Path("out"), published=False, lines=tuple(f"line {number}" for number in range(7)))

KEEP = "import os, sys; open(sys.argv[1], 'wb').write(os.environ['ETL_VERDICT'].encode() + sys.stdin.buffer.read())"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def options(**given: Any) -> NotifyOptions:
    return NotifyOptions.model_validate(given)


def test_a_log_line_is_written_whatever_the_hooks(caplog: pytest.LogCaptureFixture) -> None:
    notify(options(), WARNED)
    notify(options(), FAILED)
    first = "line 0; line 1; line 2; line 3; line 4 and 2 more"
    assert caplog.record_tuples == [
        ("etl.news", logging.WARNING, f"etl: run r1 of out has verdict warn: {LINE}"),
        ("etl.news", logging.ERROR, f"etl: run r2 of out has verdict fail and is not published: {first}"),
    ]


def test_a_webhook_is_posted_everything_as_json(caplog: pytest.LogCaptureFixture) -> None:
    with listening() as posted:
        notify(options(webhook=f"{posted.url}/hooks/1"), WARNED)
    [(path, kind, body)] = posted
    assert (path, kind) == ("/hooks/1", "application/json")
    assert json.loads(body) == {
        "text": WARNED.text,
        "verdict": "warn",
        "run_id": "r1",
        "output": "out",
        "published": True,
        "lines": [LINE],
        "report": "p.html",
    }
    assert len(caplog.records) == 1


def test_a_webhook_may_be_kept_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as posted:
        monkeypatch.setenv("ETL_TEST_WEBHOOK", posted.url)
        notify(options(webhook="$ETL_TEST_WEBHOOK"), WARNED)
    assert len(posted) == 1


def test_a_command_reads_the_same_json(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    notify(options(command=[sys.executable, "-c", KEEP, str(tmp_path / "told")]), FAILED)
    told = (tmp_path / "told").read_text(encoding="utf-8")
    assert told.startswith("fail{")
    assert json.loads(told.removeprefix("fail"))["lines"] == list(FAILED.lines)
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("hooks", "says"),
    [
        ({"webhook": "http://127.0.0.1:1/nobody"}, "webhook .* refused"),
        ({"webhook": "file:///etc/passwd"}, "webhook .* no http:// or https:// URL"),
        ({"webhook": "$ETL_TEST_NOWHERE"}, "webhook .* environment has no ETL_TEST_NOWHERE"),
        ({"command": ["/nowhere/notifier"]}, "command .* No such file"),
        ({"command": ["false"]}, "command .* non-zero exit status 1"),
    ],
)
def test_a_failing_hook_is_told_and_hurts_nobody(
    hooks: dict[str, Any], says: str, caplog: pytest.LogCaptureFixture
) -> None:
    notify(options(**hooks), WARNED)
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
    assert re.search(says, caplog.messages[1])


def test_a_webhook_that_answers_with_an_error_was_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with listening(status=500) as posted:
        notify(options(webhook=posted.url), WARNED)
    assert "HTTP Error 500" in caplog.messages[1]


def test_a_command_that_does_not_end_is_left(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.notify.COMMAND_SECONDS", 0.05)
    notify(options(command=["sleep", "60"]), WARNED)
    assert "timed out" in caplog.messages[1]


@pytest.mark.parametrize(("on", "told"), [("warn", 2), ("fail", 1), ("never", 0)])
def test_hooks_are_told_from_a_verdict_on(on: str, told: int) -> None:
    with listening() as posted:
        for news in (WARNED, FAILED):
            notify(options(on=on, webhook=posted.url), news)
    assert len(posted) == told
