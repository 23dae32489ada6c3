"""What tests of faults look at in an output folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from etl.datasets import CommittedRun, current_run, open_run
from etl.errors import OutputError
from etl.runs import run
from etl.verify import verify
from tests.committed import SMALL_SHARDS, parts
from tests.faults.forking import Forks

__all__ = ["Fault", "Ground", "assert_resumes", "assert_same", "assert_sound"]

Fault = Callable[[str], AbstractContextManager[None]]
"""Counts a fault of a kind as tried, and as survived if what is inside ends well."""


class Ground(NamedTuple):
    """What a test of faults stands on.

    Attributes:
        pages: the input.
        whole: a run over it that nothing happened to.
        earlier: an output with another run in it, to copy.
        forked: runs in processes of their own.
        fault: counts.
    """

    pages: Path
    whole: CommittedRun
    earlier: Path
    forked: Forks
    fault: Fault


def assert_sound(output: Path, before: str | None = None) -> None:
    """Readers see the run of before, or a whole new one; and half a run is nowhere among the runs.

    Args:
        output: the output folder.
        before: the run that was current.
    """
    try:
        current = current_run(output)
    except OutputError:
        assert before is None
    else:
        assert current.run_id == before or verify(current)
    for folder in (output / "runs").glob("*"):
        # Work that is taken back to be committed again has no manifest, and so is no run.
        assert not (folder / "manifest.json").exists() or open_run(folder)


def assert_resumes(ground: Ground, output: Path) -> CommittedRun:
    """The next run ends as one that nothing happened to."""
    return assert_same(run(ground.pages, output, SMALL_SHARDS, workers=1), ground.whole)


def assert_same(resumed: CommittedRun, whole: CommittedRun) -> CommittedRun:
    """A run is current, has the bytes of one that nothing happened to, and left nothing else behind."""
    output = resumed.folder.parents[1]
    assert parts(resumed) == parts(whole)
    assert resumed.manifest["files"].keys() == whole.manifest["files"].keys()
    assert current_run(output).run_id == resumed.run_id
    assert {path.name for path in output.iterdir()} == {".etl-output", "CURRENT", "runs"}
    assert all(open_run(folder) for folder in (output / "runs").iterdir())
    return resumed
