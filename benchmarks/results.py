"""What is written down: RESULTS.md with the table and the charts, and results.json with every sample."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.chart import bars, stacks
from benchmarks.pages import SITES
from benchmarks.plan import Plan, Sample
from benchmarks.rows import STAGES, Results, Row, cpu, speeds

__all__ = ["write_results"]

LARGEST = 6
"""Steps that are named as the next limit; together they are some two thirds of what is not reading and writing."""

MET = {True: "yes", False: "no", None: ""}
"""Whether an aim is met, as the table says it."""

DISK = ("read", "write", "ledger")
"""Steps that go from disk to memory or back."""

INTRODUCTION = """# How fast the pipeline is

Written by `make bench`; every run that is behind it is in [results.json](results.json).
Speed is in 10^6 bytes of text as UTF-8 a second of CPU, summed over all processes from start to end, start-up included.
Runs of each command: {repeats}, in turns with the others over the same corpus; medians count. {machine}.
The corpus is made by `benchmarks/`: {megabytes:g} MB of pages of {sites} sites, recombined from {clauses:,}
clauses of {source}.
Pages are 90 % UTF-8, 8 % GB18030, 1 % Big5 and 1 % UTF-16.

"""


def write_results(plan: Plan, samples: list[Sample], rows: list[Row], folder: Path, material: tuple[int, str]) -> None:
    """Write the table, the charts and the samples.

    Args:
        plan: how much was measured.
        samples: every run.
        rows: the table.
        folder: where to write.
        material: how many clauses the pages were made of, and of what.
    """
    folder.mkdir(parents=True, exist_ok=True)
    results = Results(samples)
    (folder / "throughput.svg").write_text(
        bars("MB of UTF-8 a CPU second, more is better", speeds(results, plan)), encoding="utf-8"
    )
    (folder / "steps.svg").write_text(
        stacks("CPU seconds a 100 MB by stage and step, exact duplicates, no stage text", _by_step(results, plan)),
        encoding="utf-8",
    )
    facts = {
        "machine": _machine(),
        "plan": {name: value for name, value in asdict(plan).items() if name not in ("work", "peers")},
        "rows": [asdict(row) | {"met": row.met} for row in rows],
        "samples": [asdict(sample) for sample in samples],
    }
    (folder / "results.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "RESULTS.md").write_text(_page(plan, results, rows, material, folder / "WAREHOUSE.md"), encoding="utf-8")


def _page(plan: Plan, results: Results, rows: list[Row], material: tuple[int, str], loads: Path) -> str:
    clauses, source = material
    introduction = INTRODUCTION.format(
        repeats=plan.repeats,
        machine=_machine(),
        megabytes=plan.megabytes,
        sites=SITES,
        clauses=clauses,
        source=source,
    )
    if loads.exists():
        place = f"[{loads.name}]({loads.name})"
        introduction += f"How fast warehouses are loaded stands in {place}, by `make bench-warehouse`.\n\n"
    lines = ["| what | measured | aim | met | |", "|---|---:|---:|---|---|"]
    lines += [
        f"| {row.what} | {_figure(row.value, row.unit)} | {_aim(row)} | {MET[row.met]} | {row.note} |" for row in rows
    ]
    charts = "![Speed beside other tools](throughput.svg)\n\n![Where the time goes](steps.svg)\n"
    return introduction + "\n".join(lines) + "\n\n" + charts + "\n" + _growth(results) + "\n" + _limit(results, plan)


def _growth(results: Results) -> str:
    points = results.by_size("etl, exact", cpu)
    memory = dict(results.by_size("etl, exact", lambda sample: sample.largest_mb))
    head = "| MB | CPU seconds | CPU seconds a 100 MB | MB a CPU second beyond the row above | peak MB |"
    lines = ["## Growth", "", head, "|---:|---:|---:|---:|---:|"]
    before = [(0.0, 0.0), *points]
    lines += [
        f"| {size:.0f} | {spent:.1f} | {100 * spent / size:.2f} "
        f"| {_figure((size - less) / (spent - cheaper) if spent > cheaper else None)} | {memory[size]:.0f} |"
        for (less, cheaper), (size, spent) in zip(before, points, strict=False)
    ]
    return "\n".join(lines) + "\n"


def _limit(results: Results, plan: Plan) -> str:
    by_stage = _by_step(results, plan).items()
    spent = sorted(
        ((seconds, stage, step) for stage, steps in by_stage for step, seconds in steps.items()), reverse=True
    )
    whole = sum(seconds for seconds, _, _ in spent)
    disk = sum(seconds for seconds, _, step in spent if step in DISK)
    others = [row for row in spent if row[2] not in DISK]
    table = [
        f"| {stage} | {step} | {seconds:.2f} | {seconds / whole:.0%} |" for seconds, stage, step in others[:LARGEST]
    ]
    return "\n".join([
        "## The next limit", "",
        f"Of {whole:.1f} CPU seconds a 100 MB (exact duplicates, no stage text, {plan.megabytes:g} MB), reading and",
        f"writing are {disk:.1f}: without any work at all, the speed would be {100 / disk:.0f} MB a CPU second.",
        "The largest steps beside them:", "",
        "| stage | step | CPU seconds a 100 MB | share |", "|---|---|---:|---:|", *table, "",
    ])  # fmt: skip


def _by_step(results: Results, plan: Plan) -> dict[str, dict[str, float]]:
    """Median CPU seconds a 100 MB of each stage's steps, of those outside the stages, and of what no step names."""
    found = results.of("etl, exact", f"{plan.megabytes:g}-mb")
    scale = 100 / found[0].megabytes
    table = {
        stage: {
            step: scale * median(sample.stages[stage]["steps"][step] for sample in found)
            for step in found[0].stages[stage]["steps"]
        }
        for stage in STAGES
    }
    table["the run"] = {step: scale * median(sample.steps[step] for sample in found) for step in found[0].steps}
    named = sum(sum(steps.values()) for steps in table.values())
    table["the run"]["start and commit"] = max(scale * median(sample.cpu_seconds for sample in found) - named, 0.0)
    return table


def _figure(value: float | None, unit: str = "") -> str:
    if value is None:
        return "not measured"
    return (f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}") + f" {unit}".rstrip()


def _aim(row: Row) -> str:
    return "" if row.aim is None else f"{'≤' if row.lower else '≥'} {_figure(row.aim)}"


def _machine() -> str:
    tools = ", ".join(f"{name} {version(name)}" for name in ("etl", "polars", "pyarrow"))
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {tools}"
