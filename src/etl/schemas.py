"""The columns of every dataset: the public contract of what a run writes, in code.

Offsets and counts are Int64. An offset is a Unicode code point of the decoded text, the end exclusive. A column's
meaning here is public: changing one needs a new `SCHEMA_VERSION` and a line in the changelog.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

import polars as pl


@contextmanager
def _without_sqlalchemy() -> Iterator[None]:
    """Import dataframely as if SQLAlchemy were not installed: it takes .2 s of each process, and nothing uses it."""
    if "sqlalchemy" in sys.modules:
        yield
        return
    sys.modules["sqlalchemy"] = None  # type: ignore[assignment]  # how the import system spells absence
    try:
        yield
    finally:
        del sys.modules["sqlalchemy"]


with _without_sqlalchemy():
    import dataframely as dy

__all__ = [
    "CHANGES", "DATASETS", "SCHEMA_VERSION", "Changes", "Decoded", "Deduplicated", "Documents", "Ledger", "Lines",
    "Marks", "Metadata", "Paragraphs", "Quarantine", "RawDocuments", "Sectioned", "Sections", "Stripped", "conform",
    "empty",
]  # fmt: skip

SCHEMA_VERSION = 1
"""Version of the datasets' columns and meanings; written to every manifest."""

KINDS = ("title", "heading", "body", "list", "caption", "table")
"""What a line can be."""

EVIDENCE = ("bom", "utf-8", "declared", "scored", "detected")
"""Why an encoding was believed."""

CHANGES = ("new", "changed", "deleted", "recleaned")
"""What became of a source since the run before."""


def _doc_id() -> dy.String:
    return dy.String(description="identity of the document, stable across runs, shards and machines")


def _line_no(description: str, *, nullable: bool = False) -> dy.Int64:
    return dy.Int64(nullable=nullable, min=1, description=description)


def _count(description: str) -> dy.Int64:
    return dy.Int64(min=0, description=description)


class RawDocuments(dy.Schema):
    """One row per input that could be read: what `decode` starts from. Never written."""

    doc_id = _doc_id()
    source = dy.String(description="path relative to the input root, or the id of a record")
    site = dy.String(nullable=True, description="host or folder whose pages share a template")
    media_type = dy.String(description="what the source claims to be, such as text/plain")
    declared = dy.String(nullable=True, description="charset that the source itself declares")
    size_bytes = _count("bytes read")
    sha256 = dy.String(description="digest of the raw bytes")
    content = dy.Binary(description="the raw bytes")


class Decoded(dy.Schema):
    """One row per document that could be decoded: the immutable text that every offset refers to."""

    doc_id = _doc_id()
    source = dy.String(description="path relative to the input root, or the id of a record")
    site = dy.String(nullable=True, description="host or folder whose pages share a template")
    media_type = dy.String(description="what the source claims to be, such as text/plain")
    size_bytes = _count("bytes read")
    sha256 = dy.String(description="digest of the raw bytes")
    encoding = dy.String(description="Python's name of the codec")
    encoding_confidence = dy.Float64(min=0, max=1, description="how sure the choice of the codec is")
    encoding_evidence = dy.String(description=f"one of {', '.join(EVIDENCE)}")
    repair = dy.String(nullable=True, description="steps that undid mojibake, in order; null if none")
    roundtrip = dy.Bool(description="encoding the text gives the raw bytes back")
    text = dy.String(description="the decoded text")
    text_sha256 = dy.String(description="digest of the text in UTF-8")
    chars = _count("code points of the text")
    lines = _count("lines of the text, blank ones counted")


class Lines(dy.Schema):
    """One row per line that is not blank: what the stages narrow. `text` is `decoded.text[start:end]`."""

    doc_id = _doc_id()
    line_no = _line_no("line of the decoded text, from 1, blank lines counted")
    start = _count("first code point of the slice")
    end = _count("code point after the slice")
    text = dy.String(nullable=True, description="the slice itself; null where the recipe leaves it out")


