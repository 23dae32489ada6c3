"""The only file I/O of a run: writing parts, committing, and reading back by the manifest.

A run is written below `.staging/` and becomes visible by two renames: of its folder to `runs/<run_id>`, and of the
file CURRENT that names it. Readers open CURRENT, then the manifest, then the files that it lists; never a glob.
"""

from __future__ import annotations

import errno
import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl
from pyarrow.parquet import read_metadata

from etl.errors import BrokenPromiseError, OutputError
from etl.files import file_sha256, read_json, read_sealed, seal, sync, write_bytes, write_parquet
from etl.schemas import DATASETS, empty

__all__ = [
    "CURRENT", "JOB", "MANIFEST", "CommittedRun", "Scan", "Staging", "current_id", "current_run", "describe", "lock",
    "open_run", "publish", "shard_rows",
]  # fmt: skip

MARKER = ".etl-output"
"""File that says: this folder is an output of ours, so that a slip of the hand overwrites nothing else."""

CURRENT = "CURRENT"
"""File that names the run that readers use."""

MANIFEST = "manifest.json"
"""File that lists a run's files; a folder without it is no run."""

JOB = "job.json"
"""File in a staging folder that says which run it holds the work of; without it there is nothing to take up."""

RUN_WIDE = ("changes",)
"""Datasets that are about the run as a whole, and not about a shard."""

COMPRESSION_LEVEL = 1
"""zstd's level: 1 writes almost twice as fast as 3 for 4 % more bytes, and writing is what bounds the pipeline."""

ROW_GROUP_ROWS = 65_536
"""Rows a row group, so that a reader of a narrow slice needs little memory."""

ORDERED_BY = "source"
"""Column in whose order, and so in that of sites, rows are written; where it is, smallest and largest values let
readers pass over files. Elsewhere documents are known by their ids alone, which are in no order."""

NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK)
"""What file systems answer that have no hard links, or none across devices, or no more of them for a file."""


@dataclass(frozen=True)
class Staging:
    """A run that is being written: a folder that no reader looks into.

    Attributes:
        folder: where the run's files are.
    """

    folder: Path

    def part(self, dataset: str, name: str) -> Path:
        """Path of one part of a dataset."""
        return self.folder / dataset / f"{name}.parquet"

    def write(self, dataset: str, name: str, frame: pl.DataFrame) -> dict[Path, int]:
        """Write one part whole or not at all; a part without rows is no file.

        Returns:
            The file, if there is one, and how many rows it has.
        """
        if frame.is_empty():
            return {}
        path = self.part(dataset, name)
        write_parquet(
            frame,
            path,
            compression="zstd",
            compression_level=COMPRESSION_LEVEL,
            row_group_size=ROW_GROUP_ROWS,
            statistics=ORDERED_BY in frame.columns,
        )
        return {path: frame.height}

    def adopt(self, run: CommittedRun, name: str) -> None:
        """Take over a file of a committed run as it is: by one more name for it, or where there are none by a copy."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        try:
            path.hardlink_to(run.folder / name)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            shutil.copyfile(run.folder / name, path)

    def read(self, dataset: str, *names: str, columns: Sequence[str] = ()) -> pl.DataFrame:
        """Read parts back, one after the other, all columns if none are named; one that was not written has no rows."""
        return _read([path for name in names if (path := self.part(dataset, name)).exists()], dataset, columns)

    def parts(self, dataset: str, prefix: str = "", number: str = "") -> list[Path]:
        """The files of a dataset, in the order of the names; the arguments are those of `scan`."""
        parts = (self.folder / dataset).glob(f"*{_ending(number)}")
        return sorted(part for part in parts if part.name.startswith(prefix))

    def scan(self, dataset: str, prefix: str = "", number: str = "") -> pl.LazyFrame:
        """Every part of a dataset whose name begins with `prefix`, in the order of the names.

        Args:
            dataset: its name.
            prefix: the stage, and a hyphen, for the parts of one stage.
            number: of a shard, for its parts alone.
        """
        return _scan(self.parts(dataset, prefix, number), dataset)

    @property
    def shards(self) -> list[str]:
        """Numbers of the run's shards, as the names of its parts end."""
        return _numbers(path.name for path in self.folder.glob("*/*.parquet"))


