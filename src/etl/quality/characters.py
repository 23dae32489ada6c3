"""Of which kinds the characters are that a stage took in, removed, put in and put out; over all, and by site.

Only the decoded text is counted as a text. What a later stage has is what the stage before it had, less what the
ledger says was removed, and with what it says was put in: the ledger is far smaller than the texts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.quality.measures import Scan

__all__ = ["KINDS", "characters", "kind_counts"]

KINDS = (
    "han", "kana", "latin", "digits", "wide-points", "points", "spaces", "controls", "private", "replacement", "other",
)  # fmt: skip
"""Kinds of characters: Chinese; Japanese kana; Latin letters and digits of either width; punctuation as Chinese writes
it, and of ASCII and Latin-1; white space and line ends; controls and what else shows nothing; private use; U+FFFD."""

UNITS = 2**16
"""Values of a UTF-16 unit."""

LOW_SURROGATE = len(KINDS)
"""What is counted beside the kinds and dropped: the second half of a character beyond U+FFFF."""

HAN = ((0x2E80, 0x2FDF), (0x3005, 0x3005), (0x3007, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))
KANA = ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F))
LATIN = ((0x41, 0x5A), (0x61, 0x7A), (0xAA, 0xAA), (0xBA, 0xBA), (0xC0, 0x24F), (0x1E00, 0x1EFF), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))  # fmt: skip # noqa: E501
DIGITS = ((0x30, 0x39), (0xFF10, 0xFF19))
HIGH_HAN = (0xD840, 0xD8BF)
"""High surrogates of planes 2 and 3, where all further Chinese characters are."""
HIGH_PRIVATE = (0xDB80, 0xDBFF)
"""High surrogates of planes 15 and 16, which are for private use."""


def characters(scan: Scan, stage: str, last: Mapping[str, Any] | None) -> dict[str, Any]:
    """Count a stage's characters by kind.

    Args:
        scan: gives the run's datasets.
        stage: name of the stage.
        last: what this function returned for the stage before; null for decode, whose texts are counted.

    Returns:
        `kinds`: for each of `KINDS` a mapping of in, removed, inserted, out; `sites`: for each site (value, null for
        none) the mapping `out` of the kinds that it has.
    """
    sites = scan("decoded").select("doc_id", "site")
    edits = scan("ledger", f"{stage}-").select("doc_id", "before", "after").join(sites, on="doc_id")
    changes = _by_site(edits.drop("doc_id"))
    if last is None:
        texts = _by_site(scan("decoded").select("site", "text"))
        out = {site: counts[0] for site, counts in texts.items()}
    else:
        none = np.zeros((2, len(KINDS)), dtype=np.int64)
        moved = {site: after - before for site, (before, after) in changes.items()}
        out = {entry["value"]: _counts(entry["out"]) + moved.get(entry["value"], none[0]) for entry in last["sites"]}
    removed, inserted = np.sum([*changes.values(), np.zeros((2, len(KINDS)), dtype=np.int64)], axis=0)
    sums = {"removed": removed, "inserted": inserted, "out": np.sum([*out.values(), _counts({})], axis=0)}
    sums = {"in": sums["out"] + sums["removed"] - sums["inserted"], **sums}
    return {
        "kinds": {kind: {side: int(counts[at]) for side, counts in sums.items()} for at, kind in enumerate(KINDS)},
        "sites": [
            {"value": site, "out": {kind: int(n) for kind, n in zip(KINDS, counts, strict=True) if n}}
            for site, counts in sorted(out.items(), key=lambda item: (item[0] is None, item[0]))
        ],
    }


def kind_counts(text: str) -> npt.NDArray[np.int64]:
    """How many characters of each of `KINDS` a text has."""
    units = np.frombuffer(text.encode("utf-16-le"), dtype="<u2")
    return np.bincount(_kinds().take(units), minlength=len(KINDS) + 1)[: len(KINDS)].astype(np.int64)


def _by_site(texts: pl.LazyFrame) -> dict[str | None, npt.NDArray[np.int64]]:
    """Counts of each column of texts by site, read piece by piece; one row a column."""
    columns = [name for name in texts.collect_schema().names() if name != "site"]
    counts = pl.Array(pl.Int64(), (len(columns), len(KINDS)))
    schema = pl.Schema({"site": pl.String(), "counts": counts})
    pieces = texts.map_batches(partial(_counted, columns), schema=schema, streamable=True).collect(engine="streaming")
    found: dict[str | None, npt.NDArray[np.int64]] = {}
    for site, piece in zip(pieces["site"], pieces["counts"].to_numpy(), strict=True):
        found[site] = found[site] + piece if site in found else piece
    return found


def _counted(columns: list[str], texts: pl.DataFrame) -> pl.DataFrame:
    joined = texts.group_by("site").agg(pl.col(columns).str.join())
    counts = np.array([[kind_counts(text) for text in row] for row in joined.select(columns).iter_rows()])
    shaped = counts.reshape(-1, len(columns), len(KINDS)).astype(np.int64)
    return joined.select("site", counts=pl.Series(shaped))


def _counts(by_kind: Mapping[str, int]) -> npt.NDArray[np.int64]:
    return np.array([by_kind.get(kind, 0) for kind in KINDS], dtype=np.int64)


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """Place among `KINDS` of each UTF-16 unit."""
    kinds = np.array([KINDS.index(_kind(chr(unit))) for unit in range(UNITS)], dtype=np.uint8)
    named = {"han": (*HAN, HIGH_HAN), "kana": KANA, "latin": LATIN, "digits": DIGITS, "private": (HIGH_PRIVATE,)}
    for kind, ranges in named.items():
        for first, last in ranges:
            kinds[first : last + 1] = KINDS.index(kind)
    kinds[[0xD7, 0xF7]] = KINDS.index("other")
    kinds[0xDC00:0xE000] = LOW_SURROGATE
    return kinds


def _kind(char: str) -> str:
    """Kind of a character by its category in Unicode; the others are told by ranges."""
    category = unicodedata.category(char)
    if char == "\ufffd":
        return "replacement"
    if category[0] == "Z" or char in "\t\n\v\f\r\x85":
        return "spaces"
    if category[0] == "P" or (category[0] == "S" and char < "\x7f"):
        return "points" if char <= "\xff" else "wide-points"
    return {"Cc": "controls", "Cf": "controls", "Co": "private"}.get(category, "other")