class Stripped(Lines):
    """One row per line that the boilerplate stage kept."""

    kind = dy.String(description=f"one of {', '.join(KINDS)}")


class Metadata(dy.Schema):
    """One row per document: what its lines say about it, and which line said so."""

    doc_id = _doc_id()
    title = dy.String(nullable=True, description="headline of the article")
    title_line_no = _line_no("line of the title", nullable=True)
    published = dy.Date(nullable=True, description="day of publication")
    published_at = dy.Datetime(
        nullable=True, time_unit="us", description="local time of publication, where the page gives one"
    )
    published_line_no = _line_no("line of the date", nullable=True)
    publisher = dy.String(nullable=True, description="site, paper or office that the page names as source")
    publisher_line_no = _line_no("line of the publisher", nullable=True)
    author = dy.String(nullable=True, description="author or reporter, several joined with 、")
    author_line_no = _line_no("line of the author", nullable=True)
    editor = dy.String(nullable=True, description="responsible editor, several joined with 、")
    editor_line_no = _line_no("line of the editor", nullable=True)


class Deduplicated(Stripped):
    """One row per line that the duplicates stage kept."""


class Sections(dy.Schema):
    """One row per section: a heading and what stands under it."""

    section_id = dy.String(description="identity of the section: document, then ordinal")
    doc_id = _doc_id()
    parent_id = dy.String(nullable=True, description="section that holds this one")
    ordinal = dy.Int64(min=1, description="place among the document's sections, from 1")
    level = dy.Int64(min=1, description="depth, 1 is the outermost")
    form = dy.String(description="whole-line, run-in or item")
    marker = dy.String(nullable=True, description="numbering as written: 一、 or （一） or 第三条")
    number = dy.Int64(nullable=True, min=0, description="value of the numbering")
    heading = dy.String(nullable=True, description="text of the heading; null for an item")
    line_no = _line_no("line of the heading")
    first_line_no = _line_no("first line of the section")
    last_line_no = _line_no("last line of the section")
    path = dy.List(dy.String(nullable=True), description="headings from the root down to this one")


class Sectioned(Deduplicated):
    """One row per line, with the section it stands in."""

    section_id = dy.String(nullable=True, description="section of the line")
    heading_end = dy.Int64(nullable=True, min=0, description="code points into the line where a run-in heading ends")


class Paragraphs(dy.Schema):
    """One row per clean paragraph."""

    doc_id = _doc_id()
    paragraph_no = dy.Int64(min=1, description="place in the document, from 1")
    section_id = dy.String(nullable=True, description="section of the paragraph")
    kind = dy.String(description=f"one of {', '.join(KINDS)}")
    line_no = _line_no("line that the paragraph begins on")
    start = _count("first code point of its first line's slice")
    end = _count("code point after its last line's slice")
    text = dy.String(description="the clean text")


class Documents(dy.Schema):
    """One row per document: the clean result."""

    doc_id = _doc_id()
    source = dy.String(description="path relative to the input root, or the id of a record")
    site = dy.String(nullable=True, description="host or folder whose pages share a template")
    title = dy.String(nullable=True, description="headline of the article, normalized")
    published = dy.Date(nullable=True, description="day of publication")
    publisher = dy.String(nullable=True, description="site, paper or office that the page names as source")
    author = dy.String(nullable=True, description="author or reporter, several joined with 、")
    editor = dy.String(nullable=True, description="responsible editor, several joined with 、")
    encoding = dy.String(description="Python's name of the codec")
    text = dy.String(description="clean text, paragraphs joined with one newline")
    chars_in = _count("code points of the decoded text")
    chars_out = _count("code points of the clean text")
    paragraphs = _count("clean paragraphs")
    sections = _count("sections")
    near_duplicate_of = dy.String(nullable=True, description="document that this one nearly or fully repeats")
    flags = dy.List(dy.String(), description="warnings, sorted")
    recipe_digest = dy.String(description="digest of the recipe that cleaned it")


