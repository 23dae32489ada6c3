"""What the tests of faults can ask for, and the figures that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from etl.datasets import CommittedRun
from etl.runs import run
from tests.faults.forking import forks
from tests.faults.outputs import Ground

TRIED: Counter[str] = Counter()
SURVIVED: Counter[str] = Counter()

FIGURES = ("<!-- figures -->\n", "<!-- end of figures -->\n")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--figures", type=Path, help="page whose table of faults is written anew")


def pytest_sessionfinish(session: pytest.Session) -> None:
    page: Path | None = session.config.getoption("--figures", None)
    if page:
        before, _, rest = page.read_text(encoding="utf-8").partition(FIGURES[0])
        page.write_text(before + FIGURES[0] + table() + FIGURES[1] + rest.partition(FIGURES[1])[2], encoding="utf-8")


def table() -> str:
    """Faults by kind, as a table in Markdown."""
    rows = [(kind, tried, SURVIVED[kind]) for kind, tried in TRIED.items()]
    rows.append(("all", TRIED.total(), SURVIVED.total()))
    lines = [f"| {kind} | {tried:,} | {survived:,} | {tried - survived:,} |\n" for kind, tried, survived in rows]
    return "".join(["| fault | tried | survived | lost |\n", "|---|---|---|---|\n", *lines])


@contextmanager
def count(kind: str) -> Iterator[None]:
    TRIED[kind] += 1
    yield
    SURVIVED[kind] += 1


@pytest.fixture(scope="session")
def ground(pages: Path, committed: CommittedRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    earlier = tmp_path_factory.mktemp("earlier") / "out"
    run(pages / "linjiang.example", earlier, workers=1)
    with forks() as forked:
        yield Ground(pages, committed, earlier, forked, count)
