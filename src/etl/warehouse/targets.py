"""What a load needs of an engine, and which engine a URL means."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

import polars as pl

from etl.errors import BrokenPromiseError, UsageError
from etl.warehouse.contents import Change
from etl.warehouse.files import RunFiles
from etl.warehouse.tables import Table

__all__ = ["Session", "Target", "check_columns", "held", "target_of"]


class Session(Protocol):
    """One load into a target. Leaving it commits; leaving it by an exception leaves the target as it was."""

    def read(self, table: Table) -> pl.DataFrame:
        """Every row of a table, or no row if the table is not there; the text of documents is left out."""

    def prepare(self) -> None:
        """Make what is missing of tables, columns, comments and views.

        Raises:
            UsageError: a column is there with another type.
        """

    def replace(self, table: Table, change: Change, files: RunFiles) -> None:
        """Bring a table of `CONTENT` to the run's documents."""

    def rewrite(self, table: Table, frame: pl.DataFrame) -> None:
        """Give a small table these rows and no others."""

    def append(self, table: Table, frame: pl.DataFrame) -> None:
        """Add rows to a table."""

    def sums(self) -> dict[str, int]:
        """The target's own sums, by the names of `sums.SUMS_SQL`."""

    def deeds(self) -> pl.DataFrame:
        """What each rule did at each site, by the target's own ledger, as `sums.DEEDS_SQL` gives it."""


class Target(Protocol):
    """A warehouse that can be loaded."""

    @property
    def name(self) -> str:
        """How messages call it; without a password."""

    def session(self) -> AbstractContextManager[Session]:
        """Begin a load, waiting for another one that is at work."""


ENGINES = {
    "duckdb": ("duckdb", "DuckdbTarget", "warehouse"),
    "postgresql": ("postgres", "PostgresTarget", "postgres"),
    "postgres": ("postgres", "PostgresTarget", "postgres"),
    "delta": ("delta", "DeltaTarget", "delta"),
    "iceberg": ("iceberg", "IcebergTarget", "iceberg"),
}
"""By the scheme of a URL: the module, its class, and the extra that installs its library."""


def target_of(url: str) -> Target:
    """The target that a URL means.

    Args:
        url: duckdb:///FILE, postgresql://USER@HOST/DATABASE, delta:FOLDER or iceberg:FOLDER.

    Raises:
        UsageError: there is no such kind of target, or its library is not installed.
    """
    scheme, _, rest = url.partition(":")
    if scheme not in ENGINES or not rest.strip("/"):
        raise UsageError(
            f"{url}: no target; write duckdb:///FILE, postgresql://USER@HOST/DATABASE, delta:FOLDER or iceberg:FOLDER"
        )
    module, name, extra = ENGINES[scheme]
    try:
        make = getattr(import_module(f"etl.warehouse.{module}"), name)
    except ModuleNotFoundError as error:
        raise UsageError(f"{url}: needs {error.name}; install it with `pip install 'etl[{extra}]'`") from error
    return cast("Target", make(url if module == "postgres" else _path(rest)))


def _path(rest: str) -> Path:
    """The path of a URL: after //, a third slash stands before a relative path, a fourth begins an absolute one."""
    return Path(rest[3:] if rest.startswith("///") else rest)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep other loaders from a file or folder until the block ends; a dead process holds nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def check_columns(table: Table, present: Mapping[str, Any], expected: Mapping[str, Any], target: str) -> list[str]:
    """Compare the columns of a table that is there with those that it should have.

    Args:
        table: the table.
        present: type of each column that is there.
        expected: type of each column of the contract.
        target: name of the target, for the message.

    Returns:
        Columns that have to be added. Columns that the contract does not know are left alone.

    Raises:
        UsageError: a column has another type.
    """
    for column, wanted in expected.items():
        if column in present and present[column] != wanted:
            raise UsageError(
                f"{target}: column {table.name}.{column} is {present[column]} there and {wanted} in the contract; "
                f"rename table {table.name} or drop it, or load into a new target: every load brings the whole state"
            )
    return [column for column in expected if column not in present]


def check_version(known: int, found: int | None, target: str) -> None:
    """Refuse to go back to an older contract.

    Raises:
        BrokenPromiseError: the target was loaded by a newer program.
    """
    if found is not None and found > known:
        raise BrokenPromiseError(
            f"{target}: holds contract version {found}, and this etl knows {known}; upgrade etl, or load elsewhere"
        )
