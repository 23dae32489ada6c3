from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from etl import verify as verifying
from etl.datasets import CommittedRun, current_run
from etl.errors import BrokenPromiseError
from etl.files import file_sha256, seal
from etl.recipe import Recipe
from etl.runs import run
from etl.verify import CHECKS, verify

Change = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture
def copy(committed: CommittedRun, tmp_path: Path) -> CommittedRun:
    """A run of one's own, to break."""
    output = committed.folder.parents[1]
    shutil.copytree(output, tmp_path / "out")
    return current_run(tmp_path / "out")


def sealed(broken: CommittedRun) -> CommittedRun:
    """The run with a manifest that says of each file what it is now, so that the deeper checks are reached."""
    files = {
        name: {"bytes": (broken.folder / name).stat().st_size, "sha256": file_sha256(broken.folder / name)}
        for name in broken.manifest["files"]
    }
    (broken.folder / "manifest.json").write_bytes(seal({**broken.manifest, "files": files}))
    return current_run(broken.folder.parents[1])


def changed(whole: CommittedRun, part: str, change: Change) -> CommittedRun:
    """The run with a part rewritten by someone who has changed the manifest too."""
    path = whole.folder / f"{part}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)
    return sealed(whole)


def swap(column: str, old: str, new: str) -> Change:
    def change(frame: pl.DataFrame) -> pl.DataFrame:
        replaced = frame.with_columns(pl.col(column).str.replace(old, new, literal=True))
        assert not replaced.equals(frame)
        return replaced

    return change


def put(row: int = 0, **values: pl.Expr) -> Change:
    """Change columns of one row."""
    here = pl.int_range(pl.len()) == row
    return lambda frame: frame.with_columns(
        **{name: pl.when(here).then(value).otherwise(name) for name, value in values.items()}
    )


def moved(by: int, row: int = 0) -> Change:
    return put(row, start=pl.col("start") + by, end=pl.col("end") + by)


def assert_broken(broken: CommittedRun, says: str) -> None:
    with pytest.raises(BrokenPromiseError, match=says) as raised:
        verify(broken)
    assert str(broken.folder) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_sound_run_keeps_every_promise(committed: CommittedRun) -> None:
    checks = {check.name: check.checked for check in verify(committed)}
    assert list(checks) == [check.__name__.removeprefix("_") for check in CHECKS]
    assert checks["files"] == len(committed.manifest["files"])
    assert (checks["balance"], checks["undo"], checks["bytes"]) == (5, 4, 4)
    assert checks["coverage"] == committed.scan("decoded").select(pl.col("chars").sum()).collect().item()
    assert checks["paragraphs"] == committed.scan("documents").select(pl.col("paragraphs").sum()).collect().item()


