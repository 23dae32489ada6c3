"""How large a difference between two distributions is, whatever the number of documents.

Each takes the counts of the same bins or categories in two runs. There are no p-values: at a million documents every
difference is significant, and what matters is how large it is. Several are needed, for each is blind to something: the
stability index weighs bins that were nearly empty, the Kolmogorov-Smirnov distance sees a shift of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate

__all__ = ["distance", "jensen_shannon", "kolmogorov_smirnov", "stability_index"]

EMPTY_BIN = 0.5
"""Documents that an empty bin counts as, so that the stability index stays finite."""


def distance(counts: Sequence[int], previous: Sequence[int]) -> float:
    """Share of the documents that would have to change their bin to turn one histogram into the other.

    It is the total variation distance of the two: half the sum of the absolute differences of the shares.
    """
    return sum(abs(now - before) for now, before in _shares(counts, previous)) / 2


def stability_index(counts: Sequence[int], previous: Sequence[int]) -> float:
    """Population stability index: sum of (now - before) * ln(now / before) over the bins (Siddiqi 2006).

    By custom, below 0.1 nothing happened and above 0.25 much did; two samples of n documents from one distribution of
    b bins differ by about 2 (b - 1) / n.
    """
    both_empty = [not (now or before) for now, before in zip(counts, previous, strict=True)]
    filled = [max(count, EMPTY_BIN) for count, empty in zip(counts, both_empty, strict=True) if not empty]
    filled_before = [max(count, EMPTY_BIN) for count, empty in zip(previous, both_empty, strict=True) if not empty]
    if not sum(counts) or not sum(previous):
        return 0.0
    return sum((now - before) * math.log(now / before) for now, before in _shares(filled, filled_before))


def kolmogorov_smirnov(counts: Sequence[int], previous: Sequence[int]) -> float:
    """Largest difference of the two cumulated shares, 0 to 1, as far as the bins show it."""
    differences = accumulate(now - before for now, before in _shares(counts, previous))
    return max((abs(difference) for difference in differences), default=0.0)


def jensen_shannon(counts: Mapping[str, int], previous: Mapping[str, int]) -> float:
    """Jensen-Shannon distance of two tables of categories, 0 to 1: root of the divergence in bits (Lin 1991)."""
    names = sorted({*counts, *previous})
    shares = _shares([counts.get(name, 0) for name in names], [previous.get(name, 0) for name in names])
    divergence = sum(_surprise(now, before) + _surprise(before, now) for now, before in shares) / 2
    return math.sqrt(max(divergence, 0.0))


def _surprise(share: float, other: float) -> float:
    return share * math.log2(2 * share / (share + other)) if share else 0.0


def _shares(counts: Sequence[float], previous: Sequence[float]) -> list[tuple[float, float]]:
    """Counts of two runs as pairs of shares; none if either run is empty, for then there is nothing to compare."""
    whole, whole_before = sum(counts), sum(previous)
    if not whole or not whole_before:
        return []
    return [(now / whole, before / whole_before) for now, before in zip(counts, previous, strict=True)]
