"""What shards survey adds up to the same facts, however many rows are merged at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.facts import merge_fact, nights_of, scan_fact, write_share
from etl.pipeline import merged

PARAGRAPHS = pl.DataFrame(
    {
        "key": [key * 2**58 for key in (1, 1, 1, 2, 3, 3, 40, 40)],
        "night": [0] * 8,
        "published": [date(2021, 1, 2), None, date(2021, 1, 2), None, None, date(2020, 1, 1), None, None],
        "doc_id": ["b", "a", "c", "a", "a", "b", "d", "c"],
        "line_no": [1, 2, 3, 4, 5, 6, 7, 8],
        "documents": [1, 1, 1, 1, 1, 1, 1, 1],
    },
    schema_overrides={"key": pl.UInt64},
)
SITES = pl.DataFrame(
    {
        "site": ["x", "x", "x", "y", "y", "z"],
        "key": [None, "首页", "首页", "首页", None, None],
        "documents": [9, 2, 2, 4, 5, 1],
    }
)


@pytest.mark.parametrize(("fact", "rows"), [("paragraphs", PARAGRAPHS), ("site_lines", SITES)])
@pytest.mark.parametrize(("at_once", "in_a_file"), [(2, 1000), (2, 2), (3, 1), (1000, 1000)])
def test_rows_merged_apart_are_the_same_fact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fact: str, rows: pl.DataFrame, at_once: int, in_a_file: int
) -> None:
    monkeypatch.setattr("etl.pipeline.MERGED_ROWS", at_once)
    monkeypatch.setattr("etl.facts.FILE_ROWS", in_a_file)
    for number in range(3):
        write_share(tmp_path, fact, f"part-{number:05}", rows[number::3])
    merge_fact(tmp_path, {}, fact)
    found = scan_fact(tmp_path, fact, "part-00000").collect()
    expected = merged({fact: rows})[fact].collect()
    assert not expected.is_empty()
    assert_frame_equal(found.sort(rows.columns[0]), expected.sort(rows.columns[0]))


def test_the_owner_of_a_paragraph_is_the_oldest_document_then_the_first_by_id() -> None:
    owners = merged({"paragraphs": PARAGRAPHS})["paragraphs"].sort("key").collect()
    assert owners.select("doc_id", "line_no").rows() == [("b", 1), ("b", 6), ("c", 8)]


def test_facts_can_be_merged_again_from_their_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_share(tmp_path, "paragraphs", "part-00000", PARAGRAPHS)
    monkeypatch.setattr("etl.pipeline.MERGED_ROWS", 2)
    merge_fact(tmp_path, {}, "paragraphs")
    # What a merge that was cut short may leave.
    (tmp_path / "facts" / "scratch" / "paragraphs").mkdir(exist_ok=True)
    (tmp_path / "facts" / "scratch" / "paragraphs" / "000.arrow").write_bytes(b"half")
    monkeypatch.setattr("etl.pipeline.MERGED_ROWS", 1000)
    merge_fact(tmp_path, {}, "paragraphs")
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
    assert left == ["facts/merged/paragraphs/000.parquet", "run/facts/paragraphs/part-00000.parquet"]
    found = scan_fact(tmp_path, "paragraphs", "part-00000").collect().sort("key")
    assert found.select("doc_id", "line_no").rows() == [("b", 1), ("b", 6), ("c", 8)]


@pytest.mark.parametrize("at_once", [2, 1000])
def test_the_owner_of_the_oldest_night_comes_before_the_oldest_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("etl.pipeline.MERGED_ROWS", at_once)
    for number, rows in enumerate((PARAGRAPHS[2:5], PARAGRAPHS[:2], PARAGRAPHS[5:])):
        write_share(tmp_path, "paragraphs", f"part-{number:05}", rows)
    nights = nights_of({"00000": "z", "00001": "a", "00002": "a"})
    assert nights == {"00000": 0, "00001": 1, "00002": 1}
    merge_fact(tmp_path, nights, "paragraphs")
    found = scan_fact(tmp_path, "paragraphs", "part-00000").collect().sort("key")
    assert found.select("doc_id", "line_no").rows() == [("c", 3), ("a", 5), ("c", 8)]
