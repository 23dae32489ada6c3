from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.datasets import CommittedRun, shard_rows
from etl.quality import add, characters, count
from etl.quality.kinds import KINDS, count_kinds

STAGES = ("decode", "boilerplate", "duplicates", "sections", "normalize")


def kinds(text: str) -> dict[str, int]:
    (row,) = count_kinds(pl.Series([text]), np.zeros(1, np.int64), 1).tolist()
    counts = dict(zip(KINDS, row, strict=True))
    return {kind: count for kind, count in counts.items() if count}


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
        last = characters(add([count(shard_rows(committed, ""), stage).small]), last)
        texts = committed.scan(dataset).select("doc_id", "text").collect()
        counted = kinds("".join(texts["text"]))
        assert {kind: entry["out"] for kind, entry in last["kinds"].items() if entry["out"]} == counted
        for entry in last["sites"]:
            own = [text for doc_id, text in texts.iter_rows() if sites[doc_id] == entry["value"]]
            assert entry["out"] == kinds("".join(own))
        assert [entry["value"] for entry in last["sites"]] == ["linjiang.example", "qingshan.example", None]


@given(st.lists(st.tuples(st.sampled_from(["桥𠮷", "9", "", "😀x", "，"]), st.integers(0, 2))), st.integers(1, 40))
def test_characters_are_counted_for_each_owner_and_beyond_the_plane_that_all_others_are_in(
    rows: list[tuple[str, int]], block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("etl.quality.kinds.BLOCK_BYTES", block)
        texts, owners = pl.Series([text for text, _ in rows], dtype=pl.String), [owner for _, owner in rows]
        found = count_kinds(texts, np.array(owners, dtype=np.int64), 4)
    for owner, counts in enumerate(found.tolist()):
        expected = kinds("".join(text for text, of in rows if of == owner))
        assert {kind: n for kind, n in zip(KINDS, counts, strict=True) if n} == expected


def test_a_run_without_documents_has_no_characters() -> None:
    nothing = characters(add([]), None)
    assert nothing["sites"] == []
    assert set(nothing["kinds"]) == set(KINDS)
    assert not any(count for entry in nothing["kinds"].values() for count in entry.values())
    assert characters(add([]), nothing) == nothing
