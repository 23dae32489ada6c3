"""Documents that nearly or fully repeat another: sketches of each, and the pairs that are alike.

The likeness of a document to another is the share of its shingles that the other has too (containment), so that a
partial reprint is found, and scored against the whole. A sketch is the smallest `SKETCH` hashes of a document's
shingles (Broder's bottom-k sketch, "On the resemblance and containment of documents", 1997); below the lower of two
sketches' limits both are complete, and there their common share estimates the likeness. A document of up to `SKETCH`
shingles is compared exactly. Pairs are sought among the smallest hashes of each sketch, and verified with all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from etl.duplicates.folding import Folded
from etl.duplicates.shingles import Hashes, bottom

__all__ = ["LIKENESSES", "NEAR", "SKETCHES", "match_documents", "sketch_documents"]

NEAR = 0.8
"""Share of a document's shingles that another has too, from which on it is called a near duplicate."""

SKETCH = 512
"""Hashes a document: the standard error of a likeness of .8 is then under .018, at 2 KB a document."""

SEEDS = 32
"""Smallest hashes of a document by which pairs are sought: two alike ones share nearly all of them."""

NEIGHBOURS = 8
"""Documents beside it with which a document is paired for a hash; with the first it always is. Keeps pairs few."""

MIN_COMMON = 0.35
"""Share of the seeds that a pair at the threshold would have in common which must be, to be worth verifying."""

SOUGHT = 2**20
"""Seeds among which pairs are sought at once: those of 32,000 documents, in some 50 MB."""

BATCH = 2**15
"""Pairs verified at once: at most twice as many sketches are held, 2 KB each."""

AT_ONCE = 2**9
"""Pairs compared at once: their sketches, in some 2 MB, stay in the processor's cache."""

UNHELD = 2**32 - 1
"""Fills up a sketch of fewer hashes."""

MIN_SHINGLES = 50
"""Shingles; a shorter document is a notice or a stub, and resembles others by chance."""

SKETCHES: dict[str, pl.DataType | type[pl.DataType]] = {
    "doc_id": pl.String,
    "night": pl.Int64,
    "published": pl.Date,
    "shingles": pl.Int64,
    "limit": pl.Int64,
    "hashes": pl.List(pl.UInt32),
}
"""Columns of a sketch: night as in a survey of paragraphs; shingles counts them all; hashes holds, sorted, those up
to limit."""

LIKENESSES: dict[str, pl.DataType | type[pl.DataType]] = {
    "doc_id": pl.String,
    "near_duplicate_of": pl.String,
    "score": pl.Float64,
}
"""Columns of what is found: score is the share of the document's shingles that the other one has."""

Ints = npt.NDArray[np.int64]


def sketch_documents(lines: pl.DataFrame, folded: Folded, shingles: Hashes, metadata: pl.DataFrame) -> pl.DataFrame:
    """Sketch each document of a shard that is long enough.

    Args:
        lines: doc_id, document (its number in the frame).
        folded: the lines' folded text; shingles run across line ends, for reprints break lines elsewhere.
        shingles: their hashes, as `shingle_hashes` gives them.
        metadata: doc_id, published.

    Returns:
        The columns of `SKETCHES`.
    """
    starts = np.flatnonzero(np.diff(lines["document"].to_numpy(), prepend=np.uint32(2**32 - 1)))
    sample = bottom(shingles, folded.bounds[np.append(starts, lines.height)], SKETCH)
    hashes = pa.LargeListArray.from_arrays(sample.bounds, sample.hashes)
    sketches = pl.DataFrame(
        [
            lines["doc_id"].gather(starts),
            pl.Series("shingles", sample.counts),
            pl.Series("limit", sample.limits),
            pl.Series("hashes", hashes),
        ]
    )
    long = sketches.filter(pl.col("shingles") >= MIN_SHINGLES)
    dated = long.join(metadata.select("doc_id", "published"), on="doc_id", how="left", maintain_order="left")
    numbered = dated.with_columns(night=pl.lit(0))
    return numbered.select(pl.col(name).cast(dtype) for name, dtype in SKETCHES.items())


