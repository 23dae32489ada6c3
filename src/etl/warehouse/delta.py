"""Delta Lake: a folder per table, and CURRENT.json, which names the versions that belong together."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pyarrow as pa
from deltalake import DeltaTable, Field, write_deltalake
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import DeltaError

from etl.errors import OutputError
from etl.files import json_bytes, read_json, write_bytes
from etl.warehouse.lake import LakeSession, arrow_schema, stream
from etl.warehouse.tables import TABLES, Table
from etl.warehouse.targets import check_columns, held

__all__ = ["POINTER", "DeltaTarget"]

POINTER = "CURRENT.json"
"""File that names the version of each table that belongs to the last whole load; replaced at once."""


class DeltaTarget:
    """A folder of Delta tables.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """Path of the folder."""
        return str(self.path)

    @contextmanager
    def session(self) -> Iterator[DeltaSession]:
        """Take back what a killed load left, load, and name the new versions."""
        with held(self.path):
            session = DeltaSession(self.path)
            try:
                session.take_back()
                yield session
                session.publish()
            except DeltaError as error:
                raise OutputError(f"{self.path}: {error}; nothing was loaded") from error
            finally:
                session.take_back()


class DeltaSession(LakeSession):
    """One load."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def take_back(self) -> None:
        """Bring every table to the version that the pointer names, and drop those that it does not name.

        Raises:
            OutputError: there are tables but no pointer: another program wrote them.
        """
        named = self._pointer()
        if named is None:
            foreign = [table.name for table in TABLES if self._exists(table)]
            if foreign:
                raise OutputError(f"{self.path}: has a table {foreign[0]} of somebody else; name another folder")
            return
        for table in TABLES:
            if not self._exists(table):
                continue
            if table.name not in named:
                shutil.rmtree(self._folder(table))
            elif (found := DeltaTable(self._folder(table))).version() != named[table.name]:
                found.restore(named[table.name])
                named = {**named, table.name: found.version()}
        if named != self._pointer():
            self._name(named)

    def prepare(self) -> None:
        """Make tables and columns that are missing."""
        if self._pointer() is None:
            self._name({})
        for table in TABLES:
            if self._exists(table):
                self._adapt(table)
            else:
                empty = stream(table, iter(()))
                write_deltalake(self._folder(table), empty, name=table.name, description=table.comment)

    def _adapt(self, table: Table) -> None:
        """Add the columns that a table lacks, and give the others today's comments."""
        found = DeltaTable(self._folder(table))
        wanted = DeltaSchema.from_arrow(arrow_schema(table))
        missing = check_columns(table, _types(found.schema()), _types(wanted), str(self.path))
        added = [
            Field(field.name, field.type, nullable=True, metadata=field.metadata)
            for field in wanted.fields
            if field.name in missing
        ]
        if added:
            found.alter.add_columns(added)
        told = {field.name: field.metadata for field in found.schema().fields}
        for field in wanted.fields:  # Delta writes no rows whose columns have other comments than it has.
            if field.name not in missing and told[field.name] != field.metadata:
                found.alter.set_column_metadata(field.name, field.metadata)

    def publish(self) -> None:
        """Name the newest versions: from here on, the load has happened."""
        versions = {table.name: DeltaTable(self._folder(table)).version() for table in TABLES if self._exists(table)}
        if versions != (self._pointer() or {}):
            self._name(versions)

    def _write(self, table: Table, rows: pa.RecordBatchReader, *, overwrite: bool) -> None:
        mode: Literal["overwrite", "append"] = "overwrite" if overwrite else "append"
        write_deltalake(self._folder(table), rows, mode=mode, schema_mode="merge")

    def _files(self, table: Table) -> list[str]:
        return DeltaTable(self._folder(table)).file_uris()

    def _folder(self, table: Table) -> Path:
        return self.path / table.name

    def _exists(self, table: Table) -> bool:
        return DeltaTable.is_deltatable(str(self._folder(table)))

    def _pointer(self) -> Mapping[str, int] | None:
        path = self.path / POINTER
        return read_json(path)["versions"] if path.exists() else None

    def _name(self, versions: Mapping[str, int]) -> None:
        write_bytes(self.path / POINTER, json_bytes({"versions": versions}))


def _types(schema: DeltaSchema) -> dict[str, str]:
    return {field.name: str(field.type) for field in schema.fields}
