"""Choose the codec of bytes that say nothing of themselves: the one whose text takes the fewest bits."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from charset_normalizer import from_bytes

from etl.charsets.codecs import CHARSETS, DAMAGE, ESCAPED, Charset, decode_beginning, decode_strictly
from etl.charsets.damage import MULTIBYTE, decode_damaged
from etl.charsets.model import bits_of
from etl.charsets.recognition import FIRST_SAMPLE, Choice, confidence, recognise

__all__ = ["choose", "choose_escaped", "looks_escaped"]

WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
"""Codecs that have zero bytes wherever they are valid UTF-8."""

SAMPLE = 8 * 1024
"""Bytes that codecs are judged on; more does not change the choice."""

FAMILY_DOUBT = 40.0
"""Bits by which a member of a family must beat the first that reads all bytes: the narrower codec is the likelier."""

FAMILY_DOUBT_BIG5 = 16.0
"""The same for Big5, whose members differ in rare signs only, and where Microsoft's is as common as the standard's."""

DOUBTFUL = 0.6
"""Confidence under which a second opinion is asked for: the best two readings are within some 4 bits."""

CLOSE = 4.0
"""Bits that a reading may be worse by than the best for the second opinion to carry it."""

POOR = 0.9
"""Share of the eight bits of a byte over which a reading is so poor that damage may be the reason."""

RESCUED = ("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr")
"""Codecs that are then tried with their damage mended, which takes a tenth of a second."""

MENDABLE = 0.05
"""Share of damaged sequences up to which a reading is mended before it is judged."""

HOPELESS = 1.6
"""Bits, as a multiple of the fewest, over which more text cannot make a reading the best."""

MENDS = 1.2
"""The same for mending: a few damaged sequences cost little; where they shift all that follows, see `POOR`."""

DECLARED = 100.0
"""Bits that a source's own word is worth: it beats likeness, not evidence."""

NO_TEXT = 1.25
"""Share of the eight bits of a byte over which a reading explains nothing.

Random bytes need 1.4 and more, a list of rare characters 1.15.
"""

_FAMILIES = {
    charset.codec: [other.codec for other in CHARSETS if other.family == charset.family] for charset in CHARSETS
}


class _Reading(NamedTuple):
    charset: Charset
    text: str
    bits: float


def looks_escaped(data: bytes) -> bool:
    """Tell whether bytes hold an escape of a codec whose bytes look like ASCII, or zero bytes as wide codecs do."""
    return b"\x1b" in data or b"~{" in data or b"\0" in data


def choose(contents: Sequence[bytes], declared: Sequence[str | None]) -> list[Choice]:
    """Choose the codec of each of several contents without byte order mark.

    Args:
        contents: all bytes of each document.
        declared: for each, the codec that its source names, as Python names it.
    """
    bare = [data.rstrip(b"\0") for data in contents]
    recognised = recognise([data[:FIRST_SAMPLE] for data in bare], declared)
    choices = [choice or _compared(data, name) for choice, data, name in zip(recognised, bare, declared, strict=True)]
    return [_settled(choice, data) for choice, data in zip(choices, bare, strict=True)]


def choose_escaped(data: bytes) -> Choice | None:
    """Choose a codec with escapes, or a wide one, for bytes that are valid UTF-8; None if UTF-8 reads better."""
    sample = data[:SAMPLE]
    # ISO-2022-CN, whose decoder is slow, reads nothing else than UTF-8 does where no escape announces it.
    escaped = [codec for codec in ESCAPED if codec != "iso2022_cn" or b"\x1b" in sample]
    readings = [_read(sample, Charset(codec, 4.0, codec)) for codec in (*escaped, *(WIDE if b"\0" in sample else ()))]
    plain = _read(sample, Charset("utf-8", 0.0, "utf-8"))
    best = min([plain, *readings], key=lambda reading: reading.bits)
    return None if best is plain else _choice(best, [plain, *readings], sample)


def _sample(data: bytes) -> bytes:
    """Lines that are not all ASCII; the beginning, where there are wide characters' zero bytes."""
    if len(data) <= SAMPLE or b"\0" in data[:SAMPLE]:
        return data[:SAMPLE]
    found, length = [], 0
    for match in re.finditer(rb"[^\n]*[\x80-\xff][^\n]*\n?", data):
        found.append(match.group()[: SAMPLE - length])
        length += len(found[-1])
        if length >= SAMPLE:
            break
    return b"".join(found)


