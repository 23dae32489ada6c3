"""Proving a committed run from what is on disk: files, contracts, books and undo."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import groupby
from typing import NamedTuple

import dataframely as dy
import polars as pl

from etl.datasets import CommittedRun, shard_rows
from etl.errors import BrokenPromiseError
from etl.ledger import Edit, apply_edits, undo_edits
from etl.quality import add, balance_of, count
from etl.schemas import DATASETS
from etl.stages.decode import rebuild

__all__ = ["CHECKS", "Check", "verify"]

STAGES = ("decode", "boilerplate", "duplicates", "sections", "normalize")

SLICES = ("stripped", "deduplicated", "sectioned")
"""Datasets whose rows are slices of the decoded text."""


class Check(NamedTuple):
    """One promise that was found kept: its name, and how many things were looked at."""

    name: str
    checked: int
    of: str


def verify(run: CommittedRun) -> list[Check]:
    """Check every promise of a run.

    Returns:
        What was checked, in order.

    Raises:
        BrokenPromiseError: the first promise that is broken: which, where, and how.
    """
    return [check(run) for check in CHECKS]


def _files(run: CommittedRun) -> Check:
    """Every file is there, as long and as the manifest says."""
    run.check_files()
    return Check("files", len(run.manifest["files"]), "files equal the manifest")


def _contracts(run: CommittedRun) -> Check:
    """Every dataset keeps to its schema, and documents are the same in each that has a row a document."""
    rows = 0
    for name, schema in DATASETS.items():
        for number in run.shards:
            frame = run.shard(name, number)
            rows += frame.height
            if not schema.is_valid(frame):
                raise BrokenPromiseError(
                    f"{run.folder / name}: shard {number} breaks the contract: {_failures(schema, frame)}"
                )
    expected = run.scan("decoded").select("doc_id").collect()["doc_id"].sort()
    for name in ("documents", "metadata"):
        if not run.scan(name).select("doc_id").collect()["doc_id"].sort().equals(expected):
            raise BrokenPromiseError(f"{run.folder / name}: its documents are not those of decoded")
    return Check("contracts", rows, "rows keep to their schemas")


def _failures(schema: type[dy.Schema], frame: pl.DataFrame) -> str:
    if frame.schema != schema.create_empty().schema:
        return f"columns are {dict(frame.schema)}"
    return str(schema.filter(frame).failure.counts())


def _balance(run: CommittedRun) -> Check:
    """At each stage, what came in is what was kept and removed, and what went out what was kept and inserted."""
    for stage in STAGES:
        balance = balance_of(add(count(shard_rows(run, number), stage).small for number in run.shards))
        if balance["difference_in"] or balance["difference_out"]:
            raise BrokenPromiseError(f"{run.folder}: the books of stage {stage} do not balance: {balance}")
        if balance != run.report(stage)["balance"]:
            raise BrokenPromiseError(f"{run.folder}: the report of stage {stage} states another balance: {balance}")
    return Check("balance", len(STAGES), "stages balance with difference 0")


def _slices(run: CommittedRun) -> Check:
    """Each surviving line still is its slice of the decoded text, and no two of them overlap."""
    rows = 0
    for number in run.shards:
        texts = dict(run.shard("decoded", number).select("doc_id", "text").iter_rows())
        for name in SLICES:
            last = ("", 0)
            for doc_id, start, end, text in (
                run.shard(name, number).select("doc_id", "start", "end", "text").iter_rows()
            ):
                before, whole = last[1] if last[0] == doc_id else 0, texts.get(doc_id, "")
                if not before <= start <= end <= len(whole) or text not in (None, whole[start:end]):
                    raise BrokenPromiseError(f"{run.folder / name}: {doc_id} {start}:{end} is no slice of its document")
                last, rows = (doc_id, end), rows + 1
    return Check("slices", rows, "lines are slices of their documents")


def _coverage(run: CommittedRun) -> Check:
    """After each stage that narrows, a character is in one surviving line or in one edit, and never in both."""
    characters = 0
    for number in run.shards:
        ledger = run.shard("ledger", number)
        documents = run.shard("decoded", number).select("doc_id", end="chars")
        for last, name in enumerate(SLICES, start=1):
            edits = ledger.filter(pl.col("stage").is_in(STAGES[1 : last + 1]))
            spans = pl.concat([frame.select("doc_id", "start", "end") for frame in (run.shard(name, number), edits)])
            wrong = _gaps(spans, documents)
            if edits["after"].count() or wrong.height:
                doc_id = wrong["doc_id"][0] if wrong.height else edits.drop_nulls("after")["doc_id"][0]
                raise BrokenPromiseError(
                    f"{run.folder / name}: the lines of {doc_id} and the edits up to there are not the whole text"
                )
        characters += int(documents["end"].sum())
    return Check("coverage", characters, "characters are in one line or in one edit, after each stage")


def _gaps(spans: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Where spans, put in order, leave a gap or overlap; a document's end counts as a span of no length."""
    ends = documents.select("doc_id", start="end", end="end")
    spans = pl.concat([spans, ends]).filter((pl.col("end") > pl.col("start")) | (pl.col("start") > 0))
    ordered = spans.sort("doc_id", "start", "end")
    before = pl.when(pl.col("doc_id") == pl.col("doc_id").shift()).then(pl.col("end").shift()).otherwise(0)
    return ordered.filter(pl.col("start") != before)


