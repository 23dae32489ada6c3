"""The command line. Every command says what it did in few lines, and in JSON where a program would read it.

Commands stand in modules by what they are about. Nothing heavy is imported before a command needs it, so that
help is instant.
"""

from __future__ import annotations

import os
import sys

import typer

from etl.cli import auditing, desk, evaluating, history, rules, running, warehouse
from etl.environment import ALLOCATOR, collect_rarely
from etl.errors import EtlError, OutputError

__all__ = ["app", "main"]

app = typer.Typer(
    help="Clean dirty web text, and account for every character.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for about in (running, auditing, history, warehouse, desk, rules, evaluating):
    app.add_typer(about.commands)


def main() -> None:
    """Run the command line; an error meant for the user, or from the system, is one line and an exit status."""
    os.environ.update(ALLOCATOR)  # in time, for a command imports Polars when it begins
    collect_rarely()
    try:
        app()
    except EtlError as error:
        print(f"etl: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"etl: {what}; see to the rights there and to the disk", file=sys.stderr)
        sys.exit(OutputError.exit_status)
