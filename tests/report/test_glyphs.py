from __future__ import annotations

import pytest

from etl.report.glyphs import HEAD_CHARS, TAIL_CHARS, cut, show


def test_markup_becomes_text() -> None:
    assert show("<script>alert('1')</script> & \"") == (
        "&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt; &amp; &quot;"
    )


@pytest.mark.parametrize(
    ("char", "sign"),
    [("\x00", "␀"), ("\u202e", "RLO"), ("\u200b", "ZWSP"), ("\ufeff", "BOM"), ("\x9f", "009F"), ("\ue000", "E000")],
)
def test_what_cannot_be_seen_is_shown_as_a_sign(char: str, sign: str) -> None:
    shown = show(f"甲{char}乙")
    assert char not in shown
    assert f">{sign}</i>" in shown
    assert f"U+{ord(char):04X}" in shown


def test_white_space_is_shown_only_where_it_changed() -> None:
    assert show("甲 \u3000乙") == "甲 \u3000乙"
    assert show(" \u3000\t", changed=True) == '<i class="sp">·</i><i class="sp">□</i><i class="sp">→</i>'


def test_a_long_stretch_is_cut_in_its_middle() -> None:
    assert cut("字" * 100) == ("字" * 100, 0, "")
    head, left_out, tail = cut("字" * 1_000_000)
    assert (len(head), left_out, len(tail)) == (HEAD_CHARS, 1_000_000 - HEAD_CHARS - TAIL_CHARS, TAIL_CHARS)
