"""The warehouse's tables: the datasets that people query, and the history of runs, each with its key.

Columns, types and comments come from the datasets' schemas, so that they are said once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import dataframely as dy
import polars as pl

from etl.schemas import DATASETS, Documents, Ledger, Paragraphs, Sections

__all__ = [
    "CONTENT",
    "DOCUMENTS",
    "HISTORY",
    "LEDGER",
    "RUNS",
    "SHARDS",
    "TABLES",
    "TOMBSTONES",
    "WAREHOUSE_VERSION",
    "Table",
]

WAREHOUSE_VERSION = 2
"""Version of the tables' columns and meanings; every loaded run is stamped with it. 2 added to `expectations` what each
was measured on."""

NO_SITE = ""
"""What stands for `no site` where the site is part of a key, which may not be null."""


def _run_id(description: str = "name of the run") -> dy.String:
    return dy.String(description=description)


def _site() -> dy.String:
    return dy.String(description="host or folder whose pages share a template; empty where a document has none")


def _count(description: str) -> dy.Int64:
    return dy.Int64(description=description)


def _stage() -> dy.String:
    return dy.String(description="decode, boilerplate, duplicates, sections or normalize")


class WarehouseDocuments(Documents):
    """One row per document of the current run: the clean result."""

    run_id = _run_id("run that first gave the document in this form")
    digest = dy.String(description="XXH3-128 of the document's rows in every table; tells a changed document")


class WarehouseParagraphs(Paragraphs):
    """One row per clean paragraph of the current run."""


class WarehouseSections(Sections):
    """One row per section of the current run: a heading and what stands under it."""


class WarehouseLedger(Ledger):
    """One row per edit: `before` stood at [start, end) of the decoded text, and became `after`."""

    chars_removed = _count("code points of before")
    chars_inserted = _count("code points of after; 0 where it is null")


class Runs(dy.Schema):
    """One row per loaded run."""

    run_id = _run_id()
    manifest_sha256 = dy.String(description="digest of the run's manifest.json: what a replay is known by")
    started_at = dy.Datetime(time_unit="us", description="start of the run, UTC")
    loaded_at = dy.Datetime(time_unit="us", description="when it was loaded, UTC")
    stale = dy.Bool(
        description="a newer run had been loaded before, or this one was taken back: only its figures count"
    )
    source = dy.String(description="folder or document that was cleaned")
    schema_version = _count("version of the datasets' contract")
    warehouse_version = _count("version of the tables' contract")
    recipe_digest = dy.String(description="digest of the options")
    rules_digest = dy.String(description="digest of the rule tables")
    etl_version = dy.String(description="version of the program")
    verdict = dy.String(description="pass or warn; a run that failed is never loaded")
    documents = _count("documents put out")
    quarantined = _count("inputs refused")
    chars_in = _count("code points decoded")
    chars_out = _count("code points of clean text")
    wall_seconds = dy.Float64(description="seconds that the stages took")
    cpu_seconds = dy.Float64(description="seconds of CPU that the stages took, over all processes")


class StageBalance(dy.Schema):
    """One row per run and stage: what came in, what left, and that the books balance."""

    run_id = _run_id()
    stage = _stage()
    documents = _count("documents put out")
    lines_in = _count("lines taken in")
    lines_out = _count("lines put out")
    chars_in = _count("code points taken in")
    kept = _count("code points kept")
    removed = _count("code points removed")
    inserted = _count("code points inserted")
    chars_out = _count("code points put out")
    difference_in = _count("chars_in - kept - removed; 0 in a sound run")
    difference_out = _count("chars_out - kept - inserted; 0 in a sound run")
    wall_seconds = dy.Float64(description="seconds from the end of the stage before it to its own end")
    peak_memory_mb = dy.Float64(description="memory of the largest process, in 10^6 bytes")


class SiteStats(dy.Schema):
    """One row per run, stage and site: what came in and what left."""

    run_id = _run_id()
    stage = _stage()
    site = _site()
    documents = _count("documents")
    chars_in = _count("code points taken in")
    chars_out = _count("code points put out")


class RuleStats(dy.Schema):
    """One row per run, stage, rule and site: what the rule did."""

    run_id = _run_id()
    stage = _stage()
    rule = dy.String(description="id of the rule")
    site = _site()
    edits = _count("edits")
    documents = _count("documents that it edited")
    chars_removed = _count("code points removed")
    chars_inserted = _count("code points inserted")


class Expectations(dy.Schema):
    """One row per run and expectation, with its verdict."""

    run_id = _run_id()
    expectation_no = dy.Int64(description="place in the run's report, from 1")
    stage = _stage()
    measure = dy.String(description="what is judged")
    each = dy.String(
        nullable=True,
        description="on what: stage, site (each by itself) or night (what was new or changed); null for older runs",
    )
    warn = dy.Float64(nullable=True, description="above this the run is published with a warning")
    fail = dy.Float64(nullable=True, description="above this the run is not published")
    value = dy.Float64(description="what was measured; of several sites or rules the largest value")
    about = dy.String(
        nullable=True,
        description="site or rule that has this value; empty where it is the stage's; null for older runs",
    )
    previous = dy.Float64(nullable=True, description="the same in the run before; null if there was none")
    judged = dy.Int64(nullable=True, description="sites or rules that were measured; null for older runs")
    exceeding = dy.Int64(nullable=True, description="those of them over a threshold; null for older runs")
    verdict = dy.String(description="pass, warn or fail")


class Tombstones(dy.Schema):
    """One row per document that an earlier run had and the current one has not."""

    doc_id = dy.String(description="identity of the document")
    source = dy.String(description="where it came from")
    run_id = _run_id("first run that no longer had it")
    deleted_at = dy.Datetime(time_unit="us", description="start of that run, UTC")


class Shards(dy.Schema):
    """One row per shard of the current run; a run that has the same shard is not asked for its rows again."""

    shard_key = dy.String(description="SHA-256 over those of the shard's files, and the version of these tables")
    shard = dy.String(description="number of the shard, as the names of its files end")


@dataclass(frozen=True)
class Table:
    """A table of the warehouse.

    Attributes:
        name: its name in every target.
        schema: its columns.
        key: columns that tell its rows apart; empty where rows have no key.
        look_up: columns that readers find rows by, besides the key.
    """

    name: str
    schema: type[dy.Schema]
    key: tuple[str, ...]
    look_up: tuple[str, ...] = ()

    @property
    def comment(self) -> str:
        """What a row is."""
        return " ".join((self.schema.__doc__ or "").split())

    @property
    def types(self) -> Mapping[str, pl.DataType]:
        """Type of each column, in order."""
        return {name: column.dtype for name, column in self.schema.columns().items()}

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return list(self.types)

    def empty(self) -> pl.DataFrame:
        """The table without rows."""
        return pl.DataFrame(schema=dict(self.types))

    @property
    def dataset(self) -> str | None:
        """Dataset of a run that the rows come from; none for history."""
        return self.name if self.name in DATASETS else None


DOCUMENTS = Table("documents", WarehouseDocuments, ("doc_id",))

LEDGER = Table("ledger", WarehouseLedger, (), ("doc_id",))

CONTENT = (
    DOCUMENTS,
    Table("paragraphs", WarehouseParagraphs, ("doc_id", "paragraph_no")),
    Table("sections", WarehouseSections, ("section_id",), ("doc_id",)),
    LEDGER,
)
"""Tables that hold the current run's documents, and nothing else."""

HISTORY = (
    Table("stage_balance", StageBalance, ("run_id", "stage")),
    Table("site_stats", SiteStats, ("run_id", "stage", "site")),
    Table("rule_stats", RuleStats, ("run_id", "stage", "rule", "site")),
    Table("expectations", Expectations, ("run_id", "expectation_no")),
)
"""Tables that grow with every run."""

RUNS = Table("runs", Runs, ("run_id",))

TOMBSTONES = Table("tombstones", Tombstones, ("doc_id",))

SHARDS = Table("shards", Shards, ("shard_key",))

TABLES = (*CONTENT, TOMBSTONES, SHARDS, *HISTORY, RUNS)
"""Every table."""
