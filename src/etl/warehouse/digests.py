"""A digest of each document over its rows in every table, by which a changed document is told from one that is not.

XXH3-128 over the bytes of the columns, laid out by ourselves: the same on any machine and with any version of Polars,
whose own hashes promise neither. A document's bytes lie together in a column, so that they are hashed in one piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl
import xxhash

__all__ = ["digests"]

NULL = -1
"""What stands for the length of a text that is null, so that it differs from an empty one."""


def digests(doc_ids: pl.Series, tables: Mapping[str, pl.DataFrame], salt: str) -> list[str]:
    """Hash each document's rows.

    Args:
        doc_ids: the documents, each once.
        tables: frames with a column doc_id; the order of a document's rows counts.
        salt: hashed before everything else; another one gives other digests.

    Returns:
        Digests in hex, in the order of `doc_ids`.
    """
    states = [xxhash.xxh3_128(salt.encode()) for _ in range(len(doc_ids))]
    positions = pl.DataFrame({"doc_id": doc_ids}).with_row_index("position")
    for name, frame in tables.items():
        ordered = frame.join(positions, on="doc_id", how="inner", maintain_order="left").sort(
            "position", maintain_order=True
        )
        bounds = np.searchsorted(ordered["position"].to_numpy(), np.arange(len(doc_ids) + 1))
        pieces = list(_pieces(ordered.drop("position"), bounds))
        for number, state in enumerate(states):
            state.update(name.encode())
            for data, ends in pieces:
                state.update(data[ends[number] : ends[number + 1]])
    return [state.hexdigest() for state in states]


def _pieces(frame: pl.DataFrame, bounds: np.ndarray) -> Iterator[tuple[memoryview, list[int]]]:
    """The bytes of a frame in a few buffers, each with the ends of every document's share of it.

    All numbers and the lengths of all texts make one matrix, a row of it for each row of the frame; the characters of
    each text column follow by themselves.
    """
    numbers = []
    for column in frame.iter_columns():
        if isinstance(column.dtype, pl.String | pl.List):
            text = _as_text(column)
            numbers.append(text.str.len_bytes().cast(pl.Int64).fill_null(NULL).to_numpy())
            yield from _characters(text, bounds)
        else:
            numbers += [column.is_null().cast(pl.Int64).to_numpy(), _as_integers(column)]
    matrix = np.column_stack(numbers).astype("<i8", copy=False)
    yield memoryview(matrix.tobytes()), (bounds * matrix.itemsize * matrix.shape[1]).tolist()


def _as_text(column: pl.Series) -> pl.Series:
    """A text column, or lists of texts as JSON."""
    if column.dtype == pl.String:
        return column
    return column.to_frame("list").select(pl.struct("list").struct.json_encode()).to_series()


def _as_integers(column: pl.Series) -> np.ndarray:
    if column.dtype == pl.Float64:
        return column.fill_null(0.0).to_numpy().view(np.int64)
    return column.to_physical().cast(pl.Int64).fill_null(0).to_numpy()


def _characters(text: pl.Series, bounds: np.ndarray) -> Iterator[tuple[memoryview, list[int]]]:
    """The UTF-8 of a text column as it lies in Arrow's large_string: offsets, then bytes."""
    array = text.fill_null("").rechunk().to_arrow()
    _, offsets, data = array.buffers()
    if data is not None and data.size:
        ends = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
        yield memoryview(data).cast("B"), ends[bounds].tolist()
