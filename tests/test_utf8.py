"""Texts as bytes and as code points."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.utf8 import Utf8, code_points

TEXTS = st.lists(st.text(st.sampled_from("甲a\n\r\U00020000"), max_size=6)).map(
    lambda texts: pl.Series(texts, dtype=pl.String)
)


@given(TEXTS, st.integers(0, 3))
def test_texts_lie_one_after_the_other(texts: pl.Series, skipped: int) -> None:
    some = texts[skipped:]
    buffer = Utf8.of(some)
    assert buffer.data[buffer.offsets[0] : buffer.offsets[-1]].tobytes().decode() == "".join(some)
    assert buffer.cut(buffer.offsets[:-1], buffer.offsets[1:]).equals(some)


def test_texts_are_cut_out_of_the_buffer() -> None:
    cut = Utf8.of(pl.Series(["甲a乙", "b"])).cut(np.array([0, 4]), np.array([3, 8]))
    assert cut.to_list() == ["甲", "乙b"]


@given(TEXTS)
def test_bytes_are_found_wherever_they_stand(texts: pl.Series) -> None:
    written = "".join(texts).encode()
    assert Utf8.of(texts).find(b"\r\n").tolist() == [at for at, byte in enumerate(written) if byte in b"\r\n"]


@given(TEXTS, st.integers(0, 3), st.data())
def test_code_points_are_found_by_their_number(texts: pl.Series, skipped: int, data: st.DataObject) -> None:
    buffer, whole = Utf8.of(texts[skipped:]), "".join(texts[skipped:])
    places = sorted(data.draw(st.lists(st.integers(0, len(whole)))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("etl.utf8.BLOCK_BYTES", 8)
        found = buffer.offsets_of(np.array(places, dtype=np.int64))
    assert [at - buffer.offsets[0] for at in found] == [len(whole[:place].encode()) for place in places]


def test_code_points_are_found_in_long_texts_in_any_order() -> None:
    text = "甲a\U00020000é" * 9 + "a" * 200 + "甲" * 200
    places = np.arange(len(text) + 1)[::-1].reshape(-1, 1)
    found = Utf8.of(pl.Series(["乙", text])[1:]).offsets_of(places)
    assert (found - found.min()).ravel().tolist() == [len(text[:place].encode()) for place in places.ravel()]


@given(st.lists(st.integers(0, 3), max_size=8), st.integers(1, 9))
def test_blocks_hold_each_text_once_and_whole(sizes: list[int], block_bytes: int) -> None:
    texts = pl.Series(["甲a\U00020000"[:size] for size in sizes], dtype=pl.String)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("etl.utf8.BLOCK_BYTES", block_bytes)
        blocks = list(Utf8.of(texts).blocks())
    assert [row for of, _ in blocks for row in range(len(texts))[of]] == list(range(len(texts)))
    assert all("".join(texts[of]) == "".join(map(chr, codes)) for of, codes in blocks)


@given(TEXTS)
def test_code_points_of_all_texts(texts: pl.Series) -> None:
    assert code_points(texts).tolist() == [ord(character) for character in "".join(texts)]
