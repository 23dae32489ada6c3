"""What a run leaves behind that was killed, and what the next one takes up of it.

A staging folder says in `job.json` which run it is: its input, recipe, rules and versions. A run that would write
the same goes on there, and any other clears it away. What is finished has a marker with the digest of each of its
files, so that a file that is torn, damaged or gone is made again, whatever happened to the machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from etl.datasets import JOB, MANIFEST, describe
from etl.files import file_sha256, read_sealed, seal
from etl.workers import outlive_workers

__all__ = ["WORKERS", "described", "finished", "mark_finished", "staging", "take_up"]

WORKERS = "workers"
"""File in a staging folder that the run's workers hold."""

OWN_TO_A_RUN = ("run_id", "started_at")
"""What a manifest says of a run and not of its work."""


@contextmanager
def staging(output: Path) -> Iterator[Path]:
    """The staging folder of an output, which may hold what a killed run left, but none of its workers is left.

    It is cleared away at the end, but not where an exception ends a run that is not published.

    Args:
        output: the output folder, locked.
    """
    folder = output / ".staging"
    folder.mkdir(exist_ok=True)
    outlive_workers(folder / WORKERS)
    done = False
    try:
        yield folder
        done = True
    finally:
        if done or not (folder / JOB).exists():
            shutil.rmtree(folder)


def take_up(folder: Path, job: Mapping[str, Any]) -> dict[str, Any]:
    """Make the staging folder ready for a run, with what an earlier, killed run finished of the same work.

    Args:
        folder: the staging folder.
        job: what the manifest says of the run before it begins.

    Returns:
        The job: the earlier run's, if there is something to take up, for this run is that one then.
    """
    left = _read(folder / JOB)
    if left is None or _work(left) != _work(job):
        _clear(folder)
        _write(folder / JOB, job)
        return dict(job)
    staged, published = folder / "run", folder.parent / "runs" / str(left["run_id"])
    if published.exists():
        # It was killed after the first step of its commit and before the last: the commit is done again.
        (published / MANIFEST).unlink(missing_ok=True)
        published.rename(staged)
    (staged / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(staged / "reports", ignore_errors=True)
    for partial in folder.rglob("*.partial"):
        partial.unlink()
    return left


def _clear(folder: Path) -> None:
    """Remove everything but the file of the workers, some of whom may be there already."""
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != WORKERS:
            left.unlink()


def _work(job: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in job.items() if name not in OWN_TO_A_RUN}


def described(folder: Path, files: Mapping[Path, int]) -> dict[str, dict[str, Any]]:
    """What a manifest says of files that were written, by name in the staging folder.

    Args:
        folder: the staging folder.
        files: how many rows each of them has.
    """
    return {str(path.relative_to(folder)): describe(path, rows) for path, rows in files.items()}


def mark_finished(folder: Path, name: str, measured: Mapping[str, Any], files: Mapping[str, Any]) -> None:
    """Say that a piece of work is finished, after its files were written.

    Args:
        folder: the staging folder.
        name: of the piece of work.
        measured: what it cost.
        files: what it wrote, `described`.
    """
    _write(folder / "finished" / f"{name}.json", {**measured, "files": files})


def finished(folder: Path, name: str) -> dict[str, Any] | None:
    """What a finished piece of work cost, and `files`; nothing if it is not finished, or a file is not as it was."""
    marker = _read(folder / "finished" / f"{name}.json")
    if marker is None:
        return None
    whole = ((folder / name, told["sha256"]) for name, told in marker["files"].items())
    as_it_was = all(path.is_file() and file_sha256(path) == sha256 for path, sha256 in whole)
    return marker if as_it_was else None


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return read_sealed(path)
    except (FileNotFoundError, ValueError):
        return None


def _write(path: Path, value: Mapping[str, Any]) -> None:
    """Replace a file atomically; not durably, for one that is lost or torn is as good as none."""
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(seal(value))
    partial.replace(path)
