from __future__ import annotations

import pytest

from etl.normalization.width import find_brackets, find_foldable, find_points


def changed(text: str) -> str:
    for find in (find_foldable, find_brackets, find_points):
        for start, end, after in reversed(find(text)):
            text = text[:start] + after + text[end:]
    return text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("上午9:30,会议开始;共8人", "上午9:30，会议开始；共8人"),
        ("“你好!”他说:“好.”", "“你好！”他说：“好。”"),
        ("(一)总则", "（一）总则"),
        ("甲(乙(丙)丁)", "甲（乙（丙）丁）"),
        ("甲)乙", "甲）乙"),
        ("甲(乙", "甲（乙"),
        ("真的?!", "真的？！"),
        ("甲､乙｡", "甲、乙。"),
        ("网址:http://example.org/a?b=(1),欢迎", "网址：http://example.org/a?b=(1)，欢迎"),
        ("ＣＯＶＩＤ－１９，各地", "COVID-19，各地"),
        ("３．５％，１５：１５", "3.5%，15:15"),
    ],
)
def test_width_follows_what_stands_beside(text: str, after: str) -> None:
    assert changed(text) == after


@pytest.mark.parametrize(
    "text",
    [
        "A, B; C: D? E! (F)",
        "1:2, 3,000",
        "a)中",
        "x(1)的",
        "甲.乙",
        "甲..",
        "－－",
        "图1：2020年",
        "&foo;中",
        "a) b) (c",
    ],
)
def test_what_is_no_chinese_punctuation_is_left_alone(text: str) -> None:
    assert changed(text) == text
