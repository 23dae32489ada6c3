from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from etl.charsets.validity import HEAD, are_utf8

CHARACTERS = st.text(st.sampled_from("aé甲\U00020000"), max_size=9).map(str.encode)

CONTENTS = st.one_of(
    CHARACTERS,
    st.tuples(st.integers(HEAD - 9, HEAD), CHARACTERS).map(lambda drawn: b"a" * drawn[0] + drawn[1]),
    st.tuples(CHARACTERS, st.sampled_from([b"\x80", b"\xe4", b"\xff"]), CHARACTERS).map(b"".join),
    st.binary(max_size=9),
)


def is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.lists(CONTENTS, max_size=9))
def test_contents_are_utf8_if_python_reads_them(contents: list[bytes]) -> None:
    assert are_utf8(pl.Series(contents, dtype=pl.Binary)).tolist() == [is_utf8(content) for content in contents]