@dataclass(frozen=True)
class CommittedRun:
    """A run that readers can rely on.

    Attributes:
        folder: `runs/<run_id>`.
        manifest: what manifest.json says.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        """Name of the run."""
        return str(self.manifest["run_id"])

    def parts(self, dataset: str, prefix: str = "", number: str = "") -> list[Path]:
        """The files of a dataset that the manifest lists; the arguments and errors are those of `scan`."""
        if dataset not in DATASETS:
            raise KeyError(f"no dataset {dataset!r}; there are {', '.join(DATASETS)}")
        start, ending = f"{dataset}/{prefix}", _ending(number)
        names = (name for name in self.manifest["files"] if name.startswith(start) and name.endswith(ending))
        return [self._whole(name) for name in names]

    def scan(self, dataset: str, prefix: str = "", number: str = "") -> pl.LazyFrame:
        """A dataset of the run as a lazy frame over the files that the manifest lists.

        Args:
            dataset: its name.
            prefix: the stage, and a hyphen, for the parts of one stage.
            number: of a shard, for its parts alone.

        Raises:
            KeyError: there is no dataset of that name.
            BrokenPromiseError: a listed file is gone, or not as long as it was.
        """
        return _scan(self.parts(dataset, prefix, number), dataset)

    def _whole(self, name: str) -> Path:
        """Path of a listed file that is as long as it was; whether each bit is as it was, `verify` finds out."""
        path = self.folder / name
        if not path.is_file():
            raise BrokenPromiseError(f"{path}: listed in the manifest, but gone; restore it or run again")
        if path.stat().st_size != self.manifest["files"][name]["bytes"]:
            raise BrokenPromiseError(f"{path}: differs from the manifest; restore it or run again")
        return path

    @property
    def shards(self) -> list[str]:
        """Numbers of the run's shards, as the names of its parts end."""
        return _numbers(name for name in self.manifest["files"] if name.endswith(".parquet"))

    def shard(self, dataset: str, number: str, columns: list[str] | None = None) -> pl.DataFrame:
        """One shard's rows of a dataset, of every stage that added to it; all columns if none are named."""
        rows = self.scan(dataset, number=number)
        return (rows.select(columns) if columns else rows).collect(engine="in-memory")

    def check_files(self) -> None:
        """Hold every file against the manifest.

        Raises:
            BrokenPromiseError: one is gone, or differs.
        """
        for name, described in self.manifest["files"].items():
            path = self._whole(name)
            if file_sha256(path) != described["sha256"]:
                raise BrokenPromiseError(f"{path}: differs from the manifest; restore it or run again")

    def report(self, name: str) -> dict[str, Any]:
        """One of the run's reports: a stage's name, or `run`.

        Raises:
            BrokenPromiseError: it is gone or broken.
        """
        path = self.folder / "reports" / f"{name}.json"
        try:
            return read_json(path)
        except (OSError, ValueError) as error:
            raise BrokenPromiseError(f"{path}: cannot be read: {error}; restore it or run again") from error


class Scan(Protocol):
    """Gives a dataset of a run as a lazy frame; `prefix` narrows it to the parts of one stage."""

    def __call__(self, dataset: str, prefix: str = "") -> pl.LazyFrame:
        """Scan one dataset."""


def shard_rows(run: Staging | CommittedRun, number: str) -> Callable[..., pl.DataFrame]:
    """What reads the datasets of one shard; what is about the run as a whole is about any shard of it."""

    def rows(dataset: str, *columns: str, stage: str = "") -> pl.DataFrame:
        parts = run.parts(dataset, f"{stage}-" if stage else "", "" if dataset in RUN_WIDE else number)
        return _read(parts, dataset, columns)

    return rows


def _numbers(parts: Iterable[str]) -> list[str]:
    """The different numbers that the names of parts end with."""
    return sorted({Path(name).stem.rpartition("-")[2] for name in parts})


def _ending(number: str) -> str:
    """How the names of a shard's parts end, or those of every shard."""
    return f"-{number}.parquet" if number else ".parquet"


def _scan(paths: list[Path], dataset: str) -> pl.LazyFrame:
    return pl.scan_parquet(paths, glob=False) if paths else empty(dataset).lazy()


def _read(paths: list[Path], dataset: str, columns: Sequence[str]) -> pl.DataFrame:
    if not paths:
        return empty(dataset).select(columns or pl.all())
    return pl.read_parquet(paths, columns=list(columns) or None, glob=False)


