from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from pyarrow.parquet import read_metadata

from etl.datasets import CommittedRun, Staging, current_run, lock, publish, shard_rows
from etl.errors import BrokenPromiseError, OutputError
from etl.files import file_sha256, json_bytes, read_json, write_bytes
from etl.resuming import staging, take_up
from etl.schemas import DATASETS

QUARANTINE = pl.DataFrame(DATASETS["quarantine"].create_empty())


def refused(*names: str) -> pl.DataFrame:
    rows = {"source": list(names), "stage": ["decode"] * len(names), "reason": ["empty"] * len(names)}
    return pl.concat([QUARANTINE, pl.DataFrame(rows)], how="diagonal").select(QUARANTINE.columns)


def commit(output: Path, run_id: str, *names: str, current: bool = True) -> CommittedRun:
    with lock(output), staging(output) as folder:
        take_up(folder, {"run_id": run_id})
        staged = Staging(folder / "run")
        staged.write("quarantine", "decode-00000", refused(*names))
        return publish(output, staged, {"run_id": run_id}, current=current)


def test_a_committed_run_is_read_back_by_its_manifest(tmp_path: Path) -> None:
    commit(tmp_path / "out", "one", "a", "b")
    run = current_run(tmp_path / "out")
    assert run.run_id == "one"
    assert run.shards == ["00000"]
    assert run.scan("quarantine").collect()["source"].to_list() == ["a", "b"]
    assert run.shard("quarantine", "00000")["source"].to_list() == ["a", "b"]
    assert run.manifest["files"]["quarantine/decode-00000.parquet"]["rows"] == 2


def test_files_that_the_manifest_does_not_list_are_not_read(tmp_path: Path) -> None:
    run = commit(tmp_path, "one", "a")
    refused("stray").write_parquet(run.folder / "quarantine" / "decode-00001.parquet")
    assert run.scan("quarantine").collect()["source"].to_list() == ["a"]


def test_the_last_commit_is_the_current_run_and_the_earlier_one_stays(tmp_path: Path) -> None:
    first = commit(tmp_path, "one", "a")
    commit(tmp_path, "two", "b")
    assert current_run(tmp_path).run_id == "two"
    assert first.scan("quarantine").collect()["source"].to_list() == ["a"]


def test_a_run_that_is_not_to_be_current_leaves_readers_where_they_were(tmp_path: Path) -> None:
    commit(tmp_path, "one", "a")
    kept = commit(tmp_path, "two", "b", current=False)
    assert current_run(tmp_path).run_id == "one"
    assert kept.scan("quarantine").collect()["source"].to_list() == ["b"]


def test_a_part_of_a_dataset_is_scanned_by_its_beginning(tmp_path: Path) -> None:
    staged = Staging(tmp_path)
    staged.write("quarantine", "sources-00000", refused("a"))
    staged.write("quarantine", "decode-00000", refused("b"))
    assert staged.scan("quarantine", "decode-").collect()["source"].to_list() == ["b"]
    assert staged.scan("quarantine").collect()["source"].to_list() == ["b", "a"]


def test_a_shard_gives_its_own_rows_and_those_about_the_run_as_a_whole(tmp_path: Path) -> None:
    staged = Staging(tmp_path)
    for name in ("sources-00000", "decode-00000", "decode-00001"):
        staged.write("quarantine", name, refused(name))
    staged.write("changes", "part-00001", pl.DataFrame({"doc_id": ["a"], "source": ["a.txt"], "change": ["new"]}))
    rows = shard_rows(staged, "00000")
    assert rows("quarantine", "source").rows() == [("decode-00000",), ("sources-00000",)]
    assert rows("quarantine", "source", stage="decode").rows() == [("decode-00000",)]
    assert rows("changes", "doc_id", "change").rows() == [("a", "new")]
    assert rows("marks", "mark").schema == {"mark": pl.String}


def test_a_part_without_rows_is_no_file_and_reads_as_no_rows(tmp_path: Path) -> None:
    staged = Staging(tmp_path)
    staged.write("quarantine", "decode-00000", QUARANTINE)
    assert not list(tmp_path.rglob("*"))
    assert staged.read("quarantine", "decode-00000").schema == QUARANTINE.schema
    assert staged.read("quarantine", "decode-00000", columns=["reason"]).columns == ["reason"]
    assert staged.scan("quarantine").collect().schema == QUARANTINE.schema


