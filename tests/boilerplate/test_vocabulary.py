"""Words are found wherever they stand, in either script, width and case, and in no text that does not hold them."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from etl.boilerplate.characters import look_at
from etl.boilerplate.folding import fold
from etl.boilerplate.vocabulary import Vocabulary

WORDS = ("时间", "时间表", "间", "a.", ".", "aa", "abc")
TEXTS = st.lists(st.text("時时间表aA.．ａbｂc\u017f\U00020000 ", max_size=8))


def found(words: tuple[str, ...], texts: list[str]) -> list[tuple[int, str]]:
    texts_held, words_held = look_at(pl.Series(texts, dtype=pl.String), Vocabulary.of(words)).words
    return sorted((text, words[word]) for text, word in zip(texts_held.tolist(), words_held.tolist(), strict=True))


@given(TEXTS)
def test_every_word_is_found_as_often_as_it_stands_in_a_folded_text(texts: list[str]) -> None:
    folded = [fold(pl.Series([text])).units.tobytes().decode("utf-16-le").rstrip("\n").lower() for text in texts]
    expected = [
        (row, word) for row, text in enumerate(folded) for word in WORDS for at in range(len(text))
        if text.startswith(word, at)
    ]  # fmt: skip
    assert found(WORDS, texts) == sorted(expected)


def test_no_word_reaches_from_one_text_into_the_next() -> None:
    assert found(("时间", "::"), ["时", "间时", "间:", ":", "", "时间"]) == [(5, "时间")]


def test_letters_that_are_one_in_either_case_are_one() -> None:
    assert found(("ask",), ["A\u017f\u212a"]) == [(0, "ask")]


def test_words_are_found_in_long_texts() -> None:
    texts = ["报" * 100_000 + "记者", "记" * 70_000, "者", "记者" * 3]
    assert found(("记者",), texts) == [(0, "记者"), *[(3, "记者")] * 3]
