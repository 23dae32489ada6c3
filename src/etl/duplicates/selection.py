"""Choose some of many numbers."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.arrays import Flags

__all__ = ["chosen"]

Number = TypeVar("Number", bound=np.generic)


def chosen(values: npt.NDArray[Number], those: Flags) -> npt.NDArray[Number]:
    """The values at those places: `values[those]`, three times as fast where many short runs of places are chosen."""
    found: npt.NDArray[Any] = pl.Series(values).filter(pl.Series(those)).to_numpy()
    return found
