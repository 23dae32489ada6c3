"""The recipe: every option of a run, frozen, with its unit and its reason. Unknown keys are refused."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from etl.errors import UsageError
from etl.rules import rules_of

__all__ = [
    "SITELESS", "STAGE_OF", "BoilerplateOptions", "DecodeOptions", "DuplicateOptions", "Expectation", "LineageOptions",
    "NormalizeOptions", "NotifyOptions", "Recipe", "RunOptions", "SectionOptions", "WarehouseOptions", "read_recipe",
    "recipe_toml",
]  # fmt: skip


StageName = Literal["decode", "boilerplate", "duplicates", "sections", "normalize"]

MeasureName = Literal[
    "balance-difference", "unbalanced-documents", "lost-documents", "not-rebuilt-documents",
    "quarantined-share", "low-confidence-share", "damaged-share", "damaged-characters-share",
    "removed-share", "rule-removed-share", "all-boilerplate-share", "emptied-share",
    "volume-fall", "volume-rise", "site-volume-fall", "silent-site", "same-input",
    "rule-hit-change", "silent-rule",
    "drift-stability", "drift-distance", "drift-categories",
]  # fmt: skip

STAGE_OF: Mapping[str, StageName] = {
    **dict.fromkeys(
        ("quarantined-share", "low-confidence-share", "damaged-share", "damaged-characters-share"), "decode"
    ),
    **dict.fromkeys(("same-input", "drift-categories"), "decode"),
    "all-boilerplate-share": "boilerplate",
    "not-rebuilt-documents": "normalize",
}
"""Measures that only one stage's report has."""

STAGE_ONLY = (
    "balance-difference", "unbalanced-documents", "lost-documents", "not-rebuilt-documents", "same-input",
)  # fmt: skip
"""Measures that look at a stage as a whole."""

SITELESS = ("volume-fall", "volume-rise", "site-volume-fall", "silent-site")
"""Measures that look at every site already, or would miss one that has too few documents to be judged."""


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
    """How a run is carried out; nothing here is an option of a stage."""

    shard_mb: float = Field(
        12, gt=0, description="10^6 bytes of input a shard; memory grows with it, the cost of starting shards shrinks"
    )
    stage_text: bool = Field(
        True,
        description="write the text of every line in the datasets between decode and normalize; false halves them",
    )
    incremental: bool = Field(
        False,
        description="clean what is new or changed since the current run, and take over the rest; `--incremental` and "
        "`--full` of `etl run` decide instead. See docs/incremental.md",
    )


class WarehouseOptions(Options):
    """What becomes of a committed run; nothing here changes a clean character."""

    target: str = Field(
        "",
        description="where `etl run` loads a committed run, as in `etl load --to`: duckdb:///warehouse.duckdb; empty "
        "for nowhere. No password, for manifests keep the recipe: libpq has its own places for it",
    )


class NotifyOptions(Options):
    """Whom a run tells that it warned or failed; nothing here changes a clean character."""

    on: Literal["warn", "fail", "never"] = Field(
        "warn", description="verdict from which on somebody is told; a run that breaks off counts as fail"
    )
    webhook: str = Field(
        "",
        description="URL that JSON is posted to, or $NAME for the one in an environment variable: manifests keep the "
        "recipe, and such addresses are secrets; empty for none",
    )
    command: tuple[str, ...] = Field(
        (), description="program and its arguments, which reads the same JSON; empty for none"
    )


class LineageOptions(Options):
    """Who is told where datasets come from, as OpenLineage events; nothing here changes a clean character."""

    to: str = Field(
        "",
        description="file that events are added to, URL of a server, or $NAME for an environment variable; empty for "
        "none. Needs the extra `lineage`; a server's key is read from OPENLINEAGE_API_KEY",
    )
    namespace: str = Field("etl", description="OpenLineage namespace of the job")


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
    each: Literal["stage", "night", "site"] = Field(
        "stage",
        description="what is judged: the stage as a whole; of an incremental run, what was new or changed; or each "
        "site with 20 documents or more (of an incremental run, new or changed ones) by itself",
    )
    warn: float | None = Field(None, ge=0, description="above this the run is published with a warning")
    fail: float | None = Field(None, ge=0, description="above this the run is not published")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        stage = STAGE_OF.get(self.measure, self.stage)
        if stage != self.stage:
            raise ValueError(f"{self.measure} is a measure of stage {stage} only")
        unfit = {"stage": (), "night": STAGE_ONLY, "site": (*STAGE_ONLY, *SITELESS)}
        if self.measure in unfit[self.each]:
            raise ValueError(f"{self.measure} is no measure of a {self.each} by itself")
        return self


