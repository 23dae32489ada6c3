"""Two Chinese encodings that Python has no codec for: EUC-TW and ISO-2022-CN (RFC 1922).

Importing the module registers them as `euc_tw` and `iso2022_cn`. The characters of CNS 11643 are in
`tables/cns11643.txt`, written by `scripts/write_cns_table.py`; those of GB 2312 come from Python's own codec.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files

from typing_extensions import Buffer

from etl.charsets.model import bits_alone

__all__ = ["PLANES"]

PLANES = 3
"""Planes of CNS 11643 that are known: the characters in use."""

_SIDE = 94
_FIRST = 0x21

_EUC = re.compile(rb"([\x00-\x7f]+)|([\xa1-\xfe]{2})|\x8e([\xa1-\xb0])([\xa1-\xfe]{2})|(.)", re.DOTALL)
_ISO = re.compile(
    rb"\x1b\$[)*]([AGHE])|(\x0e)|(\x0f)|\x1bN([\x21-\x7e]{2})|([\x21-\x7e]{2})|([\x00-\x20\x7f])|(.)", re.DOTALL
)

_DESIGNATIONS = {b"A": 0, b"G": 1, b"H": 2}
"""Final byte of an escape, and the set that it calls: 0 is GB 2312, the others planes of CNS 11643."""


@cache
def _planes() -> tuple[str, ...]:
    text = (files("etl") / "tables" / "cns11643.txt").read_text(encoding="utf-8")
    return tuple(text.split("\n")[:PLANES])


@cache
def _places() -> dict[str, tuple[int, bytes]]:
    """Plane and code (seven bits a byte) of each character; the lowest plane wins."""
    places: dict[str, tuple[int, bytes]] = {}
    for number, plane in enumerate(_planes(), start=1):
        for place, character in enumerate(plane):
            if character != "\ufffd":
                code = bytes([_FIRST + place // _SIDE, _FIRST + place % _SIDE])
                places.setdefault(character, (number, code))
    return places


def _character(plane: int, code: bytes) -> str:
    """The character of a code of seven bits a byte, or nothing."""
    if plane == 0:
        return bytes(byte | 0x80 for byte in code).decode("gb2312", "ignore")
    if plane > PLANES:
        return ""
    return _planes()[plane - 1][(code[0] - _FIRST) * _SIDE + code[1] - _FIRST].replace("\ufffd", "")


def _unreadable(codec: str, data: bytes, start: int, end: int, errors: str) -> tuple[str, int]:
    error = UnicodeDecodeError(codec, data, start, end, "illegal multibyte sequence")
    text, position = codecs.lookup_error(errors)(error)
    return str(text), position


class _EucDecoder(codecs.BufferedIncrementalDecoder):
    def _buffer_decode(self, data: Buffer, errors: str, final: bool) -> tuple[str, int]:
        data = bytes(data)
        pieces, position = [], 0
        while position < len(data):
            match = _EUC.match(data, position)
            assert match
            plain, first, plane, code, _ = match.groups()
            text = plain.decode() if plain else self._lookup(first, plane, code)
            end = match.end()
            if not text:
                if not final and len(data) - position < 4 and data[position] >= 0x80:
                    break
                text, end = _unreadable("euc_tw", data, position, position + 1, errors)
            pieces.append(text)
            position = end
        return "".join(pieces), position

    def _lookup(self, first: bytes | None, plane: bytes | None, code: bytes | None) -> str:
        if first or code:
            number = plane[0] - 0xA0 if plane else 1
            return _character(number, bytes(byte & 0x7F for byte in first or code or b""))
        return ""


def _encode_euc(text: str, errors: str = "strict") -> tuple[bytes, int]:
    return b"".join(_euc_units(text, errors)), len(text)


def _euc_units(text: str, errors: str) -> Iterator[bytes]:
    for position, character in enumerate(text):
        if character < "\x80":
            yield character.encode()
            continue
        plane, code = _place("euc_tw", text, position)
        high = bytes(byte | 0x80 for byte in code)
        yield high if plane == 1 else bytes([0x8E, 0xA0 + plane]) + high


def _place(codec: str, text: str, position: int) -> tuple[int, bytes]:
    place = _places().get(text[position])
    if place is None:
        raise UnicodeEncodeError(codec, text, position, position + 1, "no such character")
    return place


class _IsoDecoder(codecs.BufferedIncrementalDecoder):
    def __init__(self, errors: str = "strict") -> None:
        super().__init__(errors)
        self.reset()

    def reset(self) -> None:
        super().reset()
        self.shifted, self.set, self.after_second = False, 0, False

    def _buffer_decode(self, data: Buffer, errors: str, final: bool) -> tuple[str, int]:
        data = bytes(data)
        pieces, position = [], 0
        while position < len(data):
            if not final and len(data) - position < 4 and data[position] in b"\x1b":
                break
            if not final and self.shifted and len(data) - position < 2:
                break
            text, position = self._unit(data, position, errors)
            pieces.append(text)
        return "".join(pieces), position

    def _unit(self, data: bytes, position: int, errors: str) -> tuple[str, int]:
        match = _ISO.match(data, position)
        assert match
        designated, out, back, second, pair, plain, _ = match.groups()
        if out or back:
            self.shifted = bool(out)
            return "", match.end()
        if designated:
            self.set = self.set if designated == b"H" else _DESIGNATIONS.get(designated, 0)
            return "", match.end()
        if second or (pair and self.shifted):
            text = self._pair(second, pair)
            return (text, match.end()) if text else _unreadable("iso2022_cn", data, position, match.end(), errors)
        self.after_second = False
        if data[position] >= 0x80 or data[position] == 0x1B or (self.shifted and not plain):
            return _unreadable("iso2022_cn", data, position, position + 1, errors)
        self.shifted = self.shifted and data[position] != 0x0A
        return chr(data[position]), position + 1

    def _pair(self, second: bytes | None, pair: bytes) -> str:
        """A character of two bytes; glibc shifts with the first of plane 2, and marks only the first of a run."""
        if second:
            self.shifted = self.after_second = True
            return _character(2, second)
        text = _character(self.set, pair)
        if not self.after_second:
            return text
        run = _character(2, pair)
        self.after_second = bool(run) and (not text or bits_alone(run) < bits_alone(text))
        return run if self.after_second else text


def _encode_iso(text: str, errors: str = "strict") -> tuple[bytes, int]:
    pieces: list[bytes] = []
    shifted, called, second = False, -1, False
    for position, character in enumerate(text):
        if character < "\x80":
            pieces += [b"\x0f"] * shifted + [character.encode()]
            shifted = False
            if character == "\n":
                called, second = -1, False
            continue
        number, code = _iso_place(text, position)
        if number == 2:
            pieces += [b"\x1b$*H"] * (not second) + [b"\x0e"] * (not shifted) + [b"\x1bN", code]
            shifted = second = True
            continue
        pieces += [b"\x1b$)" + b"AG"[number : number + 1]] * (number != called) + [b"\x0e"] * (not shifted) + [code]
        shifted, called = True, number
    return b"".join([*pieces, b"\x0f" * shifted]), len(text)


def _iso_place(text: str, position: int) -> tuple[int, bytes]:
    try:
        return 0, bytes(byte & 0x7F for byte in text[position].encode("gb2312"))
    except UnicodeEncodeError:
        number, code = _place("iso2022_cn", text, position)
        if number > 2:
            raise
        return number, code


def _decode(decoder: type[codecs.IncrementalDecoder]) -> Callable[..., tuple[str, int]]:
    def decode(data: bytes, errors: str = "strict") -> tuple[str, int]:
        return decoder(errors).decode(bytes(data), final=True), len(data)

    return decode


_CODECS = {
    "euc_tw": codecs.CodecInfo(_encode_euc, _decode(_EucDecoder), name="euc_tw", incrementaldecoder=_EucDecoder),
    "iso2022_cn": codecs.CodecInfo(
        _encode_iso, _decode(_IsoDecoder), name="iso2022_cn", incrementaldecoder=_IsoDecoder
    ),
}

codecs.register(lambda name: _CODECS.get(name.replace("-", "_")))
