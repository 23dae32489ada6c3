"""The pipeline in memory: the same stages over one shard, without files."""

from __future__ import annotations

import polars as pl

from etl.pipeline import STAGES, merged, reader
from etl.recipe import Recipe
from etl.schemas import DATASETS, Changes, Marks, conform

__all__ = ["run_in_memory"]


def run_in_memory(raw: pl.DataFrame, recipe: Recipe) -> dict[str, pl.DataFrame]:
    """Take raw documents through every stage as one shard.

    Args:
        raw: `schemas.RawDocuments`.
        recipe: options.

    Returns:
        Every dataset of `schemas.DATASETS`, by name.
    """
    frames = {"raw": raw, "marks": pl.DataFrame(Marks.create_empty())}
    ledger: list[pl.DataFrame] = []
    facts: dict[str, pl.LazyFrame] = {}
    for stage in STAGES:
        outcome = stage.work(reader(frames), facts.__getitem__, recipe)
        frames |= {name: conform(frame, DATASETS[name]) for name, frame in outcome.datasets.items()}
        stamp = pl.lit(stage.name).alias("stage")
        ledger.append(conform(outcome.edits.with_columns(stamp), DATASETS["ledger"]))
        frames["marks"] = pl.concat([frames["marks"], conform(outcome.marks.with_columns(stamp), Marks)])
        if stage.survey:
            facts |= merged(stage.survey(reader(frames), recipe))
    return {**frames, "ledger": pl.concat(ledger), "changes": pl.DataFrame(Changes.create_empty())}
