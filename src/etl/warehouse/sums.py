"""The warehouse's own sums, held against what the manifest and the reports promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from etl.errors import BrokenPromiseError
from etl.warehouse.files import RunFiles
from etl.warehouse.tables import CONTENT, NO_SITE, Table

__all__ = ["DEEDS_SQL", "SUMS_SQL", "books", "compare_sums", "deeds_of_frames", "promised_sums", "sums_of_frames"]

SUMS_SQL = """
SELECT 'documents: rows', count(*) FROM documents
UNION ALL SELECT 'documents: code points decoded', coalesce(sum(chars_in), 0) FROM documents
UNION ALL SELECT 'documents: code points of text', coalesce(sum(length(text)), 0) FROM documents
UNION ALL SELECT 'documents: doubled keys', count(*) - count(DISTINCT doc_id) FROM documents
UNION ALL SELECT 'paragraphs: rows', count(*) FROM paragraphs
UNION ALL SELECT 'paragraphs: code points missing', coalesce(sum(length(text) - greatest(paragraphs - 1, 0)), 0)
    - (SELECT coalesce(sum(length(text)), 0) FROM paragraphs) FROM documents
UNION ALL SELECT 'paragraphs: doubled keys', count(*) FROM (
    SELECT doc_id FROM paragraphs GROUP BY doc_id, paragraph_no HAVING count(*) > 1) AS doubled
UNION ALL SELECT 'sections: rows', count(*) FROM sections
UNION ALL SELECT 'sections: doubled keys', count(*) - count(DISTINCT section_id) FROM sections
UNION ALL SELECT 'ledger: rows', count(*) FROM ledger
"""
"""Name and value of each sum; engines count code points in `length`. Paragraphs are joined with one newline."""

DEEDS_SQL = """
SELECT stage, rule, coalesce(site, '') AS site, CAST(sum(edits) AS BIGINT) AS edits, count(*) AS documents,
    CAST(sum(removed) AS BIGINT) AS chars_removed, CAST(sum(inserted) AS BIGINT) AS chars_inserted
FROM (
    SELECT stage, rule, doc_id, count(*) AS edits, sum(chars_removed) AS removed, sum(chars_inserted) AS inserted
    FROM ledger GROUP BY stage, rule, doc_id
) AS deeds LEFT JOIN (SELECT doc_id, site FROM documents) AS sites ON sites.doc_id = deeds.doc_id
GROUP BY stage, rule, coalesce(site, '')
ORDER BY stage, rule, site
"""
"""What each rule did at each site, by the ledger: by document first, for counting distinct documents costs far more."""


def promised_sums(files: RunFiles) -> dict[str, int]:
    """What the sums must be, from the manifest and the reports alone.

    Returns:
        Values by the names of `SUMS_SQL` and `books`; sums of the ledger that are 0 are left out.
    """
    stages = {entry["stage"]: entry["balance"] for entry in files.report("run")["stages"]}
    stated = {
        f"ledger: {name} in {stage}": balance[name]
        for stage, balance in stages.items()
        for name in ("removed", "inserted")
    }
    return {
        **{f"{table.name}: rows": files.rows(table) for table in CONTENT},
        "documents: code points decoded": stages["decode"]["chars_out"],
        "documents: code points of text": stages["normalize"]["chars_out"],
        "documents: doubled keys": 0,
        "paragraphs: code points missing": 0,
        "paragraphs: doubled keys": 0,
        "sections: doubled keys": 0,
        **{name: value for name, value in stated.items() if value},
    }


def sums_of_frames(scan: Callable[[Table], pl.LazyFrame]) -> dict[str, int]:
    """The sums of `SUMS_SQL`, for targets that have no SQL of their own.

    Args:
        scan: gives a table's rows.
    """
    documents, paragraphs, sections, ledger = (scan(table) for table in CONTENT)
    length = pl.col("text").str.len_chars().cast(pl.Int64).sum()
    one = pl.concat(
        [
            documents.select(
                pl.len().cast(pl.Int64).alias("documents: rows"),
                pl.col("chars_in").sum().alias("documents: code points decoded"),
                length.alias("documents: code points of text"),
                (length - (pl.col("paragraphs") - 1).clip(0).sum()).alias("documents: code points in paragraphs"),
                (pl.len().cast(pl.Int64) - pl.col("doc_id").n_unique()).alias("documents: doubled keys"),
            ),
            paragraphs.select(
                pl.len().cast(pl.Int64).alias("paragraphs: rows"),
                length.alias("paragraphs: code points"),
                (pl.len().cast(pl.Int64) - pl.struct("doc_id", "paragraph_no").n_unique()).alias(
                    "paragraphs: doubled keys"
                ),
            ),
            sections.select(
                pl.len().cast(pl.Int64).alias("sections: rows"),
                (pl.len().cast(pl.Int64) - pl.col("section_id").n_unique()).alias("sections: doubled keys"),
            ),
            ledger.select(pl.len().cast(pl.Int64).alias("ledger: rows")),
        ],
        how="horizontal",
    ).collect()
    sums = {name: int(value) for name, value in one.row(0, named=True).items()}
    missing = sums.pop("documents: code points in paragraphs") - sums.pop("paragraphs: code points")
    return sums | {"paragraphs: code points missing": missing}


def deeds_of_frames(ledger: pl.LazyFrame, documents: pl.LazyFrame) -> pl.DataFrame:
    """What `DEEDS_SQL` gives, for targets that have no SQL of their own.

    Args:
        ledger: stage, rule, doc_id, chars_removed, chars_inserted.
        documents: doc_id, site.
    """
    sites = documents.select("doc_id", pl.col("site").fill_null(NO_SITE))
    by_document = ledger.group_by("stage", "rule", "doc_id").agg(
        pl.len().cast(pl.Int64).alias("edits"), pl.col("chars_removed", "chars_inserted").sum()
    )
    return (
        by_document.join(sites, on="doc_id", how="left")
        .group_by("stage", "rule", pl.col("site").fill_null(NO_SITE))
        .agg(pl.col("edits", "chars_removed", "chars_inserted").sum(), documents=pl.len().cast(pl.Int64))
        .select("stage", "rule", "site", "edits", "documents", "chars_removed", "chars_inserted")
        .sort("stage", "rule", "site")
        .collect()
    )


def books(deeds: pl.DataFrame) -> dict[str, int]:
    """The ledger's sums by stage, from what the rules did."""
    by_stage = deeds.group_by("stage").agg(pl.col("chars_removed", "chars_inserted").sum())
    return {
        f"ledger: {name} in {stage}": value
        for stage, *values in by_stage.iter_rows()
        for name, value in zip(("removed", "inserted"), values, strict=True)
    }


def compare_sums(promised: Mapping[str, int], found: Mapping[str, int], target: str) -> int:
    """Hold the warehouse's sums against the promised ones.

    Returns:
        How many sums were compared.

    Raises:
        BrokenPromiseError: one differs.
    """
    names = [*promised, *(name for name in found if name.startswith("ledger: ") and found[name])]
    for name in dict.fromkeys(names):
        if promised.get(name, 0) != found.get(name, 0):
            raise BrokenPromiseError(
                f"{target}: {name}: {found.get(name, 0)}, but the manifest promises {promised.get(name, 0)}; "
                "nothing was loaded; look at the run with `etl verify`"
            )
    return len(dict.fromkeys(names))
