from __future__ import annotations

import mmap
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from etl.timing import Stopwatch, peak_memory_mb


def spend(seconds: float) -> str:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return "spent"


def test_an_inner_step_counts_for_itself_alone() -> None:
    watch = Stopwatch()
    with watch.step("work"):
        spend(0.02)
        with watch.step("read"):
            spend(0.06)
    assert watch.seconds["read"] >= 0.06
    assert 0.02 <= watch.seconds["work"] < 0.06
    assert list(watch.seconds) == ["read", "work"]


def test_steps_of_all_depths_add_up_to_the_whole() -> None:
    watch, begun = Stopwatch(), time.process_time()
    with watch.step("a"):
        for _ in range(3):
            with watch.step("b"), watch.step("a"):
                spend(0.005)
    whole = time.process_time() - begun
    assert sum(watch.seconds.values()) == pytest.approx(whole, abs=0.005)


def test_a_timed_call_gives_what_it_gave() -> None:
    watch = Stopwatch()
    assert watch.timed("read", spend)(0.01) == "spent"
    assert watch.seconds["read"] >= 0.01


def test_a_step_that_raises_is_counted() -> None:
    watch = Stopwatch()
    with pytest.raises(ValueError, match="no"), watch.step("work"):
        raise ValueError("no")
    assert "work" in watch.seconds


def test_what_other_processes_measured_is_added() -> None:
    watch = Stopwatch()
    watch.add({"work": 1.5})
    watch.add({"work": 0.5, "read": 1.0})
    assert watch.seconds == {"work": 2.0, "read": 1.0}


GROWING = """
import mmap
from etl.timing import peak_memory_mb
print(peak_memory_mb())
with mmap.mmap(-1, 100_000_000) as block:
    block.write(bytes(1_000_000) * 100)
print(peak_memory_mb())
"""


def test_memory_is_that_of_the_largest_moment_and_not_of_the_process_that_started_this_one() -> None:
    with mmap.mmap(-1, 500_000_000) as block:
        block.write(bytes(500_000_000))
        run = subprocess.run([sys.executable, "-c", GROWING], capture_output=True, check=True, text=True)
    before, after = map(float, run.stdout.split())
    assert 5 < before < 200
    assert before + 190 <= after <= before + 250


def test_where_the_system_has_no_status_files_it_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("etl.timing.STATUS", tmp_path / "absent")
    assert peak_memory_mb() * 1e6 == pytest.approx(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, rel=0.01)
