from __future__ import annotations

import json
from pathlib import Path

from tests.commands import Command


def test_runs_are_listed_gone_back_to_and_dropped(etl: Command, tmp_path: Path) -> None:
    page, folder = tmp_path / "page.txt", tmp_path / "out"
    page.write_text("新桥今天通车,两岸居民往来更方便了。\n", encoding="utf-8")
    for _ in range(2):
        assert etl("run", page, "--output", folder)[0] == 0
    first, second = (run["run_id"] for run in json.loads(etl("runs", folder, "--json")[1]))
    assert etl("rollback", folder, first)[1] == f"{folder}: readers now use run {first}\n"
    assert [line.split()[0] for line in etl("runs", folder)[1].splitlines()] == ["*", second]
    assert etl("gc", folder, "--keep", 1)[1] == "0 runs deleted\n"