def test_a_run_over_nothing_keeps_every_promise(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    committed = run(tmp_path / "in", tmp_path / "out", workers=1)
    assert {check.name: check.checked for check in verify(committed)}["undo"] == 0


def test_the_stages_that_are_checked_are_those_of_the_pipeline() -> None:
    from etl.pipeline import STAGES  # noqa: PLC0415  # verify has its own list, so that it does not load the stages

    assert tuple(stage.name for stage in STAGES) == verifying.STAGES


def test_a_changed_byte_is_found(copy: CommittedRun) -> None:
    path = copy.folder / "documents" / "part-00000.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert_broken(copy, r"documents/part-00000\.parquet: differs from the manifest; restore it or run again")


def test_a_file_cut_short_is_found(copy: CommittedRun) -> None:
    path = copy.folder / "reports" / "run.json"
    path.write_bytes(path.read_bytes()[:-1])
    assert_broken(copy, r"run\.json: differs from the manifest")


def test_a_missing_file_is_found(copy: CommittedRun) -> None:
    (copy.folder / "reports" / "index.html").unlink()
    assert_broken(copy, r"index\.html: listed in the manifest, but gone")


def test_a_broken_manifest_is_found(copy: CommittedRun) -> None:
    (copy.folder / "manifest.json").write_text("{")
    with pytest.raises(BrokenPromiseError, match=r"manifest\.json: is broken"):
        current_run(copy.folder.parents[1])


@pytest.mark.parametrize(
    ("part", "change", "says"),
    [
        (
            "decoded/part-00000",
            put(encoding_confidence=pl.lit(1.5)),
            r"decoded: shard 00000 breaks the contract: .*encoding_confidence",
        ),
        (
            "metadata/part-00000",
            lambda frame: frame.drop("author"),
            "metadata: shard 00000 breaks the contract: columns",
        ),
        ("documents/part-00000", lambda frame: frame[1:], "documents: its documents are not those of decoded"),
        ("ledger/boilerplate-00000", lambda frame: frame[1:], "the books of stage boilerplate do not balance"),
        (
            "ledger/normalize-00000",
            lambda frame: frame.filter(pl.col("rule") != "paragraph-break"),
            "the books of stage normalize do not balance",
        ),
        ("stripped/part-00000", swap("text", "新桥", "老桥"), "stripped: .* is no slice of its document"),
        ("sectioned/part-00001", lambda frame: frame[::-1], "sectioned: .* is no slice of its document"),
        (
            "ledger/boilerplate-00000",
            moved(1),
            "stripped: the lines of .* and the edits up to there are not the whole text",
        ),
        (
            "ledger/duplicates-00001",
            put(after=pl.lit("")),
            "deduplicated: the lines of .* and the edits up to there are not the whole text",
        ),
        ("documents/part-00000", swap("text", "新桥", "老桥"), "is not rebuilt from its clean text and ledger"),
        ("documents/part-00000", swap("text", "，", "；"), "does not fit the clean text"),
        ("decoded/part-00001", swap("text_sha256", "a", "b"), "is not rebuilt from its clean text and ledger"),
        ("ledger/boilerplate-00001", swap("before", "青山", "青水"), "does not fit the text|is not rebuilt"),
        ("paragraphs/part-00000", swap("text", "新桥", "老桥"), "is not its paragraphs joined"),
        (
            "paragraphs/part-00000",
            lambda frame: frame.with_columns(pl.col("paragraph_no").reverse()),
            "is not its paragraphs joined",
        ),
        ("decoded/part-00001", swap("sha256", "a", "b"), "does not give its raw bytes back"),
        ("decoded/part-00001", swap("encoding", "gb18030", "klingon"), "document .*: unknown encoding: klingon"),
        ("ledger/decode-00000", swap("detail", "ff", "fe"), "does not give its raw bytes back"),
        ("ledger/decode-00000", swap("detail", "byte", "bite"), "does not say which bytes stood there"),
    ],
)
def test_each_broken_promise_is_found(copy: CommittedRun, part: str, change: Change, says: str) -> None:
    assert_broken(changed(copy, part, change), says)


def test_a_report_that_states_another_balance_is_found(copy: CommittedRun) -> None:
    path = copy.folder / "reports" / "sections.json"
    path.write_text(re.sub(r'"kept": \d+', '"kept": 7', path.read_text(encoding="utf-8")), encoding="utf-8")
    assert_broken(sealed(copy), "the report of stage sections states another balance")


def test_a_line_that_moved_is_found_where_its_text_is_left_out(pages: Path, tmp_path: Path) -> None:
    recipe = Recipe.model_validate({"run": {"stage_text": False}})
    committed = run(pages, tmp_path / "out", recipe, workers=1)
    assert committed.scan("stripped").collect()["text"].null_count() > 0
    verify(committed)
    broken = changed(committed, "sectioned/part-00000", moved(-1, row=2))
    assert_broken(broken, "sectioned: the lines of .* are not the whole text")


def test_a_kept_copy_that_is_not_there_is_found(copy: CommittedRun) -> None:
    shared = copy.scan("ledger").filter(pl.col("rule") == "shared-paragraph").collect()
    assert shared.height
    parts = [
        path
        for path in (copy.folder / "ledger").glob("duplicates-*")
        if "shared-paragraph" in pl.read_parquet(path)["rule"]
    ]
    name = parts[0].relative_to(copy.folder).with_suffix("")
    assert_broken(changed(copy, str(name), put(match_line_no=pl.lit(1, pl.Int64))), "names line 1 of .* as kept")
