"""What repeats within each document of a shard: which lines go, and which line is the kept copy.

The common path is columnar: lines are folded and hashed once, and only documents in which something repeats, or has
the shape of an abstract, are looked at one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.duplicates.blocks import MIN_ARTICLES, MIN_BLOCK_LINES, MIN_PARAGRAPH, Copy, Page, find_copies
from etl.duplicates.containment import Passage, abstract_like, find_contained
from etl.duplicates.folding import Folded, fold
from etl.duplicates.near import ALIKE, likeness, near_pairs
from etl.duplicates.shingles import Bottom, starts_of

__all__ = ["Keyed", "Within", "find_within", "key_lines"]

MATCHES = {"row": pl.Int64, "source": pl.Int64, "rule": pl.String, "score": pl.Float64, "detail": pl.String}
"""Columns of what a search returns: a line's row, that of the kept copy, and the evidence."""

ALIKES = {"row": pl.Int64, "source": pl.Int64, "score": pl.Float64}
"""Columns of the lines that are alike and stay."""

SPREAD = 0x9E3779B1
"""A prime near the golden ratio of 2**32: documents' numbers, times this, differ in all bits."""

Match = tuple[int, int, str, float, str | None]
"""A row of matches."""


class Within(NamedTuple):
    """What was found within documents; rows are places in the frame of lines.

    Attributes:
        removed: row, source, rule, score, detail; sorted by row, each row once; no source is itself a row.
        alike: row, source, score: lines that are nearly an earlier one and stay, for no block proves a copy.
    """

    removed: pl.DataFrame
    alike: pl.DataFrame


class Keyed(NamedTuple):
    """Lines with their keys.

    Attributes:
        lines: the given lines with document (number of the document in the frame), place (of the line in it, from
            0), key (hash of the folded text) and size (its length).
        folded: the folded text, row by row.
    """

    lines: pl.DataFrame
    folded: Folded


def key_lines(lines: pl.DataFrame) -> Keyed:
    """Fold and hash every line, once.

    Args:
        lines: at least doc_id, text; the lines of a document stand together.
    """
    folded = fold(lines["text"])
    document = pl.col("doc_id").rle_id()
    numbered = lines.with_columns(document=document, key=pl.Series(folded.keys()), size=pl.Series(folded.sizes()))
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    first = pl.when(pl.col("document").diff().fill_null(1) != 0).then(place).forward_fill()
    return Keyed(numbered.with_columns(place=place - first), folded)


def find_within(keyed: Keyed, sample: Bottom | None, off: Collection[str] = ()) -> Within:
    """Find the lines that repeat, or are contained in, another line of their document.

    Args:
        keyed: the lines.
        sample: the smallest hashes of each document; with it, blocks with small differences count as repeats, and
            lines that are alike are noted.
        off: rules that do not act.
    """
    candidate = abstract_like(keyed.lines, keyed.folded)
    document = keyed.lines["document"].to_numpy()
    near = sample is not None
    pairs = {} if sample is None else near_pairs(keyed.lines, keyed.folded, sample)
    repeating = np.union1d(_documents_with_repeats(keyed.lines), np.array(list(pairs), dtype=np.uint32))
    found: list[Match] = []
    for rows, *columns in _each(keyed.lines, repeating, "key", "size", "text", "kind"):
        likely = pairs.get(int(document[rows.start]), []) if near else None
        found += [match for match in _repeats(keyed.folded, rows, columns, likely) if match[2] not in off]
    gone = np.zeros(len(candidate), dtype=bool)
    gone[[match[0] for match in found]] = True
    for rows, *columns in _each(keyed.lines, np.unique(document[candidate & ~gone]), "text", "kind"):
        flags = candidate[rows.start : rows.stop].tolist(), gone[rows.start : rows.stop].tolist()
        found += [match for match in _contained(keyed.folded, rows, columns, flags) if match[2] not in off]
    removed = _settle(found)
    return Within(removed, _likenesses(keyed.folded, pairs, set(removed["row"])))


