"""What is torn or has a bit turned over is found, and never read as good."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import etl
from etl.datasets import CommittedRun, current_run
from etl.errors import BrokenPromiseError
from etl.schemas import DATASETS
from etl.verify import verify
from tests.faults.outputs import Ground

long = pytest.mark.faults


@pytest.fixture
def output(ground: Ground, tmp_path: Path) -> Path:
    """An output to damage."""
    shutil.copytree(ground.whole.folder.parents[1], tmp_path / "out")
    return tmp_path / "out"


@contextmanager
def damaged(path: Path, data: bytes) -> Iterator[None]:
    """A file with other content, for a while."""
    before = path.read_bytes()
    path.write_bytes(data)
    yield
    path.write_bytes(before)


def flipped(data: bytes, bit: int) -> bytes:
    turned = bytearray(data)
    turned[bit // 8] ^= 1 << bit % 8
    return bytes(turned)


def assert_found(output: Path) -> None:
    with pytest.raises(BrokenPromiseError) as raised:
        verify(current_run(output))
    assert "\n" not in str(raised.value)


def tries(data: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """Damaged versions of a file: torn at random places, and with random bits turned over."""
    chance = random.Random(len(data))
    for place in [0, *(chance.randrange(len(data)) for _ in range(count // 2))]:
        yield "torn", data[:place]
    for bit in [0, *(chance.randrange(len(data) * 8) for _ in range(count))]:
        yield "a bit turned over", flipped(data, bit)


@pytest.mark.parametrize("count", [1, pytest.param(10, marks=long)])
def test_damage_to_a_file_of_a_run_is_found(ground: Ground, output: Path, count: int) -> None:
    run = current_run(output)
    assert {Path(name).suffix for name in run.manifest["files"]} == {".parquet", ".json", ".html"}
    for name in run.manifest["files"]:
        kind = "Parquet" if name.endswith(".parquet") else "a report"
        for what, data in tries((run.folder / name).read_bytes(), count):
            with ground.fault(f"{kind}: {what}"), damaged(run.folder / name, data):
                assert_found(output)
    verify(run)


@pytest.mark.parametrize("count", [20, pytest.param(2000, marks=long)])
def test_damage_to_the_manifest_is_found(ground: Ground, output: Path, count: int) -> None:
    manifest = current_run(output).folder / "manifest.json"
    for what, data in tries(manifest.read_bytes(), count):
        with ground.fault(f"manifest: {what}"), damaged(manifest, data):
            assert_found(output)


def test_damage_to_current_is_found(ground: Ground, output: Path) -> None:
    data = (output / "CURRENT").read_bytes()
    for place in range(len(data)):
        # Without its last newline it is still the same name.
        with ground.fault("CURRENT: torn"), damaged(output / "CURRENT", data[:place]):
            assert_found(output) if place < len(data) - 1 else verify(current_run(output))
    for bit in range(len(data) * 8):
        with ground.fault("CURRENT: a bit turned over"), damaged(output / "CURRENT", flipped(data, bit)):
            assert_found(output)


def test_a_dataset_that_is_torn_is_not_opened(ground: Ground, output: Path) -> None:
    run = etl.open(output)
    there = {file.partition("/")[0]: file for file in run.manifest["files"]}
    # A run that compares nothing with an earlier one has no changes.
    for name in DATASETS.keys() - {"changes"}:
        torn = there[name]
        data = (run.folder / torn).read_bytes()
        with ground.fault("Parquet: torn, and opened"), damaged(run.folder / torn, data[:-1]):
            with pytest.raises(BrokenPromiseError, match="differs from the manifest"):
                run.scan(name)
            with pytest.raises(BrokenPromiseError, match="differs from the manifest"):
                run.shard(name, torn[-13:-8])


def test_a_run_whose_manifest_is_that_of_another_is_found(ground: Ground, output: Path) -> None:
    run = current_run(output)
    run.folder.rename(run.folder.with_name("other"))
    with ground.fault("a run that was renamed"), damaged(output / "CURRENT", b"other\n"):
        assert_found(output)


def test_the_next_run_replaces_a_damaged_one(ground: Ground, output: Path) -> None:
    manifest = current_run(output).folder / "manifest.json"
    with damaged(manifest, b"{}"):
        again: CommittedRun = etl.run(ground.pages, output)
    assert current_run(output).run_id == again.run_id
    verify(again)
