"""What the rule tables say about the rules that a run used, as its pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from etl.rules import rule_row, rules_of, tables

__all__ = ["RuleEntry", "rule_entry", "rule_label", "subject"]


@dataclass(frozen=True)
class RuleEntry:
    """One rule.

    Attributes:
        rule: its id.
        table: rule table that holds it; empty for a rule of an older version, which no table has any more.
        family: what it is counted with in a run's overview.
        why: its reason, in English.
        label_zh: its name in Chinese.
        why_zh: its reason in Chinese.
        pattern: regular expression, if it has one.
        fields: the other columns of its table.
        examples: texts that it acts on: (before, after).
        counter_examples: texts that it leaves alone.
    """

    rule: str
    table: str = ""
    family: str = ""
    why: str = ""
    label_zh: str = ""
    why_zh: str = ""
    pattern: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    examples: tuple[tuple[str, str | None], ...] = ()
    counter_examples: tuple[tuple[str, str | None], ...] = ()


SHOWN_APART = ("table", "id", "why", "label_zh", "why_zh", "pattern", "examples", "counter_examples")


@cache
def rule_entry(rule: str) -> RuleEntry:
    """The rule's entry; one that no table has is an entry of the name alone."""
    if rule not in _ids():
        return RuleEntry(rule, family=rule)
    row = rule_row(rule)
    lines = {"lines": "line-ends"}.get(row["table"], rule)
    return RuleEntry(
        rule,
        table=row["table"],
        family=str(row.get("family") or row.get("field") or lines),
        why=row["why"],
        label_zh=row.get("label_zh", ""),
        why_zh=row.get("why_zh", ""),
        pattern=str(row.get("pattern", "")),
        fields=tuple((name, _told(value)) for name, value in row.items() if name not in SHOWN_APART),
        examples=_texts(row.get("examples", [])),
        counter_examples=_texts(row.get("counter_examples", [])),
    )


def rule_label(rule: str, lang: str) -> str:
    """What a page calls a rule: in Chinese its name, elsewhere the id that commands take."""
    return (rule_entry(rule).label_zh if lang == "zh" else "") or rule


def subject(about: str, lang: str) -> str:
    """What an expectation was judged by: a site, a rule, or a site and one of its rules."""
    site, joint, name = about.rpartition(": ")
    return f"{site}{joint}{rule_label(name, lang)}"


@cache
def _ids() -> frozenset[str]:
    return frozenset(rule.id for table in tables() for rule in rules_of(table))


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _texts(examples: list[Mapping[str, Any]]) -> tuple[tuple[str, str | None], ...]:
    return tuple((example["before"], example.get("after")) for example in examples)