def _likenesses(folded: Folded, pairs: Mapping[int, list[tuple[int, int]]], gone: set[int]) -> pl.DataFrame:
    """The best earlier likeness of each line that stays."""
    left = [(later, earlier) for found in pairs.values() for later, earlier in found if not {later, earlier} & gone]
    scored = [(later, earlier, likeness(folded.text(later), folded.text(earlier))) for later, earlier in left]
    alike = pl.DataFrame([pair for pair in scored if pair[2] >= ALIKE], schema=ALIKES, orient="row")
    return alike.sort("row", -pl.col("score"), "source").unique("row", keep="first", maintain_order=True)


def _settle(found: list[Match]) -> pl.DataFrame:
    """Where a kept copy was itself found to be contained in another line, name the one that stays at last."""
    sources = {row: source for row, source, *_ in found}

    def last(source: int) -> int:
        while source in sources:
            source = sources[source]
        return source

    settled = [(row, last(source), *evidence) for row, source, *evidence in found]
    columns = zip(*settled, strict=True) if settled else [()] * len(MATCHES)
    return pl.DataFrame(dict(zip(MATCHES, columns, strict=True)), schema=MATCHES).sort("row")


def _each(lines: pl.DataFrame, documents: npt.NDArray[np.uint32], *columns: str) -> Iterator[tuple[Any, ...]]:
    """For each of some documents: the range of its rows, and its lines' values in some columns."""
    starts = starts_of(lines["document"].to_numpy())
    chosen = lines.select(*columns).filter(lines["document"].is_in(pl.Series(documents).implode()))
    values = [chosen[column].to_list() for column in columns]
    first = 0
    for number in documents.tolist():
        rows = range(starts[number], starts[number + 1])
        yield rows, *(column[first : first + len(rows)] for column in values)
        first += len(rows)


def _documents_with_repeats(lines: pl.DataFrame) -> npt.NDArray[np.uint32]:
    """Documents with a long line twice, or with several short ones: in the others there is nothing to find."""
    # Two numbers as one, which is faster; if chance ever makes two of them equal, a document is looked at in vain.
    mixed = lines["key"] ^ (lines["document"].cast(pl.UInt64) + 1) * SPREAD
    repeated = mixed.is_duplicated().arg_true()
    document, sizes = (lines[column].gather(repeated).to_numpy() for column in ("document", "size"))
    bounds = starts_of(document)
    many = np.diff(bounds) >= 2 * min(MIN_BLOCK_LINES, MIN_ARTICLES)
    long = np.maximum.reduceat(sizes, bounds[:-1]) >= MIN_PARAGRAPH
    worth: npt.NDArray[np.uint32] = document[bounds[:-1]][many | long]
    return worth


def _repeats(folded: Folded, rows: range, columns: list[list[Any]], pairs: list[tuple[int, int]] | None) -> list[Match]:
    """Copies in one document; near ones too where pairs are given."""
    near: dict[int, list[int]] = defaultdict(list)
    for later, earlier in pairs or ():
        near[later - rows.start].append(earlier - rows.start)
    keys, sizes, texts, kinds = columns
    page = Page(keys, sizes, texts, kinds, [] if pairs is None else folded.texts(rows), near)
    return [
        (rows[copy.row], rows[copy.source], _rule(copy), copy.score, f"one of {copy.block} lines")
        for copy in find_copies(page)
    ]


def _rule(copy: Copy) -> str:
    if copy.score < 1:
        return "near-block"
    return "repeated-line" if copy.block == 1 else "repeated-block"


def _contained(
    folded: Folded, rows: range, columns: list[list[Any]], flags: tuple[list[bool], list[bool]]
) -> list[Match]:
    """Lines of one document that others say in full; flags: whether each may be one, and whether it is gone."""
    texts, kinds = columns
    written = zip(rows, texts, folded.texts(rows), kinds, *flags, strict=True)
    passages = [Passage(*passage) for *passage, gone in written if not gone]
    return [(match.row, match.source, match.rule, 1.0, None) for match in find_contained(passages)]