class Ledger(dy.Schema):
    """One row per edit: `decoded.text[start:end]` is `before`, and became `after`."""

    stage = dy.String(description="stage that made the edit")
    doc_id = _doc_id()
    line_no = _line_no("line that the edit begins on")
    start = _count("first code point that the edit takes")
    end = _count("code point after what the edit takes; equal to start for an insertion")
    before = dy.String(description="what stood there")
    after = dy.String(nullable=True, description="what replaced it; null where it was removed")
    rule = dy.String(description="rule that made the edit")
    match_doc_id = dy.String(nullable=True, description="document of the kept copy")
    match_line_no = _line_no("line of the kept copy", nullable=True)
    score = dy.Float64(nullable=True, description="similarity or decision score, as the rule defines it")
    detail = dy.String(nullable=True, description="evidence, for a person")


class Marks(dy.Schema):
    """One row per observation that changed no character: a warning, or a likeness that was left alone."""

    stage = dy.String(description="stage that saw it")
    doc_id = _doc_id()
    line_no = _line_no("line it is about; null for the whole document", nullable=True)
    mark = dy.String(description="name of the observation, such as all-boilerplate")
    match_doc_id = dy.String(nullable=True, description="document it resembles")
    match_line_no = _line_no("line it resembles", nullable=True)
    score = dy.Float64(nullable=True, description="similarity or confidence, as the mark defines it")
    detail = dy.String(nullable=True, description="evidence, for a person")


class Quarantine(dy.Schema):
    """One row per input that was refused."""

    source = dy.String(description="path relative to the input root, or the id of a record")
    size_bytes = dy.Int64(nullable=True, min=0, description="bytes, where they could be counted")
    sha256 = dy.String(nullable=True, description="digest of the raw bytes, where they could be read")
    stage = dy.String(description="where it was refused: sources or decode")
    reason = dy.String(description="short fixed code")
    detail = dy.String(nullable=True, description="evidence, for a person")


class Changes(dy.Schema):
    """One row per source that an incremental run found different from the run before; none of any other run."""

    doc_id = _doc_id()
    source = dy.String(description="path relative to the input root, or the id of a record")
    change = dy.String(description=f"one of {', '.join(CHANGES)}")
    detail = dy.String(nullable=True, description="why a source whose bytes are the same was cleaned again")


DATASETS: Mapping[str, type[dy.Schema]] = {
    "decoded": Decoded,
    "stripped": Stripped,
    "metadata": Metadata,
    "deduplicated": Deduplicated,
    "sectioned": Sectioned,
    "sections": Sections,
    "documents": Documents,
    "paragraphs": Paragraphs,
    "ledger": Ledger,
    "marks": Marks,
    "quarantine": Quarantine,
    "changes": Changes,
}
"""Every dataset that a run writes, by the name of its folder."""


@cache
def empty(dataset: str) -> pl.DataFrame:
    """A dataset without rows."""
    return pl.DataFrame(DATASETS[dataset].create_empty())


def conform(frame: pl.DataFrame, schema: type[dy.Schema]) -> pl.DataFrame:
    """Put the schema's columns in order, add the nullable ones that are missing, and cast the rest.

    Raises:
        polars.exceptions.ColumnNotFoundError: a column that may not be null is missing.
        polars.exceptions.InvalidOperationError: a value does not fit its column.
    """
    there = frame.schema
    if there == _dtypes(schema):
        return frame
    return frame.select(_column(name, column, there.get(name)) for name, column in schema.columns().items())


@cache
def _dtypes(schema: type[dy.Schema]) -> pl.Schema:
    return pl.Schema({name: column.dtype for name, column in schema.columns().items()})


def _column(name: str, column: dy.Column, dtype: pl.DataType | None) -> pl.Expr:
    """A column as the schema has it, from one of some type or from none."""
    if dtype is None and column.nullable:
        return pl.lit(None, dtype=column.dtype).alias(name)
    return pl.col(name) if dtype == column.dtype else pl.col(name).cast(column.dtype)
