"""Sketches of documents, from which their likeness can be told without their text.

A sketch is the smallest `SKETCH` hashes of a document's shingles (Broder's bottom-k sketch, "On the resemblance and
containment of documents", 1997); below the lower of two sketches' limits both are complete, and there their common
share estimates the likeness. A document of up to `SKETCH` shingles is compared exactly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from etl.duplicates.keyed import Keyed
from etl.duplicates.shingles import Bottom, sample_shingles
from etl.utf8 import Utf8

__all__ = ["ROW", "SKETCH", "SKETCHES", "UNHELD", "as_rows", "sample_documents", "sketch_documents"]

SKETCH = 512
"""Hashes a document: the standard error of a likeness of .8 is then under .018, at 2 KB a document."""

MIN_SHINGLES = 50
"""Shingles; a shorter document is a notice or a stub, and resembles others by chance."""

SKETCHES: dict[str, pl.DataType | type[pl.DataType]] = {
    "doc_id": pl.String,
    "night": pl.Int64,
    "published": pl.Date,
    "shingles": pl.Int64,
    "limit": pl.Int64,
    "hashes": pl.Binary,
}
"""Columns of a sketch: night as in a survey of paragraphs; shingles counts them all; hashes holds, sorted, those up
to limit, four bytes each, the lowest first: a list of numbers takes ten times as long to read from Parquet."""

ROW = np.dtype([("shingles", np.int64), ("limit", np.int64), ("hashes", np.uint32, (SKETCH,))])
"""A sketch of fixed length, as pairs of them are compared; hashes is filled up with `UNHELD`."""

HASH = np.dtype("<u4")
"""A hash, as it is kept."""

UNHELD = 2**32 - 1
"""Fills up a sketch of fewer hashes."""


def sample_documents(keyed: Keyed) -> Bottom:
    """The smallest hashes of each document; shingles run across line ends, for reprints break lines elsewhere."""
    return sample_shingles(keyed.folded.units, keyed.folded.bounds[keyed.starts], SKETCH)


def sketch_documents(documents: pl.DataFrame, sample: Bottom) -> pl.DataFrame:
    """Sketch each document of a shard that is long enough.

    Args:
        documents: doc_id, published.
        sample: what `sample_documents` found in them.

    Returns:
        The columns of `SKETCHES`.
    """
    offsets = np.append(0, np.cumsum(sample.sizes)) * HASH.itemsize
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(sample.hashes.astype(HASH))]
    hashes = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(sample.sizes), buffers)
    columns = {
        "doc_id": documents["doc_id"],
        "night": np.zeros(documents.height, dtype=np.int64),
        "published": documents["published"],
        "shingles": sample.counts,
        "limit": sample.limits,
        "hashes": pl.Series(hashes),
    }
    return pl.DataFrame(columns, schema=SKETCHES).filter(pl.Series(sample.counts >= MIN_SHINGLES))


def as_rows(sketches: pl.DataFrame) -> npt.NDArray[Any]:
    """Sketches as an array of `ROW`, in the frame's order.

    Args:
        sketches: shingles, limit, hashes.
    """
    hashes = sketches["hashes"]
    if hashes.dtype == pl.List:  # of a run before they were bytes, which may be taken over
        hashes = pl.Series([np.array(one, HASH).tobytes() for one in hashes.to_list()], dtype=pl.Binary)
    held = Utf8.of(hashes)
    rows = np.empty(sketches.height, ROW)
    rows["shingles"], rows["limit"], rows["hashes"] = sketches["shingles"], sketches["limit"], UNHELD
    places = np.arange(SKETCH) < np.diff(held.offsets)[:, None] // HASH.itemsize
    rows["hashes"][places] = held.data[held.offsets[0] : held.offsets[-1]].view(HASH)
    return rows
