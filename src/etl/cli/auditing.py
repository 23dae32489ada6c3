"""Commands that read a run: its proof, its documents and its pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from etl.cli.parameters import AsJson, Document, Output
from etl.errors import UsageError

__all__ = ["commands"]

commands = typer.Typer(rich_markup_mode=None)


@commands.command(epilog="Example: etl verify output")
def verify(output: Output, as_json: AsJson = False) -> None:
    """Prove balance and undo from what is on disk; exit 1 with the first broken promise."""
    from etl.datasets import current_run
    from etl.verify import verify as check_all

    committed = current_run(output)
    checks = check_all(committed)
    if as_json:
        print(json.dumps({"run_id": committed.run_id, "checks": [check._asdict() for check in checks]}))
        return
    for check in checks:
        print(f"ok  {check.name:<11} {check.checked:>10,} {check.of}")
    print(f"run {committed.run_id} keeps every promise")


@commands.command(epilog='Example: etl explain output page.txt --text "责任编辑"')
def explain(
    output: Output,
    document: Document,
    line: Annotated[int | None, typer.Option(min=1, help="Only this line of the decoded text.")] = None,
    text: Annotated[str | None, typer.Option(help="Only lines that hold this text.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a document with each line's fate: the rule, why, and for a duplicate the kept copy."""
    from dataclasses import asdict

    from etl.console import story_lines
    from etl.datasets import current_run
    from etl.explain import explain as tell
    from etl.explain import find_document

    committed = current_run(output)
    stories = [
        story
        for story in tell(committed, find_document(committed, document))
        if line in (None, story.line_no) and (text is None or text in story.text)
    ]
    if not stories:
        raise UsageError(f"{document}: no line answers to that; leave out --line and --text to see them all")
    told = [asdict(story) for story in stories]
    print(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(story_lines(stories)))


@commands.command(epilog="Example: etl show output page.txt")
def show(output: Output, document: Document, as_json: AsJson = False) -> None:
    """Print the clean text of a document."""
    from etl.datasets import current_run
    from etl.explain import document_row, find_document

    row = document_row(current_run(output), find_document(current_run(output), document))
    print(json.dumps(row, ensure_ascii=False, default=str) if as_json else row["text"])


@commands.command(epilog="Example: etl report output")
def report(
    output: Output,
    to: Annotated[Path | None, typer.Option(help="Folder to write to; by default OUTPUT/report.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the reports and pages of the current run again, from its datasets alone."""
    from etl.report.rebuilding import rebuild

    page = rebuild(output, to or output / "report")
    print(json.dumps({"page": str(page)}) if as_json else f"report {page}")
