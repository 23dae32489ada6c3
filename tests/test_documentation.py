"""What the documentation says can be run, and does what it says."""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import etl.api

ROOT = Path(__file__).parents[1]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample documents, as a reader of the README has it."""
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_python_examples_of_the_readme(checkout: Path) -> None:
    assert doctest.testfile(str(ROOT / "README.md"), module_relative=False).failed == 0


def test_python_examples_of_the_interface() -> None:
    assert doctest.testmod(etl.api).failed == 0


def test_commands_of_the_readme(checkout: Path) -> None:
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    commands = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    assert commands
    command = shlex.quote(str(Path(sys.executable).with_name("etl")))
    script = "set -eu\n" + "\n".join(re.sub(r"^etl\b", command, line) for line in commands)
    subprocess.run(["bash", "-c", script], cwd=checkout, check=True, capture_output=True)


def test_links_of_the_documentation_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
