"""How often a line recurs on its site: counted a shard at a time, then merged."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.boilerplate.folding import ORNAMENTS, Folded, fold
from etl.distinct import number_values
from etl.hashing import hash_pieces
from etl.lines import BLANK, line_texts
from etl.utf8 import Ints

__all__ = ["RECURS", "as_counts", "count_site_lines", "merge_site_lines", "with_recurrence"]

RECURS = 3
"""Documents of a site that a line must stand in before its recurrence says anything: two may be the same article."""

LONGEST_BYTES = 180
"""Bytes of UTF-8; a longer line is not counted, since templates are made of short ones and prose is not."""


COUNTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "site": pl.String,
    "key": pl.UInt64,
    "chars": pl.Int64,
    "documents": pl.Int64,
}
"""Columns of what a shard counts: a site; the hash of a folded line, and its code points; and documents with it."""


def count_site_lines(documents: pl.DataFrame) -> pl.DataFrame:
    """Count, for one shard, in how many documents of its site each short line occurs.

    Args:
        documents: site, text; documents without a site count for nothing.

    Returns:
        The columns of `COUNTS`; the row with a null key holds, for each site, how many documents of it the shard has.
    """
    placed = documents.select("site", "text").drop_nulls("site")
    found = line_texts(placed, LONGEST_BYTES)
    texts, text = number_values(found["text"])
    folded = fold(texts.str.strip_chars(BLANK + ORNAMENTS))
    (sites, site), (keys, key) = number_values(placed["site"]), number_values(_keys(folded))
    chars = np.zeros(len(keys) + 1, dtype=np.int64)
    chars[key] = folded.chars()
    # What stands where is one whole number, which is told apart and counted faster than several. The number after the
    # last key is none's, and stands in every document.
    none, size = len(keys), len(keys) + 1
    stands = found["document"].to_numpy() * size + key[text]
    document, key = np.divmod(pl.Series(stands[chars[key[text]] > 0]).unique().to_numpy(), size)
    cells = pl.Series(np.concatenate([site[document] * size + key, site * size + none])).sort().rle().struct.unnest()
    site, key = np.divmod(cells["value"].to_numpy(), size)
    counted = {
        "site": sites.gather(site),
        "key": keys.extend_constant(None, 1).gather(key),
        "chars": chars[key],
        "documents": cells["len"],
    }
    return pl.DataFrame(counted).select(pl.col(name).cast(dtype) for name, dtype in COUNTS.items())


def _keys(lines: Folded) -> pl.Series:
    """What lines are known by."""
    return pl.Series(hash_pieces(lines.units, lines.bounds))


def as_counts(partial: pl.LazyFrame) -> pl.LazyFrame:
    """What `count_site_lines` gave; earlier it gave the folded lines themselves, and such counts may be taken over."""
    key = pl.col("key")
    if partial.collect_schema()["key"] != pl.String:
        return partial.select(list(COUNTS))
    hashed = key.fill_null("").map_batches(lambda lines: _keys(fold(lines)), return_dtype=pl.UInt64)
    chars = key.str.len_chars().fill_null(0).cast(COUNTS["chars"])
    return partial.select(
        "site", pl.when(key.is_not_null()).then(hashed).alias("key"), chars.alias("chars"), "documents"
    )


def merge_site_lines(partials: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Add up the counts of all shards, and keep the lines that recur.

    Args:
        partials: what `count_site_lines` gave for each shard, in any order.

    Returns:
        site, key, chars, documents, site_documents; lines that stand in at least `RECURS` documents of their site.
    """
    summed = partials.lazy().group_by("site", "key", "chars").agg(pl.col("documents").sum()).collect()
    totals = summed.filter(pl.col("key").is_null()).select("site", site_documents="documents")
    return (
        summed.filter(pl.col("key").is_not_null() & (pl.col("documents") >= RECURS))
        .join(totals, on="site", how="left")
        .select("site", "key", "chars", "documents", "site_documents")
        .sort("site", "key")
    )


def with_recurrence(
    lines: pl.DataFrame, wordings: pl.DataFrame, documents: pl.DataFrame, site_lines: pl.DataFrame, share: float
) -> pl.DataFrame:
    """Add recurs: whether a line stands in a good share of its site's documents.

    Only lines that are as long as some such line of their site are folded, for folding leaves a line's length.

    Args:
        lines: document, wording (its row).
        wordings: text, shown.
        documents: site; a document's number is its row.
        site_lines: what `merge_site_lines` gave.
        share: share of the documents from which a line is said to recur.
    """
    often = site_lines.filter(pl.col("documents") >= share * pl.col("site_documents")).select("site", "key", "chars")
    sites, of_often = number_values(often["site"])
    number = documents["site"].replace_strict(sites, np.arange(len(sites)), default=len(sites), return_dtype=pl.Int64)
    as_long = np.zeros((len(sites) + 1, LONGEST_BYTES + 1), dtype=np.bool_)
    as_long[of_often, often["chars"]] = True
    short = wordings.select(pl.col("text").str.len_bytes() <= LONGEST_BYTES).to_series().to_numpy()
    chars = np.where(short, wordings["shown"].str.len_chars(), 0)  # which no line that is counted has
    site, wording = number.to_numpy()[lines["document"].to_numpy()], lines["wording"].to_numpy()
    likely = np.flatnonzero(as_long[site, chars[wording]])
    found = pl.DataFrame({"at": likely, "site": site[likely], "key": _keys_of(wording[likely], wordings["shown"])})
    known = found.join(pl.DataFrame({"site": of_often, "key": often["key"]}), on=["site", "key"], how="semi")
    recurs = np.zeros(lines.height, dtype=np.bool_)
    recurs[known["at"]] = True
    return lines.with_columns(recurs=pl.Series(recurs))


def _keys_of(rows: Ints, shown: pl.Series) -> npt.NDArray[np.uint64]:
    """The keys of some shown lines, each of which is folded once."""
    keys, asked = np.zeros(len(shown), dtype=np.uint64), np.zeros(len(shown), dtype=np.bool_)
    asked[rows] = True
    keys[asked] = _keys(fold(shown.filter(pl.Series(asked))))
    return keys[rows]
