"""Every rule of the table acts on its examples, and leaves its counter-examples alone."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from etl.ledger import Outcome
from etl.recipe import DuplicateOptions
from etl.rules import Example, Rule, load_rules
from etl.stages.duplicates import CorpusFacts, merge_paragraphs, remove_duplicates, survey_corpus

RULES = load_rules("duplicates", Rule)
OPTIONS = DuplicateOptions()


def clean(rule: Rule, example: Example) -> Outcome:
    texts = example.before.split("\n")
    kinds = ["body"] * (len(texts) - 1) + ["caption" if rule.id == "contained-caption" else "body"]
    lines = pl.DataFrame({"doc_id": "it", "line_no": range(1, len(texts) + 1), "text": texts, "kind": kinds})
    lines = lines.with_columns(start=pl.col("line_no") * 1000, end=pl.col("line_no") * 1000 + 1)
    lines = pl.concat([lines, lines.with_columns(doc_id=pl.lit("older"))] if rule.id == "shared-paragraph" else [lines])
    dates = {"it": dt.date(2021, 1, 2), "older": dt.date(2021, 1, 1)}
    metadata = pl.DataFrame({"doc_id": dates.keys(), "published": dates.values()})
    owners = merge_paragraphs(survey_corpus(lines, metadata, OPTIONS)["paragraphs"].lazy())
    return remove_duplicates(lines, metadata, CorpusFacts(owners), OPTIONS)


def remaining(outcome: Outcome) -> str:
    kept = outcome.datasets["deduplicated"].filter(pl.col("doc_id") == "it")
    return "\n".join(kept["text"].to_list())


@pytest.mark.parametrize(
    ("rule", "example"), [pytest.param(rule, case, id=rule.id) for rule in RULES for case in rule.examples]
)
def test_a_rule_acts_on_its_examples(rule: Rule, example: Example) -> None:
    outcome = clean(rule, example)
    assert remaining(outcome) == example.after
    assert rule.id in set(outcome.edits["rule"])


@pytest.mark.parametrize(
    ("rule", "example"), [pytest.param(rule, case, id=rule.id) for rule in RULES for case in rule.counter_examples]
)
def test_a_rule_leaves_its_counter_examples_alone(rule: Rule, example: Example) -> None:
    outcome = clean(rule, example)
    assert remaining(outcome) == example.before
    assert outcome.edits.is_empty()
