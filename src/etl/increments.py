"""What became of the sources since the run before, and which documents hang on that.

A source is unchanged if it has the size and the SHA-256 that the run before put on record; one that could not be read
has no digest, and is unchanged as long as it cannot be read. A document whose bytes are the same is cleaned again if
the kept copy of something that it lost, or the document that it is like, is deleted, changed or cleaned again itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from etl.datasets import CommittedRun, current_run
from etl.errors import BrokenPromiseError, OutputError
from etl.recipe import Recipe
from etl.schemas import CHANGES, Changes, conform
from etl.sources import digest_sources, document_id

__all__ = ["Increment", "find_increment"]

RECORDS = ("decoded", "quarantine")
"""Datasets that have a row for each source between them."""

KNOWN = {"source": pl.String, "size_bytes": pl.Int64, "sha256": pl.String}
"""What is on record of a source."""

DECIDING = {
    "schema_version": "the columns of the datasets",
    "recipe_digest": "the recipe",
    "rules_digest": "the rules",
}
"""What decides, besides the documents, how they are cleaned, by its name in a manifest."""


@dataclass(frozen=True)
class Increment:
    """What a run takes over from the run before, and what it cleans; by default it compares nothing and cleans all.

    Attributes:
        before: the run whose shards are taken over, if any are.
        changes: `schemas.Changes`.
        summary: what the manifest and the report say of it; null where nothing was compared.
    """

    before: CommittedRun | None = None
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(Changes.create_empty()))
    summary: dict[str, Any] | None = None

    @property
    def carried(self) -> dict[str, str]:
        """The run that cleaned each shard which is taken over, by the shard's number."""
        return self.before.manifest["shards"] if self.before else {}

    @property
    def first_shard(self) -> int:
        """Number of the first shard that is cleaned."""
        return max((int(number) + 1 for number in self.carried), default=0)

    @cached_property
    def stale(self) -> list[str]:
        """Numbers of the shards that are taken over but for something in them that changed."""
        return [number for number in self.carried if self._holds_changed(number)]

    def _holds_changed(self, number: str) -> bool:
        if self.before is None:
            return False
        held = (self.before.shard(name, number, ["source"]) for name in RECORDS)
        return any(sources["source"].is_in(self.changes["source"].implode()).any() for sources in held)

    def due(self, sources: pl.DataFrame) -> pl.DataFrame:
        """Those of the sources that are cleaned."""
        if self.summary is None:
            return sources
        return sources.join(self.changes, on="source", how="semi", maintain_order="left")


def find_increment(output: Path, sources: pl.DataFrame, manifest: Mapping[str, Any], recipe: Recipe) -> Increment:
    """Compare the sources with those of the current run, and decide what is taken over.

    Args:
        output: the output folder, locked.
        sources: source, path, size_bytes.
        manifest: what this run's will say of the recipe, the rules and the versions.
        recipe: options of this run; those of the stages are the ones that `manifest` has the digest of.
    """
    if not recipe.run.incremental:
        return Increment()
    before, broken = _sound_run(output)
    clean_all = _reason_to_clean_all(before.manifest, manifest) if before else broken
    known = _known_sources(before)
    told = _compared(sources, known, recipe.decode.max_bytes)
    if clean_all:
        again = known.join(told, on="source", how="anti").select("source", detail=pl.lit(clean_all))
    else:
        again = _dependents(told, before) if before else told.clear()
    rows = pl.concat([told, again.with_columns(change=pl.lit("recleaned"))], how="diagonal").sort("source")
    ids = pl.Series([document_id(source) for source in rows["source"]], dtype=pl.String)
    changes = conform(rows.with_columns(doc_id=ids), Changes)
    counts = {change: int((changes["change"] == change).sum()) for change in CHANGES}
    summary = {
        "since": before.run_id if before else None,
        "cleaned_all": clean_all,
        **counts,
        "carried": known.height - changes.height + counts["new"],
    }
    return Increment(None if clean_all else before, changes, summary)


def _sound_run(output: Path) -> tuple[CommittedRun | None, str]:
    """The current run, every file of it held against the manifest; or why there is none."""
    try:
        run = current_run(output)
        run.check_files()
    except OutputError:
        return None, "there is no run before"
    except BrokenPromiseError as error:
        return None, f"the run before is broken: {error}"
    return run, ""


def _reason_to_clean_all(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Why nothing of a run can be taken over; null if it can."""
    changed = [what for key, what in DECIDING.items() if before[key] != now[key]]
    if before["versions"]["etl"] != now["versions"]["etl"]:
        changed.append("the version of etl")
    return f"{' and '.join(changed)} changed" if changed else None


def _known_sources(run: CommittedRun | None) -> pl.DataFrame:
    """source, size_bytes, sha256 of everything that a run cleaned or refused."""
    if run is None:
        return pl.DataFrame(schema=KNOWN)
    return pl.concat([run.scan(name).select(list(KNOWN)) for name in RECORDS]).collect()


def _compared(sources: pl.DataFrame, known: pl.DataFrame, max_bytes: int) -> pl.DataFrame:
    """source, change of those that are new, changed or deleted."""
    before = known.rename({"size_bytes": "size_before", "sha256": "sha256_before"})
    there = sources.join(before, on="source", how="inner", maintain_order="left")
    alike = there.filter(pl.col("size_bytes").eq_missing(pl.col("size_before")))
    same = digest_sources(alike, max_bytes).filter(pl.col("sha256").eq_missing(pl.col("sha256_before")))
    told = {
        "new": sources.join(known, on="source", how="anti"),
        "changed": there.join(same, on="source", how="anti"),
        "deleted": known.join(sources, on="source", how="anti"),
    }
    return pl.concat([rows.select("source", change=pl.lit(change)) for change, rows in told.items()])


def _dependents(told: pl.DataFrame, run: CommittedRun) -> pl.DataFrame:
    """source, detail of the documents that hang on those that are told of, directly or by others."""
    names = run.scan("decoded").select("doc_id", "source").collect()
    reached = found = names.join(told, on="source", how="semi").select("doc_id", on=pl.lit(None, dtype=pl.String))
    links = _links(run) if reached.height else reached
    while reached.height:
        hanging = links.join(reached.select(match_doc_id="doc_id"), on="match_doc_id", how="semi")
        first = hanging.join(found, on="doc_id", how="anti").group_by("doc_id").agg(on=pl.col("match_doc_id").min())
        reached, found = first, pl.concat([found, first])
    again = found.drop_nulls("on").join(names, on="doc_id")
    detail = pl.format("refers to {}", "owner")
    return again.join(names.select(on="doc_id", owner="source"), on="on").select("source", detail=detail)


def _links(run: CommittedRun) -> pl.DataFrame:
    """doc_id, match_doc_id: which documents refer to which others."""
    references = [run.scan(name).select("doc_id", "match_doc_id") for name in ("ledger", "marks")]
    return pl.concat(references).filter(pl.col("match_doc_id") != pl.col("doc_id")).unique().collect()
