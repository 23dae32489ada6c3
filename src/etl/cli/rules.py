"""Commands that list, show and test the rules."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from etl.cli.parameters import AsJson

__all__ = ["commands"]

commands = typer.Typer(rich_markup_mode=None)
rules_commands = typer.Typer(help="List, show and test the rules.", no_args_is_help=False, rich_markup_mode=None)
commands.add_typer(rules_commands, name="rules")


@rules_commands.callback(invoke_without_command=True)
def rules(context: typer.Context) -> None:
    """List, show and test the rules."""
    if context.invoked_subcommand is None:
        list_rules()


@rules_commands.command("list", epilog="Example: etl rules list")
def list_rules(as_json: AsJson = False) -> None:
    """List every rule with its reason."""
    from etl.rules import rules_of, tables

    listed = {table: rules_of(table) for table in tables()}
    if as_json:
        rows = {table: [rule.model_dump(mode="json") for rule in rows] for table, rows in listed.items()}
        print(json.dumps(rows, ensure_ascii=False))
        return
    for table, found in listed.items():
        print(f"{table}:")
        for rule in found:
            print(f"  {rule.id:<28} {rule.why}")


@rules_commands.command("show", epilog="Example: etl rules show line-break")
def show_rule(rule_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the rule.")]) -> None:
    """Print one rule as its table has it: reason, pattern, examples and counter-examples."""
    from etl.rules import rule_row

    for name, value in rule_row(rule_id).items():
        if isinstance(value, list):
            print("\n".join([f"{name}:", *(f"  {_on_one_line(item)}" for item in value)]))
        else:
            print(f"{name}: {value}")


def _on_one_line(item: object) -> str:
    """An item of a list; of an example, the text before and after."""
    if not isinstance(item, dict):
        return str(item)
    return " -> ".join(json.dumps(text, ensure_ascii=False) for text in item.values())


@rules_commands.command("test", epilog="Example: etl rules test")
def test_rules() -> None:
    """Run every rule's examples and counter-examples; exit 1 if one fails."""
    from etl.rule_examples import failing_examples
    from etl.rules import tables

    failures = [failure for table in tables() for failure in failing_examples(table)]
    for failure in failures:
        print(f"FAIL {failure}")
    print(f"{len(failures)} failing examples")
    if failures:
        raise typer.Exit(1)
