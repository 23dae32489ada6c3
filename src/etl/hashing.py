"""Hashes that are the same on every machine and under every version of our libraries, so that they can be kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from etl.utf8 import Ints

__all__ = ["hash_pieces"]


def hash_pieces(data: npt.NDArray[Any], bounds: Ints) -> npt.NDArray[np.uint64]:
    """xxh3 of each piece of an array.

    Args:
        data: bytes, or units of several bytes, the lowest first.
        bounds: where each piece begins, and one more: where the last one ends.
    """
    ends, content = pa.py_buffer(bounds * data.itemsize), pa.py_buffer(data)
    pieces = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(bounds) - 1, [None, ends, content]).to_pylist()
    return np.fromiter(map(xxhash.xxh3_64_intdigest, pieces), np.uint64, len(pieces))
