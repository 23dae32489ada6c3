"""Shingles: every run of eight folded characters, as a hash. Two texts are alike as far as they share them.

A hash is made of two 64-bit views of the UTF-16 buffer, multiplied and mixed as in the finalizer of MurmurHash3, and
cut to 32 bits: enough to compare two texts, and half the room. Values are the same on every machine.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from etl.arrays import Ints
from etl.duplicates.selection import chosen

__all__ = ["WIDTH", "Bottom", "Hashes", "bottom", "sample_shingles", "shingle_hashes", "sort_each"]

BLOCK = 2**15
"""Units hashed at once, so that what is in between stays in the processor's cache."""

SAMPLED_UNITS = 2**17
"""Units, and documents to their end, whose hashes are looked at in one go."""

WIDTH = 8
"""UTF-16 units; shorter shingles are shared by any two texts on one matter, longer ones break at every edit."""

FIRST, SECOND, FINAL = (np.uint64(value) for value in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xFF51AFD7ED558CCD))
"""Odd multipliers: the golden ratio, a prime of xxHash, and a constant of MurmurHash3's finalizer."""

Hashes = npt.NDArray[np.uint32]


def shingle_hashes(units: npt.NDArray[np.uint16]) -> Hashes:
    """Hash the shingle that begins at each unit; the last ones, cut short, are left out."""
    hashes = np.empty(max(len(units) - WIDTH + 1, 0), dtype=np.uint32)
    for first in range(0, len(hashes), BLOCK):
        hashes[first : first + BLOCK] = _hash_block(units[first : first + BLOCK + WIDTH - 1])
    return hashes


def _hash_block(units: npt.NDArray[np.uint16]) -> Hashes:
    count = len(units) - WIDTH + 1
    quads = _quads(units)
    hashes = quads[:count] * FIRST
    hashes ^= hashes >> np.uint64(29)
    hashes += quads[WIDTH // 2 : WIDTH // 2 + count] * SECOND
    hashes ^= hashes >> np.uint64(33)
    hashes *= FINAL
    return (hashes >> np.uint64(32)).astype(np.uint32)


def _quads(units: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint64]:
    """Four units from each place on as one number, little end first."""
    every = np.ndarray((max(len(units) - 3, 0),), "<u8", units.astype("<u2", copy=False), strides=(2,))
    return every.astype(np.uint64)


class Bottom(NamedTuple):
    """The smallest distinct hashes of some documents: a fair sample, and the same for the same text anywhere.

    Attributes:
        hashes: of one document after the other, rising.
        sizes: how many each document has of them.
        limits: how far each document's hashes are complete: every one up to there is kept.
        counts: how many shingles each document has.
        once: below this, each hash of a document is known to stand in it only once.
    """

    hashes: Hashes
    sizes: Ints
    limits: Ints
    counts: Ints
    once: Ints


def sample_shingles(units: npt.NDArray[np.uint16], bounds: Ints, size: int) -> Bottom:
    """Keep the smallest distinct hashes of each document, some documents at a time.

    Args:
        units: of all documents, one after the other.
        bounds: where each document's units begin, and one more: where the last one's end.
        size: how many hashes of a document are kept.
    """
    cuts = np.searchsorted(bounds, np.arange(bounds[0], bounds[-1], SAMPLED_UNITS))
    parts = pairwise([0, *cuts.tolist(), len(bounds) - 1])
    samples = [_sample_part(units, bounds[first : after + 1], size) for first, after in parts]
    return Bottom(*(np.concatenate(columns) for columns in zip(*samples, strict=True)))


def _sample_part(units: npt.NDArray[np.uint16], bounds: Ints, size: int) -> Bottom:
    return bottom(shingle_hashes(units[bounds[0] : bounds[-1]]), bounds - bounds[0], size)


def bottom(hashes: Hashes, bounds: Ints, size: int) -> Bottom:
    """Keep the smallest distinct hashes of each document.

    Args:
        hashes: `shingle_hashes` of all documents' units, one document after the other.
        bounds: where each document's units begin, and one more: where the last one's end.
        size: how many hashes of a document are kept.
    """
    sizes = np.diff(bounds)
    counts = np.maximum(sizes - WIDTH + 1, 0)
    # The size-th smallest of n even hashes lies near size / n; twice that and some is beyond it but for bad luck,
    # and bad luck only makes the sample smaller.
    limits = np.minimum(2**32 * (1.5 * size + 64) / np.maximum(counts, 1), 2**32 - 1).astype(np.int64)
    few = hashes <= np.repeat(limits.astype(np.uint32), sizes)[: len(hashes)]
    crossing = np.subtract.outer(bounds[1:], np.arange(1, WIDTH))
    few[crossing[(crossing >= 0) & (crossing < len(few))]] = False
    values, starts = chosen(hashes, few).copy(), np.searchsorted(np.flatnonzero(few), bounds)
    sort_each(values, starts)
    again = _repeated(values, starts)
    once = limits.copy()
    documents = np.searchsorted(starts, again[::-1], side="right") - 1
    once[documents] = values[again[::-1]]  # the last to be written of a document is the smallest
    distinct = np.ones(len(values), dtype=np.bool_)
    distinct[again] = False
    starts -= np.searchsorted(again, starts)
    held = np.minimum(np.diff(starts), size)
    runs = np.stack([held, np.diff(starts) - held], axis=1).ravel()
    values = chosen(chosen(values, distinct), np.repeat(np.arange(len(runs)) % 2 == 0, runs))
    full = held == size
    limits[full] = values[np.cumsum(held)[full] - 1]
    return Bottom(values, held, limits, counts, once)


def _repeated(values: Hashes, starts: Ints) -> Ints:
    """Places of values that are the same as the one before them in their document."""
    same = values[1:] == values[:-1]
    begins = starts[1:-1] - 1
    same[begins[(begins >= 0) & (begins < len(same))]] = False
    return np.flatnonzero(same) + 1


def sort_each(values: npt.NDArray[Any], bounds: Ints) -> None:
    """Sort values in place, document by document; each fits into the processor's cache, which is ten times faster.

    Args:
        values: of all documents.
        bounds: where each document's begin, and one more: where the last one's end.
    """
    for start, end in pairwise(bounds.tolist()):
        values[start:end].sort()
