"""Loading a committed run into a data warehouse as a Prefect flow; its deployment follows every run that committed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

from etl.datasets import CommittedRun, current_run
from etl.errors import OutputError
from etl.warehouse import load as load_run
from etl.warehouse import target_of

__all__ = ["load"]

RETRIES = 3
"""Tries after the first, 10, 20 and 40 seconds apart and as much again at random: a server that restarts is back by
then, and loaders that failed together do not come back together."""


def _may_pass(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether trying again makes sense: a target that cannot be reached may come back, a wrong sum stays wrong."""
    return isinstance(state.result(raise_on_failure=False), OutputError)


@task(
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=RETRIES,
    retry_delay_seconds=exponential_backoff(backoff_factor=10),
    retry_jitter_factor=1,
    retry_condition_fn=_may_pass,
)
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


if __name__ == "__main__":
    load("output", "duckdb:///warehouse.duckdb")
