from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import Command


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "{tmp}/absent", "-o", "{tmp}/out"], "absent: no such folder or file; name the folder"),
        (["run", "{tmp}", "-o", "{tmp}/out", "--recipe", "{tmp}/absent.toml"], "absent.toml: no such recipe"),
        (["run", "{tmp}", "-o", "{tmp}/out", "--recipe", "{tmp}/bad.toml"], "bad.toml: colour: Extra inputs"),
        (["run", "{tmp}", "-o", "{tmp}/foreign"], "foreign: holds other files (thesis.doc); name a new"),
        (["verify", "{tmp}"], "holds no committed run; write one with `etl run INPUT"),
        (["show", "{output}", "tunnel"], "tunnel: names 0 documents"),
        (["explain", "{output}", "bridge.txt", "--line", "99"], "bridge.txt: no line answers to that"),
        (["rules", "show", "editorr"], "editorr: no such rule"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_status_2(
    etl: Command, tmp_path: Path, output: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.doc").touch()
    (tmp_path / "bad.toml").write_text("colour = 1")
    status, out, err = etl(*(argument.format(tmp=tmp_path, output=output) for argument in arguments))
    assert (status, out) == (2, "")
    assert err.startswith("etl: ")
    assert says in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["run", "verify", "explain", "show", "recipe", "rules list", "rules show"])
def test_every_command_helps_with_an_example(etl: Command, command: str) -> None:
    status, out, _ = etl(*command.split(), "--help")
    assert status == 0
    assert f"Example: etl {command}" in " ".join(out.split())


def test_without_a_command_the_help_is_shown(etl: Command) -> None:
    _, out, err = etl()
    assert "Usage: " in out + err


def test_help_is_instant_for_it_loads_nothing_heavy() -> None:
    program = (
        "import sys; from etl.cli import main; sys.argv = ['etl', '--help']\ntry: main()\nexcept SystemExit: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{program}print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert "Usage: " in done.stdout
    assert {"polars", "prefect", "pyarrow", "numpy", "pydantic", "jinja2"}.isdisjoint(done.stdout.split())


def test_polars_finds_its_allocators_settings_when_a_command_imports_it() -> None:
    program = (
        "import sys; from etl.cli import main; sys.argv = ['etl', 'recipe']\ntry: main()\nexcept SystemExit: pass\n"
        "from ctypes import CDLL, c_char_p; getenv = CDLL(None).getenv; getenv.restype = c_char_p\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{program}print(getenv(b'_RJEM_MALLOC_CONF'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "dirty_decay_ms" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "absent", "--output", "out"], "etl: absent: no such folder or file; name the folder"),
        (["query", "absent.duckdb", "SELECT 1"], "etl: absent.duckdb: no such warehouse; make one with"),
    ],
)
def test_the_command_is_installed_and_prints_one_line_where_libraries_would_print_more(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    command = Path(sys.executable).with_name("etl")
    done = subprocess.run([command, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(says)
    assert done.stderr.count("\n") == 1
