"""Damaged text in codecs of two and more bytes: find the reading that loses least.

After a byte was lost, a codec of byte pairs reads on with the wrong pairs until an ASCII byte happens to set it
right, and does not notice. The cheapest path through the stretch (Viterbi's algorithm, over the bits of each
character and a price for each byte given up) finds the byte that stands alone.
"""

from __future__ import annotations

import re

from etl.charsets.codecs import DAMAGE, decode_keeping
from etl.charsets.model import bits_alone

__all__ = ["MULTIBYTE", "decode_damaged"]

_CHINESE = ("gb18030", "big5", "cp950", "big5hkscs", "euc_tw")

MULTIBYTE = frozenset((*_CHINESE, "shift_jis", "cp932", "euc_jp", "euc_jis_2004", "euc_kr", "cp949", "johab"))
"""Codecs of byte pairs, in which a lost byte shifts what follows."""

GIVEN_UP = 40.0
"""Bits that a byte given up costs: three characters or more must read better for it."""

LONGEST_STRETCH = 16 * 1024
"""Bytes: longer stretches are read as the codec does, for the search takes some microseconds a byte."""

LONGEST_CHARACTER = 4
"""Bytes of the longest character of these codecs."""

_STRETCH = re.compile(rb"[^\x00-\x2f]*[\x00-\x2f]+|[^\x00-\x2f]+")
"""Up to bytes that are never part of a longer character in any of these codecs."""


def decode_damaged(data: bytes, codec: str) -> str:
    """Decode bytes, of which some cannot be read, so that as few as possible are given up.

    Args:
        data: the bytes.
        codec: one of `MULTIBYTE`, or any other, which is then left to its own way of going on.

    Returns:
        A text as from `decode_keeping`.
    """
    kept = decode_keeping(data, codec)
    if codec not in MULTIBYTE or not DAMAGE.search(kept):
        return kept
    return "".join(_read(stretch, codec) for stretch in _STRETCH.findall(data))


def _read(stretch: bytes, codec: str) -> str:
    kept = decode_keeping(stretch, codec)
    if len(stretch) > LONGEST_STRETCH or not DAMAGE.search(kept):
        return kept
    return _cheapest(stretch, codec)


def _cheapest(stretch: bytes, codec: str) -> str:
    costs = [0.0] + [float("inf")] * len(stretch)
    last = [""] * (len(stretch) + 1)
    lengths = [0] * (len(stretch) + 1)
    for start in range(len(stretch)):
        for length, text in _readings(stretch, start, codec):
            cost = costs[start] + (GIVEN_UP if DAMAGE.match(text) else bits_alone(text))
            if cost < costs[start + length]:
                costs[start + length], last[start + length], lengths[start + length] = cost, text, length
    pieces, position = [], len(stretch)
    while position:
        pieces.append(last[position])
        position -= lengths[position]
    return "".join(reversed(pieces))


def _readings(stretch: bytes, start: int, codec: str) -> list[tuple[int, str]]:
    """What may begin at a byte: one character of any length, or the byte given up."""
    if stretch[start] < 0x80:
        return [(1, stretch[start : start + 1].decode(codec))]
    readings = [(1, chr(0xDC00 + stretch[start]))]
    for length in range(1, min(LONGEST_CHARACTER, len(stretch) - start) + 1):
        text = decode_keeping(stretch[start : start + length], codec)
        if len(text) == 1 and not DAMAGE.match(text):
            readings.append((length, text))
    return readings
