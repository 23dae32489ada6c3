"""Commands for the runs of an output folder."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from etl.cli.parameters import AsJson, Output

__all__ = ["commands"]

commands = typer.Typer(rich_markup_mode=None)


@commands.command(epilog="Example: etl runs output")
def runs(output: Output, as_json: AsJson = False) -> None:
    """List runs, oldest first, each with what was new and not as expected; an asterisk marks the one in use."""
    from dataclasses import asdict

    from etl.history import list_runs

    listed = list_runs(output)
    if as_json:
        print(json.dumps([asdict(run) for run in listed]))
        return
    for run in listed:
        news = f"  {run.news}" if run.news else ""
        print(f"{'*' if run.current else ' '} {run.run_id}  {run.verdict:<4} {run.documents:>10,} documents{news}")


@commands.command(epilog="Example: etl rollback output 20260131T")
def rollback(
    output: Output, run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run, or how its name begins.")]
) -> None:
    """Make an earlier run the one that readers use."""
    from etl.history import roll_back

    print(f"{output}: readers now use run {roll_back(output, run_id).run_id}")


@commands.command(epilog="Example: etl gc output --keep 7")
def gc(output: Output, keep: Annotated[int, typer.Option(min=1, help="How many of the newest runs stay.")]) -> None:
    """Delete old runs; the one that readers use always stays."""
    from etl.history import drop_old_runs

    dropped = drop_old_runs(output, keep)
    print("\n".join([*(f"deleted {run_id}" for run_id in dropped), f"{len(dropped)} runs deleted"]))
