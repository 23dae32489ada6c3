"""Rule tables that people edit without Python, and their loader.

One TOML file a stage, one `[[rule]]` a rule. A rule has an id that the ledger names, a reason, and examples that the
tests run. Stages that need more columns subclass `Rule`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Example", "Rule", "load_rules"]


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
        examples: texts that it acts on.
        counter_examples: texts that look alike and that it must leave alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    why: str = Field(min_length=10)
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
    table = tomllib.loads(files(__name__).joinpath(f"{stage}.toml").read_text(encoding="utf-8"))
    rules = tuple(model.model_validate(row) for row in table["rule"])
    ids = [rule.id for rule in rules]
    if len(set(ids)) < len(ids):
        raise ValueError(f"rules/{stage}.toml: an id stands twice")
    return rules
