from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from benchmarks.desk import measure, opening, repeated
from etl.datasets import CommittedRun


def test_a_ledger_is_read_over_until_it_has_as_many_edits(committed: CommittedRun) -> None:
    once = committed.scan("ledger").collect()
    scan = repeated(committed, once.height + 1)
    assert scan("ledger").collect().equals(pl.concat([once, once]))
    assert scan("ledger", "normalize-").collect().height == 2 * once.filter(stage="normalize").height
    assert scan("documents").collect().equals(committed.scan("documents").collect())
    assert repeated(committed, 0)("ledger").collect().equals(once)


def test_pages_searches_and_a_document_are_measured(committed: CommittedRun, tmp_path: Path) -> None:
    lines = list(measure(committed, 500, tmp_path))
    assert (tmp_path / "index.html").is_file()
    assert int(lines[1].split()[0].replace(",", "")) >= 500
    assert [bool(re.search(r": \d+\.\d\d CPU s, \d+\.\d\d s$", line)) for line in lines] == [
        *(True, False),
        *[True] * 6,
        False,
    ]


@pytest.mark.browser
def test_pages_are_opened(committed: CommittedRun) -> None:
    lines = list(opening(committed.folder / "reports"))
    assert [line.partition(",")[0] for line in lines[:2]] == ["index.html", "en/boilerplate.html"]
    assert all(line.endswith(" s to open") for line in lines)
