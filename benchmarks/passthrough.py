"""The floor: read the texts from Parquet and write them back, as `python passthrough.py TEXTS OUTPUT`."""

from __future__ import annotations

import sys

import pyarrow.parquet as pq


def main(source: str, output: str) -> None:
    """Copy a text file row group by row group, compressed as the pipeline compresses."""
    texts = pq.ParquetFile(source)
    with pq.ParquetWriter(output, texts.schema_arrow, compression="zstd", compression_level=1) as writer:
        for group in range(texts.num_row_groups):
            writer.write_table(texts.read_row_group(group, use_threads=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
