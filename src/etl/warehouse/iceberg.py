"""Iceberg with a SQLite catalogue: a namespace of tables, and in its properties the snapshots that make one state."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchNamespaceError
from pyiceberg.schema import Schema as IcebergSchema
from pyiceberg.table import Table as IcebergTable
from pyiceberg.types import (
    BooleanType,
    DateType,
    DoubleType,
    IcebergType,
    ListType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
)  # fmt: skip

from etl.errors import OutputError
from etl.warehouse.lake import LakeSession
from etl.warehouse.tables import TABLES, Table
from etl.warehouse.targets import check_columns, held

__all__ = ["CATALOG", "NAMESPACE", "SNAPSHOTS", "IcebergTarget"]

CATALOG = "catalog.db"
"""File of the catalogue, in the target's folder; the tables' files are beside it."""

NAMESPACE = "etl"

SNAPSHOTS = "snapshots"
"""Property of the namespace: the snapshot of each table that belongs to the last whole load, as JSON."""

TYPES: Mapping[type[pl.DataType], IcebergType] = {
    pl.String: StringType(),
    pl.Int64: LongType(),
    pl.Float64: DoubleType(),
    pl.Boolean: BooleanType(),
    pl.Date: DateType(),
    pl.Datetime: TimestampType(),
}


class IcebergTarget:
    """A folder with a catalogue and Iceberg tables.

    Attributes:
        path: the folder, absolute: Iceberg writes it into its metadata.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @property
    def name(self) -> str:
        """Path of the folder."""
        return str(self.path)

    @contextmanager
    def session(self) -> Iterator[IcebergSession]:
        """Take back what a killed load left, load, and name the new snapshots."""
        with held(self.path):
            self.path.mkdir(exist_ok=True)
            catalog = SqlCatalog("etl", uri=f"sqlite:///{self.path / CATALOG}", warehouse=self.path.as_uri())
            session = IcebergSession(catalog, self.name)
            try:
                session.take_back()
                yield session
                session.publish()
            except CommitFailedException as error:
                raise OutputError(f"{self.path}: another program changed it: {error}; nothing was loaded") from error
            finally:
                session.take_back()
                catalog.close()


class IcebergSession(LakeSession):
    """One load."""

    def __init__(self, catalog: SqlCatalog, name: str) -> None:
        self.catalog = catalog
        self.name = name

    def take_back(self) -> None:
        """Bring every table to the snapshot that the namespace names, and drop those that it does not name."""
        named = self._named()
        if named is None:
            return
        for table in TABLES:
            if not self._exists(table):
                continue
            found, snapshot = self._table(table), named.get(table.name)
            if snapshot is None:
                self.catalog.drop_table((NAMESPACE, table.name))
            elif found.metadata.current_snapshot_id != snapshot:
                found.manage_snapshots().set_current_snapshot(snapshot).commit()

    def prepare(self) -> None:
        """Make tables and columns that are missing.

        Raises:
            OutputError: the namespace is another program's.
        """
        if self._named() is None:
            self.catalog.create_namespace(NAMESPACE, {SNAPSHOTS: "{}"})
        for table in TABLES:
            wanted = _schema(table)
            if not self._exists(table):
                self.catalog.create_table((NAMESPACE, table.name), wanted, properties={"comment": table.comment})
                continue
            found = self._table(table)
            for name in check_columns(table, _types(found.schema()), _types(wanted), self.name):
                field = wanted.find_field(name)
                with found.update_schema() as update:
                    update.add_column(name, field.field_type, doc=field.doc)

    def publish(self) -> None:
        """Name the newest snapshots: from here on, the load has happened."""
        if self._named() is None:
            return
        snapshots = {table.name: self._table(table).metadata.current_snapshot_id for table in TABLES}
        if snapshots != self._named():
            self.catalog.update_namespace_properties(NAMESPACE, updates={SNAPSHOTS: json.dumps(snapshots)})

    def _write(self, table: Table, rows: pa.RecordBatchReader, *, overwrite: bool) -> None:
        # Iceberg warns of an overwrite that finds nothing to delete.
        write = self._table(table).overwrite if overwrite and self._files(table) else self._table(table).append
        write(rows)

    def _files(self, table: Table) -> list[str]:
        """Only whole files are ever replaced, so that no file has deleted rows."""
        return [task.file.file_path.removeprefix("file://") for task in self._table(table).scan().plan_files()]

    def _named(self) -> Mapping[str, int] | None:
        try:
            properties = self.catalog.load_namespace_properties(NAMESPACE)
        except NoSuchNamespaceError:
            return None
        if SNAPSHOTS not in properties:
            raise OutputError(f"{self.name}: namespace {NAMESPACE} is somebody else's; name another folder")
        named: Mapping[str, int] = json.loads(properties[SNAPSHOTS])
        return named

    def _exists(self, table: Table) -> bool:
        return self.catalog.table_exists((NAMESPACE, table.name))

    def _table(self, table: Table) -> IcebergTable:
        return self.catalog.load_table((NAMESPACE, table.name))


def _schema(table: Table) -> IcebergSchema:
    """Columns with their comments; the key's columns are the identifier fields."""
    fields = []
    for position, (name, column) in enumerate(table.schema.columns().items(), start=1):
        inner = ListType(len(table.types) + position, StringType(), element_required=False)
        kind = inner if isinstance(column.dtype, pl.List) else TYPES[type(column.dtype)]
        fields.append(NestedField(position, name, kind, required=not column.nullable, doc=column.description))
    keys = [position for position, name in enumerate(table.columns, start=1) if name in table.key]
    return IcebergSchema(*fields, identifier_field_ids=keys)


def _types(schema: IcebergSchema) -> dict[str, str]:
    return {field.name: str(field.field_type) for field in schema.fields}
