"""The two calls that work on folders, as `etl.run` and `etl.open`."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from etl import runs
from etl.datasets import CommittedRun, current_run
from etl.recipe import Recipe

__all__ = ["open", "run"]


def run(
    source: str | PathLike[str],
    output: str | PathLike[str],
    recipe: Recipe | None = None,
    *,
    workers: int | None = None,
) -> CommittedRun:
    """Clean every document below a folder and commit the result as the output's current run.

    Args:
        source: folder of documents, or one document.
        output: folder to write to; made if it is not there.
        recipe: options; the default recipe if left out.
        workers: processes; by default one a core.

    Raises:
        UsageError: there is no such source.
        OutputError: the output folder is not ours, or another run is at work in it.
        ExpectationError: an expectation failed; the run is kept but not published.
    """
    return runs.run(Path(source), Path(output), recipe, workers=workers)


def open(output: str | PathLike[str]) -> CommittedRun:  # noqa: A001  # `etl.open` reads as what it does
    """Open the current run of an output folder; `.scan(dataset)` gives each dataset as a lazy frame.

    Raises:
        OutputError: the folder is not an output, or nothing has been committed to it.
        BrokenPromiseError: the current run is not there.
    """
    return current_run(Path(output))
