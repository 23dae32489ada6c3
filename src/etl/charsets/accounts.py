"""What a decoded text does not say about its bytes, and the way back from the text to the bytes.

Two things get lost in decoding: bytes that stand for no character (the text has U+FFFD), and the choice where a codec
has several byte sequences for one character, or escapes that could have been written otherwise. Both are kept as
`Remnant`s, so that every document's bytes can be rebuilt.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from etl.charsets.codecs import DAMAGE, KEEP, decode_keeping, encode_strictly, is_stateful

__all__ = ["AMBIGUOUS", "DAMAGED", "Remnant", "account", "loses_nothing", "rebuild"]

DAMAGED = "damaged-bytes"
"""Rule of a remnant whose bytes stand for no character."""

AMBIGUOUS = "ambiguous-bytes"
"""Rule of a remnant whose characters could have been written with other bytes, which the codec would choose."""

LONGEST_UNIT = 8
"""Bytes: more than any codec needs for the characters that it can only write together."""

SEVERAL_WAYS = frozenset(("big5", "cp950", "big5hkscs", "cp932", "euc_jp", "euc_jis_2004", "euc_tw", "johab"))
"""Codecs without escapes that read several byte sequences as the same character; all others read each as its own."""

_LINE = re.compile("[^\n]*\n|[^\n]+")
_BYTE_LINE = re.compile(b"[^\n]*\n|[^\n]+")


class Remnant(NamedTuple):
    """Bytes behind a slice of the text that encoding the slice would not give.

    Attributes:
        start: first code point of the slice.
        end: code point after it.
        offset: first byte in the document, its byte order mark counted.
        raw: the bytes.
        rule: `DAMAGED` or `AMBIGUOUS`.
    """

    start: int
    end: int
    offset: int
    raw: bytes
    rule: str


def loses_nothing(codec: str) -> bool:
    """Tell whether bytes that a codec can read are always the ones that it would write."""
    return codec not in SEVERAL_WAYS and not is_stateful(codec)


def account(data: bytes, kept: str, codec: str) -> tuple[str, tuple[Remnant, ...]]:
    """Turn a text from `decode_keeping` into the decoded text, and say what it leaves out.

    Args:
        data: the bytes without byte order mark.
        kept: what `decode_keeping` made of them.
        codec: with this codec.
    """
    if encode_strictly(kept, codec) == data:
        return kept, ()
    text = DAMAGE.sub("\ufffd", kept)
    return text, _with_escapes(data, text, codec) if is_stateful(codec) else tuple(_by_character(data, kept, codec))


def rebuild(text: str, codec: str, remnants: Iterable[Remnant]) -> bytes:
    """Give the bytes that a text was decoded from; the inverse of `account`.

    Args:
        text: the decoded text.
        codec: its codec.
        remnants: what `account` left out; one that lies within another is not needed.
    """
    ordered = sorted(remnants, key=lambda remnant: (remnant.start, -remnant.end))
    if not ordered:
        return text.encode(codec)
    pieces, position = [], 0
    for remnant in ordered:
        if remnant.end > position:
            pieces += [_encode_lines(text[position : remnant.start], codec), remnant.raw]
            position = remnant.end
    return b"".join([*pieces, _encode_lines(text[position:], codec)])


def _encode_lines(text: str, codec: str) -> bytes:
    """Encode a text; with escapes, each line on its own, so that a line's bytes don't depend on others."""
    if not is_stateful(codec):
        return text.encode(codec)
    return b"".join(line.encode(codec) for line in _LINE.findall(text))


def _with_escapes(data: bytes, text: str, codec: str) -> tuple[Remnant, ...]:
    """Remnants by line, or the whole text as one where its lines cannot be told apart."""
    with suppress(UnicodeError):  # a broken escape over a line's end is more than Python's decoder holds back
        remnants = tuple(_by_line(data, codec))
        if rebuild(text, codec, remnants) == data:
            return remnants
    return tuple(_of_line(0, text, 0, data, ambiguous=True))


def _of_line(start: int, text: str, offset: int, raw: bytes, *, ambiguous: bool) -> Iterator[Remnant]:
    """Remnants of one stretch of text and the bytes that it came from."""
    if ambiguous:
        yield Remnant(start, start + len(text), offset, raw, AMBIGUOUS)
    for match in re.finditer("\ufffd", text):
        yield Remnant(start + match.start(), start + match.end(), offset, raw, DAMAGED)


def _by_line(data: bytes, codec: str) -> Iterator[Remnant]:
    """Remnants of a codec with escapes: whole lines, where encoding the line alone gives other bytes."""
    decoder = codecs.getincrementaldecoder(codec)(KEEP)
    lines = _BYTE_LINE.findall(data)
    start = offset = 0
    pending = b""
    for number, raw in enumerate(lines, start=1):
        kept = decoder.decode(raw, final=number == len(lines))
        text = DAMAGE.sub("\ufffd", kept)
        pending += raw
        if not text and number < len(lines):
            continue
        yield from _of_line(start, text, offset, pending, ambiguous=encode_strictly(kept, codec) != pending)
        start, offset, pending = start + len(text), offset + len(pending), b""


def _by_character(data: bytes, kept: str, codec: str) -> Iterator[Remnant]:
    """Remnants of a codec without escapes: damaged sequences, and characters that it would write otherwise."""
    start = offset = position = 0
    for match in [*DAMAGE.finditer(kept), None]:
        stretch = kept[position : match.start()] if match else kept[position:]
        whole = _would_write(stretch, data, offset, codec) is not None
        for line in [stretch] if whole else _LINE.findall(stretch):
            if encoded := _would_write(line, data, offset, codec):
                start, offset = start + len(line), offset + len(encoded)
                continue
            for text, raw in _units(line, data, offset, codec):
                if encode_strictly(text, codec) != raw:
                    yield Remnant(start, start + len(text), offset, raw, AMBIGUOUS)
                start, offset = start + len(text), offset + len(raw)
        if match:
            raw = bytes(ord(character) & 0xFF for character in match.group())
            yield Remnant(start, start + 1, offset, raw, DAMAGED)
            start, offset, position = start + 1, offset + len(raw), match.end()


def _would_write(text: str, data: bytes, offset: int, codec: str) -> bytes | None:
    """The bytes at an offset, if they are the ones that the codec writes for a text."""
    encoded = encode_strictly(text, codec)
    return encoded if encoded is not None and data.startswith(encoded, offset) else None


def _units(line: str, data: bytes, offset: int, codec: str) -> Iterator[tuple[str, bytes]]:
    """Cut a line and its bytes into the smallest units that decode alone: a character, seldom two."""
    start = 0
    while start < len(line):
        encoded = _would_write(line[start], data, offset, codec)
        if encoded is None:
            encoded = _shortest(line[start:], data[offset : offset + LONGEST_UNIT], codec)
        text = encoded.decode(codec)
        yield text, encoded
        start, offset = start + len(text), offset + len(encoded)


def _shortest(line: str, data: bytes, codec: str) -> bytes:
    """The shortest bytes that decode to the beginning of a line."""
    for length in range(1, len(data) + 1):
        text = decode_keeping(data[:length], codec)
        if text and line.startswith(text):
            return data[:length]
    raise AssertionError(f"{codec} does not decode its own text")
