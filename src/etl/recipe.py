"""The recipe: every option of a run, frozen, with its unit and its reason. Unknown keys are refused."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from etl.errors import UsageError
from etl.rules import rules_of

__all__ = [
    "BoilerplateOptions", "DecodeOptions", "DuplicateOptions", "Expectation", "NormalizeOptions", "Recipe",
    "RunOptions", "SectionOptions", "WarehouseOptions", "read_recipe", "recipe_toml",
]  # fmt: skip


StageName = Literal["decode", "boilerplate", "duplicates", "sections", "normalize"]

MeasureName = Literal[
    "balance-difference", "quarantined-share", "low-confidence-share", "damaged-share", "removed-share",
    "all-boilerplate-share", "emptied-share",
]  # fmt: skip


RuleIds = tuple[str, ...]


def _of_table(table: str, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of rules, sorted, for their order says nothing; each must be in its stage's table."""
    known = {rule.id for rule in rules_of(table)}
    unknown = sorted(set(ids) - known)
    if unknown:
        raise ValueError(f"{unknown[0]} is no rule of this stage; `etl rules list` names them all")
    return tuple(sorted(set(ids)))


class Options(BaseModel):
    """Base of a table of options: immutable, and strict about keys. A field's description states unit and reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RunOptions(Options):
    """How a run is carried out; nothing here changes a clean character."""

    shard_mb: float = Field(
        16, gt=0, description="10^6 bytes of input a shard; memory grows with it, the cost of starting shards shrinks"
    )
    stage_text: bool = Field(
        True,
        description="write the text of every line in the datasets between decode and normalize; false halves them",
    )


class WarehouseOptions(Options):
    """What becomes of a committed run; nothing here changes a clean character."""

    target: str = Field(
        "",
        description="where `etl run` loads a committed run, as in `etl load --to`: duckdb:///warehouse.duckdb; empty "
        "for nowhere. No password, for manifests keep the recipe: libpq has its own places for it",
    )


class DecodeOptions(Options):
    """Options of the decode stage."""

    max_bytes: int = Field(
        64 * 2**20,
        gt=0,
        description="bytes; a larger source is quarantined, for it would break the memory bound",
    )


class BoilerplateOptions(Options):
    """Options of the boilerplate stage."""

    site_share: float = Field(
        0.2,
        gt=0,
        le=1,
        description="share of a site's documents, from which a short line counts as recurring; sections of one site "
        "differ in template, so a fifth is enough",
    )
    off: RuleIds = Field((), description="ids of rules of this stage that do not act, such as footer")

    @field_validator("off")
    @classmethod
    def _known(cls, off: tuple[str, ...]) -> tuple[str, ...]:
        return _of_table("boilerplate", off)


class DuplicateOptions(Options):
    """Options of the duplicates stage."""

    across_documents: Literal["remove", "mark", "off"] = Field(
        "remove", description="what happens to a paragraph that another document has too"
    )
    near_duplicates: Literal["mark", "off"] = Field(
        "mark",
        description="whether likeness is looked for where texts differ by a few characters; costs a third of the time",
    )
    off: RuleIds = Field(
        (), description="ids of rules of this stage that do not act; off, shared-paragraph marks instead of removing"
    )

    @field_validator("off")
    @classmethod
    def _known(cls, off: tuple[str, ...]) -> tuple[str, ...]:
        return _of_table("duplicates", off)


class SectionOptions(Options):
    """Options of the sections stage."""

    longest_heading: int = Field(
        40,
        ge=2,
        description="code points after the marker; the longest of 250 headings of official documents has 28",
    )
    longest_run_in: int = Field(
        32,
        ge=2,
        description="code points after the marker, the full stop left out, of a heading that its paragraph follows on "
        "the same line; the longest of 126 in official documents has 30, and a longer sentence is prose",
    )
    deepest_run_in: int = Field(
        2,
        ge=0,
        description="level down to which a paragraph's first sentence can be its heading; official documents set off "
        "two levels (GB/T 9704-2012, 7.3.3), what is below is numbered prose; 0 for none",
    )
    unnumbered: bool = Field(
        True,
        description="take short lines between paragraphs for headings, in documents that are built that way and have "
        "no numbered headings",
    )


class NormalizeOptions(Options):
    """Options of the normalize stage: each rule can be switched off."""

    join_lines: bool = Field(
        True, description="join the lines of a paragraph that a hard wrap cut, where the page shows where it wraps"
    )
    entities: bool = Field(True, description="read the character references of HTML that a dump left, such as &nbsp;")
    invisible: bool = Field(
        True, description="remove control and zero-width characters and marks of direction, which hide in searches"
    )
    nfc: bool = Field(True, description="compose characters to Unicode's form C, so that equal text is equal")
    white_space: bool = Field(
        True, description="strip indents and trailing space; a run of white space inside a line becomes one space"
    )
    bullets: bool = Field(True, description="remove the bullet that a dump put at the head of a line")
    half_width: bool = Field(True, description="write letters and digits half-width, as １２ to 12")
    ellipses: bool = Field(True, description="write three or more dots beside Chinese as ……")
    full_width: bool = Field(True, description="write points and parentheses beside Chinese full-width, as , to ，")
    stray_spaces: bool = Field(
        True, description="remove spaces beside Chinese points and within dates and ordinals, as 第 2次"
    )
    simplified: bool = Field(
        False, description="convert traditional to simplified Chinese; off, for it changes what an author wrote"
    )


class Expectation(Options):
    """What a stage's report must hold: a measure is at its best at 0 and is judged by what it may not exceed."""

    stage: StageName = Field(description=f"stage whose report is judged: {', '.join(get_args(StageName))}")
    measure: MeasureName = Field(description=f"what is judged: {', '.join(get_args(MeasureName))}")
    warn: float | None = Field(None, ge=0, description="above this the run is published with a warning")
    fail: float | None = Field(None, ge=0, description="above this the run is not published")


