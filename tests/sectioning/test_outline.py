from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from etl.sectioning.outline import Marked, believe, last_rows, order_ranks, place

RANKS = {"章": 20, "条": 40, "一": 50, "（": 60, "1": 70}


def marked(*tokens: str) -> list[Marked]:
    """Tokens such as 章1 or （3; a trailing * makes a short line."""
    return [
        Marked(
            rank=RANKS[token[0]],
            number=int(token[1:].rstrip("*")),
            marker=token,
            short=token.endswith("*"),
            alone=token[0] == "章",
        )
        for token in tokens
    ]


def levels(*tokens: str) -> list[int]:
    return [section.level for section in place(marked(*tokens))]


def test_numbers_that_count_on_are_believed() -> None:
    assert believe(marked("一1", "一2", "一3")) == [0, 1, 2]
    assert believe(marked("一1", "一3")) == [0, 1]


def test_a_lone_number_is_not_believed() -> None:
    assert believe(marked("一3")) == []
    assert believe(marked("11*", "14")) == []
    assert believe(marked("一2", "一1")) == []


def test_a_first_heading_is_believed_where_the_page_breaks_off() -> None:
    assert believe(marked("一1*")) == [0]
    assert believe(marked("11*")) == []


def test_a_strong_form_is_believed_on_a_line_of_its_own() -> None:
    assert believe(marked("章5*")) == [0]
    assert believe(marked("章5")) == []


def test_an_inserted_article_has_the_number_of_the_one_before() -> None:
    before, after = Marked(40, 17, "第十七条", False, False), Marked(40, 17, "第十七条之一", False, False)
    assert believe([before, after]) == [0, 1]
    assert believe([before, before]) == []


def test_the_last_of_a_series_of_words_needs_no_number() -> None:
    first, last = Marked(94, 1, "首先", False, False), Marked(94, None, "最后", False, False)
    assert believe([first, last]) == [0, 1]
    assert believe([last, first]) == []


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
    assert order_ranks(marked("（1", "（2", "一1", "一2")) == {50: 0, 60: 1}


def test_a_section_lasts_until_the_next_one_that_it_does_not_hold() -> None:
    assert last_rows([0, 2, 5, 9], [1, 2, 1, 1], 12) == [4, 4, 8, 12]


@given(st.lists(st.tuples(st.sampled_from(sorted(RANKS)), st.integers(1, 5), st.sampled_from(["", "*"])), max_size=30))
def test_a_parent_comes_before_and_is_one_level_up(tokens: list[tuple[str, int, str]]) -> None:
    lines = marked(*(f"{form}{number}{short}" for form, number, short in tokens))
    placed = place(lines)
    assert [section.index for section in placed] == sorted({section.index for section in placed})
    for position, section in enumerate(placed):
        if section.parent is None:
            assert section.level == 1
        else:
            assert section.parent < position
            assert placed[section.parent].level == section.level - 1
