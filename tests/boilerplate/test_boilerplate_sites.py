"""Counts of a site's lines are the same however the corpus is cut into shards."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from etl.boilerplate.folding import folded, shown
from etl.boilerplate.sites import RECURS, count_site_lines, merge_site_lines, with_recurrence


def corpus(texts: list[list[str]], sites: list[str | None]) -> tuple[pl.DataFrame, pl.DataFrame]:
    documents = pl.DataFrame(
        {"doc_id": [f"d{n}" for n in range(len(texts))], "site": sites},
        schema={"doc_id": pl.String, "site": pl.String},
    )
    rows = [{"doc_id": f"d{n}", "text": text} for n, lines in enumerate(texts) for text in lines]
    return pl.DataFrame(rows, schema={"doc_id": pl.String, "text": pl.String}), documents


def counted(texts: list[list[str]], sites: list[str | None], cut: int) -> pl.DataFrame:
    lines, documents = corpus(texts, sites)
    shards = [documents[:cut], documents[cut:]]
    partials = [
        count_site_lines(lines.join(shard, on="doc_id", how="semi", maintain_order="left"), shard) for shard in shards
    ]
    return merge_site_lines(pl.concat(partials))


@given(
    texts=st.lists(st.lists(st.sampled_from(["甲", "乙", " 甲 ", "丙"]), max_size=4), min_size=4, max_size=8),
    cut=st.integers(0, 8),
)
def test_cut_into_shards_changes_no_count(texts: list[list[str]], cut: int) -> None:
    sites: list[str | None] = ["a" if n % 3 else "b" for n in range(len(texts))]
    assert_frame_equal(counted(texts, sites, cut), counted(texts, sites, 0))


def test_line_counts_once_a_document_and_only_where_it_recurs() -> None:
    known = counted([["甲", "甲", "乙"]] + [["甲"]] * (RECURS - 1), ["a"] * RECURS, 1)
    assert known.drop("key").rows() == [("a", 3, RECURS, RECURS)]


def test_documents_without_site_and_long_lines_count_for_nothing() -> None:
    assert counted([["甲"]] * 4, [None] * 4, 2).is_empty()
    assert counted([["长" * 100]] * 4, ["a"] * 4, 2).is_empty()


def test_recurrence_is_a_share_of_the_site() -> None:
    lines, documents = corpus([["甲"]] * RECURS + [["乙"]] * RECURS, ["a"] * (2 * RECURS))
    known = merge_site_lines(count_site_lines(lines, documents))
    seen = lines.with_columns(shown=shown(pl.col("text")), document=pl.int_range(pl.len(), dtype=pl.UInt32))
    assert with_recurrence(seen, documents, known, 0.5)["recurs"].all()
    assert not with_recurrence(seen, documents, known, 0.6)["recurs"].any()


def test_recurrence_asks_for_no_script() -> None:
    lines, documents = corpus([["来源: 甲"]] * RECURS + [["來源：乙"], ["來源： 甲"]], ["a"] * (RECURS + 2))
    known = merge_site_lines(count_site_lines(lines[:RECURS], documents[:RECURS]))
    seen = lines.with_columns(shown=shown(pl.col("text")), document=pl.int_range(pl.len(), dtype=pl.UInt32))
    assert with_recurrence(seen, documents, known, 0.5)["recurs"].to_list() == [True] * RECURS + [False, True]


def test_folding_leaves_the_length_of_a_line() -> None:
    every = pl.DataFrame({"text": [chr(code) for code in range(0x80, 0x10000) if not 0xD800 <= code < 0xE000]})
    assert every.select(folded(pl.col("text")).str.len_bytes() == pl.col("text").str.len_bytes()).to_series().all()
