"""What shards survey adds up to the same facts, however many rows are merged at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.facts import merge_facts, nights_of, scan_fact, write_share
from etl.pipeline import merged
from etl.stages.boilerplate import count_site_lines
from etl.stages.duplicates import merge_paragraphs

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
        "key": [None, 7, 7, 7, None, None],
        "chars": [0, 2, 2, 2, 0, 0],
        "documents": [9, 2, 2, 4, 5, 1],
    },
    schema_overrides={"key": pl.UInt64},
)
PARTS = [f"part-{number:05}" for number in range(3)]


def write_shares(folder: Path, fact: str, *shares: pl.DataFrame) -> None:
    for part, rows in zip(PARTS, shares, strict=True):
        write_share(folder, fact, part, rows)


def scanned(folder: Path, fact: str) -> pl.DataFrame:
    """What any of the shards is told."""
    return pl.concat([scan_fact(folder, fact, part) for part in PARTS]).unique().collect()


@pytest.mark.parametrize(
    ("fact", "rows", "expected"),
    [
        ("paragraphs", PARAGRAPHS, merge_paragraphs(PARAGRAPHS.lazy())),
        ("site_lines", SITES, merged({"site_lines": SITES})["site_lines"].collect()),
    ],
)
@pytest.mark.parametrize("at_once", [2, 3, 1000])
def test_rows_merged_apart_are_the_same_fact(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    fact: str,
    rows: pl.DataFrame,
    expected: pl.DataFrame,
    at_once: int,
) -> None:
    monkeypatch.setattr("etl.merging.MERGED_ROWS", at_once)
    write_shares(tmp_path, fact, *(rows[number::3] for number in range(3)))
    merge_facts(tmp_path, [fact], {})
    assert not expected.is_empty()
    assert_frame_equal(scanned(tmp_path, fact), expected, check_row_order=False)


def test_the_owner_of_a_paragraph_is_the_oldest_document_then_the_first_by_id() -> None:
    owners = merge_paragraphs(PARAGRAPHS.lazy())
    assert owners.select("doc_id", "line_no").rows() == [("b", 1), ("b", 6), ("c", 8)]


def test_facts_can_be_merged_again_from_their_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_shares(tmp_path, "paragraphs", *(PARAGRAPHS[number::3] for number in range(3)))
    monkeypatch.setattr("etl.merging.MERGED_ROWS", 2)
    merge_facts(tmp_path, ["paragraphs"], {})
    # What a merge that was cut short may leave.
    (tmp_path / "facts" / "scratch").mkdir()
    (tmp_path / "facts" / "scratch" / "000.arrow").write_bytes(b"half")
    monkeypatch.setattr("etl.merging.MERGED_ROWS", 1000)
    merge_facts(tmp_path, ["paragraphs"], {})
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
    assert left == [
        f"{folder}/{part}.parquet" for folder in ("facts/merged/paragraphs", "run/facts/paragraphs") for part in PARTS
    ]
    found = scanned(tmp_path, "paragraphs").sort("key")
    assert found.select("doc_id", "line_no").rows() == [("b", 1), ("b", 6), ("c", 8)]


@pytest.mark.parametrize("at_once", [2, 1000])
def test_the_owner_of_the_oldest_night_comes_before_the_oldest_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("etl.merging.MERGED_ROWS", at_once)
    write_shares(tmp_path, "paragraphs", *(PARAGRAPHS[rows] for rows in ([2, 3, 4], [0, 5, 6], [1, 7])))
    nights = nights_of({"00000": "z", "00001": "a", "00002": "a"})
    assert nights == {"00000": 0, "00001": 1, "00002": 1}
    merge_facts(tmp_path, ["paragraphs"], nights)
    found = scanned(tmp_path, "paragraphs").sort("key")
    assert found.select("doc_id", "line_no").rows() == [("c", 3), ("a", 5), ("c", 8)]


def test_a_shard_is_told_the_owners_of_its_own_paragraphs_alone(tmp_path: Path) -> None:
    write_shares(tmp_path, "paragraphs", PARAGRAPHS[1:2], PARAGRAPHS[2:5], PARAGRAPHS[5:6])
    merge_facts(tmp_path, ["paragraphs"], {})
    told = [scan_fact(tmp_path, "paragraphs", part).sort("key").collect() for part in PARTS]
    assert [own.select("doc_id", "line_no").rows() for own in told] == [[("c", 3)], [("c", 3), ("b", 6)], [("b", 6)]]
    write_share(tmp_path, "paragraphs", PARTS[1], PARAGRAPHS[3:4])
    merge_facts(tmp_path, ["paragraphs"], {})
    assert_frame_equal(scanned(tmp_path, "paragraphs"), told[0].clear())


def test_counts_of_lines_by_their_text_add_up_with_those_by_their_hash(tmp_path: Path) -> None:
    now = count_site_lines(pl.DataFrame({"site": ["x", "x"], "text": ["首页", "首页"]}))
    then = pl.DataFrame({"site": ["x", "x"], "key": [None, "首页"], "documents": [4, 1]})
    write_share(tmp_path, "site_lines", PARTS[0], now)
    write_share(tmp_path, "site_lines", PARTS[1], then)
    merge_facts(tmp_path, ["site_lines"], {})
    found = scan_fact(tmp_path, "site_lines", PARTS[0]).drop("key").collect()
    assert found.rows() == [("x", 2, 3, 6)]
