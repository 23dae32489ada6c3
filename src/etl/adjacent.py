"""Equal values that stand together, such as the numbers of the lines' documents."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from etl.arrays import Flags, Ints

__all__ = ["differs", "starts_of"]

Value = TypeVar("Value", bound=np.generic)


def differs(values: npt.NDArray[Value]) -> Flags:
    """Whether each value is another than that before it, as the first is."""
    found = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found


def starts_of(values: npt.NDArray[Value]) -> Ints:
    """Where each run of equal values begins, and one more: where the last one ends."""
    return np.append(differs(values).nonzero()[0], len(values))
