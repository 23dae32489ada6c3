from __future__ import annotations

import sys

import pytest

from benchmarks.measure import CommandError, measure

BUSY = "import time\nwhile time.process_time() < 0.3: pass\n"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_cpu_of_children_counts() -> None:
    alone = measure(python(BUSY))
    parent = measure(
        python(f"import subprocess, sys\nfor _ in range(2): subprocess.run([sys.executable, '-c', {BUSY!r}])")
    )
    assert 0.3 <= alone.cpu_seconds < 0.6
    assert parent.cpu_seconds >= 0.6


def test_cpu_of_orphans_counts() -> None:
    cost = measure(python(f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {BUSY!r}])"))
    assert cost.cpu_seconds >= 0.3


def test_memory_is_that_of_the_largest_process_and_of_all() -> None:
    hold = "import time; block = bytearray(b'x') * 60_000_000; time.sleep(0.6)"
    cost = measure(
        python(f"import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {hold!r}])\n{hold}")
    )
    assert 60 <= cost.largest_mb < 110
    assert cost.tree_mb >= 120


def test_what_a_command_prints_is_kept() -> None:
    assert measure(python("import os; print(os.environ['WORD'])"), {"WORD": "bridge"}).output == "bridge\n"


def test_a_command_that_fails_is_an_error() -> None:
    with pytest.raises(CommandError, match=r"status 3\nno bridge"):
        measure(python("import sys; print('no bridge'); sys.exit(3)"))
