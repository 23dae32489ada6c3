"""Choose the codec of bytes that say nothing of themselves: the one whose text takes the fewest bits."""

from __future__ import annotations

import codecs
import math
import re
from typing import NamedTuple

from etl.charsets.codecs import CHARSETS, ESCAPED, Charset
from etl.charsets.model import bits_of, cost_per_character
from etl.charsets.mojibake import PLAUSIBLE

__all__ = ["Choice", "choose", "choose_escaped", "looks_escaped"]

COMMON = ("utf-8", "gb18030", "big5")
"""Codecs that are believed without trying the others, where the text that they give is ordinary Chinese."""

OTHER_SCRIPTS = re.compile("[\u3040-\u30ff\uac00-\ud7a3\ue000-\uf8ff\ufffd]")
"""Characters that cast doubt on Chinese: kana stand in the same places of GB 2312 and of EUC-JP."""

SAMPLE = 8 * 1024
"""Bytes that codecs are judged on; more does not change the choice."""

FAMILY_DOUBT = 40.0
"""Bits by which a member of a family must beat the first that reads all bytes: the narrower codec is the likelier."""

DECLARED = 100.0
"""Bits that a source's own word is worth: it beats likeness, not evidence."""

NO_TEXT = 0.93
"""Share of the eight bits of a byte over which a reading explains nothing; random bytes are near or above 1."""


class Choice(NamedTuple):
    """A codec, how sure it is, and whether its text is plausible at all.

    Attributes:
        codec: Python's name.
        confidence: 0 to 1.
        share: bits of the reading for each bit of the bytes; well under 1 for text.
    """

    codec: str
    confidence: float
    share: float


class _Reading(NamedTuple):
    charset: Charset
    text: str
    bits: float


def looks_escaped(data: bytes) -> bool:
    """Tell whether bytes hold an escape of a codec whose bytes look like ASCII, or zero bytes as wide codecs do."""
    return b"\x1b" in data or b"~{" in data or b"\0" in data


def choose(data: bytes, declared: str | None = None) -> Choice:
    """Choose the codec of bytes without byte order mark.

    Args:
        data: all bytes of the document.
        declared: codec that the source names, as Python names it.
    """
    sample = _sample(data)
    return (None if declared else _common(sample)) or _best(sample, data, declared)


def choose_escaped(data: bytes) -> Choice | None:
    """Choose a codec with escapes, or a wide one, for bytes that are valid UTF-8; None if UTF-8 reads better."""
    sample = data[:SAMPLE]
    readings = [_read(sample, Charset(codec, 4.0, codec)) for codec in (*ESCAPED, "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")]
    plain = _read(sample, Charset("utf-8", 0.0, "utf-8"))
    best = min([plain, *readings], key=lambda reading: reading.bits)
    return None if best is plain else _choice(best, [plain, *readings], sample)


def _sample(data: bytes) -> bytes:
    """Lines that are not all ASCII; the beginning, where there are wide characters' zero bytes."""
    if len(data) <= SAMPLE or b"\0" in data[:SAMPLE]:
        return data[:SAMPLE]
    found, length = [], 0
    for match in re.finditer(rb"[^\n]*[\x80-\xff][^\n]*\n?", data):
        found.append(match.group()[:SAMPLE - length])
        length += len(found[-1])
        if length >= SAMPLE:
            break
    return b"".join(found)


def _common(sample: bytes) -> Choice | None:
    for codec in COMMON:
        text = codecs.getincrementaldecoder(codec)("replace").decode(sample)
        beyond = sum(character > "\x7f" for character in text)
        doubts = len(OTHER_SCRIPTS.findall(text))
        cost = cost_per_character(text)
        if beyond and doubts <= beyond * 0.02 and 0 < cost <= PLAUSIBLE:
            return Choice(codec, _confidence((PLAUSIBLE + 2 - cost) * beyond), cost / 16)
    return None


def _read(sample: bytes, charset: Charset) -> _Reading:
    try:
        text = codecs.getincrementaldecoder(charset.codec)("replace").decode(sample)
    except UnicodeDecodeError:
        text = "\ufffd" * len(sample)
    return _Reading(charset, text, float(bits_of(text).sum()) + charset.prior if text else math.inf)


def _best(sample: bytes, data: bytes, declared: str | None) -> Choice:
    charsets = [*CHARSETS, *([Charset(declared, 0.0, declared)] if declared else [])]
    readings = [_read(sample, charset) for charset in charsets]
    readings = [
        reading._replace(bits=reading.bits - DECLARED) if reading.charset.codec == declared else reading
        for reading in readings
    ]
    best = min(readings, key=lambda reading: reading.bits)
    return _choice(_narrowest(best, readings, data), readings, sample)


def _narrowest(best: _Reading, readings: list[_Reading], data: bytes) -> _Reading:
    """The first of the best's family that reads all the bytes and little worse."""
    for reading in readings:
        if reading.charset.family == best.charset.family and reading.bits < best.bits + FAMILY_DOUBT:
            try:
                data.decode(reading.charset.codec)
            except UnicodeDecodeError:
                continue
            return reading
    return best


def _choice(best: _Reading, readings: list[_Reading], sample: bytes) -> Choice:
    others = [reading.bits for reading in readings if reading.text != best.text and reading.charset.family != best.charset.family]
    return Choice(best.charset.codec, _confidence(min(others) - best.bits), best.bits / (8 * len(sample)))


def _confidence(margin: float) -> float:
    """A probability from bits in favour, damped, for neighbouring characters are no independent witnesses."""
    return 1 / (1 + 2 ** max(-60.0, min(60.0, -margin / 8)))
