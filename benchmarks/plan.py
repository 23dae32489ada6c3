"""Which commands run over which corpora, in turns, and what each run cost."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.corpus import Corpus, Spec, prepare
from benchmarks.likeness import Likeness, judge_near_duplicates
from benchmarks.measure import measure
from benchmarks.stripped import write_documents
from benchmarks.subjects import (
    DOLMA,
    Subject,
    etl_command,
    pass_through,
    peers_of,
    pipeline,
    worker_start,
    write_recipes,
)

__all__ = ["Plan", "Sample", "carry_out"]

ONE_THREAD = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"), "1")
"""A core is what is measured; threads that wait for each other would cost CPU and gain nothing."""

FEW = 10
"""Documents of the run that shows what starting costs."""

PURE_SHARE = 1 / 3
"""Of the corpus on which recipes are compared, what is measured of one encoding alone: several shards, for the first of
a process costs more than those after it."""


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        megabytes: 10^6 bytes of UTF-8 of the corpus on which our recipes are compared.
        peer_megabytes: the same of the corpus on which peers run beside ours.
        scale: the same of corpora over which growth is measured.
        files: pages of the corpus of small files.
        repeats: runs of each command; medians count.
        peers: folder of the peers' environments.
        work: folder for corpora and outputs.
    """

    megabytes: float
    peer_megabytes: float
    scale: tuple[float, ...]
    files: int
    repeats: int
    peers: Path
    work: Path


@dataclass
class Sample:
    """What one run of a command cost.

    Attributes:
        subject: what ran.
        corpus: name of the corpus.
        megabytes: 10^6 bytes of UTF-8 that went in.
        documents: pages that went in.
        wall_seconds, cpu_seconds, largest_mb, tree_mb: see `measure.Cost`.
        stages: our own pipeline's usage by stage, as its report has it.
        steps: CPU seconds of our own pipeline by step outside its stages, as its report has them.
    """

    subject: str
    corpus: str
    megabytes: float
    documents: int
    wall_seconds: float
    cpu_seconds: float
    largest_mb: float
    tree_mb: float
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)
    steps: dict[str, float] = field(default_factory=dict)


def carry_out(plan: Plan, clauses: list[str]) -> tuple[list[Sample], Likeness]:
    """Make the corpora and run everything.

    Args:
        plan: how much.
        clauses: what pages are written with.

    Returns:
        A sample of each run, and how well near duplicates were found in the last run of the largest corpus.
    """
    write_recipes(plan.work)
    samples = list(_all_rounds(plan, clauses))
    main = prepare(Spec(_name(plan.megabytes), megabytes=plan.megabytes), clauses, plan.work)
    return samples, judge_near_duplicates(main, plan.work / "kept")


def _all_rounds(plan: Plan, clauses: list[str]) -> Iterator[Sample]:
    def corpus(megabytes: float) -> Corpus:
        return prepare(Spec(_name(megabytes), megabytes=megabytes), clauses, plan.work)

    exact, near = pipeline(plan.work, "exact"), pipeline(plan.work, "near")
    recipes = [pass_through(), exact, pipeline(plan.work, "exact, stage text"), near, pipeline(plan.work, "default")]
    yield from _rounds(plan, corpus(plan.megabytes), [*recipes, pipeline(plan.work, "exact", workers=2)], keep=near)
    beside = corpus(plan.peer_megabytes)
    write_documents(beside, plan.work)
    peers = peers_of(plan.peers)
    yield from _rounds(plan, beside, [pass_through(), exact, pipeline(plan.work, "exact, stage text"), *peers])
    for megabytes in plan.scale:
        yield from _rounds(plan, corpus(megabytes), [exact, near])
    files = prepare(Spec(f"{plan.files}-files", files=plan.files), clauses, plan.work)
    yield from _rounds(plan, files, [exact])
    for encoding in ("utf-8", "gb18030"):
        pure = Spec(encoding, megabytes=plan.megabytes * PURE_SHARE, mix={encoding: 1.0})
        yield from _rounds(plan, prepare(pure, clauses, plan.work), [exact])
    few = prepare(Spec("few-files", files=FEW), clauses, plan.work)
    write_documents(few, plan.work)
    dolma = [peer for peer in peers if peer.name == DOLMA]
    help_page = Subject("help", lambda corpus, output: [etl_command(), "--help"])
    yield from _rounds(plan, few, [help_page, exact, worker_start(), *dolma])


def _rounds(plan: Plan, corpus: Corpus, subjects: Iterable[Subject], keep: Subject | None = None) -> Iterator[Sample]:
    """Run the subjects one after the other, and all of them again, so that a noisy minute hits all alike.

    The corpus is read once before, for otherwise the first subject would pay for bringing it into memory.
    """
    _read_through(corpus)
    chosen = list(subjects)
    for turn in range(plan.repeats):
        for subject in chosen[turn % len(chosen) :] + chosen[: turn % len(chosen)]:
            output = plan.work / ("kept" if subject is keep else "output")
            _remove(output)
            yield _sample(subject, corpus, output)
            if subject is not keep:
                _remove(output)


def _read_through(corpus: Corpus) -> None:
    for path in corpus.folder.rglob("*"):
        if path.is_file():
            path.read_bytes()


def _sample(subject: Subject, corpus: Corpus, output: Path) -> Sample:
    cost = measure(subject.command(corpus, output), ONE_THREAD)
    sys.stderr.write(f"{corpus.folder.name}: {subject.name}: {cost.cpu_seconds:.2f} s of CPU\n")
    return Sample(
        subject.name,
        corpus.folder.name,
        corpus.megabytes,
        corpus.documents,
        cost.wall_seconds,
        cost.cpu_seconds,
        cost.largest_mb,
        cost.tree_mb,
        *(_usage(output) if subject.ours else ()),
    )


def _usage(output: Path) -> tuple[dict[str, dict[str, Any]], dict[str, float]]:
    (path,) = output.glob("runs/*/reports/run.json")
    report = json.loads(path.read_text(encoding="utf-8"))
    stages = {stage["stage"]: stage["usage"] | {"chars_in": stage["input"]["chars"]} for stage in report["stages"]}
    return stages, report["usage"]["steps"]


def _remove(output: Path) -> None:
    if output.is_dir():
        shutil.rmtree(output)
    else:
        output.unlink(missing_ok=True)


def _name(megabytes: float) -> str:
    return f"{megabytes:g}-mb"
