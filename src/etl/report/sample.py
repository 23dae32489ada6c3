"""Which documents get a page: those that lost most, those that are suspect, one for every rule, and some at random.

The choice is a function of the datasets, so that a rebuilt report shows the same documents. A document's id is a
digest of its name, so the lowest ids are a random sample, and the same one in every run over the same input.
What is chosen lies in few shards, and only those are read for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

__all__ = ["Datasets", "Sample", "choose", "single"]

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


class Datasets(Protocol):
    """A run's datasets."""

    @property
    def shards(self) -> Sequence[str]:
        """Numbers of its shards."""

    def scan(self, dataset: str, prefix: str = "", number: str = "") -> pl.LazyFrame:
        """Scan one dataset: all of it, or what one stage, or one shard, added to it."""


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


def choose(datasets: Datasets, reports: Sequence[Mapping[str, Any]]) -> Sample:
    """Choose the documents and read what their pages need.

    Args:
        datasets: the run's.
        reports: of the stages, in order, with rules, expectations and drift.
    """
    sample = Sample()
    sizes = _by_shard(datasets, "doc_id", "chars_in", "chars_out")
    losses = _largest_losses(sizes)
    for entry in (entry for report in reports for entry in report["expectations"] if entry["verdict"] != "pass"):
        sample.add(_suspects(datasets, entry["measure"], sizes, losses), "expectation", entry["measure"])
    for rule in (rule for report in reports if report["drift"] for rule in report["drift"]["new_rules"]):
        sample.add(_hit(datasets, rule), "new-rule", rule)
    sample.add(losses, "loss")
    sample.add(_lowest(sizes, RANDOM), "random")
    rows = _Rows(datasets, sizes)
    edits = rows.of("ledger", sample.reasons).collect()
    seen = {*sample.reasons}
    _cover_rules(sample, datasets, {rule["rule"] for report in reports for rule in report["rules"]} - {*edits["rule"]})
    further = rows.of("ledger", sample.reasons.keys() - seen).collect()
    _read(sample, rows, pl.concat([edits, further]))
    return sample


def single(datasets: Datasets, doc_id: str) -> Sample:
    """One document, as a sample of what a server shows; without documents, if there is none of that id."""
    sample = Sample(reasons={doc_id: []}, every=True)
    rows = _Rows(datasets, _by_shard(datasets, "doc_id"))
    _read(sample, rows, rows.of("ledger", [doc_id]).collect())
    return sample


def _by_shard(datasets: Datasets, *columns: str) -> pl.DataFrame:
    """Some columns of the documents, and shard, which holds each."""
    shards = [
        datasets.scan("documents", number=number).select(*columns, shard=pl.lit(number))
        for number in datasets.shards or [""]
    ]
    return pl.concat(shards).collect()


@dataclass(frozen=True)
class _Rows:
    """Reads the rows of some documents from the shards that hold them.

    Attributes:
        datasets: the run's.
        places: doc_id, shard.
    """

    datasets: Datasets
    places: pl.DataFrame

    def of(self, dataset: str, doc_ids: Collection[str]) -> pl.LazyFrame:
        chosen = pl.col("doc_id").is_in(list(doc_ids))
        numbers = self.places.filter(chosen)["shard"].unique().sort()
        shards = [self.datasets.scan(dataset, number=number) for number in numbers]
        return pl.concat(shards or [self.datasets.scan(dataset).clear()]).filter(chosen)


def _largest_losses(sizes: pl.DataFrame) -> list[str]:
    """The documents that lost the largest share, those alike in the order of their ids; not all are sorted for it."""
    shares = sizes.filter(pl.col("chars_in") > 0).select("doc_id", kept=pl.col("chars_out") / pl.col("chars_in"))
    fewest = shares.filter(pl.col("kept") <= pl.col("kept").bottom_k(LARGEST_LOSSES).max())
    return fewest.sort("kept", "doc_id")["doc_id"].head(LARGEST_LOSSES).to_list()


def _suspects(datasets: Datasets, measure: str, sizes: pl.DataFrame, losses: list[str]) -> list[str]:
    if measure in MARK_OF:
        of_mark = datasets.scan("marks").filter(pl.col("mark") == MARK_OF[measure])
        return _lowest(of_mark.select("doc_id").unique().collect(), SUSPECTS)
    if measure == "emptied-share":
        return _lowest(sizes.filter(pl.col("chars_out") == 0), SUSPECTS)
    return losses[:SUSPECTS] if measure == "removed-share" else []


def _hit(datasets: Datasets, rule: str) -> list[str]:
    hit = datasets.scan("ledger").filter(pl.col("rule") == rule).select("doc_id").unique().collect()
    return _lowest(hit, SUSPECTS)


def _lowest(documents: pl.DataFrame, most: int) -> list[str]:
    return documents["doc_id"].bottom_k(most).sort().to_list()


def _cover_rules(sample: Sample, datasets: Datasets, unseen: Collection[str]) -> None:
    """See to it that each of the rules has a document with a page."""
    hits = datasets.scan("ledger").filter(pl.col("rule").is_in(list(unseen)))
    for rule, doc_id in hits.group_by("rule").agg(pl.col("doc_id").min()).collect().sort("rule").iter_rows():
        sample.add([doc_id], "rule", rule)


def _read(sample: Sample, rows: _Rows, ledger: pl.DataFrame) -> None:
    """Read what the pages of the chosen documents need besides their edits."""
    found = rows.of("documents", sample.reasons).drop("text").join(
        rows.of("metadata", sample.reasons).select("doc_id", pl.selectors.ends_with("_line_no")), on="doc_id"
    )  # fmt: skip
    documents = {row["doc_id"]: row for row in found.collect().iter_rows(named=True)}
    sample.documents = {doc_id: documents[doc_id] for doc_id in sample.reasons if doc_id in documents}
    for row in ledger.sort("doc_id", "start", "end", maintain_order=True).iter_rows(named=True):
        sample.ledger.setdefault(row["doc_id"], []).append(row)
    wanted = {*sample.reasons, *ledger["match_doc_id"].drop_nulls()}
    for doc_id, source, text in rows.of("decoded", wanted).select("doc_id", "source", "text").collect().iter_rows():
        sample.texts[doc_id], sample.sources[doc_id] = text, source
