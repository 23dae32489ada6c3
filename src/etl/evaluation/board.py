"""The board: every set in one run, our figures beside the floors and the peers'."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from etl.errors import UsageError
from etl.evaluation import peers
from etl.evaluation.boilerplate import evaluate_boilerplate
from etl.evaluation.duplicates import evaluate_duplicates
from etl.evaluation.encodings import evaluate_encodings
from etl.evaluation.findings import OURS, Finding, Score, causes, merge_findings
from etl.evaluation.floors import Floors
from etl.evaluation.held_out import evaluate_held_out
from etl.evaluation.metadata import evaluate_metadata
from etl.evaluation.mojibake import evaluate_mojibake
from etl.evaluation.peers import Extract
from etl.evaluation.sections import evaluate_sections
from etl.files import json_bytes, write_bytes

__all__ = ["SETS", "error_lines", "evaluate", "report", "score_lines", "write"]

Evaluate = Callable[[Path, bool], Finding]
"""Evaluates one group of sets, with the installed peers or without."""


@cache
def _extractors() -> dict[str, Extract]:
    """The peers that take an article out of HTML; each remembers what it made of a page, since two sets ask for it."""
    return {name: cache(extract) for name, extract in peers.extractors().items()}


SETS: Mapping[str, Evaluate] = {
    "encodings": lambda data, with_peers: evaluate_encodings(data, peers.detectors() if with_peers else {}),
    "mojibake": lambda data, with_peers: evaluate_mojibake(data, peers.repairers() if with_peers else {}),
    "boilerplate": lambda data, with_peers: evaluate_boilerplate(data, _extractors() if with_peers else {}),
    "held-out": lambda data, with_peers: evaluate_held_out(data, _extractors() if with_peers else {}),
    "metadata": lambda data, with_peers: evaluate_metadata(data, peers.readers() if with_peers else {}),
    "duplicates": lambda data, with_peers: evaluate_duplicates(data),
    "sections": lambda data, with_peers: evaluate_sections(data),
}
"""What can be evaluated, in the order of the pipeline."""

WORST_CAUSES = 10
"""Causes a set that a list of errors shows."""

WORST_ERRORS = 20
"""Single errors a set that a list of errors shows; the file has them all."""


def evaluate(data: Path, names: Iterable[str] = (), *, with_peers: bool = True) -> Finding:
    """Evaluate sets on labelled material.

    Args:
        data: folder of labelled material; `docs/evaluation.md` describes it.
        names: names of `SETS`; all of them if there is none.
        with_peers: score the peers that are installed too.

    Raises:
        UsageError: there is no such set, or its material is not there.
    """
    chosen = list(names) or list(SETS)
    unknown = [name for name in chosen if name not in SETS]
    if unknown:
        raise UsageError(f"no set {unknown[0]!r}; there are {', '.join(SETS)}")
    return merge_findings([SETS[name](data, with_peers) for name in chosen])


def _by_figure(scores: Iterable[Score]) -> dict[tuple[str, str], dict[str, Score]]:
    """The scores of each figure, by tool, in the order of the figures."""
    figures: dict[tuple[str, str], dict[str, Score]] = {}
    for score in scores:
        figures.setdefault((score.of, score.measure), {})[score.tool] = score
    return figures


def report(finding: Finding, floors: Floors) -> list[dict[str, Any]]:
    """The board as rows for a program: set, measure, cases, value, floor (null if none), peers by name."""
    return [
        {
            "set": of,
            "measure": measure,
            "cases": by_tool[OURS].cases,
            "value": round(by_tool[OURS].value, 6),
            "floor": floors.floors.get(by_tool[OURS].key),
            "peers": {tool: round(score.value, 6) for tool, score in by_tool.items() if tool != OURS},
        }
        for (of, measure), by_tool in _by_figure(finding.scores).items()
    ]


def score_lines(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """The board as a table in Markdown, the peers of a set behind ours, and their versions below."""
    table = list(rows)
    tools = list(dict.fromkeys(tool for row in table for tool in row["peers"]))
    yield f"| {' | '.join(['set', 'measure', 'cases', OURS, 'floor', *tools])} |"
    yield f"|{'---|' * (5 + len(tools))}"
    for row in table:
        figures = [row["value"], row["floor"], *(row["peers"].get(tool) for tool in tools)]
        shown = ["" if figure is None else f"{figure:.4f}" for figure in figures]
        yield f"| {row['set']} | {row['measure']} | {row['cases']:,} | {' | '.join(shown)} |"
    if tools:
        yield f"\nMeasured beside {', '.join(peers.versions(tools))}."


def error_lines(errors: pl.DataFrame) -> Iterable[str]:
    """A list to read and act on: for each set the causes by what they cost, then the costliest errors."""
    grouped = causes(errors)
    for of, found in errors.group_by("set", maintain_order=True):
        yield f"\n## {of[0]}: {found.height:,} errors\n"
        for row in grouped.filter(set=of[0]).head(WORST_CAUSES).iter_rows(named=True):
            yield f"- {row['cause']}: {row['errors']:,} errors, cost {row['cost']:,}"
        yield ""
        for row in found.head(WORST_ERRORS).iter_rows(named=True):
            place = row["document"] if row["line_no"] is None else f"{row['document']}:{row['line_no']}"
            text = (row["text"] or "").replace("\n", "⏎")
            yield f"{row['cost']:>6}  {place}  {row['done']}; label: {row['label']}\n        {text}"


def write(folder: Path, rows: list[dict[str, Any]], errors: pl.DataFrame) -> None:
    """Write scores.json, and errors.tsv with every error, into a folder; made if it is not there."""
    write_bytes(folder / "scores.json", json_bytes(rows))
    plain = errors.with_columns(pl.col(pl.String).str.replace_all(r"[\t\r\n]+", " "))
    write_bytes(folder / "errors.tsv", plain.write_csv(separator="\t").encode())
