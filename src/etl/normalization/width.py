"""Full- and half-width forms: Chinese points are full-width beside Chinese, letters and digits are half-width.

The policy, in one table:

    letters, digits and ％＋＝＊／＠＃＆＿＄＾｜｛｝＼   half-width, everywhere
    ．and －                                       half-width beside a letter or digit
    ：                                             half-width between digits, as in 15:15
    , ; : ? !                                      full-width where Chinese stands on either side
    ( )                                            full-width, always as a pair, where Chinese stands inside or before
    .                                              a full stop where Chinese stands before it and the line ends

Chinese stands beside a point if the next character is Chinese, a full-width bracket or point, with quotation marks
and spaces passed over. So 1,000 and 3.5 and 15:15, English phrases, and what lies within an address of the web or of
mail are left alone.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from etl.normalization.alphabet import CLOSING, HAN, OPENING, QUOTE, STOP
from etl.normalization.characters import Found, begins_with

__all__ = ["BRACKET_HINT", "FOLD_HINT", "POINT_HINT", "find_brackets", "find_foldable", "find_points"]

_FOLDED = "０-９Ａ-Ｚａ-ｚ％＋＝＊／＠＃＆＿＄＾｜｛｝＼"
_SMALL = dict(zip("﹐﹑﹔﹕﹖﹗｡､｢｣", "，、；：？！。、「」", strict=True))
_WIDE = dict(zip(",;:?!().", "，；：？！（）。", strict=True)) | _SMALL
_TO_WIDE = str.maketrans(_WIDE)
_BEFORE = f"{HAN}{CLOSING}{STOP}"
_AFTER = f"{HAN}{OPENING}"

_ALNUM = "0-9A-Za-z０-９Ａ-Ｚａ-ｚ"
FOLD_HINT = f"[{_FOLDED}]|[{_ALNUM}][．－]|[．－][{_ALNUM}]|[0-9]：[0-9]"
POINT_HINT = (
    f"[{_BEFORE}][{QUOTE} ]?[,;:?!]|[,;:?!][ ]*[{QUOTE}]*[ ]*[{_AFTER}]|[{HAN}][.][{QUOTE}）)]*$|[{''.join(_SMALL)}]"
)
BRACKET_HINT = "[()]"

_FOLD = begins_with(
    f"{_FOLDED}．－：",
    f"[{_FOLDED}]+"
    f"|(?<=[{_ALNUM}])[．－](?![．－])|(?<![．－])[．－](?=[{_ALNUM}])"
    "|(?<=[0-9０-９])：(?=[0-9０-９]{2}(?![0-9０-９]))",
)
_POINTS = re.compile(f"[,;:?!{''.join(_SMALL)}]+")
_BEFORE_POINT = re.compile(f"[{_BEFORE}](?:[{QUOTE}]| )?$")
_AFTER_POINT = re.compile(f" ?[{QUOTE}]* ?[{_AFTER}]")
_LAST_DOT = re.compile(f"[{HAN}]\\.[{QUOTE}）)]*$")
_BRACKET = re.compile("[()（）]")
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9+.-])(?:[A-Za-z][A-Za-z0-9+.-]{1,10}://|www\.)[!-~]*[0-9A-Za-z/=&#_%?-]"
    r"|&#?[0-9A-Za-z]{1,31};",
    re.ASCII,
)
_CHINESE = re.compile(f"[{HAN}]")
_CHINESE_END = re.compile(f"[{HAN}][{QUOTE}]?$")


def find_foldable(text: str) -> Found:
    """Full-width letters, digits and symbols of ASCII, run by run."""
    return [
        (match.start(), match.end(), "".join(chr(ord(character) - 0xFEE0) for character in match[0]))
        for match in _FOLD.finditer(text)
    ]


def find_points(text: str) -> Found:
    """Half-width points beside Chinese, and the full stop of a Chinese sentence written as a dot."""
    text = _without_addresses(text)
    found = [
        (match.start(), match.end(), match[0].translate(_TO_WIDE))
        for match in _POINTS.finditer(text)
        if _beside_chinese(text, *match.span())
    ]
    dot = text.rfind(".")
    if dot > 0 and _LAST_DOT.match(text, dot - 1):
        found.append((dot, dot + 1, "。"))
    return found


def _beside_chinese(text: str, start: int, end: int) -> bool:
    """Whether Chinese stands before a point or after it."""
    if not text[start:end].isascii():  # small forms are of Chinese only
        return True
    if "\u4e00" <= text[start - 1 : start] <= "\u9fff":  # nearly always, and much faster than a pattern
        return True
    return bool(_BEFORE_POINT.search(text, max(0, start - 2), start) or _AFTER_POINT.match(text, end))


def find_brackets(text: str) -> Found:
    """Half-width parentheses that Chinese stands in or beside; both of a pair, or neither."""
    if "(" not in text and ")" not in text:
        return []
    text = _without_addresses(text)
    wide = [position for position in _wide_brackets(text) if text[position] in "()"]
    return [(position, position + 1, _WIDE[text[position]]) for position in sorted(wide)]


def _without_addresses(text: str) -> str:
    """The text with every address and reference overwritten, so that no rule finds anything in them."""
    if "://" not in text and "www." not in text and "&" not in text:
        return text
    return _ADDRESS.sub(lambda match: "x" * len(match[0]), text)


def _wide_brackets(text: str) -> list[int]:
    """Positions of the parentheses that ought to be full-width."""
    wide: list[int] = []
    opened: list[_Opened] = []
    chinese = -1
    for match in _BRACKET.finditer(text):
        position = match.start()
        if match[0] in "(（":
            if chinese < position:
                following = _CHINESE.search(text, position)
                chinese = following.start() if following else len(text)
            opened.append(_Opened(position, chinese))
        elif opened:
            opening = opened.pop()
            if opening.chinese < position or _stands_in_chinese(text, opening.position, position):
                wide += [opening.position, position]
        elif _stands_in_chinese(text, position, position):
            wide.append(position)
    return wide + [left.position for left in opened if _stands_in_chinese(text, left.position, left.position)]


class _Opened(NamedTuple):
    """An opening bracket that waits for its partner, and where the first Chinese character after it is."""

    position: int
    chinese: int


def _stands_in_chinese(text: str, opening: int, closing: int) -> bool:
    """Whether Chinese stands before a bracketed part, or after it where it belongs to no word before it.

    A pair of which one is full-width already becomes full-width too.
    """
    if opening < closing and not (text[opening] == "(" and text[closing] == ")"):
        return True
    before = text[max(0, opening - 2) : opening]
    after = text[closing + 1 : closing + 2]
    if _CHINESE_END.search(before):
        return True
    return not before[-1:].isalnum() and _CHINESE.match(after) is not None
