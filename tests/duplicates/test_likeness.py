"""Shingles, sketches and the likeness of lines: estimates are near the truth and do not depend on the company."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from etl.duplicates.documents import match_documents
from etl.duplicates.folding import fold, fold_text
from etl.duplicates.keyed import key_lines
from etl.duplicates.near import ALIKE, likeness, same_figures, slip_in_figures
from etl.duplicates.shingles import SAMPLED_UNITS, WIDTH, Bottom, bottom, sample_shingles, shingle_hashes
from etl.duplicates.sketches import SKETCH, as_rows, sample_documents, sketch_documents
from etl.scratch import InMemory, OnDisk


def text(seed: int, size: int) -> str:
    return "".join(chr(code) for code in random.Random(seed).choices(range(0x4E00, 0x5E00), k=size))


def sketches(documents: dict[str, str]) -> pl.DataFrame:
    names = pl.DataFrame({"doc_id": list(documents), "published": None})
    return sketch_documents(names, sample_documents(key_lines(names.with_columns(text=pl.Series(documents.values())))))


def matches(documents: dict[str, str]) -> dict[str, tuple[str, float]]:
    rows = match_documents([sketches(documents).lazy()], InMemory()).rows()
    return {name: (other, score) for name, other, score in rows}


@pytest.mark.parametrize("size", [0, 3, 7, 8, 9, 20])
def test_a_shingle_begins_at_every_unit_that_has_enough_after_it(size: int) -> None:
    units = fold(pl.Series([text(1, size)])).units
    hashes = shingle_hashes(units)
    assert len(hashes) == max(size - WIDTH + 1, 0)
    assert all(shingle_hashes(units[at : at + WIDTH])[0] == value for at, value in enumerate(hashes))


def test_the_bottom_sample_is_the_smallest_distinct_hashes() -> None:
    bounds = np.array([0, 1000, 1003, 1003, 3000, 3060])
    hashes = np.random.default_rng(1).integers(0, 2**32, bounds[-1] - WIDTH + 1, dtype=np.uint32)
    hashes[-1] = hashes[-2]
    sample = bottom(hashes, bounds, 50)
    for number, (start, end) in enumerate(pairwise(bounds.tolist())):
        whole = hashes[start : max(end - WIDTH + 1, start)]
        expected = np.unique(whole)[:50].tolist()
        before = sample.sizes[:number].sum()
        assert sample.hashes[before : before + sample.sizes[number]].tolist() == expected
        assert sample.counts[number] == len(whole)
        assert len(expected) < 50 or sample.limits[number] == expected[-1]


def test_a_sample_says_up_to_where_no_hash_stands_twice() -> None:
    hashes = np.array([5, 9, 5, 8, 9, 7, 5, 6] + [0] * (WIDTH - 1) + [3, 4], dtype=np.uint32)
    sample = bottom(hashes, np.array([0, 8 + WIDTH - 1, 10 + 2 * (WIDTH - 1)]), 50)
    assert sample.once.tolist() == [5, 2**32 - 1]


def test_a_sample_is_the_same_however_many_documents_are_looked_at_at_once() -> None:
    sizes = [SAMPLED_UNITS // 2, 0, SAMPLED_UNITS, 3, 100, SAMPLED_UNITS // 3]
    units = np.random.default_rng(1).integers(0x4E00, 0x5E00, sum(sizes), dtype=np.uint16)
    bounds = np.append(0, np.cumsum(sizes))
    in_parts, at_once = sample_shingles(units, bounds, 50), bottom(shingle_hashes(units), bounds, 50)
    for column in Bottom._fields:
        assert getattr(in_parts, column).tolist() == getattr(at_once, column).tolist()


def test_a_reprint_with_edits_is_found_and_scored() -> None:
    original = text(1, 4000)
    reprint = original[:1000] + "改" + original[1001:3700] + text(2, 100)
    found = matches({"a": original, "b": reprint, "c": text(3, 4000)})
    assert set(found) == {"b"}
    assert found["b"][0] == "a"
    assert found["b"][1] == pytest.approx(0.96, abs=0.03)


def test_of_two_texts_the_one_that_the_other_holds_is_the_duplicate() -> None:
    whole = text(1, 3000)
    assert matches({"a": whole[500:1500], "b": whole})["a"][0] == "b"


def test_texts_that_share_half_are_no_duplicates() -> None:
    half = text(1, 1000)
    assert not matches({"a": half + text(2, 1000), "b": half + text(3, 1000)})


def test_short_documents_resemble_nothing() -> None:
    assert sketches({"a": text(1, 40), "b": text(1, 40)}).is_empty()


def test_many_copies_all_name_the_first() -> None:
    found = matches({f"d{number:02}": text(1, 300) for number in range(30)})
    assert len(found) == 29
    assert {other for other, _ in found.values()} == {"d00"}


def test_a_glance_at_the_smallest_hashes_loses_no_match(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {f"whole-{size}": text(size, size) for size in range(600, 9000, 300)}
    parts = {
        f"{name}-{own}": whole[:500] + text(own, own) for name, whole in pages.items() for own in range(40, 200, 20)
    }
    found = matches(pages | parts)
    monkeypatch.setattr("etl.duplicates.documents.GLANCE", SKETCH)
    assert len(found) > len(pages)
    assert found == matches(pages | parts)


def test_a_short_text_of_which_a_long_one_holds_too_little_is_no_match_by_chance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wholes = {f"whole-{seed}": text(seed, 3600) for seed in range(40)}
    parts = {f"part-{seed}": wholes[f"whole-{seed}"][:170] + text(100 + seed, 70) for seed in range(40)}
    assert not matches(wholes | parts)
    monkeypatch.setattr("etl.duplicates.documents.SURE", 1)
    assert matches(wholes | parts)


def test_without_any_hash_in_common_nothing_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("etl.duplicates.documents.COUNTED", 10)
    pages = sketches({"a": text(1, 99), "b": text(2, 99)})
    with OnDisk(tmp_path / "scratch") as scratch:
        assert match_documents([pages.lazy()], scratch).is_empty()


def test_sketches_whose_hashes_are_lists_are_read_too() -> None:
    found = sketches({"a": text(1, 300), "b": text(2, 3000)})
    lists = [np.frombuffer(hashes, "<u4").tolist() for hashes in found["hashes"]]
    listed = found.with_columns(hashes=pl.Series(lists, dtype=pl.List(pl.UInt32)))
    assert as_rows(listed).tobytes() == as_rows(found).tobytes()


def test_lines_of_a_document_are_one_text() -> None:
    body = text(1, 200)
    lines = pl.DataFrame({"doc_id": ["a", "a"], "text": [body[:90], body[90:]]})
    names = pl.DataFrame({"doc_id": ["a"], "published": None})
    split = sketch_documents(names, sample_documents(key_lines(lines)))
    assert split["hashes"].to_list() == sketches({"a": body})["hashes"].to_list()


@pytest.mark.parametrize(
    ("one", "other"),
    [("会议召开", "会议召闭"), ("会议召开", "会议召开了"), ("会议召开", "会议开"), (text(1, 60), text(1, 56))],
)
def test_an_edit_leaves_lines_alike(one: str, other: str) -> None:
    assert ALIKE <= likeness(one, other) < 1


@pytest.mark.parametrize(("one", "other"), [("会议", "会"), (text(1, 60), text(1, 20)), (text(1, 60), text(2, 60))])
def test_other_lines_are_not_alike(one: str, other: str) -> None:
    assert likeness(one, other) < ALIKE


def test_figures_are_compared_apart() -> None:
    assert same_figures(fold_text("增长5%，达到十万"), fold_text("达5%，共有十万"))
    assert not same_figures("增长5%", "增长6%")
    assert slip_in_figures("跑110米", "跑10米")
    assert not slip_in_figures("2020年", "2021年")
