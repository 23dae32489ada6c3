from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.charsets import DecodedText, Refusal, decode_bytes, rebuild_bytes

CASES = json.loads((Path(__file__).parents[1] / "cases" / "encodings.json").read_text(encoding="utf-8"))
CHINESE = "本报讯（记者 王小明）昨日，市气象局发布消息：今年的雨水比往年多，各地要做好准备。\n"


def decoded(data: bytes, declared: str | None = None) -> DecodedText:
    found = decode_bytes(data, declared)
    assert isinstance(found, DecodedText), found
    assert rebuilt(found) == data
    return found


def rebuilt(found: DecodedText) -> bytes:
    return rebuild_bytes(found.text, found.encoding, found.evidence, found.repair, found.remnants)


def cases(group: str) -> list[dict[str, str]]:
    return list(CASES[group])


@pytest.mark.parametrize("case", cases("synthetic") + cases("negative"), ids=lambda case: case["why"])
def test_encoding_is_found(case: dict[str, str]) -> None:
    found = decoded(case["text"].encode(case["codec"]))
    assert (found.encoding, found.text) == (case["encoding"], case["text"])


@pytest.mark.xfail(strict=True, reason="known failure")
@pytest.mark.parametrize("case", cases("known_failure"), ids=lambda case: case["why"])
def test_encoding_is_not_found_yet(case: dict[str, str]) -> None:
    assert decoded(case["text"].encode(case["codec"])).text == case["text"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "gb18030"])
def test_byte_order_mark_decides_and_is_no_text(codec: str) -> None:
    found = decoded(("\ufeff" + CHINESE).encode(codec))
    assert (found.text, found.encoding, found.evidence) == (CHINESE, codec, "bom")


def test_utf8_is_believed() -> None:
    assert decoded(CHINESE.encode())[1:4] == ("utf-8", "utf-8", 1.0)


def test_declared_charset_is_believed_if_it_fits() -> None:
    found = decoded("déjà vu, été".encode("cp1252"), "ISO-8859-1")
    assert (found.encoding, found.evidence, found.text) == ("cp1252", "declared", "déjà vu, été")


@pytest.mark.parametrize("declared", ["big5", "hex", "no such charset", "utf-7", "x\0y"])
def test_declared_charset_does_not_beat_the_evidence(declared: str) -> None:
    assert decoded((CHINESE * 5).encode("gb18030"), declared).text == CHINESE * 5


def test_gb2312_label_means_gb18030() -> None:
    found = decoded(f"{CHINESE}镕€".encode("gb18030"), "gb2312")
    assert (found.encoding, found.evidence) == ("gb18030", "declared")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        ("\u3000\u200b\n".encode(), "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (bytes(range(1, 30)) * 20, "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\xf4\0\0\x01\xf4\x08\x06\0\0\0\xcb\xd6\xdf\x8a", "binary"),
        (bytes((i * 89 + i * i * 7) % 128 + 128 for i in range(3000)), "unexplained"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, reason: str) -> None:
    found = decode_bytes(data)
    assert isinstance(found, Refusal)
    assert found.reason == reason


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5", "utf-16-le"])
def test_text_cut_inside_a_character_loses_only_that(codec: str) -> None:
    text = "昨日，氣象局發布消息：今年的雨水比往年多，各地要注意。" * 4
    found = decoded(text.encode(codec)[:-1])
    assert (found.encoding, found.text) == (codec, text[:-1] + "\ufffd")


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("lost", [0, 10, 40, 101])
def test_one_lost_byte_costs_one_character(codec: str, lost: int) -> None:
    text = "昨日，市气象局公布消息：今年的雨水比往年多，各地要注意。" * 4
    data = text.encode(codec)
    found = decoded(data[:lost] + data[lost + 1 :])
    assert found.encoding == codec
    width = 3 if codec == "utf-8" else 2
    assert found.text.replace("\ufffd", "") == text[: lost // width] + text[lost // width + 1 :]


def test_trailing_zero_bytes_of_old_files_are_kept() -> None:
    assert decoded((CHINESE + "\0" * 200).encode("gb18030")).text == CHINESE + "\0" * 200


def test_needless_escapes_are_kept_line_by_line() -> None:
    data = b"~{VP~}~{ND~}\n~{VPNDK+FsP^8D~}\nplain\n"
    found = decoded(data)
    assert found.text == "中文\n中文双企修改\nplain\n"
    assert [(remnant.start, remnant.end) for remnant in found.remnants] == [(0, 3)]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_rebuilt_or_refused(data: bytes) -> None:
    found = decode_bytes(data)
    assert found == decode_bytes(data)
    if isinstance(found, DecodedText):
        assert rebuilt(found) == data


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [
            "gb18030",
            "big5",
            "big5hkscs",
            "hz",
            "iso2022_cn",
            "iso2022_jp",
            "iso2022_kr",
            "euc_tw",
            "cp932",
            "johab",
            "utf-16-le",
        ]
    ),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), max_size=4),
)
@example("iso2022_kr", [(300, b"\x0e")])  # bytes after the last line
@example("iso2022_kr", [(20, b"\x1b"), (60, b"\x1b$")])
def test_any_damage_is_rebuilt(codec: str, damage: list[tuple[int, bytes]]) -> None:
    data = bytearray(("中文的一是不了人我在有他之大上 abc\n" * 8).encode(codec))
    for place, junk in damage:
        data[place : place + 1] = junk
    found = decode_bytes(bytes(data))
    if isinstance(found, DecodedText):
        assert rebuilt(found) == bytes(data)
