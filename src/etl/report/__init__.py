"""From the reports' JSON to pages that a person reads: static, self-contained, without scripts."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from etl.datasets import read_json, write_bytes

__all__ = ["write_pages"]


def write_pages(folder: Path) -> None:
    """Write index.html beside the JSON reports that it shows.

    Args:
        folder: holds run.json and one report a stage.
    """
    run = read_json(folder / "run.json")
    stages = [read_json(folder / f"{stage['stage']}.json") for stage in run["stages"]]
    page = _environment().get_template("run.html").render(run=run, stages=stages)
    write_bytes(folder / "index.html", page.encode())


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("etl.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = "{:,}".format
    environment.filters["share"] = _share
    return environment


def _share(part: float, whole: float) -> str:
    """A share in per cent, with one decimal; of nothing it is a dash."""
    return f"{part / whole:.1%}" if whole else "–"
