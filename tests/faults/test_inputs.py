"""Files that vanish or change while a run reads them are documents as they were read, or in quarantine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.datasets import current_run
from etl.errors import ExpectationError
from etl.runs import run
from etl.verify import verify
from tests.committed import SMALL_SHARDS
from tests.faults.outputs import Ground


def vanishes(page: Path) -> None:
    page.unlink()


def becomes_a_folder(page: Path) -> None:
    page.unlink()
    page.mkdir()


def becomes_a_dead_link(page: Path) -> None:
    page.unlink()
    page.symlink_to("nowhere")


def becomes_a_loop(page: Path) -> None:
    page.unlink()
    page.symlink_to(page.name)


def is_emptied(page: Path) -> None:
    page.write_bytes(b"")


def is_torn(page: Path) -> None:
    page.write_bytes(page.read_bytes()[:100])


def grows(page: Path) -> None:
    page.write_bytes(page.read_bytes() * 2)


FATES: dict[Callable[[Path], None], str | None] = {
    vanishes: "unreadable",
    becomes_a_folder: "unreadable",
    becomes_a_dead_link: "unreadable",
    becomes_a_loop: "unreadable",
    is_emptied: "empty",
    is_torn: None,
    grows: None,
}
"""Why a page is refused to which that happens; null if it is read as it is then."""


def test_pages_that_change_while_the_run_goes_on_are_read_or_refused(ground: Ground, tmp_path: Path) -> None:
    shutil.copytree(ground.pages, tmp_path / "in")
    changing = {happens: tmp_path / "in" / f"zone-{happens.__name__}.txt" for happens in FATES}
    for page in changing.values():
        shutil.copy(ground.pages / "qingshan.example" / "school.txt", page)

    def after_the_first_shard(stage: str, done: int, of: int) -> None:
        if (stage, done) == ("decode", 1):
            for happens, page in changing.items():
                happens(page)

    lenient = SMALL_SHARDS.model_copy(update={"expectations": ()})
    committed = run(tmp_path / "in", tmp_path / "out", lenient, workers=1, progress=after_the_first_shard)
    verify(committed)
    documents = set(committed.scan("documents").collect()["source"])
    refused = dict(committed.scan("quarantine").select("source", "reason").collect().iter_rows())
    assert len(documents) + len(refused) == committed.manifest["sources"]
    for happens, page in changing.items():
        with ground.fault(f"a page {happens.__name__.replace('_', ' ')}"):
            assert (page.name in documents, refused.get(page.name)) == (FATES[happens] is None, FATES[happens])


def test_an_input_that_vanishes_as_a_whole_is_not_published(ground: Ground, tmp_path: Path) -> None:
    shutil.copytree(ground.pages, tmp_path / "in")
    shutil.copytree(ground.earlier, tmp_path / "out")
    before = current_run(tmp_path / "out").run_id

    def at_once(stage: str, done: int, of: int) -> None:
        shutil.rmtree(tmp_path / "in", ignore_errors=True)

    with ground.fault("the input vanishes"):
        with pytest.raises(ExpectationError, match="quarantined-share"):
            run(tmp_path / "in", tmp_path / "out", SMALL_SHARDS, workers=1, progress=at_once)
        assert current_run(tmp_path / "out").run_id == before
