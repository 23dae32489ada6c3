"""The flow loads as the command does, tries again what may pass, and its deployment follows committed runs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.events import DeploymentEventTrigger

from etl.datasets import CommittedRun
from etl.errors import BrokenPromiseError, EtlError, OutputError, UsageError
from etl.warehouse.duckdb import answer
from flows.load import load, load_target


@pytest.mark.prefect
def test_the_flow_loads_the_current_run_and_says_so(
    prefect_server: None, committed: CommittedRun, tmp_path: Path
) -> None:
    output, to = str(committed.folder.parents[1]), f"duckdb:///{tmp_path / 'w.duckdb'}"
    assert load(output, to)["outcome"] == "loaded"
    assert load(output, to)["outcome"] == "unchanged"
    assert answer(tmp_path / "w.duckdb", "SELECT run_id FROM runs")["run_id"].to_list() == [committed.run_id]
    with get_client(sync_client=True) as client:
        assert "etl-load" in {artifact.key for artifact in client.read_artifacts()}


@pytest.mark.parametrize(
    ("error", "again"), [(OutputError("gone"), True), (BrokenPromiseError("sum"), False), (UsageError("type"), False)]
)
def test_only_what_may_pass_is_tried_again(error: EtlError, again: bool) -> None:
    failed = cast("Any", SimpleNamespace(result=lambda raise_on_failure: error))
    assert load_target.retry_condition_fn is not None
    assert load_target.retry_condition_fn(cast("Any", None), cast("Any", None), failed) is again


def test_the_deployment_follows_a_clean_run_that_completed() -> None:
    deployments = yaml.safe_load(Path("prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    [deployment] = [entry for entry in deployments if entry["name"] == "load"]
    [trigger] = [DeploymentEventTrigger.model_validate(entry) for entry in deployment["triggers"]]
    assert trigger.expect == {"prefect.flow-run.Completed"}
    outputs = {entry["parameters"]["output"] for entry in deployments}
    assert len(outputs) == 1, "what is loaded is what is cleaned"
