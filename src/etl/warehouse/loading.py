"""Bringing a target to the state of a committed run, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import polars as pl

from etl.datasets import CommittedRun
from etl.errors import BrokenPromiseError, UsageError
from etl.schemas import SCHEMA_VERSION
from etl.warehouse.contents import Change, change, shards_of, survey
from etl.warehouse.files import RunFiles
from etl.warehouse.history import history, manifest_sha256, started_at
from etl.warehouse.sums import books, compare_sums, deeds_of_frames, promised_sums
from etl.warehouse.tables import CONTENT, DOCUMENTS, HISTORY, LEDGER, RUNS, SHARDS, TOMBSTONES, WAREHOUSE_VERSION
from etl.warehouse.targets import Session, Target, check_version

__all__ = ["Loaded", "load"]


Outcome = Literal["loaded", "unchanged", "stale"]


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
    outcome: Outcome
    written: int = 0
    removed: int = 0
    kept: int = 0
    sums: int = 0

    def __str__(self) -> str:
        """One line for a person."""
        if self.outcome == "unchanged":
            return f"{self.target}: run {self.run_id} had been loaded before, nothing changed"
        if self.outcome == "stale":
            return f"{self.target}: holds a newer run than {self.run_id}; took its figures and none of its documents"
        return (
            f"{self.target}: run {self.run_id} loaded: {self.written:,} documents written, {self.removed:,} removed, "
            f"{self.kept:,} kept; {self.sums} sums agree with the manifest"
        )


def load(run: CommittedRun, target: Target, *, back: bool = False) -> Loaded:
    """Load a run. A replay changes nothing, an older run never overwrites a newer one.

    Args:
        run: the run; it holds the whole corpus, so that a document which it has not is deleted.
        target: where to.
        back: go back to this run although newer ones were loaded; they are marked as stale.

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
        known = session.read(RUNS)
        check_version(WAREHOUSE_VERSION, _largest(known, "warehouse_version"), target.name)
        outcome = _outcome(run, known, back=back)
        if outcome == "unchanged":
            return Loaded(target.name, run.run_id, outcome)
        session.prepare()
        files = RunFiles(run)
        if outcome == "stale":
            documents, ledger = (files.scan(table, files.shards) for table in (DOCUMENTS, LEDGER))
            _remember(files, session, deeds_of_frames(ledger, documents), known, stale=True)
            return Loaded(target.name, run.run_id, outcome)
        loaded, deeds = _bring(files, session, target.name)
        _remember(files, session, deeds, known, stale=False)
        return loaded


def _outcome(run: CommittedRun, known: pl.DataFrame, *, back: bool) -> Outcome:
    """What a load has to do, by the runs that the warehouse knows.

    Raises:
        BrokenPromiseError: the warehouse knows the run by another manifest.
    """
    same = known.filter(pl.col("run_id") == run.run_id)
    if same.height and same["manifest_sha256"].item() != manifest_sha256(run):
        raise BrokenPromiseError(f"{run.folder}: was loaded with another manifest; a committed run never changes")
    loaded = known.filter(~pl.col("stale")).select("started_at", "run_id").rows()
    if any(other > _order(run) for other in loaded) and not back:
        return "unchanged" if same.height else "stale"
    return "unchanged" if loaded and max(loaded) == _order(run) else "loaded"


def _bring(files: RunFiles, session: Session, target: str) -> tuple[Loaded, pl.DataFrame]:
    """Bring the tables of documents to the run's state, and hold the sums against the manifest.

    Returns:
        What was done, and what each rule did by the target's ledger.
    """
    run, present = files.run, session.read(DOCUMENTS)
    changed = change(survey(files, present, session.read(SHARDS)), present, run.run_id)
    for table in CONTENT:
        session.replace(table, changed, files)
    session.rewrite(TOMBSTONES, _tombstones(run, session.read(TOMBSTONES), changed))
    session.rewrite(SHARDS, shards_of(files))
    deeds = session.deeds()
    compared = compare_sums(promised_sums(files), session.sums() | books(deeds), target)
    written, gone = changed.written.height, changed.gone.height
    kept = changed.documents.height - written
    return Loaded(target, run.run_id, "loaded", written, gone, kept, compared), deeds


def _remember(files: RunFiles, session: Session, deeds: pl.DataFrame, known: pl.DataFrame, *, stale: bool) -> None:
    """Write the run's figures, unless they are there; `runs` comes last, for what it names is loaded."""
    run, rows = files.run, history(files, deeds, loaded_at=datetime.now(UTC).replace(tzinfo=None))
    if run.run_id not in known["run_id"]:
        for table in HISTORY:
            session.append(table, rows[table.name])
    this = rows[RUNS.name].with_columns(stale=pl.lit(stale))
    others = known.filter(pl.col("run_id") != run.run_id)
    if not stale:
        started, name = _order(run)
        newer = (pl.col("started_at") > started) | ((pl.col("started_at") == started) & (pl.col("run_id") > name))
        others = others.with_columns(stale=pl.col("stale") | newer)
    session.rewrite(RUNS, pl.concat([others.select(RUNS.columns), this]))


def _tombstones(run: CommittedRun, present: pl.DataFrame, changed: Change) -> pl.DataFrame:
    """Tombstones after the run: a document that came back has none."""
    gone = changed.gone.select(
        "doc_id", "source", run_id=pl.lit(run.run_id), deleted_at=pl.lit(started_at(run), dtype=pl.Datetime("us"))
    )
    still = present.select(gone.columns).join(changed.documents, on="doc_id", how="anti", maintain_order="left")
    return pl.concat([still, gone]).select(TOMBSTONES.columns)


def _order(run: CommittedRun) -> tuple[datetime, str]:
    """Runs are ordered by their start; names decide within a second, for they begin with the time in microseconds."""
    return started_at(run), run.run_id


def _largest(known: pl.DataFrame, column: str) -> int | None:
    largest = known[column].max()
    return None if largest is None else int(largest)  # type: ignore[arg-type]  # a column of integers
