"""Bringing a target to the state of a committed run, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal

import polars as pl

from etl.datasets import CommittedRun
from etl.errors import UsageError
from etl.schemas import SCHEMA_VERSION
from etl.warehouse.contents import Change, change, check_files, rows_of, survey
from etl.warehouse.history import history, manifest_sha256, started_at
from etl.warehouse.sums import compare_sums, promised_sums
from etl.warehouse.tables import CONTENT, HISTORY, TOMBSTONES, WAREHOUSE_VERSION, table_named
from etl.warehouse.targets import Session, Target, check_version

__all__ = ["Loaded", "load"]


@dataclass(frozen=True)
class Loaded:
    """What a load did.

    Attributes:
        target: name of the target.
        run_id: the run.
        outcome: `loaded`; `unchanged`, for the run had been loaded before; or `stale`, for a newer one had been, so
            that only the figures of this one were taken.
        written: documents that are new or changed.
        removed: documents that the run no longer had.
        kept: documents that were there in the same form.
        sums: sums of the warehouse that were held against the manifest.
    """

    target: str
    run_id: str
    outcome: Literal["loaded", "unchanged", "stale"]
    written: int = 0
    removed: int = 0
    kept: int = 0
    sums: int = 0


def load(run: CommittedRun, target: Target) -> Loaded:
    """Load a run. A replay changes nothing, an older run never overwrites a newer one.

    Args:
        run: the run; it holds the whole corpus, so that a document which it has not is deleted.
        target: where to.

    Raises:
        UsageError: the run keeps to a newer contract than this program knows, or the target has other columns.
        OutputError: the target cannot be used.
        BrokenPromiseError: files differ from the manifest, or the warehouse's sums do; the target is as it was.
    """
    if run.manifest["schema_version"] > SCHEMA_VERSION:
        raise UsageError(
            f"{run.folder}: keeps to contract version {run.manifest['schema_version']}, and this etl knows "
            f"{SCHEMA_VERSION}; upgrade etl"
        )
    with target.session() as session:
        known = session.read(table_named("runs"))
        check_version(WAREHOUSE_VERSION, _largest(known, "warehouse_version"), target.name)
        if manifest_sha256(run) in known["manifest_sha256"]:
            return Loaded(target.name, run.run_id, "unchanged")
        check_files(run)
        session.prepare()
        return _bring(run, session, target.name, stale=_is_older(run, known))


def _bring(run: CommittedRun, session: Session, target: str, *, stale: bool) -> Loaded:
    found = survey(run)
    rows = history(run, found, loaded_at=datetime.now(UTC).replace(tzinfo=None), stale=stale)
    if stale:
        for table in HISTORY:
            session.append(table, rows[table.name])
        return Loaded(target, run.run_id, "stale")
    changed = change(found, session.read(table_named("documents")), run.run_id)
    for table in CONTENT:
        session.replace(table, changed, partial(rows_of, run))
    session.rewrite(TOMBSTONES, _tombstones(run, session.read(TOMBSTONES), changed))
    compared = compare_sums(promised_sums(run), session.sums(), target)
    for table in HISTORY:
        session.append(table, rows[table.name])
    written, gone = changed.written.height, changed.gone.height
    return Loaded(target, run.run_id, "loaded", written, gone, changed.documents.height - written, compared)


def _tombstones(run: CommittedRun, present: pl.DataFrame, changed: Change) -> pl.DataFrame:
    """Tombstones after the run: a document that came back has none."""
    gone = changed.gone.select(
        "doc_id", "source", run_id=pl.lit(run.run_id), deleted_at=pl.lit(started_at(run), dtype=pl.Datetime("us"))
    )
    still = present.select(gone.columns).join(changed.documents, on="doc_id", how="anti", maintain_order="left")
    return pl.concat([still, gone]).select(TOMBSTONES.columns)


def _is_older(run: CommittedRun, known: pl.DataFrame) -> bool:
    """Runs are ordered by their start; names decide within a second, for they begin with the time in microseconds."""
    loaded = known.filter(~pl.col("stale")).select("started_at", "run_id").iter_rows()
    return any((started_at(run), run.run_id) < other for other in loaded)


def _largest(known: pl.DataFrame, column: str) -> int | None:
    largest = known[column].max()
    return None if largest is None else int(largest)  # type: ignore[arg-type]  # a column of integers
