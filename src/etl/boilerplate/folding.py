"""One spelling for a line, so that a rule is written once: width, script, bullets and spaces don't matter."""

from __future__ import annotations

import polars as pl

from etl.lines import BLANK

__all__ = ["ORNAMENTS", "either_script", "folded", "shown"]

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


def folded(shown_text: pl.Expr) -> pl.Expr:
    """What site counts are keyed by: `shown` with the traditional characters of rules simplified; no byte longer."""
    return shown_text.str.replace_many(list(_SCRIPT), list(_SCRIPT.values()))


def either_script(pattern: str) -> str:
    """A pattern for folded text as one for shown text, which saves folding all of it.

    Args:
        pattern: regular expression of Polars, in which a class may stand inside a class.
    """
    return pattern.translate(_EITHER)
