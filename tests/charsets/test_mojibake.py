from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.charsets.mojibake import repair, undo_repair

CASES = json.loads((Path(__file__).parents[1] / "cases" / "mojibake.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["synthetic"], ids=lambda case: case["why"])
def test_mojibake_is_undone(case: dict[str, str]) -> None:
    spoilt = undo_repair(case["text"], case["steps"])
    assert spoilt != case["text"]
    repaired = repair(spoilt)
    assert repaired
    assert repaired[0] == case["text"]
    assert undo_repair(*repaired) == spoilt


@pytest.mark.parametrize("case", CASES["negative"], ids=lambda case: case["why"])
def test_sound_text_is_left_alone(case: dict[str, str]) -> None:
    assert repair(case["text"]) is None


def test_a_long_text_is_judged_by_its_lines_beyond_ascii() -> None:
    text = "plain words\n" * 1000 + "昨日，市气象局发布消息：今年的雨水比往年多。\n" * 400
    spoilt = undo_repair(text, "latin-1>utf-8")
    assert repair(spoilt) == (text, "latin-1>utf-8")


def test_a_text_that_is_spoilt_in_parts_is_left_alone() -> None:
    sound = "昨日，市气象局发布消息：今年的雨水比往年多。\n"
    assert repair(undo_repair(sound, "latin-1>utf-8") * 300 + sound) is None


@settings(max_examples=50, deadline=None)
@given(st.text("雨水比往年多，。ab 12\n", max_size=60), st.sampled_from(["latin-1>utf-8", "sloppy-windows-1252>utf-8"]))
def test_a_repair_can_always_be_undone(text: str, steps: str) -> None:
    spoilt = undo_repair(f"昨日，市气象局发布消息：{text}", steps)
    repaired = repair(spoilt)
    assert repaired
    assert undo_repair(*repaired) == spoilt
