"""Measures of a stage and of a run, taken from the datasets and the ledger alone, and held against expectations."""

from etl.quality.audit import Earlier
from etl.quality.characters import characters
from etl.quality.contents import Contents, Rows
from etl.quality.expectations import told, verdict_of
from etl.quality.figures import Counted, add, count
from etl.quality.inspection import Inspection, Worked
from etl.quality.measures import Found, Usage, balance_of, run_report, stage_report
from etl.quality.totals import Adding, Totals

__all__ = [
    "Adding", "Contents", "Counted", "Earlier", "Found", "Inspection", "Rows", "Totals", "Usage", "Worked", "add",
    "balance_of", "characters", "count", "run_report", "stage_report", "told", "verdict_of",
]  # fmt: skip
