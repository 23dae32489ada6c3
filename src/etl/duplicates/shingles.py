"""Shingles: every run of eight folded characters, as a hash. Two texts are alike as far as they share them.

A hash is made of two 64-bit views of the UTF-16 buffer, multiplied and mixed as in the finalizer of MurmurHash3, and
cut to 32 bits: enough to compare two texts, and half the room. Values are the same on every machine.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["WIDTH", "Hashes", "bottom", "shingle_hashes"]

WIDTH = 8
"""UTF-16 units; shorter shingles are shared by any two texts on one matter, longer ones break at every edit."""

FIRST, SECOND, FINAL = (np.uint64(value) for value in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xFF51AFD7ED558CCD))
"""Odd multipliers: the golden ratio, a prime of xxHash, and a constant of MurmurHash3's finalizer."""

Hashes = npt.NDArray[np.uint32]


def shingle_hashes(units: npt.NDArray[np.uint16]) -> Hashes:
    """Hash the shingle that begins at each unit; the last ones, cut short, are left out."""
    count = max(len(units) - WIDTH + 1, 0)
    quads = _quads(units)
    hashes = quads[:count] * FIRST
    hashes ^= hashes >> np.uint64(29)
    hashes += quads[WIDTH // 2 : WIDTH // 2 + count] * SECOND
    hashes ^= hashes >> np.uint64(33)
    hashes *= FINAL
    return (hashes >> np.uint64(32)).astype(np.uint32)


def _quads(units: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint64]:
    """Four units from each place on as one number, little end first."""
    count = max(len(units) - 3, 0)
    quads = np.empty(count, dtype=np.uint64)
    for offset in range(4):
        whole = (len(units) - offset) // 4
        if whole > 0:
            quads[offset::4] = units[offset : offset + 4 * whole].astype("<u2").view("<u8")
    return quads


def bottom(
    hashes: Hashes, document: npt.NDArray[np.int64], size: int
) -> tuple[npt.NDArray[np.int64], Hashes, npt.NDArray[np.int64]]:
    """The smallest distinct hashes of each document: a fair sample, and the same for the same text anywhere.

    Args:
        hashes: hashes of all documents.
        document: number of the document of each hash, from 0, not falling.
        size: how many hashes of a document are kept.

    Returns:
        document and hash of each kept one, sorted by both, and the share of its hashes that each document keeps,
        in units of 2**-32: a document keeps its hashes up to that limit.
    """
    documents = int(document[-1]) + 1 if len(document) else 0
    counts = np.bincount(document, minlength=documents)
    # The size-th smallest of n even hashes lies near size / n; twice that and some is beyond it but for bad luck,
    # and bad luck only makes the sample smaller.
    limits = np.minimum(2**32 * (1.5 * size + 64) / np.maximum(counts, 1), 2**32 - 1).astype(np.int64)
    few = hashes <= limits[document]
    keyed = np.sort((document[few].astype(np.uint64) << np.uint64(32)) | hashes[few])
    # numpy's unique hashes, which is ten times slower than to sort.
    keyed = keyed[np.append(True, keyed[1:] != keyed[:-1])] if len(keyed) else keyed
    owner = (keyed >> np.uint64(32)).astype(np.int64)
    first = np.searchsorted(owner, np.arange(documents))
    rank = np.arange(len(owner)) - first[owner]
    values = (keyed & np.uint64(2**32 - 1)).astype(np.uint32)
    last = rank == size - 1
    limits[owner[last]] = values[last]
    kept = rank < size
    return owner[kept], values[kept], limits