def current_run(output: Path) -> CommittedRun:
    """Open the run that CURRENT names.

    Raises:
        OutputError: the folder is not an output, or nothing has been committed to it.
        BrokenPromiseError: CURRENT names a run that is not there, or its manifest is broken.
    """
    if not (output / CURRENT).is_file():
        raise OutputError(f"{output}: holds no committed run; write one with `etl run INPUT --output {output}`")
    run_id = current_id(output)
    if not run_id or not (output / "runs" / run_id / MANIFEST).is_file():
        raise BrokenPromiseError(f"{output / CURRENT}: names run {run_id!r}, which is not there; run again")
    return open_run(output / "runs" / run_id)


def current_id(output: Path) -> str | None:
    """What CURRENT names, whether that is there or not; nothing if there is no such file."""
    try:
        return (output / CURRENT).read_text(encoding="utf-8", errors="backslashreplace").removesuffix("\n")
    except FileNotFoundError:
        return None


def open_run(folder: Path) -> CommittedRun:
    """Open a committed run by its manifest.

    Raises:
        BrokenPromiseError: the manifest is not what was written, or is another run's.
    """
    try:
        run = CommittedRun(folder, read_sealed(folder / MANIFEST))
    except (OSError, ValueError) as error:
        raise BrokenPromiseError(f"{folder / MANIFEST}: is broken: {error}; restore it or run again") from error
    if run.run_id != folder.name:
        raise BrokenPromiseError(f"{folder / MANIFEST}: is that of run {run.run_id}; restore it or run again")
    return run


@contextmanager
def lock(output: Path) -> Iterator[None]:
    """Hold an output folder for one run, making it if need be; a dead process holds nothing.

    Raises:
        OutputError: the folder holds something else, another run is at work in it, or what is done meanwhile fails
            for want of space, rights or a disk.
    """
    if output.exists() and not output.is_dir():
        raise OutputError(f"{output}: is a file; name a folder for the output")
    try:
        foreign = [] if (output / MARKER).exists() or not output.exists() else _foreign(output)
        if foreign:
            raise OutputError(f"{output}: holds other files ({foreign[0]}); name a new or an empty folder")
        output.mkdir(parents=True, exist_ok=True)
        with (output / MARKER).open("ab") as marker:
            try:
                fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OutputError(f"{output}: another run is at work there; wait for it to end") from None
            yield
    except OSError as error:
        raise OutputError(
            f"{error.filename or output}: {error.strerror or error}; see to the disk and to the folder's rights, "
            "and run again: what is finished is taken up"
        ) from error


def _foreign(output: Path) -> list[str]:
    return sorted(path.name for path in output.iterdir() if path.name != ".gitkeep")


def publish(
    output: Path,
    staged: Staging,
    manifest: Mapping[str, Any],
    *,
    current: bool,
    described: Mapping[str, Any] | None = None,
) -> CommittedRun:
    """Commit a staged run; a reader sees the old run or the whole new one. There is nothing to take up after that.

    Args:
        output: the output folder, locked.
        staged: the run's files, complete.
        manifest: what the manifest says besides `files`, run_id among it.
        current: make it the run that readers use; if not, it is kept for inspection only.
        described: what the manifest says of files that were described when they were written, in this run or in
            another that they were taken over from. They are not described anew, or one that has rotted since would
            pass for sound.
    """
    names = {str(path.relative_to(staged.folder)): path for path in sorted(staged.folder.rglob("*")) if path.is_file()}
    files = {name: (described or {}).get(name) or describe(path) for name, path in names.items()}
    complete = {**manifest, "files": files}
    write_bytes(staged.folder / MANIFEST, seal(complete))
    for path in names.values():
        sync(path)
    for folder in [staged.folder, *(path for path in staged.folder.rglob("*") if path.is_dir())]:
        sync(folder)
    run = output / "runs" / str(manifest["run_id"])
    run.parent.mkdir(exist_ok=True)
    staged.folder.rename(run)
    sync(run.parent)
    if current:
        write_bytes(output / CURRENT, f"{manifest['run_id']}\n".encode())
    (staged.folder.parent / JOB).unlink()
    return CommittedRun(run, complete)


def describe(path: Path, rows: int | None = None) -> dict[str, Any]:
    """What the manifest says of a file.

    Args:
        path: of the file.
        rows: of a Parquet file, as many as were written to it; if they are not given, as many as it says that it has.
    """
    described: dict[str, Any] = {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
    if rows is None and path.suffix == ".parquet":
        rows = read_metadata(path).num_rows
    return described if rows is None else described | {"rows": rows}
