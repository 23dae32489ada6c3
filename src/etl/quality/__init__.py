"""Measures of a stage and of a run, taken from the datasets and the ledger alone, and held against expectations."""

from etl.quality.drift import drift
from etl.quality.expectations import judge, verdict_of
from etl.quality.measures import Scan, Usage, run_report, stage_report

__all__ = ["Scan", "Usage", "drift", "judge", "run_report", "stage_report", "verdict_of"]
