"""Hashes that are the same on every machine and under every version of our libraries, so that they can be kept."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import xxhash

from etl.utf8 import Ints

__all__ = ["hash_pieces"]


def hash_pieces(data: npt.NDArray[Any], bounds: Ints) -> npt.NDArray[np.uint64]:
    """xxh3 of each piece of an array.

    Args:
        data: bytes, or units of several bytes, the lowest first.
        bounds: where each piece begins, and one more: where the last one ends.
    """
    content, digest = data.view(np.uint8).data, xxhash.xxh3_64_intdigest
    ends = (bounds * data.itemsize).tolist()
    return np.fromiter((digest(content[start:end]) for start, end in pairwise(ends)), np.uint64, len(ends) - 1)
