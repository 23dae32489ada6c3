"""One spelling for a line, so that a rule is written once: width, script, bullets and spaces don't matter."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.arrays import Ints
from etl.lines import BLANK

__all__ = ["ORNAMENTS", "Folded", "either_script", "fold", "folded_letters", "shown"]

LINE_FEED, SPACE = 0x0A, 0x20

SECOND_UNITS = np.uint16(0xFC00), np.uint16(0xDC00)
"""Bits by which the second unit of a character is known, and what they are."""

ORNAMENTS = "•·・●○■□◆◇▪▫►▶▸▲▼△▽◎※★☆*|｜│丨¦>»›<«‹-—–_"
"""Characters that stand around a line and say nothing: bullets, rules and separators."""

_SPACES = (*range(0x09, 0x0E), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
"""Unicode's White_Space but for the space itself."""

_PLAIN = (
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | {"﹕": ":"}
    | dict.fromkeys(map(chr, _SPACES), " ")
)
"""Full-width forms of ASCII by their half-width ones, and white space by a space."""

_TRADITIONAL = (
    "糾錯訂響響寄舉檢興趣還網華號鍵籤類無礙列絲團進轉區見習攝譯製採訪導報導師聲宣"
    "發佈時間來源編輯責記閱讀點擊瀏覽評論權號備網導覽頁關於係們聯絡繫會員錄註冊"
    "廣熱門聞圖專題視頻體驗轉載內容達觀務資訊項機構單幫說"
)
_SIMPLIFIED = (
    "纠错订响响寄举检兴趣还网华号键签类无碍列丝团进转区见习摄译制采访导报导师声宣"
    "发布时间来源编辑责记阅读点击浏览评论权号备网导览页关于系们联络系会员录注册"
    "广热门闻图专题视频体验转载内容达观务资讯项机构单帮说"
)
_SCRIPT = {old: new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if old != new}
"""The traditional characters that rules need, by their simplified ones; not a conversion of text."""

_EITHER = {ord(new): f"[{new}{''.join(old for old, its in _SCRIPT.items() if its == new)}]" for new in _SCRIPT.values()}
"""Each simplified character by the class of those that fold to it."""


def shown(text: pl.Expr) -> pl.Expr:
    """A line as a reader sees it: half-width punctuation, one space for many, no bullets or space around it."""
    narrow = text.str.strip_chars(BLANK + ORNAMENTS).str.replace_many(list(_PLAIN), list(_PLAIN.values()))
    return narrow.str.replace_all("  +", " ")


class Folded(NamedTuple):
    """Folded lines, in one buffer.

    Attributes:
        units: UTF-16 code units of all lines, each with a line feed behind it.
        bounds: where each line begins in `units`, and one more: where the last one ends.
    """

    units: npt.NDArray[np.uint16]
    bounds: Ints

    def chars(self) -> Ints:
        """Code points of each line."""
        second = np.flatnonzero((self.units & SECOND_UNITS[0]) == SECOND_UNITS[1])
        return np.diff(self.bounds - np.searchsorted(second, self.bounds)) - 1


def fold(lines: pl.Series) -> Folded:
    """Fold lines: as `shown` does, and with the traditional characters of rules simplified.

    Args:
        lines: without bullets or space around them, and without line feeds.
    """
    written = "".join([lines.str.join("\n").item() or "", "\n" * (len(lines) > 0)])
    units = _table().take(np.frombuffer(written.encode("utf-16-le"), dtype="<u2"))
    space = units == SPACE
    units = np.delete(units, np.flatnonzero(space[1:] & space[:-1]))
    return Folded(units, np.append(0, np.flatnonzero(units == LINE_FEED) + 1))


@cache
def _table() -> npt.NDArray[np.uint16]:
    """For each UTF-16 unit what it folds to."""
    table = np.arange(2**16, dtype=np.uint16)
    for old, new in (_PLAIN | _SCRIPT).items():
        table[ord(old)] = ord(new)
    table[LINE_FEED] = LINE_FEED
    return table


def folded_letters() -> list[str]:
    """For each code point below 2**16 the letter that it folds to, in lower case."""
    return [chr(folded).casefold() for folded in _table().tolist()]


def either_script(pattern: str) -> str:
    """A pattern for folded text as one for shown text, which saves folding all of it.

    Args:
        pattern: regular expression of Polars, in which a class may stand inside a class.
    """
    return pattern.translate(_EITHER)
