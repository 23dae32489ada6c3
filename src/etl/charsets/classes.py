"""Kinds of characters: which follow each other in real text tells one encoding from another.

A text that was read with the wrong codec mixes kinds that no writer mixes: capitals inside words, a Han character
between Latin letters, accents beside currency signs.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["CLASSES", "LETTERS", "class_of", "classes_by_code_point"]

_RANGES = (
    ("latin", 0xC0, 0x24F), ("ipa", 0x250, 0x2FF), ("combining", 0x300, 0x36F), ("greek", 0x370, 0x3FF),
    ("cyrillic", 0x400, 0x45F), ("cyrillicext", 0x460, 0x52F), ("hebrew", 0x590, 0x5FF),
    ("arabic", 0x600, 0x6FF), ("thai", 0xE00, 0xE7F), ("jamo", 0x1100, 0x11FF), ("latin", 0x1E00, 0x1EFF),
    ("greek", 0x1F00, 0x1FFF), ("invisible", 0x200B, 0x200F), ("punctuation", 0x2010, 0x2027),
    ("invisible", 0x2028, 0x202E), ("punctuation", 0x202F, 0x205F), ("invisible", 0x2060, 0x206F),
    ("sign", 0x20A0, 0x214F), ("symbol", 0x2150, 0x24FF), ("box", 0x2500, 0x259F), ("symbol", 0x25A0, 0x2BFF),
    ("cjkpunctuation", 0x3000, 0x303F), ("kana", 0x3040, 0x30FF), ("bopomofo", 0x3100, 0x312F),
    ("jamo", 0x3130, 0x318F), ("symbol", 0x3190, 0x33FF), ("hanrare", 0x3400, 0x4DBF), ("han", 0x4E00, 0x9FFF),
    ("hangul", 0xAC00, 0xD7A3), ("private", 0xE000, 0xF8FF), ("hanrare", 0xF900, 0xFAFF),
    ("arabicform", 0xFB50, 0xFDFF), ("cjkform", 0xFE30, 0xFE6F), ("arabicform", 0xFE70, 0xFEFE),
    ("invisible", 0xFEFF, 0xFEFF), ("fullwidth", 0xFF01, 0xFF5E), ("halfkana", 0xFF61, 0xFF9F),
    ("cjkform", 0xFFE0, 0xFFEE), ("hanrare", 0x20000, 0x3FFFF),
)  # fmt: skip
"""Blocks of Unicode that an encoding is told by, each with its class; cased scripts are split by case below."""

_CASED = ("latin", "greek", "cyrillic", "cyrillicext")

LETTERS = ("lower", "upper", *(f"{script}{case}" for script in _CASED for case in ("lower", "upper")),
           "hebrew", "arabic", "thai")  # fmt: skip
"""Classes whose characters are told by the letter before."""

CLASSES = tuple(
    dict.fromkeys(
        (
            "line", "space", "control", "c1", "digit", "ascii", *LETTERS, "latin1", "other", "unassigned",
            *(name for name, _, _ in _RANGES if name not in _CASED),
        )
    )
)  # fmt: skip
"""Every class, in the order of the transition table."""

UNASSIGNED = ("Cn", "Cs")
"""Unicode's categories of code points that no text holds: not assigned, and surrogates."""

PLANE = 0x10000
"""Code points of a plane of Unicode."""

ALONE = "×÷\ufffd"
"""Characters that are not of the class of their block."""


def class_of(character: str) -> str:
    """Name the class of one character."""
    code_point = ord(character)
    if code_point < 0xC0 or character in "×÷":
        return _class_of_latin1(character)
    if unicodedata.category(character) in UNASSIGNED or character == "\ufffd":
        return "unassigned"
    name = next((name for name, first, last in _RANGES if first <= code_point <= last), "other")
    if name in _CASED:
        return name + ("upper" if character.isupper() else "lower")
    return name


def _class_of_latin1(character: str) -> str:
    simple = {"\n": "line", "\r": "line", " ": "space", "\t": "space", "\xa0": "space"}
    if character in simple:
        return simple[character]
    if unicodedata.category(character) == "Cc":
        return "c1" if character >= "\x80" else "control"
    if not character.isascii():
        return "latin1"
    if character.isdigit():
        return "digit"
    if not character.isalpha():
        return "ascii"
    return "upper" if character.isupper() else "lower"


@cache
def classes_by_code_point() -> npt.NDArray[np.uint8]:
    """The index in `CLASSES` of each code point of the first plane, and of the second for all beyond."""
    index = {name: number for number, name in enumerate(CLASSES)}
    classes = np.full(PLANE + 2, index["other"], dtype=np.uint8)
    for name, first, last in _RANGES:
        if name in _CASED:
            classes[first : last + 1] = [index[class_of(chr(code_point))] for code_point in range(first, last + 1)]
        elif last < PLANE:
            classes[first : last + 1] = index[name]
    categories = map(unicodedata.category, map(chr, range(PLANE)))
    unassigned = [code_point for code_point, category in enumerate(categories) if category in UNASSIGNED]
    classes[unassigned] = index["unassigned"]
    for code_point in (*range(0xC0), *map(ord, ALONE)):
        classes[code_point] = index[class_of(chr(code_point))]
    classes[PLANE + 1] = index["hanrare"]
    return classes
