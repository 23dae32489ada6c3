from __future__ import annotations

import subprocess
import sys

import pytest

import etl


@pytest.mark.parametrize("name", etl.__all__)
def test_every_exported_name_is_there(name: str) -> None:
    assert getattr(etl, name).__doc__


def test_exported_names_are_sorted_and_come_with_a_star() -> None:
    assert etl.__all__ == sorted(etl.__all__)
    names: dict[str, object] = {}
    exec("from etl import *", names)
    assert set(etl.__all__) <= set(names)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'etl' has no attribute 'wash'"):
        _ = etl.wash


@pytest.mark.parametrize("program", ["import etl", "import etl.cli.app"])
def test_importing_costs_nothing(program: str) -> None:
    seen = f"{program}, sys\nprint(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True).stdout.split()
    assert {"polars", "prefect", "pyarrow", "dataframely", "numpy"}.isdisjoint(modules)


def test_a_worker_that_imports_its_parents_program_imports_no_commands() -> None:
    seen = "import etl.cli, sys\nprint(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True).stdout.split()
    assert {"typer", "etl.cli.app"}.isdisjoint(modules)


def test_the_library_works_without_prefect() -> None:
    program = "import etl, sys\netl.clean('甲'), etl.run, etl.open\nprint('prefect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
