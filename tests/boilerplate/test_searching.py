"""Only likely texts are searched, and none other is found."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.boilerplate.searching import contains_where, one_of


def test_pattern_is_found_in_likely_texts_only() -> None:
    texts = pl.Series(["第一章", "第二章", "无"])
    assert contains_where(np.array([True, False, True]), texts, "^第").tolist() == [True, False, False]
    assert contains_where(np.array([False, True, True]), texts, "^第").tolist() == [False, True, False]
    assert contains_where(np.zeros(3, dtype=np.bool_), texts, "^第").tolist() == [False] * 3


def test_characters_are_told_by_their_code_points() -> None:
    assert one_of(np.array([0, ord("第"), ord("一")], dtype=np.uint32), "一二").tolist() == [False, False, True]
