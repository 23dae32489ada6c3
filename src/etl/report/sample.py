"""Which documents get a page: those that lost most, those that are suspect, one for every rule, and some at random.

The choice is a function of the datasets, so that a rebuilt report shows the same documents. A document's id is a
digest of its name, so the lowest ids are a random sample, and the same one in every run over the same input.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from etl.quality import Scan

__all__ = ["Sample", "choose", "single"]

LARGEST_LOSSES = 8
"""Documents that lost the largest share of their characters."""

RANDOM = 8
"""Documents at random: enough to see what an ordinary page looks like after cleaning."""

SUSPECTS = 4
"""Documents for each expectation that was not met, and for each rule that had no edits in the last run."""

MOST = 80
"""Documents with a page, so that a run's report stays small however many rules there are."""

MARK_OF = {
    "low-confidence-share": "low-confidence-encoding",
    "damaged-share": "damaged-characters",
    "all-boilerplate-share": "all-boilerplate",
}
"""Mark that a measure counts."""


@dataclass
class Sample:
    """Documents with a page.

    Attributes:
        reasons: why each was chosen, by doc_id: (loss | random | expectation | new-rule | rule, what it is about).
        documents: their rows of `documents`, without the text, and of `metadata`; in the order of the choice.
        texts: their decoded texts, and those of documents that hold a kept copy.
        sources: names of all these documents.
        every: every document has a page, and not these alone.
        ledger: their edits, by doc_id, ordered by start and end.
    """

    reasons: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    ledger: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    every: bool = False

    def add(self, doc_ids: Iterable[str], reason: str, about: str = "") -> None:
        """Choose some documents, as long as there is room."""
        for doc_id in doc_ids:
            if doc_id in self.reasons or len(self.reasons) < MOST:
                self.reasons.setdefault(doc_id, []).append((reason, about))


def choose(scan: Scan, reports: Sequence[Mapping[str, Any]]) -> Sample:
    """Choose the documents and read what their pages need.

    Args:
        scan: gives the run's datasets.
        reports: of the stages, in order, with expectations and drift.
    """
    sample = Sample()
    sizes = scan("documents").select("doc_id", "chars_in", "chars_out").collect().sort("doc_id")
    kept = pl.col("chars_out") / pl.col("chars_in")
    losses = sizes.filter(pl.col("chars_in") > 0).sort(kept, "doc_id")["doc_id"]
    for entry in (entry for report in reports for entry in report["expectations"] if entry["verdict"] != "pass"):
        sample.add(_suspects(scan, entry["measure"], sizes, losses), "expectation", entry["measure"])
    for rule in (rule for report in reports if report["drift"] for rule in report["drift"]["new_rules"]):
        sample.add(_lowest(scan, rule), "new-rule", rule)
    sample.add(losses.head(LARGEST_LOSSES), "loss")
    sample.add(sizes["doc_id"].head(RANDOM), "random")
    _cover_rules(sample, scan)
    _read(sample, scan)
    return sample


def single(scan: Scan, doc_id: str) -> Sample:
    """One document, as a sample of what a server shows; without documents, if there is none of that id."""
    sample = Sample(reasons={doc_id: []}, every=True)
    _read(sample, scan)
    return sample


def _suspects(scan: Scan, measure: str, sizes: pl.DataFrame, losses: pl.Series) -> list[str]:
    if measure in MARK_OF:
        marked = scan("marks").filter(pl.col("mark") == MARK_OF[measure]).select("doc_id").unique().collect()
        return marked["doc_id"].sort().head(SUSPECTS).to_list()
    if measure == "emptied-share":
        return sizes.filter(pl.col("chars_out") == 0)["doc_id"].head(SUSPECTS).to_list()
    return losses.head(SUSPECTS).to_list() if measure == "removed-share" else []


def _lowest(scan: Scan, rule: str) -> list[str]:
    hit = scan("ledger").filter(pl.col("rule") == rule).select("doc_id").unique().collect()
    return hit["doc_id"].sort().head(SUSPECTS).to_list()


def _cover_rules(sample: Sample, scan: Scan) -> None:
    """See to it that every rule with edits has a document with a page."""
    covered = pl.col("doc_id").is_in(list(sample.reasons)).any()
    rules = scan("ledger").group_by("rule").agg(pl.col("doc_id").min(), covered=covered).collect()
    for rule, doc_id in rules.filter(~pl.col("covered")).sort("rule").select("rule", "doc_id").iter_rows():
        sample.add([doc_id], "rule", rule)


def _read(sample: Sample, scan: Scan) -> None:
    chosen = pl.col("doc_id").is_in(list(sample.reasons))
    rows = scan("documents").filter(chosen).drop("text").join(
        scan("metadata").filter(chosen).select("doc_id", pl.selectors.ends_with("_line_no")), on="doc_id"
    )  # fmt: skip
    found = {row["doc_id"]: row for row in rows.collect().iter_rows(named=True)}
    sample.documents = {doc_id: found[doc_id] for doc_id in sample.reasons if doc_id in found}
    ledger = scan("ledger").filter(chosen).collect().sort("doc_id", "start", "end", maintain_order=True)
    for row in ledger.iter_rows(named=True):
        sample.ledger.setdefault(row["doc_id"], []).append(row)
    wanted = {*sample.reasons, *ledger["match_doc_id"].drop_nulls().to_list()}
    texts = scan("decoded").filter(pl.col("doc_id").is_in(list(wanted))).select("doc_id", "source", "text").collect()
    for doc_id, source, text in texts.iter_rows():
        sample.texts[doc_id], sample.sources[doc_id] = text, source
