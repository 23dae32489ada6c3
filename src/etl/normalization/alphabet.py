"""Classes of characters, written so that Python's `re` and Polars' Rust regex both read them inside brackets."""

from __future__ import annotations

__all__ = ["BREAK", "CLOSING", "HAN", "INVISIBLE", "JOINER", "OPENING", "QUOTE", "STOP", "WHITE", "WHITE_CHARACTERS"]

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters, with the iteration mark 々 and the zero 〇."""

OPENING = "《〈「『【〔（［｛"
"""Brackets that open and are full-width only."""

CLOSING = "》〉」』】〕）］｝"
"""Brackets that close and are full-width only."""

STOP = "，。；：？！、"
"""Chinese points: no space stands beside them."""

QUOTE = "\"'“”‘’"
"""Quotation marks, which English and Chinese share: they say nothing about the text beside them."""

BREAK = "\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
"""White space that ends a line for some programs, though not for us."""

WHITE = "\t \x1f\xa0\u1680\u2000-\u200a\u202f\u205f\u3000" + BREAK
"""White space inside a line: Unicode's White_Space and the separators of ASCII, without LF and CR."""

WHITE_CHARACTERS = (
    "\t \x1f\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
    "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
)
"""The characters of `WHITE`, one by one, for stripping."""

JOINER = "\u200c\u200d"
"""Zero-width joiners, which emoji and the scripts of India, Persia and Arabia are written with."""

INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # C0 and C1 controls that are no white space
    "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001"
)
"""Characters that show nothing: controls, soft hyphen, zero-width, marks of direction, annotation anchors."""
