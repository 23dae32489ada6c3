"""Room beside memory: what comes back is what was put there, in memory or on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.scratch import BLOCKS_AT_ONCE, InMemory, OnDisk, Scratch

FRAMES = [
    pl.DataFrame({"key": [1, 2, 3, 1], "text": ["a", "b", None, "d"]}),
    pl.DataFrame({"key": [], "text": []}, schema={"key": pl.Int64, "text": pl.String}),
    pl.DataFrame({"key": [2, 9], "text": ["e", "f"]}),
]
ROW = np.dtype([("number", np.int64), ("values", np.uint32, (3,))])


@pytest.fixture(params=["memory", "disk"])
def scratch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scratch]:
    if request.param == "memory":
        yield InMemory()
    else:
        with OnDisk(tmp_path / "scratch") as room:
            yield room


@pytest.mark.parametrize("shares", [1, 2, 50])
def test_rows_that_agree_come_in_the_same_share(scratch: Scratch, shares: int) -> None:
    found = list(scratch.together(iter(FRAMES), "key", shares))
    assert_frame_equal(pl.concat(found), pl.concat(FRAMES), check_row_order=False)
    keys = [key for share in found for key in share["key"].unique()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("shares", [1, 3, 999])
def test_numbers_that_have_something_in_common_come_in_the_same_share(scratch: Scratch, shares: int) -> None:
    numbers = np.random.default_rng(1).integers(0, 2**60, 5_000, dtype=np.uint64)
    blocks = [numbers[:3_000], numbers[:0], numbers[3_000:]]
    found = list(scratch.numbers_together(iter(blocks), lambda some: some % np.uint64(100), shares))
    assert sorted(np.concatenate(found)) == sorted(numbers)
    common = [kind for share in found for kind in np.unique(share % 100)]
    assert len(common) == len(set(common)) == 100


def test_shares_can_be_dealt_out_again_while_they_are_read(scratch: Scratch) -> None:
    texts = (share.select("text") for share in scratch.together(iter(FRAMES), "key", 3))
    found = pl.concat(scratch.together(texts, "text", 3))
    assert_frame_equal(found, pl.concat(FRAMES).select("text"), check_row_order=False)


def test_kept_rows_are_given_by_their_places(scratch: Scratch) -> None:
    rows = np.zeros(10, ROW)
    rows["number"] = np.arange(10)
    rows["values"][:, 1] = np.arange(10) ** 2
    kept, other = (scratch.keep(iter(blocks), ROW) for blocks in ([rows[:4], rows[4:4], rows[4:]], [rows[::-1]]))
    places = np.array([0, 3, 4, 7, 9])
    for found in (kept(places), other(9 - places[::-1])[::-1]):
        assert found["number"].tolist() == places.tolist()
        assert found["values"][:, 1].tolist() == (places**2).tolist()
    assert kept(np.empty(0, np.int64)).shape == (0,)


@pytest.mark.parametrize("apart", [True, False])
def test_rows_come_in_order_whether_frames_follow_each_other_or_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, apart: bool
) -> None:
    monkeypatch.setattr("etl.scratch.BLOCK_ROWS", 7)
    numbers = np.arange(2_000)
    cuts = np.array_split(numbers, 9) if apart else [numbers[start::9] for start in range(9)]
    with OnDisk(tmp_path / "scratch") as scratch:
        ordered = scratch.ordered("key")
        for cut in cuts[::-1]:
            ordered.add(pl.DataFrame({"key": cut[::-1], "square": cut[::-1] ** 2}))
        pieces = list(ordered.pieces())
    found = pl.concat(pieces)
    assert found["key"].to_list() == numbers.tolist()
    assert found["square"].to_list() == (numbers**2).tolist()
    assert max(piece.height for piece in pieces) <= (BLOCKS_AT_ONCE + 9) * 7


def test_nothing_stays_on_the_disk_and_what_a_killed_run_left_goes_first(tmp_path: Path) -> None:
    left = tmp_path / "scratch" / "0" / "000.arrow"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    with OnDisk(tmp_path / "scratch") as scratch:
        assert not left.exists()
        assert sum(share.height for share in scratch.together(FRAMES, "key", 4)) == 6
        scratch.keep([np.zeros(3, ROW)], ROW)
    assert not list(tmp_path.iterdir())
