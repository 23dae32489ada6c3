"""What dlt offers of our load, as `python dlt_pipeline.py ROWS WAREHOUSE`, in the peers' environment.

It loads the Parquet files of ROWS, a folder for each table, into a DuckDB file; rows of a document that is there
replace those. It is told which rows changed, and neither deletes what is gone nor compares a sum.
"""

import os
import sys
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import pyarrow.parquet as pq


def main(rows: str, warehouse: str) -> None:
    """Load every table, merging by document."""
    pipeline = dlt.pipeline(
        "etl",
        pipelines_dir=str(Path(warehouse).parent / "dlt"),
        destination=dlt.destinations.duckdb(warehouse),
        dataset_name="etl",
    )
    tables = []
    for folder in sorted(Path(rows).iterdir()):
        batches = (pq.read_table(path) for path in sorted(folder.iterdir()))
        tables.append(dlt.resource(batches, name=folder.name, write_disposition="merge", merge_key="doc_id"))
    pipeline.run(tables)


if __name__ == "__main__":
    main(*sys.argv[1:])
