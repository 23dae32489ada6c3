"""Facts about the corpus, made of what each shard surveyed, in memory that does not grow with it.

Most of what a shard surveys no other shard has: a headline, a paragraph. So the keys are looked through first, and
only rows that may tell something together with others are brought together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.arrays import Flags
from etl.scratch import Scratch
from etl.stages.boilerplate import as_counts, merge_site_lines
from etl.stages.duplicates import OWNERS, match_documents, merge_paragraphs

__all__ = ["MERGES", "Columns", "Merge"]

Columns = Mapping[str, pl.DataType | type[pl.DataType]]

SLOT_BITS = 24
"""Keys are told apart by so many bits before they are merged: in 16 MB, and of 2 million keys one in nine in vain."""

MOST = np.uint8(255)
"""Shards up to which those are counted that have a key."""

MERGED_ROWS = 2**17
"""Rows merged at once: some 10 MB, and a few times that to sort or to count them."""


class Merge(NamedTuple):
    """How one fact about the corpus is made.

    Attributes:
        of: makes it of what each shard surveyed, in pieces.
        by_shard: its columns, if it is known of each row which shard it concerns; that says the column shard, by the
            shard's place among them. None if any shard may ask for any row.
    """

    of: Callable[[Sequence[pl.LazyFrame], Scratch], Iterable[pl.DataFrame]]
    by_shard: Columns | None = None


def _merge_site_lines(shards: Sequence[pl.LazyFrame], scratch: Scratch) -> Iterator[pl.DataFrame]:
    rows, shares = _telling([as_counts(shard) for shard in shards])
    return map(merge_site_lines, scratch.together(rows, "site", shares))


def _merge_paragraphs(shards: Sequence[pl.LazyFrame], scratch: Scratch) -> Iterator[pl.DataFrame]:
    numbered = [shard.with_columns(shard=pl.lit(number)) for number, shard in enumerate(shards)]
    rows, shares = _telling(numbered)
    for share in scratch.together(rows, "key", shares):
        owners = merge_paragraphs(share.lazy().drop("shard"))
        yield share.select("shard", "key").join(owners, on="key", maintain_order="left")


def _match_documents(shards: Sequence[pl.LazyFrame], scratch: Scratch) -> Iterator[pl.DataFrame]:
    yield match_documents(shards, scratch)


def _telling(shards: Sequence[pl.LazyFrame]) -> tuple[Iterator[pl.DataFrame], int]:
    """The rows of each shard whose key several documents have, or none, and few others; in how many shares they fit.

    Args:
        shards: key, which no shard has twice for one thing; documents, of the shard, that have it; and what else.
    """
    having = np.zeros(2**SLOT_BITS, dtype=np.uint8)
    for shard in shards:
        slots = _slots(shard.select("key").collect(engine="in-memory")["key"].drop_nulls())
        having[slots] = having[slots].clip(max=MOST - 1) + 1
    several = having > 1
    rows = int(having[several].sum(dtype=np.int64))
    return (_having(shard.collect(engine="in-memory"), several) for shard in shards), rows // MERGED_ROWS + 1


def _having(rows: pl.DataFrame, several: Flags) -> pl.DataFrame:
    """The rows whose key has one of several slots, or that have no key, or are of several documents."""
    shared = pl.Series(several[_slots(rows["key"].fill_null(0))])
    return rows.filter(shared | pl.col("key").is_null() | (pl.col("documents") > 1))


def _slots(keys: pl.Series) -> npt.NDArray[np.uint64]:
    """The first bits of keys, which are hashes."""
    found: npt.NDArray[np.uint64] = keys.to_numpy() >> np.uint64(64 - SLOT_BITS)
    return found


MERGES: Mapping[str, Merge] = {
    "site_lines": Merge(_merge_site_lines),
    "paragraphs": Merge(_merge_paragraphs, by_shard=OWNERS),
    "sketches": Merge(_match_documents),
}
"""The facts about the corpus; what is not named here stays with its shard."""
