"""The Python interface: `etl.clean` for one document in memory, `etl.run` and `etl.open` for folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from os import PathLike
from pathlib import Path
from typing import Any

from etl import runs
from etl.datasets import CommittedRun, current_run
from etl.errors import RefusedError
from etl.memory import run_in_memory
from etl.recipe import Recipe
from etl.sources import raw_documents

__all__ = ["CleanDocument", "clean", "open", "run"]

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


def run(
    source: str | PathLike[str],
    output: str | PathLike[str],
    recipe: Recipe | None = None,
    *,
    workers: int | None = None,
) -> CommittedRun:
    """Clean every document below a folder and commit the result as the output's current run.

    Args:
        source: folder of documents, or one document.
        output: folder to write to; made if it is not there.
        recipe: options; the default recipe if left out.
        workers: processes; by default one a core.

    Raises:
        UsageError: there is no such source.
        OutputError: the output folder is not ours, or another run is at work in it.
        ExpectationError: an expectation failed; the run is kept but not published.
    """
    return runs.run(Path(source), Path(output), recipe, workers=workers)


def open(output: str | PathLike[str]) -> CommittedRun:  # noqa: A001  # `etl.open` reads as what it does
    """Open the current run of an output folder; `.scan(dataset)` gives each dataset as a lazy frame.

    Raises:
        OutputError: the folder is not an output, or nothing has been committed to it.
        BrokenPromiseError: the current run is not there.
    """
    return current_run(Path(output))
