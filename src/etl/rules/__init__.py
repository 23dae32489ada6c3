"""Rule tables that people edit without Python, and their loader.

One TOML file a stage, one `[[rule]]` a rule. A rule has an id that the ledger names, a reason, and examples that the
tests run. Stages that need more columns subclass `Rule`.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from etl.errors import UsageError

__all__ = ["Example", "Rule", "load_rules", "rule_reasons", "rule_row", "rules_digest", "rules_of", "tables"]


class Example(BaseModel):
    """A text that a rule must, or must not, act on; `after` is what the stage makes of it, where that matters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: str
    after: str | None = None


class Rule(BaseModel):
    """One rule, as every table has it.

    Attributes:
        id: name that the ledger uses; lower case with hyphens.
        why: what it takes and why that is right, in one or two sentences.
        label_zh: its name on a Chinese page.
        why_zh: the same as `why` in Chinese.
        examples: texts that it acts on.
        counter_examples: texts that look alike and that it must leave alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    why: str = Field(min_length=10)
    label_zh: str = ""
    why_zh: str = ""
    examples: tuple[Example, ...] = ()
    counter_examples: tuple[Example, ...] = ()


RuleT = TypeVar("RuleT", bound=Rule)


@cache
def load_rules(stage: str, model: type[RuleT]) -> tuple[RuleT, ...]:
    """Read a stage's table; the order of the rows is the order of the rules.

    Args:
        stage: name of the table without its ending.
        model: class of its rows.

    Raises:
        pydantic.ValidationError: a row has an unknown or a missing column.
        ValueError: two rows share an id.
    """
    rules = tuple(model.model_validate(row) for row in _rows(stage))
    ids = [rule.id for rule in rules]
    if len(set(ids)) < len(ids):
        raise ValueError(f"rules/{stage}.toml: an id stands twice")
    return rules


@cache
def _rows(table: str) -> list[dict[str, Any]]:
    text = files(__name__).joinpath(f"{table}.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["rule"]
    return rows


def tables() -> tuple[str, ...]:
    """Names of the rule tables, sorted."""
    names = (path.name for path in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def rules_of(table: str) -> tuple[Rule, ...]:
    """Every rule of a table, with the columns that all tables have."""
    common = Rule.model_fields
    return tuple(
        Rule.model_validate({name: value for name, value in row.items() if name in common}) for row in _rows(table)
    )


def rule_row(rule_id: str) -> dict[str, Any]:
    """One rule as its table has it.

    Raises:
        UsageError: no table has a rule of that id.
    """
    for table in tables():
        for row in _rows(table):
            if row["id"] == rule_id:
                return {"table": table} | row
    raise UsageError(f"{rule_id}: no such rule; `etl rules list` names them all")


@cache
def rule_reasons() -> Mapping[str, str]:
    """Why each rule does what it does, by its id, over all tables."""
    return {rule.id: rule.why for table in tables() for rule in rules_of(table)}


def rules_digest() -> str:
    """SHA-256 of everything that decides besides code and recipe: the rule tables and the tables of characters."""
    digest = hashlib.sha256()
    folders = [files(__name__), files("etl").joinpath("tables")]
    for path in (path for folder in folders for path in sorted(folder.iterdir(), key=lambda path: path.name)):
        if path.is_file() and not path.name.endswith((".py", ".pyc")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
