"""From samples to the table: one row for each figure that is aimed at, with the aim beside what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.likeness import Likeness
from benchmarks.plan import Plan, Sample
from benchmarks.subjects import DOLMA, WORKER_START

__all__ = ["Results", "Row", "exponent", "speeds", "table"]

STAGES = ("decode", "boilerplate", "duplicates", "sections", "normalize")
DECODING = ("read", "work", "write", "ledger")
"""Steps of the decode stage that are decoding; its survey serves the next stage."""

BOOKS = ("ledger", "report")
"""Steps that the books and the reports cost; making a ledger's rows within a stage's work cannot be told apart."""


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: what is measured.
        unit: of the value and the aim.
        value: what was measured; None if it could not be.
        aim: what is aimed at, if anything is.
        lower: whether less is better.
        note: what to know about it.
    """

    what: str
    unit: str
    value: float | None
    aim: float | None
    lower: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None if there is none, or nothing was measured."""
        if self.value is None or self.aim is None:
            return None
        return self.value <= self.aim if self.lower else self.value >= self.aim


class Results:
    """Medians over the samples of each subject and corpus."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = list(samples)

    def of(self, subject: str, corpus: str) -> list[Sample]:
        """The samples of a subject over a corpus."""
        return [sample for sample in self._samples if (sample.subject, sample.corpus) == (subject, corpus)]

    def median(self, subject: str, corpus: str, measure: Callable[[Sample], float]) -> float | None:
        """The median of a measure; None if the subject did not run."""
        values = [measure(sample) for sample in self.of(subject, corpus)]
        return median(values) if values else None

    def ratio(self, corpus: str, one: str, other: str, measure: Callable[[Sample], float]) -> float | None:
        """Median of one subject by that of another."""
        above, below = self.median(one, corpus, measure), self.median(other, corpus, measure)
        return None if above is None or not below else above / below

    def by_size(self, subject: str, measure: Callable[[Sample], float]) -> list[tuple[float, float]]:
        """Size and median of every corpus whose name is a size, from small to large."""
        sizes = {sample.corpus: sample.megabytes for sample in self._samples if sample.corpus.endswith("-mb")}
        pairs = ((size, self.median(subject, corpus, measure)) for corpus, size in sizes.items())
        return sorted((size, value) for size, value in pairs if value is not None)


def cpu(sample: Sample) -> float:
    """CPU seconds."""
    return sample.cpu_seconds


def wall(sample: Sample) -> float:
    """Wall seconds."""
    return sample.wall_seconds


def speed(sample: Sample) -> float:
    """10^6 bytes of UTF-8 a CPU second, of the whole process tree."""
    return sample.megabytes / sample.cpu_seconds


def steps(sample: Sample, stage: str, names: Sequence[str]) -> float:
    """CPU seconds of some steps of a stage."""
    spent: dict[str, float] = sample.stages[stage]["steps"]
    return sum(spent.get(name, 0.0) for name in names)


def decoding(sample: Sample) -> float:
    """CPU seconds of decoding."""
    return steps(sample, "decode", DECODING)


def deduplication(sample: Sample) -> float:
    """CPU seconds of removing duplicates: the survey and its merge, which precede the stage, and the stage."""
    return steps(sample, "boilerplate", ("survey", "merge")) + steps(sample, "duplicates", DECODING)


def books(sample: Sample) -> float:
    """Share of the CPU that the books and the reports with their pages take; the digests of all files are neither."""
    return (sum(steps(sample, stage, BOOKS) for stage in STAGES) + sample.steps["pages"]) / sample.cpu_seconds


def exponent(points: Sequence[tuple[float, float]]) -> float | None:
    """Slope of the least-squares line through the logarithms: 1 is proportional growth. None for under two points."""
    if len(points) < 2:
        return None
    logs = [(math.log(size), math.log(value)) for size, value in points]
    middle_x, middle_y = (sum(axis) / len(logs) for axis in zip(*logs, strict=True))
    spread = sum((x - middle_x) ** 2 for x, _ in logs)
    return sum((x - middle_x) * (y - middle_y) for x, y in logs) / spread if spread else None


def speeds(results: Results, plan: Plan) -> list[tuple[str, float]]:
    """Subjects and their speed, for the chart: ours over the main corpus, peers over theirs."""
    main, beside = f"{plan.megabytes:g}-mb", f"{plan.peer_megabytes:g}-mb"
    wanted = [("pass-through", main), *((f"etl, {name}", main) for name in _OURS), ("datatrove", beside)]
    found = ((name, results.median(name, corpus, speed)) for name, corpus in wanted)
    return [(name, value) for name, value in found if value is not None]


_OURS = ("exact", "exact, stage text", "near", "default")


