"""The rules for lines, as their table has them."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from etl.rules import Rule, load_rules

__all__ = ["LONGEST", "BoilerplateRule", "boilerplate_rules"]

LONGEST = 400
"""Code points; longer lines are prose or tables, and no rule but that for code looks at them."""


class BoilerplateRule(Rule):
    """A rule of the boilerplate stage; a rule without pattern is one that the stage's structure decides.

    Attributes:
        family: what kind of thing the line is; two families side by side make a cluster.
        pattern: regular expression for the whole folded line; letters may have either case.
        begins: regular expression that a match begins with, unless it holds what the rule needs.
        needs: words in lower case and without space, of which a match holds one, unless it begins as said.
        zone: where the line must stand: any, head, tail, edge (head or tail).
        max_chars: code points of the folded line above which the rule does not look.
        needs_cluster: the line must stand beside other hits.
    """

    family: str | None = None
    pattern: str | None = None
    begins: str | None = None
    needs: tuple[Annotated[str, Field(pattern=r"^[^\sA-Z]+$")], ...] = ()
    zone: Literal["any", "head", "tail", "edge"] = "any"
    max_chars: int = Field(LONGEST, gt=0)
    needs_cluster: bool = False

    @property
    def whole(self) -> str:
        """The pattern for the whole line."""
        return f"^(?:{self.pattern})$"

    @property
    def opening(self) -> str | None:
        """What a match begins with: all of it, if nothing else is said; nothing known, if only words are needed."""
        return self.begins or (None if self.needs else f"(?:{self.pattern})$")


@cache
def boilerplate_rules() -> tuple[BoilerplateRule, ...]:
    """Every rule of the stage, in the order of the table, which is the order of preference."""
    return load_rules("boilerplate", BoilerplateRule)
