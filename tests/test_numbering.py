from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.numbering import parse_number

TENS = "零一二三四五六七八九"


def in_chinese(number: int) -> str:
    """Numbers below a thousand as headings write them."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    written = f"{TENS[hundreds]}百" if hundreds else ""
    if tens:
        written += ("" if tens == 1 and not hundreds else TENS[tens]) + "十"
    elif hundreds and ones:
        written += "零"
    return written + (TENS[ones] if ones else "")


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("十", 10), ("二十一", 21), ("一百零三", 103), ("一千二百", 1200), ("二〇", 20), ("12", 12), ("１２", 12),
        ("⑫", 12), ("1.2.3", 3), ("首先", 1), ("再次", 3), ("最后", None), ("甲", None), ("", None), ("1.", None),
    ],
)  # fmt: skip
def test_numerals_are_read_as_written(numeral: str, value: int | None) -> None:
    assert parse_number(numeral) == value


@given(st.integers(min_value=1, max_value=999))
def test_every_number_is_read_back(number: int) -> None:
    assert parse_number(in_chinese(number)) == number