def table(results: Results, plan: Plan, likeness: Likeness, dolma_megabytes: float) -> list[Row]:
    """Every row, in the order of the aims."""
    main = f"{plan.megabytes:g}-mb"
    return [
        *_throughput(results, main, likeness),
        *_beside(results, main, f"{plan.peer_megabytes:g}-mb", dolma_megabytes),
        *_decoding(results, f"{plan.files}-files"),
        *_growth(results),
        *_workers(results, main),
        Row("share of the ledger's writing and the reports, with their pages", "of CPU",
            results.median("etl, exact", main, books), 0.15, lower=True),
        Row("`etl --help`", "s", results.median("help", "few-files", wall), 0.3, lower=True),
        Row("`etl run` on ten small files", "s", results.median("etl, exact", "few-files", wall), 2.0, lower=True),
    ]  # fmt: skip


def _throughput(results: Results, main: str, likeness: Likeness) -> list[Row]:
    unit = "MB / CPU s"
    return [
        Row("all stages, exact duplicates, no stage text", unit, results.median("etl, exact", main, speed), 35),
        Row("all stages, exact duplicates, stage text", unit,
            results.median("etl, exact, stage text", main, speed), 25),
        Row("all stages, near duplicates, no stage text", unit, results.median("etl, near", main, speed), 22),
        Row("all stages, near duplicates, stage text (the default recipe)", unit,
            results.median("etl, default", main, speed), None),
        Row("near duplicates found, of those planted with likeness .8 or more", "recall", likeness.recall, 0.95,
            note=f"{likeness.found} of {likeness.planted}"),
        Row("near duplicates marked that are one", "precision", likeness.precision, 1.0,
            note=f"{likeness.wrong} wrong of {likeness.marked}"),
    ]  # fmt: skip


def _beside(results: Results, main: str, beside: str, dolma_megabytes: float) -> list[Row]:
    def ours(corpus: str, other: str, recipe: str) -> float | None:
        return results.ratio(corpus, f"etl, {recipe}", other, cpu)

    def theirs(corpus: str, other: str, recipe: str) -> float | None:
        return results.ratio(corpus, other, f"etl, {recipe}", cpu)

    start = results.median(DOLMA, "few-files", cpu) or 0.0
    dolma, alone = results.median(DOLMA, beside, cpu), results.median("etl, exact", beside, deduplication)
    # Over a few megabytes its work drowns in the noise of its start.
    dolma = None if dolma is None or dolma <= start else dolma - start
    note = f"ours {dolma_megabytes / alone:.0f} MB / CPU s; start-up left out of both" if alone else ""
    return [
        Row("CPU by that of a pass-through, no stage text", "times",
            ours(main, "pass-through", "exact"), 4, lower=True),
        Row("CPU by that of a pass-through, stage text", "times",
            ours(main, "pass-through", "exact, stage text"), 5.5, lower=True),
        Row("datatrove's CPU by ours, no stage text", "times", theirs(beside, "datatrove", "exact"), 15),
        Row("datatrove's CPU by ours, stage text", "times", theirs(beside, "datatrove", "exact, stage text"), 11),
        Row("dolma's CPU by that of our duplicates stage", "times", dolma / alone if dolma and alone else None, 4,
            note=note),
    ]  # fmt: skip


def _decoding(results: Results, files: str) -> list[Row]:
    def rate(sample: Sample) -> float:
        return sample.documents / decoding(sample)

    def size(sample: Sample) -> float:
        return sample.megabytes / decoding(sample)

    ours = "etl, exact"
    return [
        Row("decode alone, mixed encodings, small files", "files / CPU s", results.median(ours, files, rate), 14_000,
            note=f"{results.median(ours, files, size) or 0:.0f} MB / CPU s"),
        Row("decode alone, UTF-8", "MB / CPU s", results.median(ours, "utf-8", size), 180),
        Row("decode alone, GB18030", "MB / CPU s", results.median(ours, "gb18030", size), 90),
    ]  # fmt: skip


def _growth(results: Results) -> list[Row]:
    points = results.by_size("etl, exact", cpu)
    sizes = f"{points[0][0]:.0f} to {points[-1][0]:.0f} MB" if points else ""
    near = exponent(results.by_size("etl, near", cpu))
    start = (results.median("etl, exact", "few-files", cpu) or 0.0) + _worker_start(results)
    bare = exponent([(size, spent - start) for size, spent in points if spent > start])
    note = sizes if bare is None else f"{sizes}; {bare:.2f} without the CPU of starting"
    memory = [
        Row(f"peak memory of the largest process, {recipe}, {size:.0f} MB", "MB", peak, 450, lower=True)
        for recipe in ("exact", "near")
        for size, peak in results.by_size(f"etl, {recipe}", lambda sample: sample.largest_mb)
    ]
    return [
        *memory,
        Row("growth of CPU over size, exact", "exponent", exponent(points), 1.03, lower=True, note=note),
        Row("growth of CPU over size, near", "exponent", near, 1.03, lower=True, note=sizes),
    ]


def _worker_start(results: Results) -> float:
    return results.median(WORKER_START, "few-files", cpu) or 0.0


def _workers(results: Results, main: str) -> list[Row]:
    two = "etl, exact, 2 workers"
    more = results.ratio(main, two, "etl, exact", cpu)
    return [
        Row("two workers against one, wall time", "times", results.ratio(main, "etl, exact", two, wall), 1.85),
        Row("two workers against one, CPU more", "of CPU", None if more is None else more - 1, 0.05, lower=True),
    ]
