"""The pipeline in memory: the same stages over one shard, without files."""

from __future__ import annotations

import polars as pl

from etl.pipeline import STAGES, merged, reader
from etl.recipe import Recipe
from etl.schemas import DATASETS, Changes, Marks, conform

__all__ = ["run_in_memory", "run_stages"]


def run_in_memory(raw: pl.DataFrame, recipe: Recipe) -> dict[str, pl.DataFrame]:
    """Take raw documents through every stage as one shard.

    Args:
        raw: `schemas.RawDocuments`.
        recipe: options.

    Returns:
        Every dataset of `schemas.DATASETS`, by name.
    """
    made = run_stages({"raw": raw}, STAGES[0].name, STAGES[-1].name, recipe)
    return {**made, "changes": pl.DataFrame(Changes.create_empty())}


def run_stages(frames: dict[str, pl.DataFrame], first: str, last: str, recipe: Recipe) -> dict[str, pl.DataFrame]:
    """Take datasets through the stages from `first` to `last`, as one shard; what the corpus says is surveyed anew.

    Args:
        frames: the datasets that the first stage reads, by name.
        first: name of the first stage.
        last: name of the last stage.
        recipe: options.

    Returns:
        `frames` with every dataset that the stages made, and with the ledger and the marks of these stages.
    """
    names = [stage.name for stage in STAGES]
    made = {"marks": pl.DataFrame(Marks.create_empty()), **frames}
    edits: list[pl.DataFrame] = []
    facts: dict[str, pl.LazyFrame] = {}
    for number in range(names.index(first), names.index(last) + 1):
        survey = STAGES[number - 1].survey if number else None
        facts |= merged(survey(reader(made), recipe)) if survey else {}
        outcome = STAGES[number].work(reader(made), facts.__getitem__, recipe)
        stamp = pl.lit(names[number]).alias("stage")
        made |= {name: conform(frame, DATASETS[name]) for name, frame in outcome.datasets.items()}
        made["marks"] = pl.concat([made["marks"], conform(outcome.marks.with_columns(stamp), Marks)])
        edits.append(conform(outcome.edits.with_columns(stamp), DATASETS["ledger"]))
    return {**made, "ledger": pl.concat(edits)}
