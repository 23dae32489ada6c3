"""The order of the pipeline, on one screen.

Each stage turns the datasets of one shard into an `Outcome`. What a stage must know about the whole corpus is
surveyed shard by shard by the stage before it, merged once all shards are through, and handed in as `facts`. So is
what that survey found out about the shard itself, which is not merged, and need not be found out twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import polars as pl

from etl import ledger
from etl.documents import assemble_documents
from etl.lines import restore_text, split_lines
from etl.merging import MERGES
from etl.recipe import Recipe
from etl.scratch import InMemory
from etl.stages.boilerplate import count_site_lines, strip_boilerplate
from etl.stages.decode import decode
from etl.stages.duplicates import (
    CorpusFacts,
    remove_duplicates,
    survey_corpus,
)
from etl.stages.normalize import normalize
from etl.stages.sections import find_sections

__all__ = ["STAGES", "TEXTS", "Facts", "Read", "Stage", "merged", "reader", "stage_named", "stages_from"]


class Read(Protocol):
    """Gives a dataset of the shard by name, as the stages before wrote it."""

    def __call__(self, dataset: str, /, *columns: str) -> pl.DataFrame:
        """The columns that are named, or all."""


TEXTS = ("decoded", "doc_id", "text", "chars")
"""A dataset, and columns of it, that a stage and the proof of a shard both read: it is read once for both."""

Facts = Callable[[str], pl.LazyFrame]
"""Gives by name what is known about the whole corpus and may concern the shard, in any order; or what the stage before
found out about the shard."""


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline.

    Attributes:
        name: as the ledger and the reports spell it.
        work: makes a shard's outcome; pure.
        survey: what the shard adds to the facts about the corpus that the next stage needs, by fact.
        merged: names of the facts that are merged once every shard has been surveyed.
    """

    name: str
    work: Callable[[Read, Facts, Recipe], ledger.Outcome]
    survey: Callable[[Read, Recipe], dict[str, pl.DataFrame]] | None = None
    merged: tuple[str, ...] = ()


def _decode(read: Read, facts: Facts, recipe: Recipe) -> ledger.Outcome:
    return decode(read("raw"), recipe.decode)


def _survey_lines(read: Read, recipe: Recipe) -> dict[str, pl.DataFrame]:
    return {"site_lines": count_site_lines(read("decoded"))}


def _strip_boilerplate(read: Read, facts: Facts, recipe: Recipe) -> ledger.Outcome:
    decoded = read("decoded")
    lines, breaks = split_lines(decoded)
    documents = decoded.select("doc_id", "site", "lines", "chars")
    known = _concerning(facts("site_lines"), documents, "site")
    outcome = strip_boilerplate(lines, documents, known, recipe.boilerplate)
    return replace(outcome, edits=pl.concat([ledger.edits(breaks), outcome.edits]))


def _survey_paragraphs(read: Read, recipe: Recipe) -> dict[str, pl.DataFrame]:
    return survey_corpus(_lines(read, "stripped"), read("metadata"), recipe.duplicates)


def _remove_duplicates(read: Read, facts: Facts, recipe: Recipe) -> ledger.Outcome:
    lines, repeats = _lines(read, "stripped"), facts("repeats").collect()
    metadata = read("metadata", "doc_id")
    corpus = CorpusFacts(facts("paragraphs").collect(), _concerning(facts("sketches"), metadata, "doc_id"))
    return remove_duplicates(lines, repeats, metadata, corpus, recipe.duplicates)


def _find_sections(read: Read, facts: Facts, recipe: Recipe) -> ledger.Outcome:
    return find_sections(_lines(read, "deduplicated"), recipe.sections)


def _normalize(read: Read, facts: Facts, recipe: Recipe) -> ledger.Outcome:
    outcome = normalize(_lines(read, "sectioned"), recipe.normalize)
    marks = pl.concat([read("marks").drop("stage"), outcome.marks])
    decoded = read("decoded", "doc_id", "source", "site", "encoding", "chars")
    sections = read("sections", "doc_id")
    metadata = read("metadata", "doc_id", "title", "published", "publisher", "author", "editor")
    documents = assemble_documents(decoded, metadata, sections, outcome.datasets["paragraphs"], marks)
    stamped = documents.with_columns(recipe_digest=pl.lit(recipe.digest))
    return replace(outcome, datasets={**outcome.datasets, "documents": stamped})


def _concerning(fact: pl.LazyFrame, frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The rows of a fact that agree with some row of a shard's frame in a column."""
    return fact.filter(pl.col(column).is_in(frame[column].implode())).collect()


def _lines(read: Read, dataset: str) -> pl.DataFrame:
    """The lines of a dataset with their text, which the recipe may have left out."""
    lines = read(dataset)
    return lines if not lines["text"].null_count() else restore_text(lines, read(*TEXTS))


STAGES = (
    Stage("decode", _decode, _survey_lines, ("site_lines",)),
    Stage("boilerplate", _strip_boilerplate, _survey_paragraphs, ("paragraphs", "sketches")),
    Stage("duplicates", _remove_duplicates),
    Stage("sections", _find_sections),
    Stage("normalize", _normalize),
)
"""The pipeline, in order."""


def reader(frames: Mapping[str, pl.DataFrame]) -> Read:
    """Reads datasets that are in memory, by name."""
    return lambda dataset, *columns: frames[dataset].select(columns or pl.all())


def merged(surveyed: Mapping[str, pl.DataFrame]) -> dict[str, pl.LazyFrame]:
    """The facts about a corpus of one shard, from what that shard surveyed."""
    return {fact: _merged(fact, frame).lazy() for fact, frame in surveyed.items()}


def _merged(fact: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A fact about a corpus of one shard."""
    if fact not in MERGES:
        return frame
    return pl.concat(MERGES[fact].of([frame.lazy()], InMemory())).drop("shard", strict=False)


def stages_from(first: str) -> tuple[Stage, ...]:
    """The stages from the one of that name on."""
    return STAGES[STAGES.index(stage_named(first)) :]


def stage_named(name: str) -> Stage:
    """The stage of that name."""
    return next(stage for stage in STAGES if stage.name == name)
