"""The cleaning run as a Prefect flow: one task a stage, each stage's report as an artifact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from etl.pipeline import STAGES
from etl.recipe import Recipe, read_recipe
from etl.runs import RunInProgress, begin
from flows.retrying import retried

__all__ = ["clean"]

TOP_RULES = 10
"""Rules that an artifact shows; the page of the run shows them all."""

TRIES = 4
"""Tries after the first, within 150 to 300 seconds: a network share that is mounted anew is back by then."""


@retried(TRIES, after=OSError)
def reach_input(source: str) -> None:
    """See that the input is there, before a share that is gone for a minute is taken for a night without documents.

    Raises:
        OSError: it cannot be listed, or not be read.
    """
    path = Path(source)
    if path.is_dir():
        next(path.iterdir(), None)
    else:
        path.open("rb").close()


@task(task_run_name="{stage}", cache_policy=NO_CACHE, persist_result=False)
def clean_stage(stage: str, work: RunInProgress) -> dict[str, Any]:
    """Take every shard through one stage, and publish its report."""
    report = work.do(stage)
    page = work.output / "runs" / work.manifest["run_id"] / "reports" / "en" / f"{stage}.html"
    description = f"{_sentence(report)}; [its page]({page.resolve().as_uri()}), once the run is committed"
    create_table_artifact(key=f"etl-{stage}", table=_table(report), description=description)
    return {"stage": stage, **report["balance"]}


@flow(name="clean", flow_run_name="clean-{source}", persist_result=False)
def clean(
    source: str,
    output: str,
    recipe: str | None = None,
    workers: int | None = None,
    incremental: bool | None = None,
) -> str:
    """Clean every document below a folder.

    Args:
        source: folder of documents, or one document.
        output: folder to write to.
        recipe: path of a TOML recipe; the default recipe if left out.
        workers: processes; by default one a core.
        incremental: clean what is new or changed since the current run, or all; by default as the recipe says.

    Returns:
        The id of the committed run.
    """
    options = (read_recipe(Path(recipe)) if recipe else Recipe()).with_run(incremental=incremental)
    reach_input(source)
    with begin(Path(source), Path(output), options, workers=workers) as work:
        for stage in STAGES:
            clean_stage(stage.name, work)
        committed = work.commit()
    create_markdown_artifact(key="etl-run", markdown=_summary(committed.report("run"), committed.folder))
    return committed.run_id


def _table(report: dict[str, Any]) -> list[dict[str, Any]]:
    columns = ("rule", "edits", "documents", "chars_removed", "chars_inserted")
    rules = sorted(report["rules"], key=lambda rule: -rule["chars_removed"])[:TOP_RULES]
    return [{column: rule[column] for column in columns} for rule in rules]


def _sentence(report: dict[str, Any]) -> str:
    books = report["balance"]
    difference = abs(books["difference_in"]) + abs(books["difference_out"])
    return (
        f"{report['stage']}: {books['chars_in']:,} characters in, {books['removed']:,} removed, "
        f"{books['inserted']:,} inserted, {books['chars_out']:,} out, difference {difference}"
    )


def _summary(report: dict[str, Any], folder: Path) -> str:
    page = (folder / "reports" / "index.html").resolve().as_uri()
    lines = [f"# Run {report['run_id']}: {report['verdict']}", "", f"[Its pages]({page})", ""]
    lines += [f"- {_sentence(stage)}" for stage in report["stages"]]
    return "\n".join(lines)
