"""Rules that look at characters one by one: entities, what shows nothing, white space, bullets, ellipses, NFC.

Each finder takes a text and returns what it would change, sorted and apart, as (start, end, after). Each pattern
named `…_HINT` is for Polars: a text that does not match it is left alone.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from html.entities import html5
from itertools import pairwise

from etl.normalization.alphabet import BREAK, CLOSING, HAN, INVISIBLE, JOINER, OPENING, STOP, WHITE, WHITE_CHARACTERS

__all__ = [
    "BULLET_HINT", "ELLIPSIS_HINT", "ENTITY_HINT", "INVISIBLE_HINT", "NFC_HINT", "SPACE_HINT", "STRAY_HINT",
    "Found", "begins_with", "find_bullets", "find_decomposed", "find_ellipses", "find_entities", "find_invisible",
    "find_joints", "find_spaces", "find_stray_spaces",
]  # fmt: skip

Found = list[tuple[int, int, str]]
"""What a rule would change: start, end and what stands there then; sorted and apart."""

ENTITY_HINT = "&"
INVISIBLE_HINT = f"[{INVISIBLE}{JOINER}]"
SPACE_HINT = f"^ | $|  |[{WHITE.replace(' ', '')}]"
STRAY_HINT = rf" [{STOP}{CLOSING}]|[{STOP}{OPENING}] |第 +[0-9]|[0-9] +[年月日次]|[年月] +[0-9]"
_BULLET = "•·・●■▪◦‣∙◆◇►➢➤"
BULLET_HINT = rf"^ *(?:[{_BULLET}]|[-*] )"
ELLIPSIS_HINT = r"\.\.\.|。。。|(?:^|[^…])…(?:[^…]|$)|………| …"  # …… by itself is as it should be
NFC_HINT = (
    r"[\p{M}\u0374\u037e\u0387\u0900-\u0fff\u1100-\u11ff\u1f71-\u1ffd\u2000\u2001\u2126-\u212b\u2329\u232a\u2adc"
    r"\uf900-\ufaff\ufb1d-\ufb4e\U0001d15e-\U0001d1c0\U0002f800-\U0002fa1f]"
)


def begins_with(characters: str, pattern: str) -> re.Pattern[str]:
    """A pattern of alternatives, each of which begins with one of some characters: few places need be tried."""
    return re.compile(f"(?=[{characters}])(?:{pattern})")


_UNTERMINATED = "nbsp|ensp|emsp|ldquo|rdquo|lsquo|rsquo|hellip|mdash|middot|quot"
_ENTITY = re.compile(
    "&(?:amp;|#38;|#[xX]26;)*"
    "(?:(?P<name>[A-Za-z][A-Za-z0-9]{1,31};)"
    "|#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6})(?:;|(?![0-9A-Fa-fxX;]))"
    f"|(?P<bare>{_UNTERMINATED})(?![A-Za-z0-9=;_]))"
)
_NEEDS_JOINER = "\u0600-\u1fff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
_INVISIBLE = re.compile(
    f"[{INVISIBLE}]+|(?<![{_NEEDS_JOINER}])[{JOINER}]+|(?<![{JOINER}])[{JOINER}]++(?![{_NEEDS_JOINER}])"
)
_WHITE_RUN = begins_with(WHITE, f"[{WHITE}]{{2,}}|[{WHITE.replace(' ', '')}]|^ | $")
_BREAKS = re.compile(f"[{BREAK}]")
_STRAY = begins_with(" ", f"(?<! ) ++(?=[{STOP}{CLOSING}])|(?<=[{STOP}{OPENING}]) +")
_DATE = begins_with(
    "第0-9",
    "第 *[0-9]+(?: *次)?|[0-9]{4} *年(?: *[0-9]{1,2} *月(?: *[0-9]{1,2} *日)?)?|[0-9]{1,2} *月 *[0-9]{1,2} *日",
)
_SPACES = re.compile(" +")
_LONGEST_NUMBER = 20  # code points; how far beside a cut a number can reach, which bounds the work on a long line
_BULLETS = re.compile(rf"^(?: *[{_BULLET}] *| *[-*] +(?=[^\s\d]))+")
_DOTS = r"(?>(?:\.{3,}+|…++|。{3,}+)+)"  # atomic, or a long run would be tried in every partition
_ELLIPSIS = begins_with(
    " .…。",
    f"(?<=[{HAN}{CLOSING}{STOP}”’]) *{_DOTS}|(?<![.…。]){_DOTS}(?=[“‘]?[{HAN}{OPENING}])|。{{3,}}+",
)
_CLUSTER = re.compile("[\\x00-\\x7f\u3400-\u4dbf\u4e00-\u9fff]?[^\\x00-\\x7f\u3400-\u4dbf\u4e00-\u9fff]+")


def find_entities(text: str) -> Found:
    """Character references of HTML, also escaped more than once.

    Without its semicolon only a number, or a name that no query string has, is one: &nbsp 会议, but not ?a=1&copy=2.
    """
    if "&" not in text:
        return []
    found = []
    for match in _ENTITY.finditer(text):
        after = _character(match)
        if after != match[0]:
            found.append((match.start(), match.end(), after))
    return found


def _character(match: re.Match[str]) -> str:
    """What a reference stands for; a line end becomes a space, for a paragraph is one line."""
    reference = "&" + (match["name"] or match["bare"] or match[0][match[0].rindex("#") :])
    if match["name"] and match["name"] not in html5:
        return reference
    character = unescape(reference if reference.endswith(";") else reference + ";")
    return character.replace("\n", " ").replace("\r", " ")


def find_invisible(text: str) -> Found:
    """Characters that show nothing; a zero-width joiner stays between characters that need it."""
    return [(match.start(), match.end(), "") for match in _INVISIBLE.finditer(text)]


def find_joints(text: str) -> Found:
    """Where a hard wrap cut a paragraph, with the white space around: one space between words, else nothing."""
    found: Found = []
    lines = text.split("\n")
    position = len(lines[0])
    for left, right in pairwise(lines):
        start = position - len(left) + len(left.rstrip(WHITE_CHARACTERS))
        end = position + 1 + len(right) - len(right.lstrip(WHITE_CHARACTERS))
        found.append((start, end, _glue(text, start, end)))
        position += 1 + len(right)
    return found


def find_spaces(text: str) -> Found:
    """White space: none at the ends, one space where there was a run, or none where a line was cut within Chinese."""
    found = []
    for match in _WHITE_RUN.finditer(text):
        start, end = match.span()
        inner = start > 0 and end < len(text)
        cut = inner and _BREAKS.search(match[0]) is not None
        found.append((start, end, _glue(text, start, end) if cut else " " if inner else ""))
    return found


def _glue(text: str, start: int, end: int) -> str:
    """What joins two parts of a cut line: a space between words of ASCII, nothing beside Chinese."""
    left, right = text[start - 1 : start], text[end : end + 1]
    if not left or not right or not (left.isascii() and right.isascii()):
        return ""
    if left == "-" and right.islower():
        return ""
    if left.isdigit() and right.isdigit():
        return "" if _number_in_chinese(text, start, end) else " "
    return " "


def _number_in_chinese(text: str, start: int, end: int) -> bool:
    """Whether the digits on both sides of a cut are one number within Chinese, such as 19|95年."""
    left = text[max(0, start - _LONGEST_NUMBER) : start].rstrip("0123456789.")[-1:]
    right = text[end : end + _LONGEST_NUMBER].lstrip("0123456789.")[:1]
    return not (left + right).isascii()


def find_stray_spaces(text: str) -> Found:
    """Spaces that Chinese has no use for: beside its points and brackets, in 第 2次 and in 2020 年 1 月."""
    if " " not in text:
        return []
    found = [(match.start(), match.end(), "") for match in _STRAY.finditer(text)]
    for date in _DATE.finditer(text):
        found += [(date.start() + space.start(), date.start() + space.end(), "") for space in _SPACES.finditer(date[0])]
    return sorted(found)


def find_bullets(text: str) -> Found:
    """Bullets at the head of a line; - and * only before a space and no number."""
    match = _BULLETS.match(text)
    return [(0, match.end(), "")] if match else []


def find_ellipses(text: str) -> Found:
    """Three or more dots beside Chinese, which become ……; those of English stay."""
    return [(match.start(), match.end(), "……") for match in _ELLIPSIS.finditer(text) if match[0] != "……"]


def find_decomposed(text: str) -> Found:
    """Characters that are not in Unicode's normal form C, with those that they combine with.

    A character of ASCII or a common Chinese one never combines with what stands before it, so each cluster can be
    normalized by itself.
    """
    if unicodedata.is_normalized("NFC", text):
        return []
    found = []
    for match in _CLUSTER.finditer(text):
        composed = unicodedata.normalize("NFC", match[0])
        if composed != match[0]:
            found.append(_trimmed(match.start(), match[0], composed))
    return found


def _trimmed(start: int, before: str, after: str) -> tuple[int, int, str]:
    """A change without the characters that it leaves alone at either end."""
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    shorter -= head
    tail = next((i for i in range(shorter) if before[-1 - i] != after[-1 - i]), shorter)
    return start + head, start + len(before) - tail, after[head : len(after) - tail]
