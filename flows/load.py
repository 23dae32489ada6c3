"""Loading a committed run into a data warehouse as a Prefect flow; its deployment follows every run that committed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from etl.datasets import CommittedRun, current_run
from etl.errors import OutputError
from etl.warehouse import load as load_run
from etl.warehouse import target_of
from flows.retrying import retried

__all__ = ["load"]

TRIES = 3
"""Tries after the first, within 70 to 140 seconds: a server that restarts is back by then."""


@retried(TRIES, after=OutputError)  # a target may come back, but a wrong sum stays wrong
def load_target(run: CommittedRun, to: str, back: bool) -> dict[str, Any]:
    """Load one run into one target."""
    loaded = load_run(run, target_of(to), back=back)
    create_markdown_artifact(key="etl-load", markdown=str(loaded))
    return asdict(loaded)


@flow(name="load", flow_run_name="load-{output}", persist_result=False)
def load(output: str, to: str, back: bool = False) -> dict[str, Any]:
    """Load the current run of an output folder.

    Args:
        output: the output folder.
        to: the target: duckdb:///FILE, postgresql://..., delta:FOLDER or iceberg:FOLDER.
        back: go back to this run although newer ones were loaded.

    Returns:
        What the load did, as `etl load --json` prints it.
    """
    return load_target(current_run(Path(output)), to, back)
