"""OpenLineage events of a run, to a file or a URL: where its datasets come from, and what was found about them.

Needs the extra `lineage`. A run is one OpenLineage run of the job `clean`: START with its input, then COMPLETE with the
outputs' schemas, sizes and assertions, or FAIL. An event that cannot be delivered never hurts the run.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    data_quality_assertions_dataset,
    data_quality_metrics_input_dataset,
    dataset_version_dataset,
    error_message_run,
    job_type_job,
    output_statistics_output_dataset,
    processing_engine_run,
    schema_dataset,
)
from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.transport.http import HttpConfig, HttpTransport
from openlineage.client.transport.transport import Transport

from etl.notify import address
from etl.recipe import LineageOptions
from etl.schemas import DATASETS

__all__ = ["Lineage"]

LOG = logging.getLogger(__name__)

PRODUCER = f"urn:etl:{version('etl')}"
"""Who made the events, as their schema wants it: a URI; ours leads to no place."""

FILES = "file"
"""Namespace of datasets on a file system, by OpenLineage's naming conventions; their names are absolute paths."""

SECONDS = 5
"""How long a lineage server may take to accept an event."""


class Lineage:
    """Sends the events of one run."""

    def __init__(self, options: LineageOptions, source: Path, output: Path) -> None:
        self._options = options
        self._source, self._output = str(source.resolve()), output.resolve()

    def started(self, run_id: str) -> None:
        """Say that a run starts."""
        self._emit(RunState.START, run_id)

    def failed(self, run_id: str, error: str) -> None:
        """Say that a run ended before it was committed."""
        self._emit(RunState.FAIL, run_id, run={"errorMessage": error_message_run.ErrorMessageRunFacet(error, "python")})

    def ended(self, manifest: Mapping[str, Any], summary: Mapping[str, Any]) -> None:
        """Say that a run was committed; one that failed its expectations is FAIL, for readers do not get it.

        Args:
            manifest: of the run, with its files.
            summary: the run's report.
        """
        failed = summary["verdict"] == "fail"
        error = error_message_run.ErrorMessageRunFacet("an expectation failed; the run is not published", "python")
        self._emit(
            RunState.FAIL if failed else RunState.COMPLETE,
            manifest["run_id"],
            run={"errorMessage": error} if failed else {},
            found=_found(summary),
            outputs=[self._dataset(name, manifest) for name in DATASETS],
        )

    def _dataset(self, name: str, manifest: Mapping[str, Any]) -> OutputDataset:
        files = [facts for path, facts in manifest["files"].items() if path.startswith(f"{name}/")]
        columns = [
            schema_dataset.SchemaDatasetFacetFields(name=column, type=str(field.dtype), description=field.description)
            for column, field in DATASETS[name].columns().items()
        ]
        statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=sum(facts["rows"] for facts in files),
            size=sum(facts["bytes"] for facts in files),
            fileCount=len(files),
        )
        return OutputDataset(
            namespace=FILES,
            name=str(self._output / name),
            outputFacets={"outputStatistics": statistics},
            facets={
                "schema": schema_dataset.SchemaDatasetFacet(fields=columns),
                "version": dataset_version_dataset.DatasetVersionDatasetFacet(manifest["run_id"]),
            },
        )

    def _emit(
        self,
        state: RunState,
        run_id: str,
        run: Mapping[str, Any] | None = None,
        found: Mapping[str, Any] | None = None,
        outputs: Iterable[OutputDataset] = (),
    ) -> None:
        name = str(uuid5(NAMESPACE_URL, f"{self._output}/{run_id}"))
        engine = processing_engine_run.ProcessingEngineRunFacet(version("polars"), "polars")
        kind = job_type_job.JobTypeJobFacet(processingType="BATCH", integration="ETL", jobType="JOB")
        event = RunEvent(
            eventType=state,
            eventTime=datetime.now(UTC).isoformat(),
            producer=PRODUCER,
            run=Run(name, {"processing_engine": engine, **(run or {})}),
            job=Job(self._options.namespace, "clean", {"jobType": kind}),
            inputs=[InputDataset(FILES, self._source, inputFacets=dict(found or {}))],
            outputs=list(outputs),
        )
        try:
            _transport(address(self._options.to)).emit(event)
        except (OSError, RuntimeError, ValueError) as error:
            LOG.error("etl: the %s event of [lineage] was not delivered: %s", state.value, error)


def _found(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What was found about the input: its size, and each expectation as an assertion."""
    assertions = [
        data_quality_assertions_dataset.Assertion(
            assertion=entry["measure"],
            name=f"{entry['stage']}/{entry['measure']}/{entry['each']}",
            success=entry["verdict"] == "pass",
            severity="error" if entry["fail"] is not None else "warn",
            expected=f"<= {entry['warn'] if entry['fail'] is None else entry['fail']}",
            actual=str(entry["value"]),
        )
        for entry in summary["expectations"]
        if entry["judged"]
    ]
    rows = summary["input"]["documents"] + summary["input"]["quarantined"]
    metrics = data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(columnMetrics={}, rowCount=rows)
    return {
        "dataQualityMetrics": metrics,
        "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(assertions),
    }


def _transport(to: str) -> Transport:
    if not to.startswith(("http://", "https://")):
        return FileTransport(FileConfig(log_file_path=to, append=True))
    key = os.environ.get("OPENLINEAGE_API_KEY")
    auth = {"auth": {"type": "api_key", "apiKey": key}} if key else {}
    return HttpTransport(HttpConfig.from_dict({"url": to, "timeout": SECONDS, "retry": {"total": 1}, **auth}))
