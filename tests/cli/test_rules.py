from __future__ import annotations

import json

import pytest

from tests.commands import Command


def test_rules_are_listed_with_their_reasons(etl: Command) -> None:
    status, out, _ = etl("rules", "list")
    assert status == 0
    assert "lines:" in out.splitlines()
    assert any(line.startswith("  line-break ") for line in out.splitlines())
    assert etl("rules")[1] == out
    listed = json.loads(etl("rules", "list", "--json")[1])
    assert [rule["id"] for rule in listed["lines"]][:1] == ["line-break"]


def test_a_rule_is_shown_with_all_its_table_says(etl: Command) -> None:
    status, out, _ = etl("rules", "show", "copyright")
    assert status == 0
    assert out.startswith("table: boilerplate\nid: copyright\n")
    assert "\nexamples:\n  " in out


def test_rules_hold_their_own_examples(etl: Command) -> None:
    assert etl("rules", "test") == (0, "0 failing examples\n", "")


def test_rules_that_break_their_examples_exit_with_1(etl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.rules.tables", lambda: ("boilerplate",))
    monkeypatch.setattr("etl.rule_examples.failing_examples", lambda table: [f"{table}/editor: 责任编辑"])
    assert etl("rules", "test") == (1, "FAIL boilerplate/editor: 责任编辑\n1 failing examples\n", "")
