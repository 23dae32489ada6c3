"""Traditional to simplified Chinese with OpenCC, booked as the spans that changed."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache
from itertools import groupby

from opencc import OpenCC

from etl.normalization.alphabet import HAN
from etl.normalization.characters import Found

__all__ = ["SCRIPT_HINT", "find_traditional"]

SCRIPT_HINT = f"[{HAN}]"
_CHINESE_RUN = re.compile(f"[{HAN}]+")


def find_traditional(text: str) -> Found:
    """Traditional characters and phrases, as OpenCC's `t2s` converts them.

    A run of Chinese is converted as one, since a phrase decides how its characters are read; phrases hold nothing
    but Chinese. Where the converted run is as long as it was, characters change in place; else the shortest
    difference is booked.
    """
    convert = _converter().convert
    if convert(text) == text:
        return []
    found = []
    for match in _CHINESE_RUN.finditer(text):
        converted = convert(match[0])
        if converted != match[0]:
            found += _differences(match.start(), match[0], converted)
    return found


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def _differences(start: int, before: str, after: str) -> Found:
    """The spans in which two texts differ."""
    if len(before) != len(after):
        codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        return [(start + i, start + j, after[k:m]) for tag, i, j, k, m in codes if tag != "equal"]
    found, position = [], 0
    for differs, group in groupby(zip(before, after, strict=True), key=lambda pair: pair[0] != pair[1]):
        pairs = list(group)
        if differs:
            changed = "".join(pair[1] for pair in pairs)
            found.append((start + position, start + position + len(pairs), changed))
        position += len(pairs)
    return found
