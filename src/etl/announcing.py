"""Announcing what becomes of a run, to whom the recipe names: its hooks, and a keeper of lineage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl.datasets import CommittedRun
from etl.errors import EtlError, ExpectationError, UsageError
from etl.notify import News, notify
from etl.quality import told
from etl.recipe import LineageOptions, Recipe

if TYPE_CHECKING:
    from etl.lineage import Lineage

__all__ = ["Announcer", "announced"]


class Announcer:
    """Announces one run."""

    def __init__(self, recipe: Recipe, source: Path, output: Path) -> None:
        self._hooks, self._output = recipe.notify, output
        self._lineage = _lineage(recipe.lineage, source, output)
        self._run_id = ""

    def started(self, run_id: str) -> None:
        """It has a name, and begins."""
        self._run_id = run_id
        if self._lineage:
            self._lineage.started(run_id)

    def committed(self, run: CommittedRun, summary: Mapping[str, Any]) -> None:
        """It was committed, published or not."""
        if self._lineage:
            self._lineage.ended(run.manifest, summary)
        if summary["verdict"] == "pass":
            return
        missed = sorted(
            (entry for entry in summary["expectations"] if entry["verdict"] != "pass"),
            key=lambda entry: entry["verdict"] != "fail",
        )
        news = News(
            verdict=summary["verdict"],
            run_id=run.run_id,
            output=self._output,
            published=summary["verdict"] != "fail",
            lines=tuple(told(entry) for entry in missed),
            report=str(run.folder / "reports" / "index.html"),
        )
        notify(self._hooks, news)

    def broke(self, error: Exception) -> None:
        """It ended before it was committed."""
        line = str(error) if isinstance(error, EtlError) else f"{type(error).__name__}: {error}"
        if self._lineage and self._run_id:
            self._lineage.failed(self._run_id, line)
        notify(self._hooks, News("fail", self._run_id, self._output, published=False, lines=(line,)))


@contextmanager
def announced(recipe: Recipe, source: Path, output: Path) -> Iterator[Announcer]:
    """Announce a run; whatever it raises is announced and raised on.

    Raises:
        UsageError: the recipe asks for lineage, and what that needs is not installed.
    """
    announcer = Announcer(recipe, source, output)
    try:
        yield announcer
    except ExpectationError:
        raise  # It was committed, so that has been announced.
    except Exception as error:
        announcer.broke(error)
        raise


def _lineage(options: LineageOptions, source: Path, output: Path) -> Lineage | None:
    if not options.to:
        return None
    try:
        from etl.lineage import Lineage  # noqa: PLC0415  # an optional extra
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{error.name} is not installed; `pip install etl[lineage]` brings what [lineage] needs"
        ) from error
    return Lineage(options, source, output)
