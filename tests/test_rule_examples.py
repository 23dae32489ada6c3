"""Every rule acts on its examples and leaves its counter-examples alone."""

from __future__ import annotations

import pytest

from etl.rule_examples import failing_examples
from etl.rules import Example, rules_of, tables

STRUCTURAL = {
    "site-template", "after-related", "outside-article", "low-score", "damaged-bytes", "ambiguous-bytes",
    "paragraph-break",
}  # fmt: skip
"""Rules that see more than a line or a paragraph; the tests of their stages have examples of them."""


@pytest.mark.parametrize("table", tables())
def test_rules_keep_to_their_examples(table: str) -> None:
    assert failing_examples(table) == []


@pytest.mark.parametrize("table", tables())
def test_rules_have_examples(table: str) -> None:
    assert {rule.id for rule in rules_of(table) if not rule.examples} <= STRUCTURAL


@pytest.mark.parametrize(
    ("table", "rule_id", "changed", "failure"),
    [
        ("lines", "line-break", {"examples": (Example(before="甲"),)}, "'甲': the rule does not act"),
        ("lines", "line-break", {"counter_examples": (Example(before="甲\n乙"),)}, "'甲\\n乙': the rule acts"),
        (
            "normalize",
            "ellipsis",
            {"examples": (Example(before="好...", after="好"),)},
            "'好...': becomes '好……', not '好'",
        ),
    ],
)
def test_a_failing_example_says_which_rule_and_how(
    table: str, rule_id: str, changed: dict[str, tuple[Example, ...]], failure: str
) -> None:
    rule = next(rule for rule in rules_of(table) if rule.id == rule_id)
    assert failing_examples(table, [rule.model_copy(update=changed)])[-1] == f"{table}/{rule_id}: {failure}"
