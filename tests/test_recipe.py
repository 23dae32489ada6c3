from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from etl.errors import UsageError
from etl.pipeline import STAGES
from etl.quality.metrics import MEASURES
from etl.recipe import MeasureName, Options, Recipe, StageName, read_recipe, recipe_toml
from etl.rules import rules_of

TABLES = [name for name in Recipe.model_fields if name != "expectations"]


def written(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_recipe_does_not_say_stays_at_the_default(tmp_path: Path) -> None:
    assert read_recipe(written(tmp_path, "")) == Recipe()
    recipe = read_recipe(written(tmp_path, '[duplicates]\nacross_documents = "mark"\n'))
    assert recipe.duplicates.across_documents == "mark"
    assert recipe.normalize == Recipe().normalize


def test_the_default_recipe_comes_back_from_its_toml(tmp_path: Path) -> None:
    assert read_recipe(written(tmp_path, recipe_toml(Recipe()))) == Recipe()


def test_a_changed_recipe_comes_back_from_its_toml(tmp_path: Path) -> None:
    changed = {
        "run": {"shard_mb": 0.00001, "stage_text": False},
        "duplicates": {"across_documents": "off"},
        "normalize": {"simplified": True},
        "expectations": [{"stage": "decode", "measure": "quarantined-share", "fail": 1}],
    }
    recipe = Recipe.model_validate(changed)
    assert read_recipe(written(tmp_path, recipe_toml(recipe))) == recipe != Recipe()


def test_a_recipe_without_expectations_comes_back(tmp_path: Path) -> None:
    recipe = Recipe(expectations=())
    assert read_recipe(written(tmp_path, "expectations = []")) == recipe


@pytest.mark.parametrize("table", TABLES)
def test_every_option_is_written_under_its_reason(table: str) -> None:
    text = recipe_toml(Recipe())
    options: type[Options] = type(getattr(Recipe(), table))
    assert set(tomllib.loads(text)[table]) == set(options.model_fields)
    for name, field in options.model_fields.items():
        assert field.description
        assert f"# {field.description}\n{name} = " in text


def test_the_names_that_expectations_may_use_are_those_that_exist() -> None:
    assert set(get_args(MeasureName)) == set(MEASURES)
    assert get_args(StageName) == tuple(stage.name for stage in STAGES)
    assert all(name in recipe_toml(Recipe()) for name in MEASURES)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[run]\nshard_size = 3", r"run\.shard_size: Extra inputs"),
        ("[speed]\n", "speed: Extra inputs"),
        ("[run]\nshard_mb = 0", r"run\.shard_mb: Input should be greater than 0"),
        ("[run]\nshard_mb = inf", r"run\.shard_mb: Input should be a finite number"),
        ('[run]\nshard_mb = "many"', r"run\.shard_mb: Input should be a valid number"),
        ('[duplicates]\nacross_documents = "delete"', r"duplicates\.across_documents: Input should be 'remove'"),
        ('[[expectations]]\nstage = "decode"\nmeasure = "beauty"', r"expectations\.0\.measure: Input should be"),
        ('[[expectations]]\nstage = "wash"\nmeasure = "damaged-share"', r"expectations\.0\.stage: Input should be"),
        ('[[expectations]]\nstage = "decode"', r"expectations\.0\.measure: Field required"),
        ("not toml", "not a TOML file"),
    ],
)
def test_a_wrong_recipe_is_refused_in_one_line_that_says_where(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError, match=says) as raised:
        read_recipe(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


def test_a_recipe_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_bytes("# 配方".encode("gb18030"))
    with pytest.raises(UsageError, match="not a TOML file"):
        read_recipe(tmp_path / "recipe.toml")


def test_a_missing_recipe_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such recipe; write the default one with `etl recipe >"):
        read_recipe(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    "change",
    [
        {"decode": {"max_bytes": 1}},
        {"duplicates": {"across_documents": "off"}},
        {"sections": {"longest_heading": 41}},
        {"normalize": {"bullets": False}},
    ],
)
def test_the_digest_changes_with_what_decides_on_a_character(change: dict[str, Any]) -> None:
    assert Recipe.model_validate(change).digest != Recipe().digest


@pytest.mark.parametrize("change", [{"run": {"shard_mb": 1, "stage_text": False}}, {"expectations": []}])
def test_the_digest_does_not_change_with_how_a_run_is_carried_out(change: dict[str, Any]) -> None:
    assert Recipe.model_validate(change).digest == Recipe().digest


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Recipe().run.shard_mb = 1  # type: ignore[misc]  # that it is refused is the point


@pytest.mark.parametrize("stage", ["boilerplate", "duplicates"])
def test_rules_that_are_off_are_of_the_stage_and_in_one_order(stage: str) -> None:
    known = [rule.id for rule in rules_of(stage)][2::-1]
    off = Recipe.model_validate({stage: {"off": [*known, *known]}})
    assert getattr(off, stage).off == tuple(sorted(known))
    assert off.digest != Recipe().digest
    with pytest.raises(ValidationError, match="line-break is no rule of this stage; `etl rules list` names them all"):
        Recipe.model_validate({stage: {"off": ["line-break"]}})
