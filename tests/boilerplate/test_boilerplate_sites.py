"""Counts of a site's lines are the same however the corpus is cut into shards."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from etl.boilerplate.folding import shown
from etl.boilerplate.sites import COUNTS, RECURS, count_site_lines, merge_site_lines, with_recurrence


def corpus(texts: list[list[str]], sites: list[str | None]) -> pl.DataFrame:
    columns = {"site": sites, "text": ["\n".join(lines) for lines in texts]}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def counted(texts: list[list[str]], sites: list[str | None], cut: int) -> pl.DataFrame:
    documents = corpus(texts, sites)
    return merge_site_lines(pl.concat(count_site_lines(shard) for shard in (documents[:cut], documents[cut:])))


def recurring(documents: pl.DataFrame, known: pl.DataFrame, share: float) -> list[bool]:
    """Of documents of one line each, whether it recurs."""
    wordings = documents.select("text", shown=shown(pl.col("text")))
    lines = pl.DataFrame({"document": range(documents.height), "wording": range(documents.height)})
    return with_recurrence(lines, wordings, documents, known, share)["recurs"].to_list()


@given(
    texts=st.lists(st.lists(st.sampled_from(["甲", "乙", " 甲 ", "丙"]), max_size=4), min_size=4, max_size=8),
    cut=st.integers(0, 8),
)
def test_cut_into_shards_changes_no_count(texts: list[list[str]], cut: int) -> None:
    sites: list[str | None] = ["a" if n % 3 else "b" for n in range(len(texts))]
    assert_frame_equal(counted(texts, sites, cut), counted(texts, sites, 0))


def test_line_counts_once_a_document_and_only_where_it_recurs() -> None:
    known = counted([["甲", "甲", "乙"]] + [["甲"]] * (RECURS - 1), ["a"] * RECURS, 1)
    assert known.drop("key").rows() == [("a", 1, RECURS, RECURS)]


def test_a_line_of_ornaments_alone_says_that_the_document_is_there_and_no_more() -> None:
    counts = count_site_lines(corpus([["| ★ |", "甲"], ["　"]], ["a", "a"]))
    assert counts.drop("key").rows() == [("a", 1, 1), ("a", 0, 2)]
    assert counts["key"].is_null().to_list() == [False, True]


def test_a_shard_without_documents_of_a_site_counts_nothing() -> None:
    for counts in (count_site_lines(corpus([], [])), count_site_lines(corpus([["甲"]], [None]))):
        assert counts.is_empty()
        assert counts.schema == pl.Schema(COUNTS)


def test_documents_without_site_and_long_lines_count_for_nothing() -> None:
    assert counted([["甲"]] * 4, [None] * 4, 2).is_empty()
    assert counted([["长" * 100]] * 4, ["a"] * 4, 2).is_empty()


def test_recurrence_is_a_share_of_the_site() -> None:
    documents = corpus([["甲"]] * RECURS + [["乙"]] * RECURS, ["a"] * (2 * RECURS))
    known = merge_site_lines(count_site_lines(documents))
    assert all(recurring(documents, known, 0.5))
    assert not any(recurring(documents, known, 0.6))


def test_what_recurs_on_one_site_recurs_on_no_other() -> None:
    documents = corpus([["甲"]] * RECURS + [["甲"]], [*["a"] * RECURS, "b"])
    known = merge_site_lines(count_site_lines(documents))
    assert recurring(documents, known, 0.5) == [True] * RECURS + [False]
    assert not any(recurring(documents.with_columns(site=pl.lit(None, pl.String)), known, 0.5))


def test_recurrence_asks_for_no_script() -> None:
    documents = corpus([["来源: 甲"]] * RECURS + [["來源：乙"], ["來源： 甲"]], ["a"] * (RECURS + 2))
    known = merge_site_lines(count_site_lines(documents[:RECURS]))
    assert recurring(documents, known, 0.5) == [True] * RECURS + [False, True]
