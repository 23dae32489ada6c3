"""What a load reads of a committed run: each file held against the manifest before it is first read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from etl.datasets import CommittedRun
from etl.errors import BrokenPromiseError
from etl.files import file_sha256
from etl.schemas import DATASETS
from etl.warehouse.digests import NAMES
from etl.warehouse.tables import CONTENT, WAREHOUSE_VERSION, Table

__all__ = ["RunFiles"]

DIFFERS = "{}: differs from the manifest; restore it or run again"

EMPTY = pl.DataFrame(schema={"doc_id": pl.String, "source": pl.String})
"""The identities of no documents."""


class RunFiles:
    """The files of a run's documents and its reports.

    Attributes:
        run: the run.
        shards: numbers of the shards that have documents, in order.
    """

    def __init__(self, run: CommittedRun) -> None:
        self.run = run
        self._names: dict[tuple[str, str], list[str]] = {}
        self._sound: set[str] = set()
        datasets = {table.name for table in CONTENT}
        for name in sorted(run.manifest["files"]):
            dataset, _, part = name.partition("/")
            if dataset in datasets:
                self._names.setdefault((dataset, Path(part).stem.rpartition("-")[2]), []).append(name)
        self.shards = sorted({shard for _, shard in self._names})

    def report(self, name: str) -> dict[str, Any]:
        """One of the run's reports.

        Raises:
            BrokenPromiseError: it is gone or differs from the manifest.
        """
        self._check(f"reports/{name}.json")
        return self.run.report(name)

    def rows(self, table: Table) -> int:
        """How many rows of a table the manifest promises."""
        listed = (names for (dataset, _), names in self._names.items() if dataset == table.name)
        return sum(self.run.manifest["files"][name]["rows"] for names in listed for name in names)

    def key(self, shard: str) -> str:
        """Digest of a shard's files, by which a load knows that it has been read before.

        The version of the tables salts it, so that new columns have every shard read anew.
        """
        digest = hashlib.sha256(f"{WAREHOUSE_VERSION}".encode())
        for table in CONTENT:
            for name in self._names.get((table.name, shard), ()):
                digest.update(f" {table.name}:{self.run.manifest['files'][name]['sha256']}".encode())
        return digest.hexdigest()

    def parts(self, table: Table, shards: Iterable[str]) -> list[Path]:
        """A table's files of some shards.

        Raises:
            BrokenPromiseError: one of them is gone or differs from the manifest.
        """
        names = [name for shard in shards for name in self._names.get((table.name, shard), ())]
        for name in names:
            self._check(name)
        return [self.run.folder / name for name in names]

    def identities(self, shard: str) -> pl.DataFrame:
        """doc_id and source of a shard's documents.

        Their files are held against the manifest by their size only, so that asking costs next to nothing.

        Raises:
            BrokenPromiseError: a file is gone or has another size.
        """
        names = self._names.get(("documents", shard), ())
        for name in names:
            path = self.run.folder / name
            if not path.is_file() or path.stat().st_size != self.run.manifest["files"][name]["bytes"]:
                raise BrokenPromiseError(DIFFERS.format(path))
        frames = [pl.read_parquet(self.run.folder / name, columns=["doc_id", "source"]) for name in names]
        return pl.concat([EMPTY, *frames])

    def arrow(self, shard: str) -> Iterator[tuple[str, pa.Table]]:
        """Each file of a shard with the name of its table, columns with few values as dictionaries.

        The text of documents is left out: it is that of their paragraphs, joined.
        """
        for table in CONTENT:
            for path in self.parts(table, [shard]):
                columns = [name for name in pq.read_schema(path).names if (table.name, name) != ("documents", "text")]
                options = {"read_dictionary": NAMES, "partitioning": None, "use_threads": False}
                yield table.name, pq.read_table(path, columns=columns, **options)

    def scan(self, table: Table, shards: Iterable[str]) -> pl.LazyFrame:
        """The rows of some shards in one table, but for the columns that tell of the load."""
        parts = self.parts(table, shards)
        schema = {name: column.dtype for name, column in DATASETS[table.name].columns().items()}
        rows = pl.LazyFrame(schema=schema)
        if parts:  # A scan of no file is an error.
            rows = pl.scan_parquet(parts, glob=False, schema=schema, missing_columns="insert")
        return _with_lengths(rows) if table.name == "ledger" else rows

    def frames(self, table: Table, documents: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The rows of some documents in one table, shard by shard.

        Args:
            table: one of `CONTENT`.
            documents: doc_id, digest, run_id, shard of the documents.

        Yields:
            Frames with the table's columns.
        """
        for (shard,), wanted in documents.group_by("shard", maintain_order=True):
            rows = self.scan(table, [str(shard)]).collect(engine="in-memory")
            found = wanted.select("doc_id", "digest", "run_id")
            yield rows.join(found, on="doc_id", how="inner", maintain_order="left").select(table.columns)

    def _check(self, name: str) -> None:
        path = self.run.folder / name
        if name not in self._sound:
            if not path.is_file() or file_sha256(path) != self.run.manifest["files"][name]["sha256"]:
                raise BrokenPromiseError(DIFFERS.format(path))
            self._sound.add(name)


def _with_lengths(ledger: pl.LazyFrame) -> pl.LazyFrame:
    """The ledger with the columns that only the warehouse has, and that follow from the others."""
    lengths = {"chars_removed": "before", "chars_inserted": "after"}
    return ledger.with_columns(
        pl.col(text).str.len_chars().cast(pl.Int64).fill_null(0).alias(name) for name, text in lengths.items()
    )
