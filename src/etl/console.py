"""What the command line shows a person: progress, the table of a run, the fate of lines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import TaskID
from rich.table import Table

from etl.datasets import CommittedRun
from etl.explain import Fate, LineStory
from etl.quality import told
from etl.runs import Progress

__all__ = ["profile_table", "run_table", "shown_progress", "story_lines"]

TABLE_COLUMNS = 140
"""Width of tables, in terminal columns: the names of three rules and five numbers."""

SIGNS = {"kept": " ", "rewritten": "~", "narrowed": "<", "removed": "-"}
"""What stands before a line, by its fate."""


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """A progress bar on a terminal, plain log lines elsewhere; both on the error stream."""
    if not sys.stderr.isatty():
        yield _log
        return
    with Bar(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done)

        yield advance


def _log(stage: str, done: int, total: int) -> None:
    if done == total:
        sys.stderr.write(f"{stage}: {done} of {total} shards done\n")


def run_table(committed: CommittedRun, report: Mapping[str, Any]) -> str:
    """The short table of a run, and below it what else a person should know of it."""
    warnings = [entry for entry in report["expectations"] if entry["verdict"] != "pass"]
    taken_up = committed.manifest["taken_up"]
    resumed = [f"took up {taken_up} finished steps of a run that was cut short; a step is a shard in a stage"]
    return "\n".join(
        [
            _books(report["stages"]).rstrip(),
            *(resumed if taken_up else []),
            *_changes(report["changes"]),
            f"quarantined {report['input']['quarantined']}, verdict {report['verdict']}, run {committed.run_id}",
            *(f"{entry['verdict']}: {told(entry)}" for entry in warnings),
            f"report {committed.folder / 'reports' / 'index.html'}",
        ]
    )


def _books(stages: Iterable[Mapping[str, Any]]) -> str:
    """What each stage took in, removed and put out, and whether its books balance."""
    table = Table("stage", box=None, pad_edge=False)
    for name in ("documents", "lines", "chars in", "removed by the top rules", "chars out", "balance"):
        table.add_column(name, justify="left" if name.startswith("removed") else "right")
    for stage in stages:
        balance = stage["balance"]
        table.add_row(
            stage["stage"],
            f"{stage['output']['documents']:,}",
            f"{stage['output']['lines']:,}",
            f"{balance['chars_in']:,}",
            ", ".join(f"{rule} {chars:,}" for rule, chars in stage["top_rules"]) or "-",
            f"{balance['chars_out']:,}",
            f"{abs(balance['difference_in']) + abs(balance['difference_out']):,}",
        )
    return _printed(table)


def _printed(table: Table) -> str:
    console = Console(width=TABLE_COLUMNS)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def _changes(changes: Mapping[str, Any] | None) -> Iterator[str]:
    """What an incremental run found different from the run before."""
    if changes is None:
        return
    if changes["cleaned_all"]:
        yield f"every source cleaned, for {changes['cleaned_all']}"
    counts = ", ".join(f"{changes[name]:,} {name}" for name in ("new", "changed", "deleted", "recleaned", "carried"))
    yield f"sources since run {changes['since']}: {counts}" if changes["since"] else f"sources: {counts}"


def profile_table(report: Mapping[str, Any]) -> str:
    """Where the time of a run went: each stage's seconds, speed and memory, and CPU seconds by step within it.

    Above the stages stand the CPU seconds of what is outside of them.
    """
    steps = list(dict.fromkeys(step for stage in report["stages"] for step in stage["usage"]["steps"]))
    table = Table("stage", box=None, pad_edge=False)
    for name in ("seconds", "cpu", "MB / cpu s", "peak MB", *steps):
        table.add_column(name, justify="right")
    for step, spent in report["usage"]["steps"].items():
        table.add_row(step, "-", f"{spent:.2f}")
    for stage in report["stages"]:
        usage = stage["usage"]
        table.add_row(
            stage["stage"],
            f"{usage['wall_seconds']:.2f}",
            f"{usage['cpu_seconds']:.2f}",
            "-" if usage["mb_per_cpu_second"] is None else f"{usage['mb_per_cpu_second']:.1f}",
            f"{usage['peak_memory_mb']:.0f}",
            *(f"{usage['steps'][step]:.2f}" if step in usage["steps"] else "-" for step in steps),
        )
    return _printed(table)


def story_lines(stories: Iterable[LineStory]) -> Iterator[str]:
    """Each line with its number and its fate's sign, and under it what was done and why."""
    for story in stories:
        yield f"{SIGNS[story.fate]} {story.line_no:>5}  {story.text}"
        counts: dict[str, int] = {}
        for edit in story.edits:
            told = _told(edit)
            counts[told] = counts.get(told, 0) + 1
        yield from (f"         {told}" + (f" (×{count})" if count > 1 else "") for told, count in counts.items())


def _told(edit: Fate) -> str:
    copy = f" Kept copy: {edit.kept_copy}." if edit.kept_copy else ""
    evidence = f" [{edit.detail}]" if edit.detail and edit.stage != "normalize" else ""
    return f"{edit.stage}/{edit.rule}: {edit.why}{copy}{evidence}"
