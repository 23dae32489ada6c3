"""Every rule takes its examples and leaves its counter-examples, as the tables say."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import from_regex
from pydantic import ValidationError

from etl.boilerplate.folding import ORNAMENTS, either_script, fold, shown
from etl.boilerplate.metadata_rules import MetadataRule, metadata_rules, read_values
from etl.boilerplate.narrowing import Narrowed, narrow
from etl.boilerplate.rules import BoilerplateRule, boilerplate_rules
from etl.boilerplate.wordings import rule_hits
from etl.boilerplate.words import any_of, holds
from etl.lines import BLANK

PATTERNED = [rule for rule in boilerplate_rules() if rule.pattern is not None]
CUTTING = [rule for rule in boilerplate_rules() if rule.pattern is None and rule.examples]


def hits(text: str) -> list[str]:
    return rule_hits(pl.Series([text]))["rule"].to_list()


@pytest.mark.parametrize("rule", PATTERNED, ids=lambda rule: rule.id)
def test_rule_takes_its_examples_alone(rule: BoilerplateRule) -> None:
    assert rule.examples
    assert rule.counter_examples
    assert all(rule.id in hits(each.before) for each in rule.examples)
    assert not any(rule.id in hits(each.before) for each in rule.counter_examples)


SAID = [rule for rule in PATTERNED if rule.begins or rule.needs]


@pytest.mark.parametrize("rule", SAID, ids=lambda rule: rule.id)
def test_every_match_begins_or_holds_what_its_rule_says(rule: BoilerplateRule) -> None:
    begins = re.compile(_for_python(rule.begins or "(?!)"), re.IGNORECASE)
    needs = re.compile("|".join(map(re.escape, rule.needs)) or "(?!)", re.IGNORECASE)
    verbose = re.VERBOSE if str(rule.pattern).startswith("(?x)") else 0
    pattern = re.compile(_for_python(str(rule.pattern).removeprefix("(?x)")), re.IGNORECASE | verbose)

    @settings(max_examples=60)
    @given(from_regex(pattern, fullmatch=True))
    def holds(text: str) -> None:
        assert begins.match(text) or needs.search(text)

    holds()


@pytest.mark.parametrize("word", ["all rights", "ICP", ""])
def test_needed_words_are_words_in_lower_case(word: str) -> None:
    with pytest.raises(ValidationError, match="needs"):
        BoilerplateRule(id="it", why="A rule that needs a word.", needs=(word,))


def _for_python(pattern: str) -> str:
    """A pattern as Python reads it, which has no name for Chinese characters."""
    return pattern.replace(r"\p{Han}", "[\u4e00-\u9fff]")


@pytest.mark.parametrize("rule", PATTERNED, ids=lambda rule: rule.id)
def test_patterns_are_written_in_simplified_characters(rule: BoilerplateRule) -> None:
    parts = pl.DataFrame({"said": [part for part in (rule.pattern, rule.begins, *rule.needs) if part]})
    said = parts.select(shown(pl.col("said")))["said"].to_list()
    assert _folded(said) == said


@given(st.lists(st.text("时間時间訊讯体體a[^", max_size=6), min_size=1))
def test_pattern_for_either_script_matches_what_the_folded_text_meets(texts: list[str]) -> None:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    for pattern in ("时间", "[^时]讯", "^[体a]+$"):
        met = pl.Series("text", _folded(texts)).str.contains(pattern)
        assert frame["text"].str.contains(either_script(pattern)).equals(met)


@given(st.lists(st.text("時间間a.A体體 ", max_size=6), min_size=1))
def test_words_of_every_kind_are_found_in_either_script_and_case(texts: list[str]) -> None:
    words = ("时间", "体", "a.", ".", "AA")
    expected = [any(word.lower() in text.lower() for word in words) for text in _folded(texts)]
    assert pl.DataFrame({"text": texts}).select(holds(pl.col("text"), any_of(words)))["text"].to_list() == expected


def _folded(texts: list[str]) -> list[str]:
    return fold(pl.Series(texts, dtype=pl.String)).units.tobytes().decode("utf-16-le").split("\n")[:-1]


@pytest.mark.parametrize("rule", CUTTING, ids=lambda rule: rule.id)
def test_ends_are_cut_as_the_table_says(rule: BoilerplateRule) -> None:
    expected = [each.after or each.before for each in (*rule.examples, *rule.counter_examples)]
    narrowed = cut([each.before for each in (*rule.examples, *rule.counter_examples)])
    assert narrowed.lines["text"].to_list() == expected
    assert narrowed.texts.gather(narrowed.lines["wording"]).to_list() == expected
    assert set(narrowed.lost["rule"]) == {rule.id}


def test_rules_that_are_off_cut_nothing() -> None:
    texts = [each.before for rule in CUTTING for each in rule.examples]
    one, other = (rule.id for rule in CUTTING)
    assert set(cut(texts, one).lost["rule"]) == {other}
    assert cut(texts, one, other).lines["text"].to_list() == texts
    assert cut(texts, one, other).lost.is_empty()


def cut(texts: list[str], *off: str) -> Narrowed:
    lines = pl.DataFrame({"text": texts}).with_columns(
        start=pl.lit(0, dtype=pl.Int64), end=pl.col("text").str.len_chars().cast(pl.Int64)
    )
    return narrow(lines.with_columns(wording=pl.row_index().cast(pl.Int64)), lines["text"], off)


@pytest.mark.parametrize("rule", metadata_rules(), ids=lambda rule: rule.id)
def test_metadata_rule_reads_its_examples(rule: MetadataRule) -> None:
    for each in (*rule.examples, *rule.counter_examples):
        seen = pl.select(shown(pl.lit(each.before))).to_series()
        assert read_values(rule, seen).item() == each.after


@pytest.mark.parametrize("rule", metadata_rules(), ids=lambda rule: rule.id)
def test_every_statement_holds_a_word_that_its_rule_needs(rule: MetadataRule) -> None:
    pattern = re.compile(rule.pattern.replace(r"\p{Han}", "一-龥" if "[\\p{Han}" in rule.pattern else "[一-龥]"))

    @settings(max_examples=10)
    @given(from_regex(pattern))
    def holds_one(text: str) -> None:
        assert pl.select(holds(pl.lit(text), any_of(rule.needs))).item()

    holds_one()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  • 來源：  某某網 ", "来源: 某某网"),
        ("【字號：大　中　小】", "【字号:大 中 小】"),
        ("　　", ""),
    ],
)
def test_folding_gives_one_spelling(text: str, expected: str) -> None:
    assert _folded(pl.DataFrame({"t": [text]}).select(shown(pl.col("t")))["t"].to_list()) == [expected]


@settings(max_examples=60)
@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))))
def test_lines_are_folded_whether_they_are_as_written_or_as_shown(texts: list[str]) -> None:
    lines = pl.Series("text", texts, dtype=pl.String)
    seen = lines.to_frame().select(shown(pl.col("text"))).to_series()
    folded, as_written = fold(seen), fold(lines.str.strip_chars(BLANK + ORNAMENTS))
    assert folded.units.tolist() == as_written.units.tolist()
    assert folded.bounds.tolist() == as_written.bounds.tolist()
    assert folded.chars().tolist() == seen.str.len_chars().to_list()


def test_names_of_software_are_no_names() -> None:
    rule = next(rule for rule in metadata_rules() if rule.id == "editor-plain")
    assert read_values(rule, pl.Series(["编辑:admin"])).item() is None
