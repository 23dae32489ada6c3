"""The commands, which stand in modules by what they are about.

Nothing heavy is imported before a command needs it, so that help is instant.
"""

from __future__ import annotations

import typer

from etl.cli import auditing, desk, evaluating, history, rules, running, warehouse

__all__ = ["app"]

app = typer.Typer(
    help="Clean dirty web text, and account for every character.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for about in (running, auditing, history, warehouse, desk, rules, evaluating):
    app.add_typer(about.commands)
