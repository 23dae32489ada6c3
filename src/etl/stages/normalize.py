"""Stage 5: join cut lines, rewrite characters, and make paragraphs. The only stage that rewrites.

Most lines need nothing but a trim, which Polars does on columns; one regex tells the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.adjacent import differs
from etl.arrays import Flags, Ints
from etl.arrow import join_runs
from etl.ledger import Outcome, edits, marks
from etl.normalization.alphabet import WHITE_CHARACTERS
from etl.normalization.rewriting import LINE_JOINT, Rewriter, active_rewriters, needs_rewriting, rewrite
from etl.normalization.wrapping import find_continuations, find_torn
from etl.patterns import keeps_patterns
from etl.recipe import NormalizeOptions
from etl.schemas import Paragraphs, conform

__all__ = ["normalize"]


@keeps_patterns
def normalize(lines: pl.DataFrame, options: NormalizeOptions) -> Outcome:
    """Make clean paragraphs of lines.

    Args:
        lines: the columns of `schemas.Sectioned`, in document order, then by line_no.
        options: which rules act.

    Returns:
        The dataset `paragraphs`; an edit for each change, in order of document and position, `paragraph-break` for
        the newline that stands before each paragraph but a document's first; a mark `torn-paragraph` for each line
        that breaks off.
    """
    continues = find_continuations(lines)
    raw = _raw_paragraphs(lines, continues & options.join_lines, strips=options.white_space)
    clean, rewritten = _rewritten(raw, lines, active_rewriters(options))
    kept = np.flatnonzero(clean != "")
    first, last = raw.first[kept], raw.last[kept]
    paragraphs = lines.select("doc_id", "section_id", "kind", "line_no", "start")[first]
    number = _places(paragraphs["doc_id"])
    columns = {"paragraph_no": number, "end": lines["end"].to_numpy()[last], "text": clean[kept]}
    paragraphs = paragraphs.hstack(pl.DataFrame(columns))
    changes = pl.concat([_trims(raw, lines), rewritten, _paragraph_breaks(first[number > 1], lines)], rechunk=True)
    return Outcome(
        {"paragraphs": conform(paragraphs, Paragraphs)},
        edits(_in_order(changes, lines)),
        marks(find_torn(lines, continues), mark="torn-paragraph"),
    )


class _Raw(NamedTuple):
    """Paragraphs before they are rewritten.

    Attributes:
        first: row of each one's first line.
        last: row of its last line.
        whole: its lines, `LINE_JOINT` between them.
        rest: without the white space at its start, if that is to go.
        text: without that at its end either. The white space around the lines of a joined paragraph is left to the
            rewriting, which knows where they begin.
    """

    first: Ints
    last: Ints
    whole: pl.Series
    rest: pl.Series
    text: pl.Series


def _raw_paragraphs(lines: pl.DataFrame, goes_on: Flags, *, strips: bool) -> _Raw:
    """Put lines that go on to the paragraphs of the lines before them."""
    first = np.flatnonzero(~goes_on)
    last = np.append(first[1:], lines.height)[: len(first)] - 1
    joined = np.flatnonzero(last > first)
    parts = lines["text"].filter(pl.Series(goes_on | np.append(goes_on[1:], False)))
    bounds = np.append(0, np.cumsum((last - first + 1)[joined]))
    whole = lines["text"][first].scatter(joined, join_runs(parts, bounds, LINE_JOINT))
    if not strips:
        return _Raw(first, last, whole, whole, whole)
    wrapped = whole[joined]
    rest = whole.str.strip_chars_start(WHITE_CHARACTERS).scatter(joined, wrapped)
    text = rest.str.strip_chars_end(WHITE_CHARACTERS).scatter(joined, wrapped)
    return _Raw(first, last, whole, rest, text)


def _places(doc_id: pl.Series) -> Ints:
    """Number of each row in its document, from 1; those of a document stand together."""
    row = np.arange(len(doc_id))
    opens = differs(doc_id.rle_id().to_numpy())
    return row - np.maximum.accumulate(np.where(opens, row, 0)) + 1


def _rewritten(raw: _Raw, lines: pl.DataFrame, rewriters: Sequence[Rewriter]) -> tuple[pl.Series, pl.DataFrame]:
    """The clean texts of paragraphs, and their edits."""
    dirty = np.flatnonzero((raw.last > raw.first) | needs_rewriting(raw.text, rewriters).to_numpy())
    texts, pieces = rewrite(raw.text[dirty], rewriters)
    which, line = pieces["text"].to_numpy(), pieces["line"].to_numpy()
    row = raw.first[dirty[which]] + line
    head = (_length(raw.whole[dirty]) - _length(raw.rest[dirty]))[which]
    start = lines["start"].to_numpy()[row] + np.where(line == 0, head, 0) + pieces["from"].to_numpy()
    after = pl.when(pl.col("after") != "").then("after")
    changes = pl.DataFrame({"row": row, "start": start}).hstack(pieces.select("before", after, "rule", "detail"))
    return raw.text.clone().scatter(dirty, texts), changes


def _trims(raw: _Raw, lines: pl.DataFrame) -> pl.DataFrame:
    """Edits for the white space that was stripped from the ends of paragraphs."""
    whole, rest, text = (column.str.len_bytes().to_numpy().astype(np.int64) for column in raw[2:])
    heads, tails = np.flatnonzero(whole != rest), np.flatnonzero(rest != text)
    cut = pl.DataFrame(
        {
            "text": pl.concat([raw.whole[heads], raw.rest[tails]]).cast(pl.Binary),
            "at": np.append(np.zeros_like(heads), text[tails]),
            "size": np.append((whole - rest)[heads], (rest - text)[tails]),
        }
    )
    before = cut.select(pl.col("text").bin.slice("at", "size")).to_series().cast(pl.String)
    ends = lines["end"].to_numpy()[raw.last[tails]] - _length(before[len(heads) :])
    row, start = raw.first[np.append(heads, tails)], lines["start"].to_numpy()[raw.first[heads]]
    return _alike(row, np.append(start, ends), before, None, "white-space")


def _paragraph_breaks(first: Ints, lines: pl.DataFrame) -> pl.DataFrame:
    """Insertions of the newline that stands before paragraphs."""
    return _alike(first, lines["start"].to_numpy()[first], _constant("", len(first)), "\n", "paragraph-break")


def _alike(row: Ints, start: Ints, before: pl.Series, after: str | None, rule: str) -> pl.DataFrame:
    """Edits of one rule: row (of the line), start, before, after, rule, detail."""
    count = len(row)
    return pl.DataFrame(
        {
            "row": row,
            "start": start,
            "before": before,
            "after": _constant(after, count),
            "rule": _constant(rule, count),
            "detail": _constant(None, count),
        }
    )


def _constant(value: str | None, count: int) -> pl.Series:
    return pl.Series([value], dtype=pl.String).new_from_index(0, count)


def _length(texts: pl.Series) -> Ints:
    """Code points of each text."""
    return texts.str.len_chars().to_numpy().astype(np.int64)


def _in_order(changes: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Edits by line, start, and an insertion before what it stands in front of; with the columns of the ledger."""
    row, start = changes["row"].to_numpy(), changes["start"].to_numpy()
    end = start + _length(changes["before"])
    order = np.argsort(row * 2**32 + start * 2 + (end > start), kind="stable")  # one key sorts fastest
    placed = lines.select("doc_id", "line_no")[row[order]]
    told = changes.select("before", "after", "rule", "detail")[order]
    return placed.hstack(pl.DataFrame({"start": start[order], "end": end[order]})).hstack(told)
