"""Commands of the auditor's desk: its pages, reviews, and what would be without a rule."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from etl.cli.parameters import AsJson, Output, Workers
from etl.errors import UsageError

__all__ = ["commands"]

commands = typer.Typer(rich_markup_mode=None)
review_commands = typer.Typer(help="Use the marks of reviewers.", no_args_is_help=True, rich_markup_mode=None)
commands.add_typer(review_commands, name="review")


@commands.command(epilog="Example: etl serve output")
def serve(
    output: Output,
    host: Annotated[str, typer.Option(help="Address to listen on; any but loopback needs the printed token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8571,
) -> None:
    """Serve every document, a search, comparisons and reviews on this machine (needs the extra `desk`)."""
    try:
        from etl.desk.serving import serve as listen
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{error.name} is not installed; `pip install etl[desk]` brings what `etl serve` needs"
        ) from error
    listen(output, host, port)


@review_commands.command("check", epilog="Example: etl review check output")
def check_reviews(output: Output, as_json: AsJson = False) -> None:
    """Say which marks the current run meets; exit 1 if one is open."""
    from dataclasses import asdict

    from etl.datasets import current_run
    from etl.desk.checking import check_lines
    from etl.desk.checking import check_reviews as check
    from etl.desk.reviews import read_reviews

    checks = check(current_run(output), read_reviews(output))
    if as_json:
        print(json.dumps([asdict(review) | {"state": state} for review, state in checks], ensure_ascii=False))
    else:
        print("\n".join(check_lines(checks)))
    if any(state == "open" for _, state in checks):
        raise typer.Exit(1)


@commands.command("what-if", epilog="Example: etl what-if output --without footer")
def what_if(
    output: Output,
    without: Annotated[list[str] | None, typer.Option(help="Rule to switch off; may be given again.")] = None,
    with_: Annotated[list[str] | None, typer.Option("--with", help="Rule to switch on; may be given again.")] = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Tell how the clean text would differ with other rules: the stages are run again, and nothing is written."""
    from dataclasses import asdict

    from etl.datasets import current_run
    from etl.whatif import what_if as tell
    from etl.whatif import what_if_lines

    found = tell(current_run(output), without or (), with_ or (), workers=workers)
    print(json.dumps(asdict(found), ensure_ascii=False) if as_json else "\n".join(what_if_lines(found)))


@review_commands.command("export", epilog="Example: etl review export output > cases.json")
def export_reviews(
    output: Output,
    counter_examples: Annotated[
        bool, typer.Option("--counter-examples", help="As counter-examples for the rule tables (TOML).")
    ] = False,
) -> None:
    """Print reviewers' marks as test cases (JSON), or as counter-examples of rules."""
    from etl.desk.reviews import as_cases, as_counter_examples, read_reviews

    reviews = read_reviews(output)
    if counter_examples:
        print(as_counter_examples(reviews))
    else:
        print(json.dumps(as_cases(reviews), ensure_ascii=False, indent=1))
