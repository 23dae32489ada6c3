"""Documents that nearly or fully repeat another: which pairs are worth a look, and which of those are alike.

The likeness of a document to another is the share of its shingles that the other has too (containment), so that a
partial reprint is found, and scored against the whole. Pairs are sought among the smallest hashes of each sketch, and
verified with all.

Nothing here but a few numbers a document grows with the corpus: hashes, and after them pairs, are brought together a
share at a time, and sketches are read from where they are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.adjacent import starts_of
from etl.arrays import Flags, Floats, Ints
from etl.duplicates.shingles import Hashes
from etl.duplicates.sketches import ROW, UNHELD, as_rows
from etl.scratch import Numbers, Rows, Scratch

__all__ = ["LIKENESSES", "NEAR", "match_documents"]

NEAR = 0.8
"""Share of a document's shingles that another has too, from which on it is called a near duplicate."""

SEEDS = 32
"""Smallest hashes of a document by which pairs are sought: two alike ones share nearly all of them."""

NEIGHBOURS = 8
"""Documents beside it with which a document is paired for a hash; with the first it always is. Keeps pairs few."""

MIN_COMMON = 0.35
"""Share of the seeds that a pair at the threshold would have in common which must be, to be worth verifying."""

BLOCK = 2**12
"""Documents whose sketches are read at once, one after the other: 8 MB."""

SOUGHT = 2**18
"""Seeds among which pairs are sought at once: 2 MB, and up to 19 MB of pairs."""

COUNTED = 2**20
"""Pairs that are counted at once, at most: 8 MB, and a few times that while they are counted."""

COMPARED = 2**9
"""Pairs compared at once: their sketches, in some 2 MB, stay in the processor's cache."""

GLANCE = 2**7
"""Smallest hashes of each sketch that are compared first: most pairs are seen to be unlike by these."""

DOUBT = 4
"""Standard errors by which those few must fall short of `NEAR`: of pairs just there, one in 30,000 does."""

SURE = 2
"""Standard errors by which a share that is estimated must lie above `NEAR`: of pairs just there, one in 44 does."""

LIKENESSES: dict[str, pl.DataType | type[pl.DataType]] = {
    "doc_id": pl.String,
    "near_duplicate_of": pl.String,
    "score": pl.Float64,
}
"""Columns of what is found: score is the share of the document's shingles that the other one has."""

VERIFIED = {"earlier": pl.Int64, "later": pl.Int64, "of_earlier": pl.Float64, "of_later": pl.Float64}
"""Columns of a pair: two documents' numbers, and the share of each one's shingles that the other has."""


class Corpus(NamedTuple):
    """All documents that have a sketch, numbered in the order that decides which of two alike ones is the later.

    Attributes:
        names: doc_id of each.
        shingles: how many each has.
        places: where the sketch of each is kept.
        sketches: gives the sketches at some places, as `sketches.ROW`.
    """

    names: pl.Series
    shingles: Ints
    places: Ints
    sketches: Rows


def match_documents(shards: Sequence[pl.LazyFrame], scratch: Scratch) -> pl.DataFrame:
    """Find the documents that are near duplicates of another.

    Of two that are alike both ways the later one is (by night, then date, undated last, then id); of two of which one
    holds the other, the one that is held.

    Args:
        shards: rows of `sketch_documents`, shard by shard, each document in one of them, in any order.
        scratch: room for what is sought and compared.

    Returns:
        doc_id, near_duplicate_of, score; the best match of each document, sorted by doc_id.
    """
    sketches = scratch.keep((as_rows(shard.collect()) for shard in shards), ROW)
    corpus = Corpus(*_ranked(shards), sketches)
    found = _verified(corpus, _candidates(corpus, scratch))
    later = found.filter(pl.col("of_later") >= NEAR).select(doc="later", other="earlier", score="of_later")
    held = found.filter(pl.col("of_earlier") >= NEAR, pl.col("of_later") < NEAR)
    both = pl.concat([later, held.select(doc="earlier", other="later", score="of_earlier")])
    best = both.sort("doc", -pl.col("score"), "other").unique("doc", keep="first", maintain_order=True)
    names = corpus.names
    matches = [names.gather(best["doc"]), names.gather(best["other"]).alias("near_duplicate_of"), best["score"]]
    return pl.DataFrame(matches, schema=LIKENESSES).sort("doc_id")


def _ranked(shards: Sequence[pl.LazyFrame]) -> tuple[pl.Series, Ints, Ints]:
    """Names, shingles and places of all documents, in their order; the rest of what it takes to sort them is let go."""
    columns = ["doc_id", "night", "published", "shingles"]
    documents = pl.concat([shard.select(columns).collect() for shard in shards]).with_row_index("place")
    ranked = documents.sort("night", "published", "doc_id", nulls_last=True)
    return ranked["doc_id"], ranked["shingles"].to_numpy(), ranked["place"].to_numpy().astype(np.int64)


