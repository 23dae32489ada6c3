"""Where the article is: the stretch of lines whose scores add up highest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.boilerplate.evidence import Floats, starts_of

__all__ = ["extents"]

CAP = 8.0
"""Score (log odds) that one line may add or take at most, so that no single line decides where the article is."""

HIT_COST = 2.0
"""Log odds taken for a line that a rule knows: an article is not full of them."""


def extents(documents: pl.Series, score: Floats, hit: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Mark the lines of each document's article: the contiguous lines with the greatest sum (Kadane's algorithm).

    Args:
        documents: number of each line's document; lines of one document are adjacent.
        score: log odds of each line.
        hit: whether a rule knows the line.

    Returns:
        true for lines of the article; a document whose best sum is not above zero has none.
    """
    if not len(score):
        return np.zeros(0, dtype=bool)
    frame = pl.DataFrame(
        {"document": documents, "value": np.clip(score, -CAP, CAP) - HIT_COST * hit}
    ).with_row_index("row")
    up_to = pl.col("value").cum_sum().over("document")
    frame = frame.with_columns(up_to=up_to, before=up_to - pl.col("value"))
    lowest = pl.col("before").cum_min().over("document")
    at_lowest = pl.when(pl.col("before") == lowest).then("row").forward_fill()
    frame = frame.with_columns(gain=pl.col("up_to") - lowest, begin=at_lowest)
    best = (pl.col("gain") == pl.col("gain").max().over("document")) & (pl.col("gain") > 0)
    ends = frame.filter(best).unique("document", keep="first", maintain_order=True)
    spans = ends.select("document", "begin", end="row")
    inside = frame.select("row", "document").join(spans, on="document", how="left", maintain_order="left")
    return inside.select(
        pl.col("row").is_between("begin", "end").fill_null(value=False)
    ).to_series().to_numpy()
