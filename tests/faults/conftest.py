"""What the tests of faults can ask for, and the figures that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
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
    """Write the figures of what was tried; those of other kinds stay, so that a part of the suite can be run again."""
    page: Path | None = session.config.getoption("--figures", None)
    if page:
        before, _, rest = page.read_text(encoding="utf-8").partition(FIGURES[0])
        written, _, after = rest.partition(FIGURES[1])
        page.write_text(before + FIGURES[0] + table(figures(written)) + FIGURES[1] + after, encoding="utf-8")


def figures(written: str) -> dict[str, tuple[int, int]]:
    """Faults tried and survived by kind: those that a table has, and over them those of this session."""
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in written.splitlines()[2:-1]]
    before = {kind: (int(tried.replace(",", "")), int(survived.replace(",", ""))) for kind, tried, survived, _ in rows}
    return before | {kind: (tried, SURVIVED[kind]) for kind, tried in TRIED.items()}


def table(faults: Mapping[str, tuple[int, int]]) -> str:
    """Faults by kind, as a table in Markdown."""
    rows = [(kind, *faults[kind]) for kind in sorted(faults)]
    rows.append(("all", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    lines = [f"| {kind} | {tried:,} | {survived:,} | {tried - survived:,} |\n" for kind, tried, survived in rows]
    return "".join(["| fault | tried | survived | lost |\n", "|---|---|---|---|\n", *lines])


@contextmanager
def count(kind: str) -> Iterator[None]:
    TRIED[kind] += 1
    try:
        yield
    except KeyboardInterrupt:
        TRIED[kind] -= 1  # The suite was stopped, and nothing is known.
        raise
    SURVIVED[kind] += 1


@pytest.fixture(scope="session")
def ground(pages: Path, committed: CommittedRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    earlier = tmp_path_factory.mktemp("earlier") / "out"
    run(pages / "linjiang.example", earlier, workers=1)
    with forks() as forked:
        yield Ground(pages, committed, earlier, forked, count)