def _compared(data: bytes, declared: str | None) -> Choice:
    sample = _sample(data)
    return recognise([sample[:FIRST_SAMPLE]], [declared])[0] or _best(sample, declared)


def _read(sample: bytes, charset: Charset) -> _Reading:
    return _reading(charset, decode_beginning(sample, charset.codec))


def _reading(charset: Charset, text: str) -> _Reading:
    return _Reading(charset, text, float(bits_of(text).sum()) + charset.prior if text else math.inf)


def _mend(reading: _Reading, sample: bytes, best: float) -> _Reading:
    """Judge a damaged reading by what is left when the damage is mended, if that can make it the best."""
    damaged = reading.text.count("\ufffd")
    if reading.charset.codec not in MULTIBYTE or reading.bits > best * MENDS:
        return reading
    if not 0 < damaged <= 1 + len(reading.text) * MENDABLE:
        return reading
    return _reading(reading.charset, DAMAGE.sub("\ufffd", decode_damaged(sample, reading.charset.codec)))


def _best(sample: bytes, declared: str | None) -> Choice:
    charsets = [charset for charset in CHARSETS if b"\0" in sample or not charset.codec.startswith("utf-32")]
    if len(sample) > FIRST_SAMPLE:
        readings = [_read(sample[:FIRST_SAMPLE], charset) for charset in charsets]
        limit = min(reading.bits for reading in readings) * HOPELESS
        charsets = [reading.charset for reading in readings if reading.bits <= limit]
    readings = [_read(sample, charset) for charset in charsets]
    fewest = min(reading.bits for reading in readings)
    if fewest > POOR * 8 * len(sample):
        sample = sample[:FIRST_SAMPLE]
        readings = _rescued(readings, sample)
        fewest = min(reading.bits for reading in readings)
    readings = [_mend(reading, sample, fewest) for reading in readings]
    best = min(readings, key=lambda reading: reading.bits - DECLARED * (reading.charset.codec == declared))
    choice = _choice(best, readings, sample)
    return choice if choice.confidence >= DOUBTFUL else _second_opinion(choice, best, readings, sample)


def _second_opinion(choice: Choice, best: _Reading, readings: list[_Reading], sample: bytes) -> Choice:
    """Let charset-normalizer, which knows letters by language, choose among readings that are nearly as good."""
    match = from_bytes(sample).best()
    for reading in readings:
        if match and reading.charset.codec == match.encoding and reading.bits <= best.bits + CLOSE:
            return choice._replace(codec=match.encoding, detected=True)
    return choice


def _rescued(readings: list[_Reading], sample: bytes) -> list[_Reading]:
    """Readings with those added that are good once a lost byte no longer shifts all pairs after it."""
    mended = [
        _reading(charset, DAMAGE.sub("\ufffd", decode_damaged(sample, charset.codec)))
        for charset in CHARSETS
        if charset.codec in RESCUED
    ]
    return [*mended, *(_read(sample, reading.charset) for reading in readings)]


def _settled(choice: Choice, data: bytes) -> Choice:
    """The choice with the first member of its family that reads all bytes, or a later one that reads much better."""
    family = _FAMILIES.get(choice.codec, [choice.codec])
    if len(family) == 1:
        return choice
    readings = [(member, text) for member in family if (text := decode_strictly(data, member)) is not None]
    if not readings:
        return choice
    doubt = FAMILY_DOUBT_BIG5 if family[0] == "big5" else FAMILY_DOUBT
    chosen, plain = readings[0]
    for member, text in readings[1:]:
        if text != plain and float(bits_of(plain).sum() - bits_of(text).sum()) > doubt:
            chosen, plain = member, text
    return choice._replace(codec=chosen)


def _choice(best: _Reading, readings: list[_Reading], sample: bytes) -> Choice:
    others = [
        reading.bits
        for reading in readings
        if reading.text != best.text and reading.charset.family != best.charset.family
    ]
    return Choice(
        best.charset.codec,
        confidence(min(others, default=math.inf) - best.bits),
        (best.bits - best.charset.prior) / (8 * len(sample)),
    )
