from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from etl import rules
from etl.errors import UsageError
from etl.rules import Rule, load_rules, rule_reasons, rule_row, rules_digest, rules_of, tables

ROW = '[[rule]]\nid = "{id}"\nwhy = "It says nothing of what the article is about."\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of tables in place of the package's."""
    monkeypatch.setattr(rules, "files", lambda name: tmp_path)
    (tmp_path / "tables").mkdir()
    return tmp_path


def test_every_table_has_rules_whose_ids_are_used_once() -> None:
    assert tables() == tuple(sorted(tables()))
    ids = [rule.id for table in tables() for rule in rules_of(table)]
    assert all(rules_of(table) for table in tables())
    assert len(ids) == len(set(ids)) == len(rule_reasons())


def test_every_rule_has_a_name_and_a_reason_in_chinese() -> None:
    found = [rule for table in tables() for rule in rules_of(table)]
    assert [rule.id for rule in found if not re.search("[一-鿿]", rule.label_zh) or len(rule.label_zh) > 12] == []
    assert [rule.id for rule in found if not re.search("[一-鿿].*。$", rule.why_zh)] == []


def test_a_rule_is_found_by_its_id_with_its_table_and_every_column() -> None:
    row = rule_row("line-break")
    assert row["table"] == "lines"
    assert row["why"] == rule_reasons()["line-break"]


def test_a_rule_that_no_table_has_is_a_wrong_call() -> None:
    with pytest.raises(UsageError, match="no-such-rule: no such rule; `etl rules list` names them all"):
        rule_row("no-such-rule")


def test_rules_keep_the_order_of_their_table(folder: Path) -> None:
    (folder / "ordered.toml").write_text(ROW.format(id="b") + ROW.format(id="a"))
    assert [rule.id for rule in load_rules("ordered", Rule)] == ["b", "a"]


def test_an_id_that_stands_twice_in_a_table_is_refused(folder: Path) -> None:
    (folder / "twice.toml").write_text(ROW.format(id="a") * 2)
    with pytest.raises(ValueError, match=r"rules/twice\.toml: an id stands twice"):
        load_rules("twice", Rule)


@pytest.mark.parametrize(
    "row",
    [
        ROW.format(id="Upper"),
        ROW.format(id="a_b"),
        '[[rule]]\nid = "a"\n',
        '[[rule]]\nid = "a"\nwhy = "short"\n',
        ROW.format(id="a") + "patern = 'x'\n",
        ROW.format(id="a") + "examples = [{ text = 'x' }]\n",
    ],
    ids=["upper case", "underscore", "no reason", "no real reason", "unknown column", "unknown key of an example"],
)
def test_a_row_that_breaks_the_columns_is_refused(folder: Path, row: str) -> None:
    load_rules.cache_clear()
    (folder / "broken.toml").write_text(row)
    with pytest.raises(ValidationError):
        load_rules("broken", Rule)


def test_the_digest_changes_with_any_table(folder: Path) -> None:
    before = rules_digest()
    (folder / "a.toml").write_text(ROW.format(id="a"))
    with_rules = rules_digest()
    (folder / "tables" / "signs.tsv").write_text("x")
    with_signs = rules_digest()
    (folder / "code.py").write_text("x = 1")
    assert len({before, with_rules, with_signs}) == 3
    assert rules_digest() == with_signs
