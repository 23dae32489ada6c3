"""The command line. Every command says what it did in few lines, and in JSON where a program would read it.

Nothing heavy is imported before a command needs it, so that help is instant.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from etl.errors import EtlError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from etl.datasets import CommittedRun

__all__ = ["app", "main"]

app = typer.Typer(
    help="Clean dirty web text, and account for every character.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
rules_app = typer.Typer(help="List, show and test the rules.", no_args_is_help=False, rich_markup_mode=None)
app.add_typer(rules_app, name="rules")
review_app = typer.Typer(help="Use the marks of reviewers.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(review_app, name="review")

Output = Annotated[Path, typer.Argument(help="Output folder of a run.")]
Document = Annotated[str, typer.Argument(help="A document's source or doc_id, or an unambiguous part of either.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
RecipeFile = Annotated[Path | None, typer.Option("--recipe", help="TOML file; `etl recipe` writes the default one.")]


def main() -> None:
    """Run the command line; an error meant for the user is one line and an exit status."""
    try:
        app()
    except EtlError as error:
        print(f"etl: {error}", file=sys.stderr)
        sys.exit(error.exit_status)


@app.command(epilog="Example: etl run seeds --output output")
def run(  # noqa: PLR0913, PLR0917  # an option is a parameter
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Folder of documents, or one document.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")],
    recipe: RecipeFile = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; by default one a core.")] = None,
    profile: Annotated[bool, typer.Option("--profile", help="Show where the time went, as the report has it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Clean every document of a folder into datasets, a ledger and reports."""
    from etl.console import profile_table, run_table, shown_progress
    from etl.recipe import Recipe, read_recipe
    from etl.runs import run as clean_folder

    options = read_recipe(recipe) if recipe else Recipe()
    load_committed = _loader(options.warehouse.target) if options.warehouse.target else None
    with shown_progress() as progress:
        committed = clean_folder(source, output, options, workers=workers, progress=progress)
    report = committed.report("run")
    if profile and not as_json:
        print(profile_table(report))
    print(json.dumps(report, ensure_ascii=False) if as_json else run_table(committed, report))
    if load_committed:
        print(load_committed(committed), file=sys.stderr)


@app.command(epilog="Example: etl verify output")
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


@app.command(epilog='Example: etl explain output page.txt --text "责任编辑"')
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


@app.command(epilog="Example: etl show output page.txt")
def show(output: Output, document: Document, as_json: AsJson = False) -> None:
    """Print the clean text of a document."""
    from etl.datasets import current_run
    from etl.explain import document_row, find_document

    row = document_row(current_run(output), find_document(current_run(output), document))
    print(json.dumps(row, ensure_ascii=False, default=str) if as_json else row["text"])


