"""How much of a headline the beginning of its article says again."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from etl.boilerplate.title_words import LEAD_CHARS, LEAD_LINES, Texts, shared_words

LONG = "的" * LEAD_CHARS


@pytest.mark.parametrize(
    ("headline", "article", "share"),
    [
        ("新桥开通", ["昨天新桥开通了。"], 1.0),
        ("新桥新桥 Bridge", ["昨天新人来了。"], 0.5),
        ("新桥开通", ["昨天下雨了。"], 0.0),
        ("新桥开通", [], 0.0),
        ("新桥开通", ["下雨。"] * (LEAD_LINES - 1) + ["新桥。", "开通。"], 0.5),
        ("新桥开通", [LONG[1:] + "新桥", "开通"], 0.25),
    ],
    ids=["all", "each-character-once", "none", "no-article", "lines-at-most", "characters-at-most"],
)
def test_share_of_the_headlines_characters_in_the_lead(headline: str, article: list[str], share: float) -> None:
    other = ["新桥开通，与别的文章无关。"]
    texts = [*other, *article, *other]
    documents = [0] * len(other) + [1] * len(article) + [2] * len(other)
    sentences = Texts(np.array(documents), pl.Series(texts))
    candidates = Texts(np.array([1]), pl.Series([headline]))
    assert shared_words(candidates, sentences).tolist() == [share]