EDITING = "boilerplate duplicates normalize"
"""Stages with rules that take or rewrite text."""

EXPECTATIONS = tuple(
    Expectation.model_validate({"stage": stage, "measure": measure, "each": each, "warn": warn, "fail": fail})
    for stages, measure, parts, warn, fail in (
        ("decode", "quarantined-share", "stage night", 0.05, 0.5),
        ("decode", "quarantined-share", "site", 0.2, None),
        ("decode", "low-confidence-share", "stage night", 0.05, None),
        ("decode", "low-confidence-share", "site", 0.2, None),
        ("decode", "damaged-share", "stage night", 0.05, None),
        ("decode", "damaged-share", "site", 0.2, None),
        ("decode", "damaged-characters-share", "stage night", 0.001, 0.05),
        ("decode", "volume-fall", "stage", 0.5, 0.9),
        ("decode", "volume-fall", "night", 0.8, None),
        ("decode", "volume-rise", "stage", 1, None),
        ("decode", "volume-rise", "night", 4, None),
        ("decode", "site-volume-fall", "stage", 0.8, None),
        ("decode", "silent-site", "stage night", 10, None),
        ("decode", "same-input", "stage", 0, None),
        ("decode", "drift-categories", "stage night", 0.2, None),
        ("boilerplate", "removed-share", "stage night", 0.8, 0.95),
        ("boilerplate", "removed-share", "site", 0.9, None),
        ("boilerplate", "all-boilerplate-share", "stage night", 0.05, None),
        ("boilerplate", "all-boilerplate-share", "site", 0.2, None),
        ("duplicates", "removed-share", "stage night", 0.8, None),
        ("sections", "removed-share", "stage site", None, 0),
        ("normalize", "removed-share", "stage night", 0.3, 0.9),
        ("normalize", "emptied-share", "stage night", 0.05, None),
        ("normalize", "emptied-share", "site", 0.2, None),
        (EDITING, "rule-removed-share", "stage", 0.5, None),
        (EDITING, "rule-hit-change", "stage night", 0.25, None),
        (EDITING, "silent-rule", "stage night", 10, None),
        (EDITING, "silent-rule", "site", 20, None),
        (EDITING, "drift-stability", "stage", 0.25, None),
        (EDITING, "drift-stability", "night", 0.5, None),
        (EDITING, "drift-distance", "stage", 0.2, None),
        (EDITING, "drift-distance", "night site", 0.3, None),
    )
    for stage in stages.split()
    for each in parts.split()
)
"""What a corpus of news and government pages usually keeps to. Shares are of documents or of characters; what fell
silent is counted in documents: where 10 are due by chance, none comes once in 22,000 times."""


class Recipe(Options):
    """All options of a run."""

    run: RunOptions = RunOptions()
    decode: DecodeOptions = DecodeOptions()
    boilerplate: BoilerplateOptions = BoilerplateOptions()
    duplicates: DuplicateOptions = DuplicateOptions()
    sections: SectionOptions = SectionOptions()
    normalize: NormalizeOptions = NormalizeOptions()
    warehouse: WarehouseOptions = WarehouseOptions()
    notify: NotifyOptions = NotifyOptions()
    lineage: LineageOptions = LineageOptions()
    expectations: tuple[Expectation, ...] = EXPECTATIONS

    @property
    def digest(self) -> str:
        """SHA-256 of the options that decide what becomes of a character."""
        options = self.model_dump(mode="json", exclude={"run", "expectations", "warehouse", "notify", "lineage"})
        return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()

    def with_run(self, **options: Any) -> Recipe:
        """This recipe with other options of the run; those that are null stay."""
        given = {name: value for name, value in options.items() if value is not None}
        return self.model_copy(update={"run": self.run.model_copy(update=given)})


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