def test_columns_of_a_part_can_be_read_alone(tmp_path: Path) -> None:
    staged = Staging(tmp_path)
    staged.write("quarantine", "decode-00000", refused("a"))
    assert staged.read("quarantine", "decode-00000", columns=["source"]).rows() == [("a",)]


def test_smallest_and_largest_values_are_written_where_rows_are_in_the_order_of_sources(tmp_path: Path) -> None:
    staged = Staging(tmp_path)
    named = pl.DataFrame({"doc_id": ["b", "a"], "source": ["one.txt", "two.txt"]})
    for dataset, frame, known in (("documents", named, True), ("paragraphs", named.drop("source"), False)):
        (path,) = staged.write(dataset, "part-00000", frame)
        column = read_metadata(path).row_group(0).column(frame.width - 1)
        assert column.is_stats_set == known


def test_several_parts_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    staged = Staging(tmp_path)
    for name in ("decode-00000", "sources-00000"):
        staged.write("quarantine", name, refused(name))
    read = staged.read("quarantine", "sources-00000", "other-00000", "decode-00000", columns=["source"])
    assert read["source"].to_list() == ["sources-00000", "decode-00000"]


def test_a_dataset_without_rows_is_an_empty_frame_with_its_columns(tmp_path: Path) -> None:
    run = commit(tmp_path, "one")
    assert run.shards == []
    for name, schema in DATASETS.items():
        assert run.scan(name).collect().schema == pl.DataFrame(schema.create_empty()).schema


def test_a_dataset_of_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no dataset 'lines'; there are decoded"):
        commit(tmp_path, "one").scan("lines")


def test_a_listed_file_that_is_gone_is_a_broken_promise(tmp_path: Path) -> None:
    run = commit(tmp_path, "one", "a")
    (run.folder / "quarantine" / "decode-00000.parquet").unlink()
    with pytest.raises(BrokenPromiseError, match="listed in the manifest, but gone"):
        run.scan("quarantine")


def test_a_folder_without_a_run_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds no committed run; write one with `etl run"):
        current_run(tmp_path)


def test_a_current_run_that_is_gone_is_a_broken_promise(tmp_path: Path) -> None:
    run = commit(tmp_path, "one")
    (run.folder / "manifest.json").unlink()
    with pytest.raises(BrokenPromiseError, match="names run 'one', which is not there"):
        current_run(tmp_path)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("precious")
    with pytest.raises(OutputError, match=r"thesis\.doc"), lock(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_a_path_that_is_a_file_is_no_output_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(OutputError), lock(tmp_path / "file"):
        pass
    assert (tmp_path / "file").read_text() == "precious"


def test_an_empty_folder_and_one_with_a_gitkeep_can_become_outputs(tmp_path: Path) -> None:
    (tmp_path / ".gitkeep").touch()
    with lock(tmp_path):
        pass
    with lock(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} == {".gitkeep", ".etl-output"}


def test_a_lock_that_another_process_holds_is_refused_until_it_dies(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from etl.datasets import lock\n"
        "with lock(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(OutputError, match="another run is at work there"), lock(tmp_path):
            pass
        holder.kill()
    with lock(tmp_path):
        pass


def test_a_run_without_its_name_in_current_is_not_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(tmp_path, "one", "a")

    def die(path: Path, data: bytes) -> None:
        if path.name == "CURRENT":
            raise OSError("power is gone")
        path.write_bytes(data)

    monkeypatch.setattr("etl.datasets.write_bytes", die)
    with pytest.raises(OutputError, match="power is gone"):
        commit(tmp_path, "two", "b")
    assert current_run(tmp_path).run_id == "one"


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_bytes(path, b"old")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]
    assert file_sha256(path) == "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"


def test_json_is_readable_and_comes_back(tmp_path: Path) -> None:
    value = {"b": [1, 2.5], "a": "省", "c": None}
    write_bytes(tmp_path / "x.json", json_bytes(value))
    assert read_json(tmp_path / "x.json") == value
    assert "省" in (tmp_path / "x.json").read_text(encoding="utf-8")
    assert json_bytes(value).endswith(b"}\n")