def _candidates(corpus: Corpus, scratch: Scratch) -> Numbers:
    """Pairs of documents that share enough of their smallest hashes, each near others of the same documents."""
    seeds = len(corpus.names) * SEEDS
    alike = scratch.numbers_together(_seeds(corpus), by=_upper, shares=seeds // SOUGHT + 1)
    pairs, most = map(_sharing, alike), seeds * (NEIGHBOURS + 1)
    shares = scratch.numbers_together(pairs, by=np.copy, shares=most // COUNTED + 1)
    worth = (_worth_verifying(share, corpus.shingles) for share in shares)
    found = np.concatenate([np.empty(0, np.uint64), *worth])
    earlier, later = _halves(found)
    first = np.arange(len(corpus.names))
    np.minimum.at(first, later, earlier)
    return found[np.argsort(first[first[earlier]], kind="stable")]


def _seeds(corpus: Corpus) -> Iterator[Numbers]:
    """The smallest hashes of each document, each as one number with the document's, which is its lower half."""
    numbers = np.empty(len(corpus.places), np.uint64)
    numbers[corpus.places] = np.arange(len(numbers), dtype=np.uint64)
    for first in range(0, max(len(numbers), 1), BLOCK):
        places = np.arange(first, min(first + BLOCK, len(numbers)))
        seeds = corpus.sketches(places)["hashes"][:, :SEEDS]
        yield ((seeds.astype(np.uint64) << np.uint64(32)) | numbers[places, None])[seeds != UNHELD]


def _sharing(seeds: Numbers) -> Numbers:
    """For each hash the pairs of documents that have it, of those pairs that are looked at."""
    held = pl.Series(seeds).sort().to_numpy()
    group, docs = _upper(held), held & np.uint64(2**32 - 1)
    bounds = starts_of(group)
    first = np.repeat(docs[bounds[:-1]], np.diff(bounds))
    found = [_pairs(first, docs, first != docs)]
    for step in range(1, NEIGHBOURS + 1):
        beside = (group[step:] == group[:-step]) & (docs[:-step] != first[step:])
        found.append(_pairs(docs[:-step], docs[step:], beside))
    return np.concatenate(found)


def _pairs(earlier: Numbers, later: Numbers, chosen: Flags) -> Numbers:
    """Pairs of documents, each as one number: the later one's is its lower half."""
    return (earlier[chosen] << np.uint64(32)) | later[chosen]


def _worth_verifying(pairs: Numbers, shingles: Ints) -> Numbers:
    """The pairs that stand there often enough, once for each hash that they share; in order."""
    ordered = pl.Series(pairs).sort().to_numpy()
    bounds = starts_of(ordered)
    common, distinct = np.diff(bounds), ordered[bounds[:-1]]
    one, other = (shingles[documents] for documents in _halves(distinct))
    smaller, larger = np.minimum(one, other), np.maximum(one, other)
    enough = MIN_COMMON * NEAR * np.minimum(smaller, SEEDS) * (smaller / larger)
    return distinct[common >= enough]


def _upper(numbers: Numbers) -> Numbers:
    """Their upper halves."""
    return numbers >> np.uint64(32)


def _halves(pairs: Numbers) -> tuple[Ints, Ints]:
    """Numbers of the earlier and of the later documents."""
    return _upper(pairs).astype(np.int64), (pairs & np.uint64(2**32 - 1)).astype(np.int64)


def _verified(corpus: Corpus, pairs: Numbers) -> pl.DataFrame:
    """The columns of `VERIFIED`, of those pairs in which one is a near duplicate of the other."""
    places = np.stack([corpus.places[documents] for documents in _halves(pairs)], axis=1)
    blocks = [places[first : first + COMPARED] for first in range(0, len(places), COMPARED)]
    likenesses = np.concatenate([np.empty((0, 2)), *(_likenesses(corpus.sketches, block) for block in blocks)])
    earlier, later = _halves(pairs)
    columns = [earlier, later, likenesses[:, 0], likenesses[:, 1]]
    return pl.DataFrame(columns, schema=VERIFIED).filter(pl.max_horizontal("of_earlier", "of_later") >= NEAR)


def _likenesses(sketches: Rows, places: Ints) -> Floats:
    """The share of each one's hashes, below the lower limit, that the other has; 0 where it may be under `NEAR`."""
    distinct, which = np.unique(places, return_inverse=True)
    held = sketches(distinct)
    hashes, limits = held["hashes"], held["limit"]
    common, sampled = _compared(hashes[:, :GLANCE][which], limits[which])
    doubt = DOUBT * np.sqrt(NEAR * (1 - NEAR) * sampled)
    likely = (common + doubt >= NEAR * sampled).any(axis=1)
    shares = np.zeros(places.shape)
    those = which[likely]
    shares[likely] = _sure(*_compared(hashes[those], limits[those]), held["shingles"][those])
    return shares


def _compared(hashes: Hashes, limits: Ints) -> tuple[Ints, Ints]:
    """Of some of the smallest hashes of two sketches: how many both have, and each one, up to the lower limit."""
    limit = np.minimum(limits, hashes[:, :, -1]).min(axis=1)
    limit = np.minimum(limit, UNHELD - 1).astype(np.uint32)[:, None]
    sampled = (hashes <= limit[:, None]).sum(axis=2, dtype=np.int16)  # a count of int64 takes three times as long
    both = np.concatenate([hashes[:, 0], hashes[:, 1]], axis=1)
    both.sort(axis=1, kind="stable")  # merges what is sorted already
    common = ((both[:, 1:] == both[:, :-1]) & (both[:, 1:] <= limit)).sum(axis=1, dtype=np.int16)
    return common[:, None], sampled


def _sure(common: Ints, sampled: Ints, shingles: Ints) -> Floats:
    """A share, or 0 where it is not above `NEAR` by `SURE` standard errors of a sample of so many out of so many."""
    sampled = np.maximum(sampled, 1)
    share = common / sampled
    unseen = np.maximum(1 - sampled / shingles, 0)
    error = np.sqrt(NEAR * (1 - NEAR) * unseen / sampled)
    return np.where(share >= NEAR + SURE * error, share, 0.0)
