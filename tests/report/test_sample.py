from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from etl.report.rulebook import rule_entry
from etl.report.sample import LARGEST_LOSSES, MOST, RANDOM, SUSPECTS, Sample, choose, single
from etl.schemas import DATASETS


class Datasets:
    """Datasets in memory, in two shards: a document a size, its edits and its marks."""

    shards = ("00000", "00001")

    def __init__(self, sizes: list[tuple[int, int]], edits: dict[str, list[str]], marks: dict[str, list[str]]) -> None:
        ids = [f"{number:03}" for number in range(len(sizes))]
        self.rows: dict[str, list[dict[str, Any]]] = {
            "documents": [
                {"doc_id": doc_id, "source": f"{doc_id}.txt", "chars_in": came, "chars_out": left}
                for doc_id, (came, left) in zip(ids, sizes, strict=True)
            ],
            "metadata": [{"doc_id": doc_id} for doc_id in ids],
            "decoded": [{"doc_id": doc_id, "source": f"{doc_id}.txt", "text": "字"} for doc_id in ids],
            "ledger": [
                {"doc_id": doc_id, "rule": rule, "stage": "boilerplate", "start": 0, "end": 0, "before": ""}
                for rule, hit in edits.items()
                for doc_id in hit
            ],
            "marks": [{"doc_id": doc_id, "mark": mark} for mark, hit in marks.items() for doc_id in hit],
        }

    def scan(self, dataset: str, prefix: str = "", number: str = "") -> pl.LazyFrame:
        schema = pl.DataFrame(DATASETS[dataset].create_empty()).schema
        held = [row for row in self.rows.get(dataset, []) if not number or int(row["doc_id"]) % 2 == int(number)]
        rows = [{**dict.fromkeys(schema), **row} for row in held]
        return pl.DataFrame(rows, schema=schema).lazy()


def report(*failed: str, rules: Iterable[str] = (), new_rules: tuple[str, ...] = ()) -> dict[str, Any]:
    expectations = [{"measure": measure, "verdict": "warn"} for measure in failed]
    counted = [{"rule": rule} for rule in rules]
    return {"expectations": expectations, "rules": counted, "drift": {"new_rules": list(new_rules)}}


def reasons(sample: Sample, reason: str) -> list[str]:
    return [doc_id for doc_id, given in sample.reasons.items() if reason in [name for name, _ in given]]


SIZES = [(100, 100 - number) for number in range(100)]


def test_largest_losses_and_some_at_random() -> None:
    sample = choose(Datasets(SIZES, {}, {}), [report()])
    assert reasons(sample, "loss") == [f"{99 - number:03}" for number in range(LARGEST_LOSSES)]
    assert reasons(sample, "random") == [f"{number:03}" for number in range(RANDOM)]


def test_every_rule_has_a_document() -> None:
    edits = {"seen": ["000"], "unseen": ["071", "060"]}
    sample = choose(Datasets(SIZES, edits, {}), [report(rules=edits)])
    assert reasons(sample, "rule") == ["060"]
    assert [row["rule"] for row in sample.ledger["060"]] == ["unseen"]


def test_documents_for_what_was_not_as_expected_come_first() -> None:
    marks = {"all-boilerplate": ["050", "040"], "low-confidence-encoding": [f"{number:03}" for number in range(20, 40)]}
    failed = ("all-boilerplate-share", "low-confidence-share", "emptied-share", "removed-share", "quarantined-share")
    sample = choose(Datasets([*SIZES[:99], (100, 0)], {}, marks), [report(*failed)])
    named = {
        about: [one for one in sample.reasons if ("expectation", about) in sample.reasons[one]] for about in failed
    }
    assert named["all-boilerplate-share"] == ["040", "050"]
    assert named["low-confidence-share"] == ["020", "021", "022", "023"][:SUSPECTS]
    assert named["emptied-share"] == ["099"]
    assert named["removed-share"][0] == "099"
    assert named["quarantined-share"] == []
    assert list(sample.reasons)[:2] == ["040", "050"]


def test_documents_for_rules_that_are_new() -> None:
    edits = {"new": [f"{number:03}" for number in range(30, 50)]}
    sample = choose(Datasets(SIZES, edits, {}), [report(new_rules=("new",))])
    assert reasons(sample, "new-rule") == ["030", "031", "032", "033"][:SUSPECTS]


def test_there_are_never_too_many() -> None:
    edits = {f"rule-{number:03}": [f"{number:03}"] for number in range(100)}
    assert len(choose(Datasets(SIZES, edits, {}), [report(rules=edits)]).documents) == MOST


def test_one_document_alone() -> None:
    datasets = Datasets(SIZES, {"rule": ["007"]}, {})
    sample = single(datasets, "007")
    assert list(sample.documents) == ["007"]
    assert [row["rule"] for row in sample.ledger["007"]] == ["rule"]
    assert single(datasets, "none").documents == {}


def test_a_rule_that_no_table_has_any_more_is_its_name_alone() -> None:
    entry = rule_entry("of-an-older-version")
    assert (entry.family, entry.why, entry.table) == ("of-an-older-version", "", "")
