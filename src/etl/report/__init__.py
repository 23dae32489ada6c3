"""From a run's reports and datasets to pages that a person reads: static, self-contained, without scripts.

`index.html` shows the run in every language; below `en/` and `zh/` stands a page for each stage, each rule that made
edits, a sample of documents, and the quarantine. Every figure carries its name and exact value, so that it can be
held against the datasets.
"""

from etl.report.pages import write_pages

__all__ = ["write_pages"]
