from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chart import bars, stacks
from benchmarks.likeness import Likeness
from benchmarks.plan import Plan, Sample
from benchmarks.results import write_results
from benchmarks.rows import STAGES, Results, Row, exponent, table

PLAN = Plan(100, 20, (10.0,), 50, 3, Path("peers"), Path("work"))
STEPS = {
    "read": 0.1, "work": 0.5, "write": 0.2, "ledger": 0.1, "survey": 0.05, "merge": 0.05, "report": 0.1, "prove": 0.1,
}  # fmt: skip


def sample(subject: str, corpus: str, cpu: float, megabytes: float = 100.0) -> Sample:
    stages: dict[str, dict[str, Any]] = {stage: {"steps": STEPS} for stage in STAGES} if "etl" in subject else {}
    steps = {"prepare": 0.5, "pages": 0.3} if stages else {}
    return Sample(subject, corpus, megabytes, 1_000, cpu * 1.1, cpu, 400.0, 500.0, stages, steps)


SAMPLES = [
    *(sample("etl, exact", "100-mb", cpu) for cpu in (9.0, 10.0, 40.0)),
    sample("etl, exact, stage text", "100-mb", 12.0),
    sample("etl, near", "100-mb", 14.0),
    sample("etl, exact, 2 workers", "100-mb", 10.4),
    sample("pass-through", "100-mb", 2.0),
    sample("etl, exact", "20-mb", 3.0, 20.0),
    sample("datatrove", "20-mb", 30.0, 20.0),
    sample("dolma, paragraphs", "20-mb", 5.0, 20.0),
    sample("etl, exact", "10-mb", 2.0, 10.0),
    sample("etl, exact", "50-files", 3.0),
    sample("etl, exact", "few-files", 5.2),
    sample("a worker's start", "few-files", 0.6),
    sample("help", "few-files", 0.2),
]


def rows() -> dict[str, Row]:
    found = table(Results(SAMPLES), PLAN, Likeness(20, 19, 30, 0), dolma_megabytes=15.0)
    return {row.what: row for row in found}


def test_speeds_and_ratios_are_of_medians() -> None:
    found = rows()
    assert found["all stages, exact duplicates, no stage text"].value == 10.0
    assert found["CPU by that of a pass-through, no stage text"].value == 5.0
    assert found["datatrove's CPU by ours, no stage text"].value == 10.0
    assert found["two workers against one, CPU more"].value == pytest.approx(0.04)
    assert found["dolma's CPU by that of our duplicates stage"].value == pytest.approx(5.0)
    assert found["decode alone, mixed encodings, small files"].value == pytest.approx(1_000 / 0.9)


def test_books_are_ledger_reports_and_pages() -> None:
    # Ten CPU seconds: five stages with 0.1 each for the ledger and the report, and 0.3 for the pages.
    assert rows()["share of the ledger's writing and the reports, with their pages"].value == pytest.approx(0.13)


def test_an_aim_is_met_from_its_own_side() -> None:
    assert Row("speed", "MB", 36, 35).met
    assert not Row("speed", "MB", 34, 35).met
    assert Row("memory", "MB", 440, 450, lower=True).met
    assert Row("memory", "MB", None, 450, lower=True).met is None


def test_what_did_not_run_is_no_figure() -> None:
    assert rows()["decode alone, UTF-8"].value is None


def test_near_duplicates_are_judged_by_shares() -> None:
    likeness = Likeness(planted=20, found=19, marked=30, wrong=3)
    assert (likeness.recall, likeness.precision) == (0.95, 0.9)
    assert (Likeness(0, 0, 0, 0).recall, Likeness(0, 0, 0, 0).precision) == (1.0, 1.0)


def test_growth_is_a_slope_of_logarithms() -> None:
    assert exponent([(10, 3), (100, 30), (1_000, 300)]) == pytest.approx(1.0)
    assert exponent([(10, 1), (100, 100)]) == pytest.approx(2.0)
    assert exponent([(10, 1)]) is None


def test_results_are_a_page_charts_and_samples(tmp_path: Path) -> None:
    (tmp_path / "WAREHOUSE.md").touch()
    write_results(PLAN, SAMPLES, list(rows().values()), tmp_path, (500, "samples"))
    page = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert "| all stages, exact duplicates, no stage text | 10 MB / CPU s | ≥ 35 | no |  |" in page
    assert "[WAREHOUSE.md](WAREHOUSE.md)" in page
    # Each of five stages takes 0.4 CPU seconds to read, write and book.
    assert "writing are 2.0: without any work at all, the speed would be 50 MB a CPU second." in page
    assert "| the run | start and commit | 3.20 | 32% |" in page
    assert "| decode alone, UTF-8 | not measured | ≥ 180 |  |  |" in page
    assert len(json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["samples"]) == len(SAMPLES)
    for chart in ("throughput.svg", "steps.svg"):
        ET.fromstring((tmp_path / chart).read_text(encoding="utf-8"))


def test_bars_are_in_proportion() -> None:
    chart = ET.fromstring(bars("speed", [("one", 10.0), ("two & more", 5.0)]))
    widths = [float(bar.attrib["width"]) for bar in chart.iter("{http://www.w3.org/2000/svg}rect")]
    assert widths == pytest.approx([520.0, 260.0])


def test_stacked_parts_follow_each_other() -> None:
    chart = ET.fromstring(stacks("cost", {"a": {"read": 1.0, "work": 3.0}, "b": {"work": 2.0}}))
    bars_ = [bar.attrib for bar in chart.iter("{http://www.w3.org/2000/svg}rect")]
    first, second, third = bars_[:3]
    assert float(second["x"]) == pytest.approx(float(first["x"]) + float(first["width"]))
    assert third["fill"] == second["fill"]


def test_a_legend_of_many_parts_goes_on_in_a_row_below() -> None:
    chart = ET.fromstring(stacks("cost", {"a": {f"part {number}": 1.0 for number in range(9)}}))
    keys = [bar.attrib for bar in chart.iter("{http://www.w3.org/2000/svg}rect") if bar.attrib["width"] == "12.0"]
    assert len({key["fill"] for key in keys}) == 9
    assert len({key["y"] for key in keys}) == 2
    assert max(float(key["y"]) for key in keys) < float(chart.attrib["viewBox"].split()[3])
