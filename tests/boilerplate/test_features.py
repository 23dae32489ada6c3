"""Signs of a line are those that its text shows when it is looked at whole."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.boilerplate.features import CLOSERS, DATE
from etl.boilerplate.folding import shown
from etl.boilerplate.kinds import SENTENCE, STOPS
from etl.boilerplate.wordings import read_wordings
from etl.lines import BLANK

LINES = st.lists(st.text("。！:，…. ”)　 -•*甲的a1２年\u200b\t", min_size=1, max_size=12), min_size=1, max_size=8)


def features(*texts: str) -> pl.DataFrame:
    return read_wordings(pl.Series(texts)).texts


@given(LINES)
def test_signs_are_those_of_the_last_character_that_does_not_close_the_line(texts: list[str]) -> None:
    found = features(*texts)
    bare = [text.strip(BLANK) for text in texts]
    ending = [text.rstrip(CLOSERS) for text in bare]
    assert found["first"].to_list() == [ord(text[0]) if text else 0 for text in bare]
    assert found["last"].to_list() == [ord(text[-1]) if text else 0 for text in bare]
    assert found["ends"].to_list() == [text.endswith(tuple("。！？!?")) for text in ending]
    assert found["teaser"].to_list() == [text.endswith(("…", "..")) for text in ending]
    assert found["separated"].to_list() == [any(each in text for each in "|｜>»_·") or " - " in text for text in bare]


@given(LINES)
def test_what_ends_in_a_stop_is_a_sentence_as_it_is_shown(texts: list[str]) -> None:
    stopped = [text for text in texts if text.strip(BLANK).endswith(tuple(STOPS))]
    assert (
        pl.DataFrame({"text": stopped}, {"text": pl.String})
        .select(shown(pl.col("text")).str.contains(SENTENCE).all())
        .item()
    )


@pytest.mark.parametrize(
    ("text", "dated"),
    [
        ("2024-5-1", True),
        ("昨天9:05", True),
        ("２０２４年５月１日", True),
        ("第123456号", False),
        ("比分3：21", False),
        ("共12:3", False),
    ],
)
def test_days_and_times_are_found_by_their_digits(text: str, dated: bool) -> None:
    assert features(text)["dated"].item() is dated is bool(re.search(DATE, text))
