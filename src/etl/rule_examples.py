"""Running the examples of the rule tables: each rule acts on its examples and leaves its counter-examples alone.

What an example is, each table says at its head: a line, a paragraph, or a small document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

from etl.boilerplate.folding import shown
from etl.boilerplate.metadata_rules import metadata_rules, read_values
from etl.boilerplate.narrowing import narrow
from etl.boilerplate.wordings import rule_hits
from etl.lines import split_lines
from etl.normalization.rewriting import LINE_JOINT, REWRITERS, active_rewriters, rewrite
from etl.recipe import DuplicateOptions, NormalizeOptions
from etl.rules import Example, Rule, rules_of
from etl.sectioning.markers import marker_forms, takes
from etl.stages.duplicates import CorpusFacts, merge_paragraphs, remove_duplicates, survey_corpus

__all__ = ["Trial", "failing_examples"]


JOIN = "join-lines"
"""The rule that makes one paragraph of several lines."""


class Trial(NamedTuple):
    """What a rule made of a text.

    Attributes:
        acted: whether it did anything.
        after: what the text became, or the value that was read; null where the table has no such thing.
    """

    acted: bool
    after: str | None = None


Case = tuple[Rule, str]
"""A rule and the text to try it on."""


def _lines(rule: Rule, text: str) -> Trial:
    breaks = split_lines(pl.DataFrame({"doc_id": "it", "text": [text]})).breaks
    return Trial(rule.id in breaks["rule"])


def _boilerplate(cases: Sequence[Case]) -> list[Trial]:
    # All at once: rules look at distinct lines, and compiling them costs more than running them.
    hits = rule_hits(pl.Series([text for _, text in cases]))
    met = set(hits.select("rule", "text").iter_rows())
    return [Trial(True) if (rule.id, text) in met else _narrowing(rule, text) for rule, text in cases]


def _narrowing(rule: Rule, text: str) -> Trial:
    lines = split_lines(pl.DataFrame({"doc_id": "it", "text": [text]})).lines
    narrowed = narrow(lines.with_row_index("wording"), lines["text"])
    return Trial(rule.id in narrowed.lost["rule"], narrowed.lines["text"].item())


def _metadata(rule: Rule, text: str) -> Trial:
    row = next(row for row in metadata_rules() if row.id == rule.id)
    value = read_values(row, pl.select(shown(pl.lit(text))).to_series()).item()
    return Trial(value is not None, value)


def _sections(rule: Rule, text: str) -> Trial:
    return Trial(takes(next(form for form in marker_forms() if form.id == rule.id), text))


def _normalize(rule: Rule, text: str) -> Trial:
    # An optional rule is tried with all others; a usual one as it acts by default.
    usual = active_rewriters(NormalizeOptions())
    optional = {rewriter.rule for rewriter in REWRITERS} - {rewriter.rule for rewriter in usual}
    rewritten = rewrite(pl.Series([text]), REWRITERS if rule.id in optional else usual)
    # A cut without white space around it is joined without an edit: the line break itself went long before.
    joined = rule.id == JOIN and LINE_JOINT in text and LINE_JOINT not in rewritten.texts.item()
    return Trial(joined or rule.id in rewritten.pieces["rule"], rewritten.texts.item())


def _duplicates(rule: Rule, text: str) -> Trial:
    texts = text.split("\n")
    lines = pl.DataFrame({"doc_id": "it", "line_no": range(1, len(texts) + 1), "text": texts}).with_columns(
        start=pl.col("line_no") * 1000, end=pl.col("line_no") * 1000 + 1, kind=pl.lit("body")
    )
    if rule.id == "contained-caption":
        lines = lines.with_columns(
            kind=pl.when(pl.col("line_no") == len(texts)).then(pl.lit("caption")).otherwise("kind")
        )
    if rule.id == "shared-paragraph":
        lines = pl.concat([lines, lines.with_columns(doc_id=pl.lit("older"))])
    metadata = pl.DataFrame({"doc_id": ["it", "older"], "published": [date(2021, 1, 2), date(2021, 1, 1)]})
    survey = survey_corpus(lines, metadata, DuplicateOptions())
    corpus = CorpusFacts(merge_paragraphs(survey["paragraphs"].lazy()))
    outcome = remove_duplicates(lines, survey["repeats"], metadata, corpus, DuplicateOptions())
    kept = outcome.datasets["deduplicated"].filter(pl.col("doc_id") == "it")
    return Trial(rule.id in outcome.edits["rule"], "\n".join(kept["text"]))


def _each(trial: Callable[[Rule, str], Trial]) -> Callable[[Sequence[Case]], list[Trial]]:
    return lambda cases: [trial(rule, text) for rule, text in cases]


TRIALS: Mapping[str, Callable[[Sequence[Case]], list[Trial]]] = {
    "lines": _each(_lines),
    "boilerplate": _boilerplate,
    "metadata": _each(_metadata),
    "sections": _each(_sections),
    "duplicates": _each(_duplicates),
    "normalize": _each(_normalize),
}
"""How each table's rules are tried; a table that is not here has no examples."""


def failing_examples(table: str, rules: Sequence[Rule] | None = None) -> list[str]:
    """Try a table's rules on their examples and counter-examples.

    Args:
        table: name of the table.
        rules: the rules; those of the table if left out.

    Returns:
        What fails, in one line each.
    """
    rows = [
        (rule, example, acts)
        for rule in (rules_of(table) if rules is None else rules)
        for acts, examples in ((True, rule.examples), (False, rule.counter_examples))
        for example in examples
    ]
    trials = TRIALS[table]([(rule, example.before) for rule, example, _ in rows]) if rows else []
    told = [_failure(row, trial) for row, trial in zip(rows, trials, strict=True)]
    return [f"{table}/{line}" for line in told if line]


def _failure(row: tuple[Rule, Example, bool], trial: Trial) -> str | None:
    rule, example, acts = row
    if trial.acted != acts:
        return f"{rule.id}: {example.before!r}: the rule {'does not act' if acts else 'acts'}"
    if acts and example.after is not None and trial.after != example.after:
        return f"{rule.id}: {example.before!r}: becomes {trial.after!r}, not {example.after!r}"
    return None
