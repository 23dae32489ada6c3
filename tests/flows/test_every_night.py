"""The README's way from nothing to a scheduled run: its commands as they stand, on a port and in a folder apart."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse

import etl

ROOT = Path(__file__).parents[2]

PATIENCE_SECONDS = 180
"""A run that was scheduled starts within seconds, on a machine that others use within a minute."""

EARLY = timedelta(seconds=1)
"""A worker sets out so much before a run's time, at most."""


def commands() -> str:
    """The block of the section, as a reader pastes it."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Every night\n")[2]
    [block] = re.findall(r"```sh\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    return str(block)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a reader of the README has, after `make setup`."""
    for name in ("flows", "seeds"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("prefect.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    return tmp_path


@pytest.fixture
def environment(checkout: Path) -> dict[str, str]:
    """Variables that keep the server from the network, and on a port that nobody has."""
    silent = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "NO_PROXY": "127.0.0.1,localhost"}
    own = {"PREFECT_HOME": str(checkout / ".prefect"), "PREFECT_SERVER_API_PORT": str(free_port())}
    outer = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return outer | silent | own


@pytest.fixture
def night(checkout: Path, environment: dict[str, str]) -> Iterator[str]:
    """What the commands printed; worker and server are still there."""
    script = commands().replace("4200", environment["PREFECT_SERVER_API_PORT"])
    with (checkout / "printed").open("w+", encoding="utf-8") as printed:
        shell = subprocess.Popen(
            ["bash", "-euc", script],
            cwd=checkout,
            env=environment,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            assert shell.wait() == 0, (checkout / "printed").read_text(encoding="utf-8")
            yield (checkout / "printed").read_text(encoding="utf-8")
        finally:
            # A shell without job control has its children ignore the interrupt by which a worker ends itself.
            os.killpg(shell.pid, signal.SIGKILL)
            subprocess.run([Path(sys.executable).with_name("prefect"), "server", "stop"], env=environment, check=True)


def completed(client: SyncPrefectClient, deployment: DeploymentResponse) -> FlowRun:
    """The first run of a deployment that is completed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        runs = [run for run in client.read_flow_runs() if run.deployment_id == deployment.id]
        done = [run for run in runs if run.state and run.state.is_final()]
        if done:
            assert done[0].state
            assert done[0].state.is_completed(), done[0].state.message
            return done[0]
        time.sleep(1)
    raise AssertionError(f"no run of {deployment.name} ended")


@pytest.mark.deployment
def test_commands_of_the_readme_lead_to_a_scheduled_run(
    night: str, checkout: Path, environment: dict[str, str]
) -> None:
    committed = etl.open(checkout / "output")
    assert committed.run_id in night, "`etl runs` lists it"
    port = environment["PREFECT_SERVER_API_PORT"]
    with SyncPrefectClient(f"http://127.0.0.1:{port}/api") as client:
        nightly, now, load = (
            client.read_deployment_by_name(name) for name in ("clean/clean-nightly", "clean/clean-now", "load/load")
        )
        cleaned = completed(client, nightly)
        assert cleaned.expected_start_time
        assert cleaned.start_time
        assert cleaned.expected_start_time - EARLY <= cleaned.start_time, "it waited for its time"
        coming = [run for run in client.read_flow_runs() if run.auto_scheduled and run.deployment_id == nightly.id]
        assert {run.expected_start_time.strftime("%H:%M") for run in coming if run.expected_start_time} == {"18:30"}

        loaded = completed(client, load)
        assert loaded.created_by
        assert loaded.created_by.type == "AUTOMATION", "it follows the run by itself"
        assert (checkout / "warehouse.duckdb").is_file()

        client.create_flow_run_from_deployment(now.id)
        completed(client, now)
        assert etl.open(checkout / "output").run_id != committed.run_id
        keys = {artifact.key for artifact in client.read_artifacts()}
    stages = ("decode", "boilerplate", "duplicates", "sections", "normalize")
    assert keys == {*(f"etl-{stage}" for stage in stages), "etl-run", "etl-load"}
