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

from etl.duplicates.folding import Folded
from etl.duplicates.shingles import Bottom, sample_shingles, starts_of

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

UNHELD, UNHELD_BYTE = 2**32 - 1, b"\xff"
"""Fills up a sketch of fewer hashes; and each of its bytes."""


def sample_documents(lines: pl.DataFrame, folded: Folded) -> Bottom:
    """The smallest hashes of each document of a shard.

    Args:
        lines: document (its number in the frame).
        folded: the lines' folded text; shingles run across line ends, for reprints break lines elsewhere.
    """
    return sample_shingles(folded.units, folded.bounds[starts_of(lines["document"].to_numpy())], SKETCH)


def sketch_documents(lines: pl.DataFrame, sample: Bottom, metadata: pl.DataFrame) -> pl.DataFrame:
    """Sketch each document of a shard that is long enough.

    Args:
        lines: doc_id, document (its number in the frame).
        sample: what `sample_documents` found in them.
        metadata: doc_id, published.

    Returns:
        The columns of `SKETCHES`.
    """
    starts = starts_of(lines["document"].to_numpy())[:-1]
    offsets = np.append(0, np.cumsum(sample.sizes)) * HASH.itemsize
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(sample.hashes.astype(HASH))]
    hashes = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(sample.sizes), buffers)
    sketches = pl.DataFrame(
        [
            lines["doc_id"].gather(starts),
            pl.Series("shingles", sample.counts),
            pl.Series("limit", sample.limits),
            pl.Series("hashes", hashes),
        ]
    )
    long = sketches.filter(pl.col("shingles") >= MIN_SHINGLES)
    dated = long.join(metadata.select("doc_id", "published"), on="doc_id", how="left", maintain_order="left")
    numbered = dated.with_columns(night=pl.lit(0))
    return numbered.select(pl.col(name).cast(dtype) for name, dtype in SKETCHES.items())


def as_rows(sketches: pl.DataFrame) -> npt.NDArray[Any]:
    """Sketches as an array of `ROW`, in the frame's order.

    Args:
        sketches: shingles, limit, hashes.
    """
    hashes = sketches["hashes"].to_list()
    if sketches["hashes"].dtype == pl.List:  # of a run before they were bytes, which may be taken over
        hashes = [np.array(one, HASH).tobytes() for one in hashes]
    filled = b"".join([one.ljust(SKETCH * HASH.itemsize, UNHELD_BYTE) for one in hashes])
    rows = np.empty(sketches.height, ROW)
    rows["shingles"], rows["limit"] = sketches["shingles"].to_numpy(), sketches["limit"].to_numpy()
    rows["hashes"] = np.frombuffer(filled, HASH).reshape(-1, SKETCH)
    return rows
