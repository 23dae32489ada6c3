"""How often a line recurs on its site: counted a shard at a time, then merged."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.adjacent import differs, starts_of
from etl.arrays import Ints, Keys
from etl.boilerplate.folding import ORNAMENTS, Folded, fold
from etl.distinct import number_values
from etl.hashing import hash_pieces
from etl.lines import BLANK, line_texts

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
    none, size = len(keys), len(keys) + 1
    chars = np.zeros(size, dtype=np.int64)
    chars[key] = folded.chars()
    key[chars[key] == 0] = none  # a line of nothing but ornaments says no more than that the document is there
    # A site has a cell for each key, and behind these one for its documents.
    document, first = found["document"].to_numpy(), site * size
    cells = np.concatenate([first[document] + key[text], first + none])
    cells, counts = _counted(cells, np.concatenate([document, np.arange(placed.height)]), placed.height)
    site, key = np.divmod(cells, size)
    hashes = pl.Series(np.append(keys, np.uint64(0))[key]).set(pl.Series(key == none), None)
    return pl.DataFrame({"site": sites[site], "key": hashes, "chars": chars[key], "documents": counts})


def _counted(cells: Ints, documents: Ints, size: int) -> tuple[Ints, Ints]:
    """In how many documents each cell of a table is met: the cells that are, ascending, and how often.

    Args:
        cells: number of a cell, whenever it is met.
        documents: number of the document that it is met in.
        size: how many documents there are.
    """
    # As one whole number each, they are told apart and counted faster.
    met = pl.Series(cells * size + documents).sort().to_numpy()
    cells = met[differs(met)] // size
    begins = starts_of(cells)
    return cells[begins[:-1]], np.diff(begins)


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
    often = site_lines.filter(site_lines["documents"] >= share * site_lines["site_documents"])
    sites, number = number_values(pl.concat([often["site"], documents["site"]]))
    of_often, of_documents = np.split(number, [often.height])
    as_long = np.zeros((len(sites), LONGEST_BYTES + 1), dtype=np.bool_)
    as_long[of_often, often["chars"]] = True
    site, wording = of_documents[lines["document"].to_numpy()], lines["wording"].to_numpy()
    likely = np.flatnonzero(as_long[site, _chars_of_short(wordings)[wording]])
    keys = pl.concat([often["key"], pl.Series(_keys_of(wording[likely], wordings["shown"]))])
    pairs = number_values(keys)[1] * len(sites) + np.append(of_often, site[likely])
    recurs = np.zeros(lines.height, dtype=np.bool_)
    recurs[likely] = np.isin(pairs[often.height :], pairs[: often.height])
    return lines.hstack([pl.Series("recurs", recurs)])


def _chars_of_short(wordings: pl.DataFrame) -> Ints:
    """Code points of what each wording shows; 0, which no line that is counted has, where it is too long for that."""
    short = wordings["text"].str.len_bytes() <= LONGEST_BYTES
    chars = np.zeros(wordings.height, dtype=np.int64)
    chars[short] = wordings["shown"].filter(short).str.len_chars()
    return chars


def _keys_of(rows: Ints, shown: pl.Series) -> Keys:
    """The keys of some shown lines, each of which is folded once."""
    keys, asked = np.zeros(len(shown), dtype=np.uint64), np.zeros(len(shown), dtype=np.bool_)
    asked[rows] = True
    keys[asked] = _keys(fold(shown.filter(pl.Series(asked))))
    return keys[rows]
