"""Measure everything by one command: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.corpus import Spec, prepare
from benchmarks.material import clauses
from benchmarks.plan import Plan, carry_out
from benchmarks.results import write_results
from benchmarks.rows import Results, table
from benchmarks.stripped import stripped_megabytes

HERE = Path(__file__).parent


def arguments() -> argparse.ArgumentParser:
    """The command line; sizes are in 10^6 bytes of text as UTF-8."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", type=float, default=1_000, help="corpus on which our recipes are compared")
    parser.add_argument("--peer-size", type=float, default=100, help="corpus on which other tools run beside ours")
    parser.add_argument("--scale", type=float, nargs="*", default=[10, 100, 3_000], help="corpora that show growth")
    parser.add_argument("--files", type=int, default=20_000, help="pages of the corpus of small files")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each command")
    parser.add_argument("--data", type=Path, help="labelled material to write pages with; else the project's samples")
    parser.add_argument("--peers", type=Path, default=Path(".venv-bench-peers"), help="environments of the other tools")
    parser.add_argument("--work", type=Path, default=Path(".bench"), help="folder for corpora, which are kept")
    parser.add_argument("--output", type=Path, default=HERE, help="folder for the results")
    return parser


def main(options: list[str]) -> None:
    """Measure, and write the results down."""
    chosen = arguments().parse_args(options)
    plan = Plan(
        megabytes=chosen.size,
        peer_megabytes=chosen.peer_size,
        scale=tuple(size for size in chosen.scale if size not in (chosen.size, chosen.peer_size)),
        files=chosen.files,
        repeats=chosen.repeats,
        peers=chosen.peers.absolute(),
        work=chosen.work.absolute(),
    )
    data = chosen.data if chosen.data and chosen.data.is_dir() else None
    material = clauses(data)
    samples, likeness = carry_out(plan, material)
    beside = prepare(Spec(f"{plan.peer_megabytes:g}-mb", megabytes=plan.peer_megabytes), material, plan.work)
    rows = table(Results(samples), plan, likeness, stripped_megabytes(beside))
    source = "labelled pages and journals" if data else "the project's own samples"
    write_results(plan, samples, rows, chosen.output, (len(material), source))


if __name__ == "__main__":
    main(sys.argv[1:])
