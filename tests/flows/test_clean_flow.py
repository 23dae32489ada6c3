"""The flow calls the same pipeline as the command, and writes the same bytes."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import unquote

import pytest
import yaml
from prefect import flow
from prefect.client.orchestration import get_client

import etl
from etl.errors import UsageError
from flows.clean import clean, reach_input
from tests.committed import parts

PAGE = "首页 > 新闻 > 正文\n新桥开通\n来源: 临江日报 2024-05-06\n昨天,临江新桥正式开通,居民往来更方便了。\n编辑: 苏棠\n"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "bridge.txt").write_text(PAGE, encoding="utf-8")
    (folder / "again.txt").write_bytes(PAGE.encode("gb18030"))
    return folder


@pytest.mark.prefect
def test_flow_writes_the_same_bytes_as_the_command_and_publishes_each_stage(
    prefect_server: None, pages: Path, tmp_path: Path
) -> None:
    run_id = clean(str(pages), str(tmp_path / "flow"))

    by_flow = etl.open(tmp_path / "flow")
    assert by_flow.run_id == run_id
    assert parts(by_flow) == parts(etl.run(pages, tmp_path / "command"))
    with get_client(sync_client=True) as client:
        every = client.read_artifacts()
    # The server is shared with the other flows' tests: only what names this output is of this run.
    artifacts = [artifact for artifact in every if str(tmp_path) in unquote(f"{artifact.data}{artifact.description}")]
    keys = {artifact.key for artifact in artifacts}
    told = " ".join(f"{artifact.description} {artifact.data}" for artifact in artifacts)
    links = {Path(unquote(link)) for link in re.findall(r"\(file://([^)]*)\)", told)}
    assert len(links) == len(keys)
    assert all(link.is_file() for link in links)
    assert keys == {"etl-decode", "etl-boilerplate", "etl-duplicates", "etl-sections", "etl-normalize", "etl-run"}


@pytest.mark.parametrize(("error", "again"), [(OSError(116, "stale file handle"), True), (UsageError("typo"), False)])
def test_only_a_system_that_does_not_answer_is_asked_again(error: Exception, again: bool) -> None:
    failed = cast("Any", SimpleNamespace(result=lambda raise_on_failure: error))
    assert reach_input.retry_condition_fn is not None
    assert reach_input.retry_condition_fn(cast("Any", None), cast("Any", None), failed) is again


def test_an_input_is_reached_if_it_can_be_listed_or_read(pages: Path, tmp_path: Path) -> None:
    reach_input.fn(str(pages))
    reach_input.fn(str(pages / "bridge.txt"))
    with pytest.raises(FileNotFoundError):
        reach_input.fn(str(tmp_path / "gone"))


@pytest.mark.prefect
def test_a_share_that_is_briefly_gone_is_waited_for(prefect_server: None, pages: Path, tmp_path: Path) -> None:
    tries = []

    def back_by_the_third(task: object, task_run: object, state: object) -> bool:
        tries.append(state)
        if len(tries) == 2:
            (tmp_path / "share").symlink_to(pages)
        return True

    again = reach_input.with_options(retry_condition_fn=back_by_the_third, retry_delay_seconds=0.01)

    @flow
    def reach() -> None:
        again(str(tmp_path / "share"))

    reach()
    assert len(tries) == 2


def test_every_deployment_names_a_flow_that_is_there() -> None:
    deployments = yaml.safe_load(Path("prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    for deployment in deployments:
        path, name = deployment["entrypoint"].split(":")
        flow = getattr(importlib.import_module(path.removesuffix(".py").replace("/", ".")), name)
        assert set(deployment["parameters"]) <= set(flow.parameters.properties)
