"""Cleaning one document in memory: the same pipeline, without files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from etl.errors import RefusedError
from etl.pipeline import MERGES, STAGES
from etl.recipe import Recipe
from etl.schemas import DATASETS, Marks, conform
from etl.sources import raw_documents

__all__ = ["CleanDocument", "clean"]

METADATA = ("title", "published", "published_at", "publisher", "author", "editor")


@dataclass(frozen=True)
class CleanDocument:
    """One cleaned document.

    Attributes:
        text: the clean text, paragraphs joined with one newline.
        metadata: title, published, published_at, publisher, author, editor; null where the page does not say.
        sections: rows of `schemas.Sections`, as mappings.
        edits: rows of `schemas.Ledger`, as mappings: every change, in the order of the decoded text.
        flags: warnings, sorted.
        decoded: the text that the edits refer to.
        encoding: Python's name of the codec.
    """

    text: str
    metadata: Mapping[str, str | date | datetime | None]
    sections: list[dict[str, Any]]
    edits: list[dict[str, Any]]
    flags: list[str]
    decoded: str
    encoding: str


def clean(content: str | bytes, recipe: Recipe | None = None) -> CleanDocument:
    r"""Clean one document in memory.

    Args:
        content: a text, or bytes in an unknown encoding.
        recipe: options; the default recipe if left out.

    Raises:
        RefusedError: no text could be made of it; the message has the reason that quarantine would have.

    >>> import etl
    >>> page = "首页 > 新闻 > 正文\n新桥开通\n来源: 临江日报 2024-05-06\n昨天,临江新桥正式开通,居民往来更方便了。"
    >>> etl.clean(page).text
    '新桥开通\n昨天，临江新桥正式开通，居民往来更方便了。'
    """
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    frames = run_in_memory(raw_documents([("document", data)]), recipe or Recipe())
    if frames["quarantine"].height:
        refused = frames["quarantine"].row(0, named=True)
        raise RefusedError(f"the document was refused: {refused['reason']} ({refused['detail']}); give it as text")
    decoded, document = frames["decoded"].row(0, named=True), frames["documents"].row(0, named=True)
    metadata = {name: frames["metadata"][name][0] for name in METADATA} | {"title": document["title"]}
    return CleanDocument(
        text=document["text"],
        metadata=metadata,
        sections=frames["sections"].to_dicts(),
        edits=frames["ledger"].sort("start", "end", maintain_order=True).to_dicts(),
        flags=document["flags"],
        decoded=decoded["text"],
        encoding=decoded["encoding"],
    )


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
    facts: dict[str, pl.DataFrame] = {}
    for stage in STAGES:
        outcome = stage.work(frames.__getitem__, facts, recipe)
        frames |= {name: conform(frame, DATASETS[name]) for name, frame in outcome.datasets.items()}
        stamp = pl.lit(stage.name).alias("stage")
        ledger.append(conform(outcome.edits.with_columns(stamp), DATASETS["ledger"]))
        frames["marks"] = pl.concat([frames["marks"], conform(outcome.marks.with_columns(stamp), Marks)])
        if stage.survey:
            found = stage.survey(frames.__getitem__, recipe)
            facts |= {fact: MERGES[fact](frame.lazy()) for fact, frame in found.items()}
    return {**frames, "ledger": pl.concat(ledger)}
