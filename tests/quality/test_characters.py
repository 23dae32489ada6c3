from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.datasets import CommittedRun
from etl.quality import characters
from etl.quality.characters import KINDS, kind_counts

STAGES = ("decode", "boilerplate", "duplicates", "sections", "normalize")


def kinds(text: str) -> dict[str, int]:
    return {kind: int(count) for kind, count in zip(KINDS, kind_counts(text), strict=True) if count}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("han", "新橋々〇㐀豈𠮷𰻝"),
        ("kana", "のカｶー"),
        ("latin", "aZéＡｚ"),
        ("digits", "09０９"),
        ("wide-points", "，。、（）“”—…《》！"),
        ("points", ",.()!?+$·«"),
        ("spaces", " \t\r\n\u3000\xa0\u2028\x85"),
        ("controls", "\x00\x07\x7f\u200b\u202e\ufeff\xad"),
        ("private", "\ue000\uf8ff\U000f0000\U0010ffff"),
        ("replacement", "\ufffd"),
        ("other", "×÷★→ЖΩ한ㄅ😀①©"),
    ],
)
def test_each_character_is_of_one_kind(kind: str, text: str) -> None:
    assert kinds(text) == {kind: len(text)}


@given(st.text())
def test_every_character_counts_once(text: str) -> None:
    assert sum(kinds(text).values()) == len(text)


def test_what_the_ledger_says_is_what_the_texts_have(committed: CommittedRun) -> None:
    last = None
    sites = dict(committed.scan("decoded").select("doc_id", "site").collect().iter_rows())
    for stage, dataset in zip(STAGES, ("decoded", "stripped", "deduplicated", "sectioned", "documents"), strict=True):
        last = characters(committed.scan, stage, last)
        texts = committed.scan(dataset).select("doc_id", "text").collect()
        counted = kinds("".join(texts["text"]))
        assert {kind: entry["out"] for kind, entry in last["kinds"].items() if entry["out"]} == counted
        for entry in last["sites"]:
            own = [text for doc_id, text in texts.iter_rows() if sites[doc_id] == entry["value"]]
            assert entry["out"] == kinds("".join(own))
        assert [entry["value"] for entry in last["sites"]] == ["linjiang.example", "qingshan.example", None]


def test_a_run_without_documents_has_no_characters() -> None:
    frames = {
        "decoded": pl.LazyFrame(schema={"doc_id": pl.String, "site": pl.String, "text": pl.String}),
        "ledger": pl.LazyFrame(schema={"doc_id": pl.String, "before": pl.String, "after": pl.String}),
    }
    nothing = characters(lambda dataset, prefix="": frames[dataset], "decode", None)
    assert nothing["sites"] == []
    assert set(nothing["kinds"]) == set(KINDS)
    assert not any(count for entry in nothing["kinds"].values() for count in entry.values())
    assert characters(lambda dataset, prefix="": frames[dataset], "boilerplate", nothing) == nothing
