"""The bytes and the code points of a column of texts, as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from etl.arrays import Ints
from etl.arrow import as_arrow

__all__ = ["Utf8", "code_points"]


BLOCK_BYTES = 1 << 18
"""What is looked at in one go, so that what is found out about each byte fits the processor's cache."""

SEARCHED_BYTES = 1 << 20
"""The same for a search, which finds out next to nothing of each byte: in smaller blocks it takes a fifth longer."""

CONTINUATION_END = -64
"""Bytes that go on with a character are below this as signed numbers, and those that begin one are not."""

IN_EACH_BYTE, TOP_OF_EACH_BYTE = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
"""Words: each byte is 1, so that a product has a small number in each byte; the highest bit of each byte is set."""

PLACES = np.argsort(1 - np.unpackbits(np.arange(256, dtype=np.uint8)[:, np.newaxis], 1, bitorder="little"), 1, "stable")
"""For each byte the places of its bits: first of those that are set, from the lowest, then of the others."""


class Utf8(NamedTuple):
    """Texts in one buffer, one after the other.

    Attributes:
        data: their bytes.
        offsets: where each text begins, and at last where the last one ends.
    """

    data: npt.NDArray[np.uint8]
    offsets: Ints

    @classmethod
    def of(cls, texts: pl.Series) -> Utf8:
        """The buffer of texts, none of which is null."""
        array = as_arrow(texts)
        _, offsets, data = array.buffers()
        if not len(array) or data is None:
            return cls(np.zeros(0, dtype=np.uint8), np.zeros(len(array) + 1, dtype=np.int64))
        within = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
        return cls(np.frombuffer(data, dtype=np.uint8), within)

    def find(self, wanted: bytes) -> Ints:
        """Where any of the wanted bytes stands; fast for control characters, since hardly any byte is as low."""
        is_wanted = np.isin(np.arange(256), list(wanted))
        found = [np.zeros(0, dtype=np.int64)]
        for at in range(self.offsets[0], self.offsets[-1], SEARCHED_BYTES):
            block = self.data[at : min(at + SEARCHED_BYTES, self.offsets[-1])]
            low = np.flatnonzero(block <= max(wanted))
            found.append(low[is_wanted[block[low]]] + at)
        return np.concatenate(found)

    def offsets_of(self, places: Ints) -> Ints:
        """Where code points stand, by their numbers over all texts; the end has a number, too."""
        begins = self._begins()
        counts = np.bitwise_count(begins)
        upto = np.cumsum(counts, dtype=np.int64)
        words = np.searchsorted(upto, places, side="right")
        ranks = places - upto[words] + counts[words]
        found: Ints = self.offsets[0] + words * 64 + _places_of_bits(begins[words], ranks.astype(np.uint64))
        return found

    def _begins(self) -> npt.NDArray[np.uint64]:
        """A bit for each byte that begins a character, and for the end; of 64 bytes the first is the lowest bit."""
        size = int(self.offsets[-1] - self.offsets[0])
        bits = np.zeros((size // 64 + 1) * 8, dtype=np.uint8)
        signed = self.data.view(np.int8)[self.offsets[0] : self.offsets[-1]]
        for at in range(0, size, BLOCK_BYTES):
            packed = np.packbits(signed[at : at + BLOCK_BYTES] >= CONTINUATION_END, bitorder="little")
            bits[at // 8 : at // 8 + len(packed)] = packed
        bits[size // 8] |= 1 << size % 8
        return bits.view("<u8")

    def cut(self, starts: Ints, ends: Ints) -> pl.Series:
        """The texts between offsets that ascend, each end at or before the next start; no byte is copied."""
        bounds = np.stack([starts, ends], axis=1).ravel()
        last = bounds[-1:] if len(bounds) else np.zeros(1, dtype=np.int64)
        every = pa.LargeStringArray.from_buffers(
            len(bounds), pa.py_buffer(np.concatenate([bounds, last])), pa.py_buffer(self.data)
        )
        return pl.Series(pl.from_arrow(every.cast(pa.string_view()))).gather_every(2)

    def blocks(self) -> Iterator[tuple[slice, npt.NDArray[np.uint32]]]:
        """The texts a block at a time: which ones, and their code points, one text after the other."""
        for which, block in self.strings(BLOCK_BYTES):
            yield which, np.frombuffer(block.encode("utf-32-le"), dtype="<u4")

    def strings(self, size: int) -> Iterator[tuple[slice, str]]:
        """The texts a block of about so many bytes at a time: which ones, and all of them, one after the other."""
        marks = np.arange(self.offsets[0], self.offsets[-1], size)
        bounds = np.unique(np.concatenate([[0], np.searchsorted(self.offsets, marks), [len(self.offsets) - 1]]))
        for first, after in pairwise(bounds.tolist()):
            block = self.data[self.offsets[first] : self.offsets[after]]
            yield slice(first, after), str(block.data, "utf-8")


def _places_of_bits(words: npt.NDArray[np.uint64], ranks: npt.NDArray[np.uint64]) -> Ints:
    """Which bit of each word is set and has that many set ones below it.

    Eight bytes of a word are looked at in one go, as in Vigna, Broadword Implementation of Rank/Select Queries (2008).
    """
    eight = np.uint64(8)
    upto = np.bitwise_count(words.view(np.uint8)).view(np.uint64) * IN_EACH_BYTE
    past = ((ranks * IN_EACH_BYTE | TOP_OF_EACH_BYTE) - upto) & TOP_OF_EACH_BYTE
    first = np.bitwise_count(past) * eight
    byte, before = (words >> first) & np.uint64(0xFF), (upto << eight >> first) & np.uint64(0xFF)
    found: Ints = first.astype(np.int64) + PLACES[byte, ranks - before]
    return found


def code_points(texts: pl.Series) -> npt.NDArray[np.uint32]:
    """The code points of all texts, one text after the other.

    Args:
        texts: not null.
    """
    return np.frombuffer((texts.str.join("").item() or "").encode("utf-32-le"), dtype="<u4")
