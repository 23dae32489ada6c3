from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from etl.sectioning.outline import last_rows, order_ranks, place_sections

RANKS = {"章": 20, "条": 40, "一": 50, "（": 60, "1": 70, "首": 94}


def placed(*documents: list[str]) -> pl.DataFrame:
    """Documents of tokens such as 章1 or （3; a trailing * makes a short line; one without a number has none."""
    tokens = [(document, token) for document, tokens in enumerate(documents) for token in tokens]
    numbers = [token[1:].rstrip("*").partition("之")[0] for _, token in tokens]
    candidates = pl.DataFrame(
        {
            "document": [document for document, _ in tokens],
            "rank": [RANKS[token[0]] for _, token in tokens],
            "number": [int(number) if number else None for number in numbers],
            "marker": [token for _, token in tokens],
            "shape": ["line" if token.endswith("*") else "prose" for _, token in tokens],
            "alone": [token[0] == "章" for _, token in tokens],
        },
        schema_overrides={"document": pl.Int64, "rank": pl.Int64, "number": pl.Int64, "marker": pl.String},
    ).with_columns(pl.col("shape").cast(pl.String), pl.col("alone").cast(pl.Boolean), row=pl.int_range(pl.len()))
    return place_sections(candidates.with_columns(last=pl.col("row").max().over("document")))


def believe(*tokens: str) -> list[int]:
    return placed(list(tokens))["row"].to_list()


def levels(*tokens: str) -> list[int]:
    return placed(list(tokens))["level"].to_list()


def test_numbers_that_count_on_are_believed() -> None:
    assert believe("一1", "一2", "一3") == [0, 1, 2]
    assert believe("一1", "一3") == [0, 1]


def test_a_lone_number_is_not_believed() -> None:
    assert believe("一3") == []
    assert believe("11*", "14") == []
    assert believe("一2", "一1") == []


def test_a_number_of_another_document_does_not_count_on() -> None:
    assert placed(["一1"], ["一2"], ["一3", "一4"])["row"].to_list() == [2, 3]


def test_a_first_heading_is_believed_where_the_page_breaks_off() -> None:
    assert believe("一1*") == [0]
    assert believe("11*") == []


def test_a_strong_form_is_believed_on_a_line_of_its_own() -> None:
    assert believe("章5*") == [0]
    assert believe("章5") == []


def test_an_inserted_article_has_the_number_of_the_one_before() -> None:
    assert believe("条17", "条17之") == [0, 1]
    assert believe("条17", "条17") == []


def test_the_last_of_a_series_of_words_needs_no_number() -> None:
    assert believe("首1", "首") == [0, 1]
    assert believe("首", "首1") == []


def test_sections_are_numbered_in_each_document() -> None:
    sections = placed(["一1", "一2"], [], ["一1", "（1", "（2", "一2"])
    assert sections["ordinal"].to_list() == [1, 2, 1, 2, 3, 4]
    assert sections["parent"].to_list() == [-1, -1, -1, 2, 2, -1]
    assert sections["last_row"].to_list() == [0, 1, 4, 3, 4, 5]
    assert placed([]).is_empty()


def test_levels_are_relative_to_the_document() -> None:
    assert levels("11", "12") == [1, 1]
    assert levels("一1", "（1", "（2", "一2", "11", "12") == [1, 2, 2, 1, 2, 2]


def test_a_canonically_inner_form_stays_outside_where_its_count_goes_around_the_other() -> None:
    assert levels("一1", "条1", "条2", "一2", "条3", "条4", "一3", "条5") == [1, 2, 2, 1, 2, 2, 1, 2]


def test_a_list_in_the_preamble_does_not_push_the_outline_inwards() -> None:
    assert levels("（1", "（2", "一1", "（1", "（2", "一2", "（1", "（2") == [1, 1, 1, 2, 2, 1, 2, 2]


def test_a_document_in_two_parts_starts_anew_at_the_outermost_level() -> None:
    assert levels("一1", "一2", "章1*", "条1", "条2", "章2*", "条3") == [1, 1, 1, 2, 2, 1, 2]


def test_forms_that_never_meet_keep_the_canonical_order() -> None:
    assert order_ranks([60, 60, 50, 50], [False, True, False, True]) == {50: 0, 60: 1}


def test_a_section_lasts_until_the_next_one_that_it_does_not_hold() -> None:
    assert last_rows([0, 2, 5, 9], [1, 2, 1, 1], 12) == [4, 4, 8, 12]


TOKENS = st.tuples(st.sampled_from(sorted(RANKS)), st.integers(1, 5), st.sampled_from(["", "*"]))


@given(st.lists(st.lists(TOKENS.map(lambda token: f"{token[0]}{token[1]}{token[2]}"), max_size=20), max_size=3))
def test_a_parent_comes_before_and_is_one_level_up(documents: list[list[str]]) -> None:
    sections = placed(*documents)
    rows = sections.rows(named=True)
    for _, tree in sections.group_by("document"):
        assert tree["ordinal"].to_list() == list(range(1, tree.height + 1))
    for section in rows:
        assert section["row"] <= section["last_row"] <= section["last"]
        if section["parent"] < 0:
            assert section["level"] == 1
        else:
            parent = rows[section["parent"]]
            assert parent["document"] == section["document"]
            assert parent["ordinal"] < section["ordinal"]
            assert parent["level"] == section["level"] - 1
            assert parent["last_row"] >= section["last_row"]
