"""What a page's HTML says of the page: meta tags, the browser's title, and names that markup parts from their labels.

HTML serves here as the answer key only. It is read with regular expressions, since the pages are of any age and no
parser belongs to the project; what they misread is left out later, because the text has to have the answer too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

__all__ = ["browser_titles", "meta_tags", "stated_names"]

LABELS = {
    "publisher": r"(?:文章|信息|稿件|消息|新闻|内容)?(?:来源|來源|稿源)",
    "author": r"(?:本文)?(?:作者|撰稿|撰文|记者|記者)",
    "editor": r"(?:责任编辑|責任編輯|责编|責編|编辑|編輯)",
}
"""Words before a name, by field."""

LONGEST_NAME = 20
"""Code points of a name; what is longer is a sentence."""

NAME = re.compile(r"[A-Za-z\u3400-\u9fff《》·.、—-]*[\u3400-\u9fff]{2}[A-Za-z\u3400-\u9fff《》·.、—-]*")
"""A name has two Chinese characters or more, and neither spaces nor digits: the rest is a user's number or a date."""

STAFF_NUMBER = re.compile(r"_[A-Z]+\d+$")
"""Number of an editor behind the name."""

_META = re.compile(r"<meta\s[^>]*>", re.IGNORECASE)
_NAME = re.compile(r"""(?:name|property|itemprop)\s*=\s*["']?([\w:.-]+)""", re.IGNORECASE)
_CONTENT = re.compile(r"""content\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_ALONE = {field: re.compile(rf"(?:.*[\s(（\[【|])?{label}\s*[:：]") for field, label in LABELS.items()}
_WITH_NAME = {
    field: re.compile(rf"[(（\[【]?\s*{label}\s*[:：]\s*([^\s:：|]+?)\s*[)）\]】]?") for field, label in LABELS.items()
}


def meta_tags(html: str) -> dict[str, str]:
    """Content of a page's meta tags by name in lower case; the first that says something."""
    found: dict[str, str] = {}
    for tag in _META.findall(html):
        name, content = _NAME.search(tag), _CONTENT.search(tag)
        value = (content[1] or content[2] or "").strip() if content else ""
        if name and value:
            found.setdefault(name[1].lower(), value)
    return found


def browser_titles(html: str) -> list[str]:
    """The title that the page gives to others, and that of its window; either may have the site's name at its end."""
    window = _TITLE.search(html)
    found = [meta_tags(html).get("og:title", ""), window[1] if window else ""]
    return [" ".join(unescape(title).split()) for title in found if title.strip()]


def stated_names(html: str) -> Iterator[tuple[str, str]]:
    """Field and name wherever a label's name is a text of its own in the markup, or all of its text after the label."""
    texts = _texts(html)
    for text, after in zip(texts, [*texts[1:], ""], strict=True):
        for field in LABELS:
            with_name = _WITH_NAME[field].fullmatch(text)
            value = with_name[1] if with_name else after if _ALONE[field].fullmatch(text) else ""
            name = STAFF_NUMBER.sub("", value)
            if len(name) <= LONGEST_NAME and NAME.fullmatch(name):
                yield field, name


def _texts(html: str) -> list[str]:
    """The page's texts between tags, in order, white space folded."""
    texts, end = [], 0
    for markup in _MARKUP.finditer(html):
        texts.append(html[end : markup.start()])
        end = markup.end()
    return [" ".join(unescape(text).split()) for text in (*texts, html[end:]) if text.strip()]
