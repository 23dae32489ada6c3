"""Which option of the recipe switches a rule, so that rules can be named instead of options."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from etl.errors import UsageError
from etl.normalization.rewriting import REWRITERS
from etl.pipeline import STAGES
from etl.recipe import Recipe
from etl.rules import rules_of

__all__ = ["first_stage", "switched"]

LISTED = ("boilerplate", "duplicates")
"""Stages whose options list the rules that are off."""

OPTIONS = {"join-lines": "join_lines"} | {rewriter.rule: rewriter.option for rewriter in REWRITERS}
"""Option of the normalize stage that a rule goes by; some share one."""


def switched(recipe: Recipe, off: Sequence[str], on: Sequence[str]) -> tuple[Recipe, tuple[str, ...]]:
    """A recipe with some rules switched.

    Args:
        recipe: the recipe.
        off: rules that are to do nothing.
        on: rules that are to act.

    Returns:
        The other recipe, and the options that differ, as TOML.

    Raises:
        UsageError: a rule has no switch, or stands as asked for already.
    """
    for rule in (*off, *on):
        if is_on(recipe, rule) is (rule in on):
            raise UsageError(f"{rule}: is {'on' if rule in on else 'off'} already in the run's recipe")
    if not (off or on):
        raise UsageError("no rule is named; name one by --without or --with")
    changes = {
        stage: {"off": tuple(sorted({*getattr(recipe, stage).off, *_in(stage, off)} - {*on}))} for stage in LISTED
    } | {"normalize": {OPTIONS[rule]: rule in on for rule in (*off, *on) if rule in OPTIONS}}
    options = {stage: getattr(recipe, stage).model_copy(update=change) for stage, change in changes.items()}
    told = (
        f"{stage}.{name} = {_toml(value)}"
        for stage, change in changes.items()
        for name, value in change.items()
        if value != getattr(getattr(recipe, stage), name)
    )
    return recipe.model_copy(update=options), tuple(told)


def is_on(recipe: Recipe, rule: str) -> bool:
    """Whether a rule acts.

    Raises:
        UsageError: no option switches it.
    """
    if rule in OPTIONS:
        return bool(getattr(recipe.normalize, OPTIONS[rule]))
    return rule not in getattr(recipe, _stage(rule)).off


def first_stage(rules: Iterable[str]) -> str:
    """The first stage, in the order of the pipeline, that one of some rules belongs to."""
    stages = {_stage(rule) for rule in rules}
    return next(stage.name for stage in STAGES if stage.name in stages)


def _stage(rule: str) -> str:
    if rule in OPTIONS:
        return "normalize"
    for stage in LISTED:
        if _in(stage, [rule]):
            return stage
    known = sorted({*OPTIONS, *(listed.id for stage in LISTED for listed in rules_of(stage))})
    raise UsageError(f"{rule}: no rule of that name can be switched; these can: {', '.join(known)}")


def _in(stage: str, rules: Iterable[str]) -> list[str]:
    """Those of some rules that a stage's table has."""
    known = {rule.id for rule in rules_of(stage)}
    return [rule for rule in rules if rule in known]


def _toml(value: object) -> str:
    """A boolean or a list of words as TOML, which JSON spells alike."""
    return json.dumps(value)
