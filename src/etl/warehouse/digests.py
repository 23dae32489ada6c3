"""A digest of each document over its rows in every table, by which a changed document is told from one that is not.

XXH3-128 over the bytes of the columns, laid out by ourselves: the same on any machine and with any version of Arrow or
Polars, whose own hashes promise neither. Rows are hashed as they lie in Arrow's buffers, a document's in two pieces a
file: its numbers as one matrix, and its characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from etl.adjacent import starts_of

__all__ = ["NAMES", "digests"]

NAMES = ["doc_id", "encoding", "form", "kind", "match_doc_id", "recipe_digest", "rule", "site", "stage"]
"""Text columns with few values, which are read as dictionaries: of these, 64 bits of a hash stand for each value."""

NULL = -(2**63) + 1
"""What stands for null among numbers: no length, no count and no day; as a float, one too small to be a score."""


def digests(doc_ids: pl.Series, parts: Iterable[tuple[str, pa.Table]], salt: str) -> list[str]:
    """Hash each document's rows.

    Args:
        doc_ids: the documents, each once.
        parts: names of tables with some of their rows, those of a document all in one part or in parts of their own
            kind, as each stage's part of the ledger is; with a column doc_id, and those of `NAMES` as dictionaries.
            The order of parts and of a document's rows counts.
        salt: hashed before everything else; another one gives other digests.

    Returns:
        Digests in hex, in the order of `doc_ids`.
    """
    states = [xxhash.xxh3_128(salt.encode()) for _ in range(len(doc_ids))]
    positions = {doc_id: position for position, doc_id in enumerate(doc_ids)}
    for name, part in parts:
        kind = name.encode()
        rows, owners = _by_document(part, positions)
        bounds = starts_of(owners)
        counts = np.diff(bounds).tolist()
        (numbers, number_ends), (characters, character_ends) = _pieces(rows, bounds)
        for no, owner in enumerate(owners[bounds[:-1]].tolist()):
            state = states[owner]
            state.update(b"%s:%d" % (kind, counts[no]))
            state.update(numbers[number_ends[no] : number_ends[no + 1]])
            state.update(characters[character_ends[no] : character_ends[no + 1]])
    return [state.hexdigest() for state in states]


def _by_document(part: pa.Table, positions: dict[str, int]) -> tuple[pa.Table, np.ndarray]:
    """The rows ordered by the positions of their documents, otherwise as they were, and these positions."""
    rows = part.unify_dictionaries().combine_chunks()
    ids = rows["doc_id"].combine_chunks()
    known = np.array([positions[doc_id] for doc_id in ids.dictionary.to_pylist()], np.int64)
    owners = known[ids.indices.to_numpy()]
    if (np.diff(owners) < 0).any():
        order = np.argsort(owners, kind="stable")
        rows, owners = rows.take(pa.array(order)).combine_chunks(), owners[order]
    return rows.drop_columns("doc_id"), owners


def _pieces(rows: pa.Table, bounds: np.ndarray) -> Iterator[tuple[memoryview, list[int]]]:
    """The bytes of the rows in two buffers, each with what `bounds` are there.

    First all numbers and the lengths of all texts as a matrix, then the characters of all texts, row by row.
    """
    numbers, texts = [], [pa.repeat(pa.scalar("", pa.large_string()), rows.num_rows)]
    for column in rows.columns:
        array = _plain(column.combine_chunks())
        if pa.types.is_large_string(array.type):
            texts.append(array)
            array = pc.binary_length(array)
        numbers.append(pc.fill_null(array, NULL).to_numpy())
    matrix = np.empty((rows.num_rows, len(numbers)), "<i8")
    for no, values in enumerate(numbers):
        matrix[:, no] = values
    yield matrix.reshape(-1).view(np.uint8).data, (bounds * matrix.itemsize * matrix.shape[1]).tolist()
    separator = pa.scalar("", pa.large_string())
    joined = pc.binary_join_element_wise(*texts, separator, null_handling="replace", null_replacement="")
    _, offsets, data = joined.buffers()
    ends = np.frombuffer(offsets, np.int64)[joined.offset : joined.offset + len(joined) + 1]
    yield memoryview(b"" if data is None else data).cast("B"), ends[bounds].tolist()


def _plain(array: pa.Array) -> pa.Array:
    """A column as large_string or as int64, which keeps what was null."""
    if pa.types.is_dictionary(array.type):
        hashes = [xxhash.xxh3_64_intdigest(value) for value in array.dictionary.cast(pa.large_binary()).to_pylist()]
        return pa.array(np.array(hashes, np.uint64).view(np.int64)).take(array.indices)
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        lists = pl.DataFrame({"list": pl.from_arrow(array)})
        array = lists.select(pl.struct("list").struct.json_encode()).to_series().to_arrow()
    if pa.types.is_floating(array.type):
        return array.view(pa.int64())
    if pa.types.is_date(array.type):
        array = array.view(pa.int32())
    textual = pa.types.is_string(array.type) or pa.types.is_string_view(array.type)
    return array.cast(pa.large_string() if textual or pa.types.is_large_string(array.type) else pa.int64())