def _copies(run: CommittedRun) -> Check:
    """The kept copy of each thing that went as a duplicate is a line that stayed, of a document that is there."""
    ledger = run.scan("ledger", "duplicates-").select(doc_id="match_doc_id", line_no="match_line_no")
    named = ledger.drop_nulls().unique().collect()
    stayed = run.scan("deduplicated").select("doc_id", "line_no")
    gone = named.lazy().join(stayed, on=["doc_id", "line_no"], how="anti").collect().sort("doc_id", "line_no")
    if gone.height:
        doc_id, line_no = gone.row(0)
        raise BrokenPromiseError(
            f"{run.folder}: the ledger names line {line_no} of {doc_id} as kept, which is not there"
        )
    return Check("copies", named.height, "kept copies of duplicates are there")


def _undo(run: CommittedRun) -> Check:
    """Clean text and ledger give the decoded text back, exactly, and the decoded text and ledger the clean one."""
    documents = 0
    for number in run.shards:
        changes = _edits(run.shard("ledger", number).filter(pl.col("stage") != "decode"))
        clean = dict(run.shard("documents", number).select("doc_id", "text").iter_rows())
        decoded = run.shard("decoded", number).select("doc_id", "text", "text_sha256")
        for doc_id, text, digest in decoded.iter_rows():
            edits = changes.get(doc_id, [])
            try:
                undone, applied = undo_edits(clean[doc_id], edits), apply_edits(text, edits)
            except ValueError as error:
                raise BrokenPromiseError(f"{run.folder}: document {doc_id}: {error}") from error
            if _sha256(undone.encode()) != digest or applied != clean[doc_id]:
                raise BrokenPromiseError(
                    f"{run.folder}: document {doc_id} is not rebuilt from its clean text and ledger"
                )
            documents += 1
    return Check("undo", documents, "documents rebuilt exactly from clean text and ledger")


def _bytes(run: CommittedRun) -> Check:
    """The decoded text gives the raw bytes back, with what the ledger says of bytes that stand for no character."""
    documents = 0
    for number in run.shards:
        damage = run.shard("ledger", number).filter(pl.col("stage") == "decode").sort("doc_id", "start", "end")
        rows = {key[0]: frame for key, frame in damage.group_by("doc_id", maintain_order=True)}
        for row in run.shard("decoded", number).iter_rows(named=True):
            try:
                raw = rebuild(row, rows.get(row["doc_id"], damage.clear()))
            except (LookupError, ValueError) as error:
                raise BrokenPromiseError(f"{run.folder}: document {row['doc_id']}: {error}") from error
            if _sha256(raw) != row["sha256"]:
                raise BrokenPromiseError(f"{run.folder}: document {row['doc_id']} does not give its raw bytes back")
            documents += 1
    return Check("bytes", documents, "documents give their raw bytes back")


def _paragraphs(run: CommittedRun) -> Check:
    """Documents are their paragraphs, joined."""
    rows = 0
    for number in run.shards:
        paragraphs = run.shard("paragraphs", number)
        rows += paragraphs.height
        joined = paragraphs.group_by("doc_id").agg(joined=pl.col("text").sort_by("paragraph_no").str.join("\n"))
        documents = run.shard("documents", number).join(joined, on="doc_id", how="left")
        wrong = documents.filter(pl.col("text") != pl.col("joined").fill_null(""))
        if wrong.height:
            raise BrokenPromiseError(f"{run.folder}: document {wrong['doc_id'][0]} is not its paragraphs joined")
    return Check("paragraphs", rows, "paragraphs make up the documents")


def _edits(ledger: pl.DataFrame) -> dict[str, list[Edit]]:
    rows = ledger.sort("doc_id", "start", "end", maintain_order=True).select(
        "doc_id", "start", "end", "before", "after"
    )
    return {
        doc_id: [Edit(start, end, before, after or "") for _, start, end, before, after in group]
        for doc_id, group in groupby(rows.iter_rows(), key=lambda row: row[0])
    }


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


CHECKS: tuple[Callable[[CommittedRun], Check], ...] = (
    _files, _contracts, _balance, _slices, _coverage, _copies, _undo, _paragraphs, _bytes,
)  # fmt: skip
"""Every promise, cheapest first."""
