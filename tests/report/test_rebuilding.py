from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from etl.datasets import CommittedRun
from etl.errors import OutputError
from etl.report.rebuilding import rebuild
from etl.runs import run


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in (".html", ".json")
    }


@pytest.fixture
def output(committed: CommittedRun, tmp_path: Path) -> Path:
    return Path(shutil.copytree(committed.folder.parents[1], tmp_path / "out"))


def test_a_rebuilt_report_is_the_same(committed: CommittedRun, output: Path) -> None:
    page = rebuild(output, output / "report")
    assert page == output / "report" / "index.html"
    assert contents(output / "report") == contents(committed.folder / "reports")


def test_a_rebuilt_report_compares_with_the_same_run(pages: Path, output: Path) -> None:
    second = run(pages, output, workers=1)
    rebuild(output, output / "report")
    assert contents(output / "report") == contents(second.folder / "reports")


def test_a_report_that_is_gone_is_made_again_but_for_its_seconds(output: Path) -> None:
    (folder,) = (output / "runs").iterdir()
    before = contents(folder / "reports")
    shutil.rmtree(folder / "reports")
    rebuild(output, output / "report")
    after = contents(output / "report")
    assert set(after) == set(before)
    assert [name for name in after if after[name] != before[name] and "/" in name] == []


def test_the_run_stays_as_it_is(output: Path) -> None:
    (folder,) = (output / "runs").iterdir()
    before = contents(folder)
    rebuild(output, output / "report")
    rebuild(output, output / "report")
    assert contents(folder) == before


def test_a_folder_of_something_else_is_left_alone(output: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(OutputError, match="holds other files"):
        rebuild(output, tmp_path / "mine")
    (tmp_path / "file").write_text("dear")
    with pytest.raises(OutputError, match="holds other files"):
        rebuild(output, tmp_path / "file")
