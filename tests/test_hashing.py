from __future__ import annotations

import numpy as np

from etl.hashing import hash_pieces

EMPTY = 0x2D06800538D394C2
"""xxh3 of no bytes, as its specification has it."""


def test_hashes_are_those_that_were_kept_by_earlier_versions() -> None:
    data = np.frombuffer("甲乙甲".encode(), dtype=np.uint8)
    first, second, third, nothing = hash_pieces(data, np.array([0, 3, 6, 9, 9]))
    assert (first, nothing) == (0x12F391621EED6448, EMPTY)
    assert first == third != second


def test_a_unit_counts_as_its_bytes_the_lowest_first() -> None:
    units = np.frombuffer("甲a".encode("utf-16-le"), dtype="<u2")
    assert hash_pieces(units, np.array([0, 2])) == hash_pieces(units.view(np.uint8), np.array([0, 4]))


def test_no_pieces_have_no_hashes() -> None:
    assert hash_pieces(np.zeros(0, dtype=np.uint8), np.array([0])).tolist() == []
