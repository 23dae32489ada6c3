"""Commands that clean, and the options that say how."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etl.cli.parameters import AsJson, Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from etl.datasets import CommittedRun

__all__ = ["commands"]

commands = typer.Typer(rich_markup_mode=None)

RecipeFile = Annotated[Path | None, typer.Option("--recipe", help="TOML file; `etl recipe` writes the default one.")]


@commands.command(epilog="Example: etl run seeds --output output")
def run(  # noqa: PLR0913, PLR0917  # an option is a parameter
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Folder of documents, or one document.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")],
    recipe: RecipeFile = None,
    incremental: Annotated[
        bool | None,
        typer.Option("--incremental/--full", help="Clean what is new or changed, or all; else as the recipe says."),
    ] = None,
    workers: Workers = None,
    profile: Annotated[bool, typer.Option("--profile", help="Show where the time went, as the report has it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Clean every document of a folder into datasets, a ledger and reports."""
    from etl.console import profile_table, run_table, shown_progress
    from etl.recipe import Recipe, read_recipe
    from etl.runs import run as clean_folder

    options = (read_recipe(recipe) if recipe else Recipe()).with_run(incremental=incremental)
    load_committed = _loader(options.warehouse.target) if options.warehouse.target else None
    with shown_progress() as progress:
        committed = clean_folder(source, output, options, workers=workers, progress=progress)
    report = committed.report("run")
    if profile and not as_json:
        print(profile_table(report))
    print(json.dumps(report, ensure_ascii=False) if as_json else run_table(committed, report))
    if load_committed:
        print(load_committed(committed), file=sys.stderr)


def _loader(target: str) -> Callable[[CommittedRun], object]:
    """What loads a run into a target; a wrong target is an error before hours of work, not after."""
    from functools import partial

    from etl.warehouse import load as load_run
    from etl.warehouse import target_of

    return partial(load_run, target=target_of(target))


@commands.command(epilog="Example: etl recipe > recipe.toml")
def recipe(as_json: AsJson = False) -> None:
    """Write the default recipe, every option with its unit and reason."""
    from etl.recipe import Recipe, recipe_toml

    print(Recipe().model_dump_json(indent=1) if as_json else recipe_toml(Recipe()), end="\n" if as_json else "")
