"""Of which kinds the characters are that a stage took in, removed, put in and put out; over all, and by site.

Only the decoded text is counted as a text. What a later stage has is what the stage before it had, less what the
ledger says was removed, and with what it says was put in: the ledger is far smaller than the texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from etl.arrays import Ints
from etl.quality.figures import Figures
from etl.quality.kinds import KINDS

__all__ = ["characters"]

Counts = Ints

NONE: Counts = np.zeros(len(KINDS), dtype=np.int64)


def characters(figures: Figures, last: Mapping[str, Any] | None) -> dict[str, Any]:
    """A stage's characters by kind.

    Args:
        figures: of the stage.
        last: what this function returned for the stage before; null for decode, whose texts were counted.

    Returns:
        `kinds`: for each of `KINDS` a mapping of in, removed, inserted, out; `sites`: for each site (value, null for
        none) the mapping `out` of the kinds that it has.
    """
    sides = {
        "out": dict[str | None, Counts](),
        "removed": dict[str | None, Counts](),
        "inserted": dict[str | None, Counts](),
    }
    for site, side, *counts in figures["kinds"].select("site", "side", *KINDS).iter_rows():
        sides[side][site] = np.array(counts, dtype=np.int64)
    out, removed, inserted = sides.values()
    if last is not None:
        before = {entry["value"]: _counts(entry["out"]) for entry in last["sites"]}
        out = {site: has + inserted.get(site, NONE) - removed.get(site, NONE) for site, has in before.items()}
    sums = {"removed": _sum(removed), "inserted": _sum(inserted), "out": _sum(out)}
    sums = {"in": sums["out"] + sums["removed"] - sums["inserted"], **sums}
    return {
        "kinds": {kind: {side: int(counts[at]) for side, counts in sums.items()} for at, kind in enumerate(KINDS)},
        "sites": [
            {"value": site, "out": {kind: int(n) for kind, n in zip(KINDS, counts, strict=True) if n}}
            for site, counts in sorted(out.items(), key=lambda item: (item[0] is None, item[0]))
        ],
    }


def _counts(by_kind: Mapping[str, int]) -> Counts:
    return np.array([by_kind.get(kind, 0) for kind in KINDS], dtype=np.int64)


def _sum(by_site: Mapping[str | None, Counts]) -> Counts:
    whole: Counts = np.array([NONE, *by_site.values()]).sum(axis=0)
    return whole
