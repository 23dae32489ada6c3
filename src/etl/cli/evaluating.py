"""The command that measures quality."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from etl.cli.parameters import AsJson

__all__ = ["commands"]

commands = typer.Typer(rich_markup_mode=None)


@commands.command(epilog="Example: etl evaluate boilerplate sections --data ../labelled --errors")
def evaluate(  # noqa: PLR0913, PLR0917  # an option is a parameter
    sets: Annotated[list[str] | None, typer.Argument(metavar="[SET]...", help="What to measure; else all.")] = None,
    data: Annotated[Path, typer.Option(help="Folder of labelled material.")] = Path("labelled"),
    floors: Annotated[Path, typer.Option(help="File of floors.")] = Path("tests/quality_floors.json"),
    peers: Annotated[bool, typer.Option(help="Measure the other tools that are installed, too.")] = True,
    errors: Annotated[bool, typer.Option("--errors", help="List the errors by what they cost.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for figures and all errors.")] = None,
    raise_floors: Annotated[bool, typer.Option("--raise-floors", help="Raise floors towards the figures.")] = False,
    lower_floors: Annotated[
        str | None, typer.Option(metavar="<reason>", help="Lower floors; the file keeps the reason.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure quality on labelled material, beside floors and other tools; exit 1 if a figure is below its floor."""
    from etl.evaluation import board
    from etl.evaluation.floors import failures, moved

    finding = board.evaluate(data, sets or [], with_peers=peers)
    least = moved(floors, finding.scores, lower_for=lower_floors, raises=raise_floors)
    rows = board.report(finding, least)
    if output:
        board.write(output, rows, finding.errors)
    print(json.dumps(rows, ensure_ascii=False) if as_json else "\n".join(board.score_lines(rows)))
    if errors:
        print("\n".join(board.error_lines(finding.errors)))
    fallen = failures(least, finding.scores)
    if fallen:
        print("\n".join(f"etl: {line}" for line in fallen), file=sys.stderr)
        raise typer.Exit(1)
