"""What all shards come to is the same however the documents were cut into shards."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from etl.quality.figures import EMPTY, Counted
from etl.quality.numbers import Columns
from etl.quality.totals import TOP_LINES, Adding, Totals
from etl.scratch import OnDisk

LINES = st.lists(st.tuples(st.sampled_from("ab"), st.text("甲乙", min_size=1, max_size=4), st.integers(1, 3)))
SOURCES = st.sets(st.text("ab/é", min_size=1, max_size=4))


def totals(shards: Sequence[Counted], expected: int = 1) -> Totals:
    with TemporaryDirectory() as folder, OnDisk(Path(folder) / "scratch") as scratch:
        adding = Adding(scratch, expected)
        for counted in shards:
            adding.add(counted)
        return adding.totals()


def shard(table: str, rows: Sequence[tuple[object, ...]]) -> Counted:
    frames = EMPTY | {table: pl.DataFrame(rows, schema=EMPTY[table].schema, orient="row")}
    return Counted({}, frames["lines"], frames["sources"])


@given(shards=st.lists(LINES, max_size=4), expected=st.sampled_from([1, 30]))
def test_the_most_frequent_lines_of_each_rule_are_kept(shards: list[list[tuple[str, str, int]]], expected: int) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for rule, text, count in (row for rows in shards for row in rows):
        counts[rule, text] += count
    ranked = sorted((rule, -count, text) for (rule, text), count in counts.items())
    found = totals([shard("lines", rows) for rows in shards], expected).top_lines
    assert found.columns == ["rule", "text", "count"]
    assert found.rows() == [
        (rule, text, -count)
        for each in "ab"
        for rule, count, text in [entry for entry in ranked if entry[0] == each][:TOP_LINES]
    ]


@given(names=SOURCES, cuts=st.integers(1, 4))
def test_the_input_has_one_digest_however_it_was_cut(names: set[str], cuts: int) -> None:
    rows = [(name, None if "b" in name else name * 2) for name in names]
    told = "".join(f"{name}\0{sha256}\n" for name, sha256 in sorted(rows))
    shards = [shard("sources", rows[cut::cuts]) for cut in range(cuts)]
    assert totals(shards).input_sha256 == hashlib.sha256(told.encode()).hexdigest()


def test_what_is_a_sum_is_a_sum() -> None:
    mark: Columns = {"mark": ["odd"], "site": ["s"], "change": [None], "documents": [2]}
    marks = Counted({"marks": mark}, EMPTY["lines"], EMPTY["sources"])
    found = totals([marks] * 70).figures
    assert found["marks"].to_dicts() == [{"mark": "odd", "site": "s", "change": None, "documents": 140}]
    assert not {"lines", "sources"} & {*found}
