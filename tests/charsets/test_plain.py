from __future__ import annotations

from hashlib import sha256
from itertools import cycle

import polars as pl
import pytest

from etl.charsets import DecodedText, decode_bytes, read_plain

PAGE = "本报讯（记者 王小明）昨日，市气象局发布消息：今年的雨水比往年多，各地要做好准备。\n\r\n" * 12

ORDINARY = [
    PAGE.encode(),
    b"plain\nASCII",
    "\ufeff".encode() + PAGE.encode(),
    ("\ufeff" * 2 + PAGE).encode(),
    PAGE.encode("gb18030"),
    PAGE[:150].encode("gb18030"),
]

OTHER = [
    b"",
    b" \n",
    PAGE.encode()[:-3] + b"\xe5\n",
    "\ufeff".encode(),
    PAGE.encode() + b"\0",
    b"~{<:Ky2;~}",
    "锟斤拷锟斤拷烫烫烫".encode(),
    PAGE[:30].encode("gb18030"),
    PAGE.encode("gb18030") + b"\x81",
    PAGE.encode("gb18030") + b"\x7f",
    PAGE.encode("gb18030") + b"\x01",
    "\ufeff".encode("gb18030") + PAGE.encode("gb18030"),
    "\ufeff".encode() + PAGE.encode("gb18030"),
    PAGE.encode("gb18030") + PAGE.replace("\n", "").encode("big5", "ignore"),
    PAGE.encode("big5", "ignore"),
    PAGE.encode("utf-16"),
    "夜来香であるかもしれません。".encode("euc_jp") * 30,
]


def read(contents: list[bytes], declared: str | None = None) -> pl.DataFrame:
    return read_plain(pl.Series(contents, dtype=pl.Binary), pl.Series([declared] * len(contents), dtype=pl.String))


def test_ordinary_texts_are_read_and_the_others_left() -> None:
    contents = [content for pair in zip(OTHER, cycle(ORDINARY), strict=False) for content in pair]
    assert sorted(read(contents)["place"]) == list(range(1, len(contents), 2))


@pytest.mark.parametrize("content", ORDINARY)
def test_they_are_read_as_they_are_alone(content: bytes) -> None:
    (row,) = read([content]).iter_rows(named=True)
    found = decode_bytes(content)
    assert found == DecodedText(row["text"], row["encoding"], row["encoding_evidence"], confidence=1.0)
    digest = row["text_sha256"] or sha256(content).hexdigest()
    assert digest == sha256(row["text"].encode()).hexdigest()
    assert (row["chars"], row["lines"]) == (len(found.text), len(found.text.splitlines()))


def test_what_is_not_utf8_and_has_a_charset_declared_is_left() -> None:
    assert read(ORDINARY, declared="gbk")["place"].to_list() == [0, 1, 2, 3]


def test_nothing_is_read_of_nothing() -> None:
    assert read([]).schema == read(ORDINARY).schema


@pytest.mark.parametrize("places", [[0], [17, 18], [39], list(range(40))])
def test_texts_that_stop_being_utf8_far_down_are_left_wherever_they_stand(places: list[int]) -> None:
    contents = [PAGE.encode() + b"\xe4" * (place in places) for place in range(40)]
    assert read(contents)["place"].to_list() == [place for place in range(40) if place not in places]