def match_documents(sketches: pl.LazyFrame) -> pl.DataFrame:
    """Find the documents that are near duplicates of another.

    Of two that are alike both ways the later one is (by night, then date, undated last, then id); of two of which one
    holds the other, the one that is held.

    Args:
        sketches: rows of `sketch_documents` of all shards, each document in one of them, in any order.

    Returns:
        doc_id, near_duplicate_of, score; the best match of each document, sorted by doc_id.
    """
    columns = ["doc_id", "night", "published", "shingles"]
    heads = sketches.select(*columns, seeds=pl.col("hashes").list.head(SEEDS)).collect()
    ranked = heads.sort("night", "published", "doc_id", nulls_last=True)
    del heads
    pairs = _candidates(ranked["seeds"], ranked["shingles"].to_numpy())
    batches = (pairs[first : first + BATCH] for first in range(0, len(pairs), BATCH))
    found = np.concatenate([np.empty((0, 2)), *(_verified(sketches, ranked["doc_id"], batch) for batch in batches)])
    scored = pl.DataFrame(
        {"earlier": pairs[:, 0], "later": pairs[:, 1], "of_earlier": found[:, 0], "of_later": found[:, 1]}
    )
    later = scored.filter(pl.col("of_later") >= NEAR).select(doc="later", other="earlier", score="of_later")
    held = scored.filter(pl.col("of_earlier") >= NEAR, pl.col("of_later") < NEAR)
    both = pl.concat([later, held.select(doc="earlier", other="later", score="of_earlier")])
    best = both.sort("doc", -pl.col("score"), "other").unique("doc", keep="first", maintain_order=True)
    names = ranked["doc_id"]
    return pl.DataFrame(
        [names.gather(best["doc"]), names.gather(best["other"]).alias("near_duplicate_of"), best["score"]],
        schema=LIKENESSES,
    ).sort("doc_id")


def _candidates(seeds: pl.Series, shingles: Ints) -> Ints:
    """Pairs of documents' numbers, the earlier first, that share enough of their smallest hashes."""
    values = seeds.explode(empty_as_null=False).to_numpy()
    doc = np.repeat(np.arange(len(seeds), dtype=np.uint32), seeds.list.len().to_numpy())
    parts = len(values) // SOUGHT + 1
    places = (np.flatnonzero(values % np.uint32(parts) == part) for part in range(parts))
    shared = pl.concat([_sharing(values[here], doc[here]) for here in places])
    counted = shared.group_by("pair").agg(pl.col("common").sum()).sort("pair")
    pairs = counted.select("common", earlier=pl.col("pair") // 2**32, later=pl.col("pair") % 2**32).cast(pl.Int64)
    worth = pairs.filter(_worth_verifying(pairs, shingles))
    # Copies of one text stand together, so that few sketches are read more than once.
    lead = np.arange(len(seeds))
    np.minimum.at(lead, worth["later"].to_numpy(), worth["earlier"].to_numpy())
    together = worth.sort(pl.Series(lead).gather(worth["earlier"]), maintain_order=True)
    return together.select("earlier", "later").to_numpy()


def _sharing(seeds: Hashes, doc: npt.NDArray[np.uint32]) -> pl.DataFrame:
    """pair, common: how many hashes two documents share, of those pairs that are looked at.

    A pair is one number: the earlier document's in its upper half, the later one's in the lower.
    """
    held = pl.Series((seeds.astype(np.uint64) << np.uint64(32)) | doc.astype(np.uint64)).sort().to_numpy()
    group, ranks = held >> np.uint64(32), (held & np.uint64(2**32 - 1)).astype(np.int64)
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])
    first = np.repeat(ranks[starts], np.diff(np.append(starts, len(ranks))))
    pairs = [_pairs(first, ranks, first != ranks)]
    for step in range(1, NEIGHBOURS + 1):
        beside = (group[step:] == group[:-step]) & (ranks[:-step] != first[step:])
        pairs.append(_pairs(ranks[:-step], ranks[step:], beside))
    found = pl.Series("pair", np.concatenate(pairs)).sort().to_numpy()
    begins = np.flatnonzero(np.append(True, found[1:] != found[:-1])[: len(found)])
    return pl.DataFrame({"pair": found[begins], "common": np.diff(np.append(begins, len(found)))})


