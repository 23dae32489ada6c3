from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from etl.normalization.changes import Change, apply, compose


@st.composite
def changes(draw: st.DrawFn, length: int, rule: str) -> list[Change]:
    """Changes of a text of that length, sorted and apart."""
    ends = draw(st.lists(st.integers(0, length), max_size=8, unique=True).map(sorted))
    pairs = zip(ends[::2], ends[1::2], strict=False)
    return [Change(start, end, draw(st.text("xyz", max_size=3)), (rule,)) for start, end in pairs]


@given(st.data(), st.text("ab", min_size=4, max_size=12))
def test_composed_changes_do_what_both_rounds_do(data: st.DataObject, text: str) -> None:
    first = data.draw(changes(len(text), "first"))
    between = apply(text, first)
    second = data.draw(changes(len(between), "second"))
    composed = compose(first, second, between)
    assert apply(text, composed) == apply(between, second)
    assert all(left.end <= right.start for left, right in pairwise(composed))


def test_changes_of_the_same_characters_become_one_that_names_both_rules() -> None:
    first, second = [Change(0, 6, " ", ("entity",))], [Change(0, 2, "", ("space",))]
    assert compose(first, second, "  a") == [Change(0, 7, "", ("entity", "space"))]


def test_changes_side_by_side_stay_two() -> None:
    first, second = [Change(0, 1, "", ("one",))], [Change(0, 1, "b", ("two",))]
    assert compose(first, second, "c") == [Change(0, 1, "", ("one",)), Change(1, 2, "b", ("two",))]
