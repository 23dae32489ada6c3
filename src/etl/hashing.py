"""Hashes that are the same on every machine and under every version of our libraries, so that they can be kept."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
import xxhash

from etl.arrays import Ints, Keys

__all__ = ["hash_pieces"]


def hash_pieces(data: npt.NDArray[Any], bounds: Ints) -> Keys:
    """xxh3 of each piece of an array.

    Args:
        data: bytes, or units of several bytes, the lowest first.
        bounds: where each piece begins, and one more: where the last one ends.
    """
    file = BytesIO(data.data)
    file.seek(int(bounds[0]) * data.itemsize)
    pieces = map(file.read, (np.diff(bounds) * data.itemsize).tolist())  # one at a time: all at once need new memory
    return np.fromiter(map(xxhash.xxh3_64_intdigest, pieces), np.uint64, len(bounds) - 1)
