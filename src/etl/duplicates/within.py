"""What repeats within each document of a shard: which lines go, and which line is the kept copy.

The common path is columnar: lines are folded and hashed once, and only documents in which something repeats, or has
the shape of an abstract, are looked at one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import compress

import numpy as np
import polars as pl

from etl.adjacent import starts_of
from etl.arrays import Flags
from etl.duplicates.blocks import MIN_ARTICLES, MIN_BLOCK_LINES, MIN_PARAGRAPH, Copy, Page, find_copies
from etl.duplicates.containment import Passage, abstract_like, find_contained
from etl.duplicates.keyed import Keyed
from etl.duplicates.near import ALIKE, likeness, near_pairs
from etl.duplicates.shingles import Bottom

__all__ = ["MATCHES", "find_within"]

MATCHES = {"row": pl.Int64, "source": pl.Int64, "rule": pl.String, "score": pl.Float64, "detail": pl.String}
"""Columns of what is found: a line's row, that of the kept copy, and the evidence; rule is null for a line that stays.
"""

SPREAD = np.uint64(0x9E3779B1)
"""A prime near the golden ratio of 2**32: documents' numbers, times this, differ in all bits."""

Match = tuple[int, int, str | None, float, str | None]
"""A row of `MATCHES`."""

Pairs = Sequence[tuple[int, int]]
"""Rows of two lines that may be alike, the later one first."""


def find_within(keyed: Keyed, sample: Bottom | None, off: Collection[str] = ()) -> pl.DataFrame:
    """Find the lines that repeat, or are contained in, another line of their document.

    Args:
        keyed: the lines.
        sample: the smallest hashes of each document; with it, blocks with small differences count as repeats, and
            lines that are alike and stay, for no block proves a copy, are found too, with the one most like them.
        off: rules that do not act.

    Returns:
        The columns of `MATCHES`, each row once; no source is itself the row of a line that goes.
    """
    candidate = abstract_like(keyed)
    pairs: Mapping[int, Pairs] = {} if sample is None else near_pairs(keyed, sample)
    found: list[Match] = []
    for number in sorted({*_documents_with_repeats(keyed), *pairs}):
        likely = None if sample is None else pairs.get(number, [])
        found += [match for match in _repeats(keyed, keyed.rows_of(number), likely) if match[2] not in off]
    stays = np.ones(len(candidate), dtype=np.bool_)
    stays[[match[0] for match in found]] = False
    for number in np.unique(keyed.document[candidate & stays]).tolist():
        contained = _contained(keyed, keyed.rows_of(number), candidate, stays)
        found += [match for match in contained if match[2] not in off]
    settled = _settle(found)
    columns = zip(*(settled + _likenesses(keyed, pairs, settled)), strict=True)
    return pl.DataFrame(dict(zip(MATCHES, columns, strict=False)), schema=MATCHES)


def _likenesses(keyed: Keyed, pairs: Mapping[int, Pairs], found: Sequence[Match]) -> list[Match]:
    """The best earlier likeness of each line that stays."""
    gone, folded = {row for row, *_ in found}, keyed.folded
    left = [(later, earlier) for some in pairs.values() for later, earlier in some if not {later, earlier} & gone]
    scored = [(later, -likeness(folded.text(later), folded.text(earlier)), earlier) for later, earlier in left]
    best: dict[int, Match] = {}
    for later, less, earlier in sorted(scored):
        if -less >= ALIKE:
            best.setdefault(later, (later, earlier, None, -less, None))
    return list(best.values())


def _settle(found: Sequence[Match]) -> list[Match]:
    """Where a kept copy was itself found to be contained in another line, name the one that stays at last."""
    sources = {row: source for row, source, *_ in found}

    def last(source: int) -> int:
        while source in sources:
            source = sources[source]
        return source

    return [(row, last(source), rule, score, detail) for row, source, rule, score, detail in found]


def _documents_with_repeats(keyed: Keyed) -> list[int]:
    """Documents with a long line twice, or with several short ones: in the others there is nothing to find."""
    # Two numbers as one, which is faster; if chance ever makes two of them equal, a document is looked at in vain.
    mixed = keyed.keys ^ (keyed.document + 1).astype(np.uint64) * SPREAD
    repeated = pl.Series(mixed).is_duplicated().to_numpy().nonzero()[0]
    document, sizes = keyed.document[repeated], keyed.folded.sizes()[repeated]
    bounds = starts_of(document)
    many = np.diff(bounds) >= 2 * min(MIN_BLOCK_LINES, MIN_ARTICLES)
    long = np.maximum.reduceat(sizes, bounds[:-1]) >= MIN_PARAGRAPH
    worth: list[int] = document[bounds[:-1]][many | long].tolist()
    return worth


def _repeats(keyed: Keyed, rows: range, pairs: Pairs | None) -> list[Match]:
    """Copies in one document; near ones too where pairs are given."""
    near: dict[int, list[int]] = defaultdict(list)
    for later, earlier in pairs or ():
        near[later - rows.start].append(earlier - rows.start)
    page = Page(
        keys=keyed.keys[rows.start : rows.stop].tolist(),
        sizes=np.diff(keyed.folded.bounds[rows.start : rows.stop + 1]).tolist(),
        texts=keyed.values("text", rows),
        kinds=keyed.values("kind", rows),
        folded=[] if pairs is None else keyed.folded.texts(rows),
        near=near,
    )
    return [
        (rows[copy.row], rows[copy.source], _rule(copy), copy.score, f"one of {copy.block} lines")
        for copy in find_copies(page)
    ]


def _rule(copy: Copy) -> str:
    if copy.score < 1:
        return "near-block"
    return "repeated-line" if copy.block == 1 else "repeated-block"


def _contained(keyed: Keyed, rows: range, candidate: Flags, stays: Flags) -> list[Match]:
    """Lines of one document that others say in full; flags of all lines: whether each may be one, and is not gone."""
    columns = keyed.values("text", rows), keyed.folded.texts(rows), keyed.values("kind", rows)
    passages = map(Passage, rows, *columns, candidate[rows.start : rows.stop].tolist())
    left = list(compress(passages, stays[rows.start : rows.stop].tolist()))
    return [(match.row, match.source, match.rule, 1.0, None) for match in find_contained(left)]