def _pairs(earlier: Ints, later: Ints, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    pairs = (earlier[chosen] << 32) | later[chosen]
    return pairs.astype(np.uint64)


def _worth_verifying(pairs: pl.DataFrame, shingles: Ints) -> pl.Series:
    sizes = shingles[pairs.select("earlier", "later").to_numpy()]
    smaller = sizes.min(axis=1, initial=2**62)
    ratio = smaller / np.maximum(sizes.max(axis=1, initial=1), 1)
    return pairs["common"] >= pl.Series(MIN_COMMON * NEAR * np.minimum(smaller, SEEDS) * ratio)


class Sketches(NamedTuple):
    """Some documents' sketches as arrays, row by row.

    Attributes:
        hashes: of each document, filled up with `UNHELD`.
        limit: up to which each one's are complete.
        shingles: how many each document has.
    """

    hashes: npt.NDArray[np.uint32]
    limit: Ints
    shingles: Ints


def _verified(sketches: pl.LazyFrame, names: pl.Series, pairs: Ints) -> npt.NDArray[np.float64]:
    """The likenesses of some pairs: how much of the earlier one the later one has, and the other way round."""
    rows = np.flatnonzero(np.bincount(pairs.ravel()))
    places = pl.DataFrame([names.gather(rows), pl.Series("place", np.arange(len(rows)))])
    # The sketches of the documents that stand in no pair are never read.
    involved = sketches.filter(pl.col("doc_id").is_in(places["doc_id"].implode())).collect()
    held = _as_arrays(involved.join(places, on="doc_id").sort("place"))
    numbered = np.searchsorted(rows, pairs)
    blocks = (numbered[first : first + AT_ONCE] for first in range(0, len(numbered), AT_ONCE))
    return np.concatenate([_likenesses(held, block) for block in blocks])


def _as_arrays(sketches: pl.DataFrame) -> Sketches:
    sizes = sketches["hashes"].list.len().to_numpy()
    hashes = np.full((sketches.height, SKETCH), UNHELD, dtype=np.uint32)
    hashes[np.arange(SKETCH) < sizes[:, None]] = sketches["hashes"].explode(empty_as_null=False).to_numpy()
    return Sketches(hashes, sketches["limit"].to_numpy(), sketches["shingles"].to_numpy())


def _likenesses(held: Sketches, pairs: Ints) -> npt.NDArray[np.float64]:
    """The share of each one's hashes, below the lower limit, that the other has; 0 where it may be under `NEAR`."""
    limit = np.minimum(held.limit[pairs].min(axis=1), UNHELD - 1)
    both = np.concatenate([held.hashes[pairs[:, 0]], held.hashes[pairs[:, 1]]], axis=1)
    beyond = both > limit.astype(np.uint32)[:, None]
    both[beyond] = UNHELD
    sampled = np.stack([np.count_nonzero(~half, axis=1) for half in np.hsplit(beyond, 2)], axis=1)
    both.sort(axis=1)
    # What fills up the rows is the greatest number, and stands behind all hashes.
    known = np.arange(1, 2 * SKETCH) < sampled.sum(axis=1)[:, None]
    common = np.count_nonzero((both[:, 1:] == both[:, :-1]) & known, axis=1)
    return _sure(common[:, None], sampled, held.shingles[pairs])


def _sure(common: Ints, sampled: Ints, shingles: Ints) -> npt.NDArray[np.float64]:
    """A share, or 0 where it is not above `NEAR` by a standard error of a sample of so many out of so many."""
    sampled = np.maximum(sampled, 1)
    share = common / sampled
    unseen = np.maximum(1 - sampled / shingles, 0)
    error = np.sqrt(NEAR * (1 - NEAR) * unseen / sampled)
    return np.where(share >= NEAR + error, share, 0.0)
