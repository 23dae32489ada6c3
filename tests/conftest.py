"""What every test can ask for."""

from __future__ import annotations

import fcntl
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from etl import cli
from etl.datasets import CommittedRun
from etl.runs import run
from tests.commands import Command
from tests.committed import SMALL_SHARDS
from tests.nightly import Nights
from tests.samples import BRIDGE, SCHOOL

SHARED = Path(__file__).parents[2] / "shared"
"""Labelled material beside the checkout; it is not part of the project."""

# Machines that run tests are shared: a deadline would measure the neighbours.
settings.register_profile("etl", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("etl")

LINKED = BRIDGE + "相关阅读\n• 老桥要拆了吗\n"
"""A page that ends with links to others."""

COPIED = "".join(line for line in BRIDGE.splitlines(keepends=True) if line.startswith("上午九时")).replace(",", "，")
"""A paragraph of that page, with full-width commas."""

REPEATING = SCHOOL.replace("　　校长说", f"　　{COPIED}　　校长说")
"""A page of another site that has the paragraph too."""


def may_mount() -> bool:
    """Whether this process may mount a file system: it has the capability CAP_SYS_ADMIN."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return bool(int(status.partition("CapEff:")[2].split()[0], 16) >> 21 & 1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs the labelled material, a browser, mounting a disk, or other engines, where it is absent."""
    there = {
        "shared": SHARED.is_dir(),
        "browser": bool(shutil.which("chromium")),
        "mounts": may_mount(),
        "cloud": all(map(find_spec, ("chdb", "pyspark", "sqlglot"))),
    }
    absent = [marker for marker, is_there in there.items() if not is_there]
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in absent)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def etl(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command line in this process: arguments in; exit status, output and errors out."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["etl", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        captured = capsys.readouterr()
        return int(exit_.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of labelled material."""
    return SHARED


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder of documents: two sites, three encodings, a repeated paragraph, and two that are no text."""
    root = tmp_path_factory.mktemp("pages")
    market = REPEATING.replace("小学", "菜场").replace("\n　　", "\r\n\r\n　　")
    contents = {
        "linjiang.example/bridge.txt": LINKED.encode(),
        "qingshan.example/school.txt": REPEATING.encode("gb18030"),
        "qingshan.example/market.txt": market.encode("utf-16"),
        "damaged.txt": LINKED.encode()[:300] + b"\xff\xfe" + LINKED.encode()[300:],
        "empty.txt": b"",
        "picture.txt": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100),
    }
    for name, data in contents.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(data)
    return root


@pytest.fixture(scope="session")
def committed(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> CommittedRun:
    """A run over `pages` in several shards; to read, not to change."""
    return run(pages, tmp_path_factory.mktemp("committed") / "out", SMALL_SHARDS, workers=1)


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    """Nights without pages, which are most of a small run's time, and no matter here."""
    monkeypatch.setattr("etl.runs.write_pages", lambda *arguments: None)
    return Nights(tmp_path)


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Prefect server on loopback, for the whole session."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with ExitStack() as stack:
        # A server looks for a free port before it takes it: those of two test processes start one after the other.
        with (tmp_path_factory.getbasetemp().parent / "prefect.lock").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            stack.enter_context(prefect_test_harness(server_startup_timeout=180))
        # The heartbeat thread would add a second to every flow run.
        stack.enter_context(temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}))
        yield
