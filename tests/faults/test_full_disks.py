"""A run that the disk refuses says so in one line, and the next one goes on."""

from __future__ import annotations

import errno
import re
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from etl.datasets import current_run
from etl.errors import OutputError
from etl.runs import run
from tests.commands import Command
from tests.committed import SMALL_SHARDS
from tests.faults.outputs import Ground, assert_resumes, assert_sound

long = pytest.mark.faults


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """What stands for a full disk where none can be mounted: a file that grows over a limit is refused."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def assert_refused(pages: Path, output: Path, says: str) -> None:
    with pytest.raises(OutputError, match=says) as raised:
        run(pages, output, SMALL_SHARDS, workers=1)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("sizes", [[0, 9000], pytest.param(range(0, 24000, 1000), marks=long)])
def test_a_run_whose_files_may_not_grow_is_taken_up(ground: Ground, tmp_path: Path, sizes: list[int]) -> None:
    for size in sizes:
        output = tmp_path / str(size)
        with ground.fault("a file may not grow"):
            with files_no_longer_than(size):
                assert_refused(ground.pages, output, "File too large")
            assert_sound(output)
            assert_resumes(ground, output)
        shutil.rmtree(output)


@pytest.mark.mounts
@pytest.mark.parametrize(
    "options",
    [
        ["size=200k"],
        pytest.param([f"size={kilobytes}k" for kilobytes in range(4, 1200, 48)], marks=long),
        pytest.param([f"nr_inodes={names}" for names in range(4, 120, 8)], marks=long),
    ],
)
def test_a_run_on_a_full_disk_is_taken_up(ground: Ground, tmp_path: Path, options: list[str]) -> None:
    for option in options:
        with disk(tmp_path / "disk", option) as folder, ground.fault("a full disk"):
            assert_refused(ground.pages, folder / "out", "No space left on device")
            assert_sound(folder / "out")
            subprocess.run(["mount", "-o", "remount,size=32m,nr_inodes=9999", folder], check=True)
            assert_resumes(ground, folder / "out")


@contextmanager
def disk(folder: Path, option: str) -> Iterator[Path]:
    """A small disk of its own."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.mounts
def test_an_output_that_cannot_be_written_is_one_line(ground: Ground, tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "size=32m") as folder:
        shutil.copytree(ground.earlier, folder / "out")
        before = current_run(folder / "out").run_id
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        with ground.fault("a disk that is read-only"):
            assert_refused(ground.pages, folder / "out", "Read-only file system")
            assert_refused(ground.pages, folder / "new", "Read-only file system")
            assert current_run(folder / "out").run_id == before


def test_a_file_that_may_not_be_read_is_one_line(
    ground: Ground, tmp_path: Path, etl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ground.earlier, tmp_path / "out")

    def refuse(path: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("etl.datasets.file_sha256", refuse)
    with ground.fault("a file of a run may not be read"):
        status, out, said = etl("verify", tmp_path / "out")
        assert (status, out) == (2, "")
        assert re.fullmatch(r"etl: /\S+: Permission denied; see to the rights there and to the disk\n", said)