@app.command(epilog="Example: etl report output")
def report(
    output: Output,
    to: Annotated[Path | None, typer.Option(help="Folder to write to; by default OUTPUT/report.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the reports and pages of the current run again, from its datasets alone."""
    from etl.report.rebuilding import rebuild

    page = rebuild(output, to or output / "report")
    print(json.dumps({"page": str(page)}) if as_json else f"report {page}")


@app.command(epilog="Example: etl runs output")
def runs(output: Output, as_json: AsJson = False) -> None:
    """List the runs of an output folder, oldest first; an asterisk marks the one that readers use."""
    from dataclasses import asdict

    from etl.history import list_runs

    listed = list_runs(output)
    if as_json:
        print(json.dumps([asdict(run) for run in listed]))
        return
    for run in listed:
        print(f"{'*' if run.current else ' '} {run.run_id}  {run.verdict:<4} {run.documents:>10,} documents")


@app.command(epilog="Example: etl rollback output 20260131T")
def rollback(
    output: Output, run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run, or how its name begins.")]
) -> None:
    """Make an earlier run the one that readers use."""
    from etl.history import roll_back

    print(f"{output}: readers now use run {roll_back(output, run_id).run_id}")


@app.command(epilog="Example: etl gc output --keep 7")
def gc(output: Output, keep: Annotated[int, typer.Option(min=1, help="How many of the newest runs stay.")]) -> None:
    """Delete old runs; the one that readers use always stays."""
    from etl.history import drop_old_runs

    dropped = drop_old_runs(output, keep)
    print("\n".join([*(f"deleted {run_id}" for run_id in dropped), f"{len(dropped)} runs deleted"]))


def _loader(target: str) -> Callable[[CommittedRun], object]:
    """What loads a run into a target; a wrong target is an error before hours of work, not after."""
    from functools import partial

    from etl.warehouse import load as load_run
    from etl.warehouse import target_of

    return partial(load_run, target=target_of(target))


@app.command(epilog="Example: etl load output --to duckdb:///warehouse.duckdb")
def load(
    output: Output,
    to: Annotated[str, typer.Option(help="duckdb:///FILE, postgresql://..., delta:FOLDER or iceberg:FOLDER.")],
    back: Annotated[bool, typer.Option("--back", help="Go back to this run although newer ones were loaded.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load the current run into a data warehouse; a replay changes nothing."""
    from dataclasses import asdict

    from etl.datasets import current_run
    from etl.warehouse import load as load_run
    from etl.warehouse import target_of

    loaded = load_run(current_run(output), target_of(to), back=back)
    print(json.dumps(asdict(loaded)) if as_json else loaded)


@app.command(epilog='Example: etl query warehouse.duckdb "SELECT site, rule, chars_removed FROM removed_by_rule"')
def query(
    warehouse: Annotated[Path, typer.Argument(metavar="FILE", help="DuckDB file that `etl load` wrote.")],
    sql: Annotated[str, typer.Argument(metavar="SQL", help="A query; the file is opened for reading.")],
    as_json: AsJson = False,
) -> None:
    """Ask an embedded warehouse a question in SQL."""
    from etl.warehouse.duckdb import answer

    rows = answer(warehouse, sql)
    if as_json:
        print(json.dumps(rows.to_dicts(), ensure_ascii=False, default=str))
        return
    for row in (rows.columns, *rows.iter_rows()):
        print("\t".join("" if value is None else str(value) for value in row))


@app.command(epilog="Example: etl schema --dialect postgresql > warehouse.sql")
def schema(
    dialect: Annotated[Literal["duckdb", "postgresql"], typer.Option(help="Engine of the SQL.")] = "duckdb",
    as_json: AsJson = False,
) -> None:
    """Print the warehouse's tables as SQL, or as JSON schema."""
    from etl.warehouse.ddl import json_schema, script

    print(json.dumps(json_schema(), ensure_ascii=False, indent=1) if as_json else script(dialect))


@app.command(epilog="Example: etl external output --dialect bigquery --location gs://bucket/output")
def external(
    output: Output,
    dialect: Annotated[Literal["bigquery", "snowflake", "clickhouse", "spark"], typer.Option(help="Whose SQL.")],
    location: Annotated[str, typer.Option(help="Where a copy of OUTPUT stands, as the warehouse sees it.")],
) -> None:
    """Print the statements by which a cloud warehouse reads the current run's files."""
    from etl.datasets import current_run
    from etl.warehouse.external import external_script

    print(external_script(current_run(output), dialect, location))


@app.command(epilog="Example: etl serve output")
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


@review_app.command("export", epilog="Example: etl review export output > cases.json")
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


@app.command("what-if", epilog="Example: etl what-if output --without footer")
def what_if(
    output: Output,
    without: Annotated[list[str], typer.Option(help="Rule to take away; may be given again.")],
    as_json: AsJson = False,
) -> None:
    """Tell what would come back without a rule, from the ledger; other rules might still take some of it."""
    from dataclasses import asdict

    from etl.datasets import current_run
    from etl.whatif import what_if as tell
    from etl.whatif import what_if_lines

    found = tell(current_run(output), without)
    print(json.dumps(asdict(found), ensure_ascii=False) if as_json else "\n".join(what_if_lines(found)))


@app.command(epilog="Example: etl recipe > recipe.toml")
def recipe(as_json: AsJson = False) -> None:
    """Write the default recipe, every option with its unit and reason."""
    from etl.recipe import Recipe, recipe_toml

    print(Recipe().model_dump_json(indent=1) if as_json else recipe_toml(Recipe()), end="\n" if as_json else "")


@app.command(epilog="Example: etl evaluate boilerplate sections --data ../labelled --errors")
def evaluate(  # noqa: PLR0913, PLR0917  # an option is a parameter
    sets: Annotated[list[str] | None, typer.Argument(metavar="[SET]...", help="What to measure; else all.")] = None,
    data: Annotated[Path, typer.Option(help="Folder of labelled material.")] = Path("labelled"),
    floors: Annotated[Path, typer.Option(help="File of floors.")] = Path("tests/quality_floors.json"),
    peers: Annotated[bool, typer.Option(help="Measure the other tools that are installed, too.")] = True,
    errors: Annotated[bool, typer.Option("--errors", help="List the errors by what they cost.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for figures and all errors.")] = None,
    raise_floors: Annotated[bool, typer.Option("--raise-floors", help="Raise floors towards the figures.")] = False,
    lower_floors: Annotated[bool, typer.Option("--lower-floors", help="Lower floors; needs --reason.")] = False,
    reason: Annotated[str, typer.Option(help="Why floors are lowered; the file keeps it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Measure quality on labelled material, beside floors and other tools; exit 1 if a figure is below its floor."""
    from etl.evaluation import board
    from etl.evaluation.floors import failures, lower, raised, read_floors, write_floors

    finding = board.evaluate(data, sets or [], with_peers=peers)
    least = read_floors(floors)
    if lower_floors:
        least = lower(least, finding.scores, reason)
    if raise_floors:
        least = raised(least, finding.scores)
    if lower_floors or raise_floors:
        write_floors(floors, least)
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


@rules_app.callback(invoke_without_command=True)
def rules(context: typer.Context) -> None:
    """List, show and test the rules."""
    if context.invoked_subcommand is None:
        list_rules()


@rules_app.command("list", epilog="Example: etl rules list")
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


@rules_app.command("show", epilog="Example: etl rules show line-break")
def show_rule(rule_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the rule.")]) -> None:
    """Print one rule as its table has it: reason, pattern, examples and counter-examples."""
    from etl.rules import rule_row

    for name, value in rule_row(rule_id).items():
        values = value if isinstance(value, list) else [value]
        print(f"{name}: {values[0]}" if len(values) == 1 else f"{name}:")
        if len(values) > 1:
            print("\n".join(f"  {item}" for item in values))


@rules_app.command("test", epilog="Example: etl rules test")
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