EXPECTATIONS = (
    Expectation(stage="decode", measure="quarantined-share", warn=0.05, fail=0.5),
    Expectation(stage="decode", measure="low-confidence-share", warn=0.05),
    Expectation(stage="decode", measure="damaged-share", warn=0.05),
    Expectation(stage="boilerplate", measure="removed-share", warn=0.8),
    Expectation(stage="boilerplate", measure="all-boilerplate-share", warn=0.05),
    Expectation(stage="normalize", measure="emptied-share", warn=0.05),
)
"""What a corpus of news and government pages usually keeps to."""


class Recipe(Options):
    """All options of a run."""

    run: RunOptions = RunOptions()
    decode: DecodeOptions = DecodeOptions()
    boilerplate: BoilerplateOptions = BoilerplateOptions()
    duplicates: DuplicateOptions = DuplicateOptions()
    sections: SectionOptions = SectionOptions()
    normalize: NormalizeOptions = NormalizeOptions()
    warehouse: WarehouseOptions = WarehouseOptions()
    expectations: tuple[Expectation, ...] = EXPECTATIONS

    @property
    def digest(self) -> str:
        """SHA-256 of the options that decide what becomes of a character."""
        options = self.model_dump(mode="json", exclude={"run", "expectations", "warehouse"})
        return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()


def read_recipe(path: Path) -> Recipe:
    """Read a recipe file; what it does not say stays at the default.

    Raises:
        UsageError: no such file, no TOML, an unknown key or a value out of range.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such recipe; write the default one with `etl recipe > {path}`")
    try:
        return Recipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not a TOML file: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path}: {where}: {first['msg']}; `etl recipe` lists every option") from error


def recipe_toml(recipe: Recipe) -> str:
    """Write a recipe as TOML, each option under a comment with its unit and reason."""
    return "\n".join(_toml_lines(recipe)) + "\n"


def _toml_lines(recipe: Recipe) -> Iterator[str]:
    tables = [name for name in Recipe.model_fields if name != "expectations"]
    for table in tables:
        options: Options = getattr(recipe, table)
        yield from (f"# {options.__doc__}", f"[{table}]")
        for name, field in type(options).model_fields.items():
            yield from (f"# {field.description}", f"{name} = {_toml_value(getattr(options, name))}")
        yield ""
    yield f"# {Expectation.__doc__}"
    yield from (f"# {name}: {field.description}" for name, field in Expectation.model_fields.items())
    for expectation in recipe.expectations:
        values = expectation.model_dump(exclude_none=True)
        yield from ("[[expectations]]", *(f"{name} = {_toml_value(value)}" for name, value in values.items()), "")


def _toml_value(value: Any) -> str:
    """A TOML literal; JSON spells strings, numbers, booleans and lists of them alike."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
