"""Read numerals as headings write them: 十二, １２, 12, ⑫, 首先."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

__all__ = ["parse_number"]

DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "○": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
"""Chinese digits, the formal ones too."""

UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
"""Chinese units; a heading has no number beyond them."""

WORDS = {"首先": 1, "其次": 2, "再次": 3}
"""Ordinals that are words. 最后 is none of them: it follows whatever came before."""

CHINESE = frozenset(DIGITS) | frozenset(UNITS)

CACHED = 4096
"""Numerals whose values are kept: documents number their sections with the same few."""


@lru_cache(maxsize=CACHED)
def parse_number(numeral: str) -> int | None:
    """The value of a numeral; of a decimal one (1.2.3) the last part. None if it is no numeral."""
    if numeral in WORDS:
        return WORDS[numeral]
    last = numeral.rsplit(".", 1)[-1]
    if last and CHINESE.issuperset(last):
        return _parse_chinese(last)
    digits = unicodedata.normalize("NFKC", last)
    return int(digits) if digits.isascii() and digits.isdigit() else None


def _parse_chinese(numeral: str) -> int:
    """Read 二十一, 一百零三, and 二〇 digit by digit."""
    if not UNITS.keys() & set(numeral):
        return int("".join(str(DIGITS[character]) for character in numeral))
    total, digit = 0, 0
    for character in numeral:
        if character in UNITS:
            total += (digit or 1) * UNITS[character]
            digit = 0
        else:
            digit = DIGITS[character]
    return total + digit
