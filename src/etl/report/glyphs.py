"""Text of a document as safe HTML in which nothing is invisible and nothing changes the direction of what is around it.

Scraped text may hold controls, zero-width characters and directional overrides. Each is shown as a small labelled
sign, so that a reader sees what a rule saw. White space is shown only where it was taken or put: elsewhere it would
hide the text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from html import escape

from markupsafe import Markup

__all__ = ["HEAD_CHARS", "TAIL_CHARS", "cut", "show"]

HEAD_CHARS = 1200
"""Code points of a long stretch that are shown from its beginning: more than any paragraph a person reads at once."""

TAIL_CHARS = 200
"""Code points of a long stretch that are shown from its end, so that one sees where it stops."""

NAMES = {
    "\u00ad": "SHY", "\u061c": "ALM", "\u200b": "ZWSP", "\u200c": "ZWNJ", "\u200d": "ZWJ", "\u200e": "LRM",
    "\u200f": "RLM", "\u2028": "LS", "\u2029": "PS", "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF",
    "\u202d": "LRO", "\u202e": "RLO", "\u2060": "WJ", "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI",
    "\u2069": "PDI", "\ufeff": "BOM", "\x85": "NEL",
}  # fmt: skip
"""Short names of characters that show nothing, as Unicode abbreviates them."""

SPACES = {" ": "·", "\t": "→", "\u3000": "□", "\xa0": "⍽", "\n": "↵", "\r": "␍"}
"""Signs for white space that was taken or put."""

INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ue000-\uf8ff]"
)
"""Controls, format characters and private use; tab and line feed are white space, and shown only in edits."""

CHANGED = re.compile(INVISIBLE.pattern[:-1] + r" \t\n\u3000\xa0]")


def show(text: str, *, changed: bool = False) -> Markup:
    """Escape a stretch of text and make its invisible characters visible.

    Args:
        text: the stretch.
        changed: it was taken or put, so its white space is shown, too.
    """
    pattern = CHANGED if changed else INVISIBLE
    pieces, position = [], 0
    for match in pattern.finditer(text):
        pieces += [escape(text[position : match.start()]), _glyph(match[0])]
        position = match.end()
    return Markup("".join([*pieces, escape(text[position:])]))


def cut(text: str) -> tuple[str, int, str]:
    """Head, number of code points left out, and tail of a stretch; nothing is left out of one of ordinary length."""
    left_out = len(text) - HEAD_CHARS - TAIL_CHARS
    if left_out <= 0:
        return text, 0, ""
    return text[:HEAD_CHARS], left_out, text[-TAIL_CHARS:]


@cache
def _glyph(char: str) -> str:
    if char in SPACES:
        return f'<i class="sp">{SPACES[char]}</i>'
    point = ord(char)
    sign = NAMES.get(char) or (chr(0x2400 + point) if point < 0x20 else f"{point:04X}")
    name = unicodedata.name(char, "CONTROL CHARACTER" if point < 0xA0 else "PRIVATE USE")
    return f'<i class="gl" title="U+{point:04X} {name}">{sign}</i>'
