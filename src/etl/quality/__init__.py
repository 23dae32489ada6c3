"""Measures of a stage and of a run, taken from the datasets and the ledger alone, and held against expectations."""

from etl.quality.audit import Earlier, audit
from etl.quality.characters import characters
from etl.quality.expectations import told, verdict_of
from etl.quality.measures import Found, Scan, Usage, run_report, stage_report

__all__ = [
    "Earlier", "Found", "Scan", "Usage", "audit", "characters", "run_report", "stage_report", "told", "verdict_of",
]  # fmt: skip
