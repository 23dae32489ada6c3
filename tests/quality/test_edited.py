from __future__ import annotations

import polars as pl

from etl.quality.edited import TOP_LINE_CHARS, number_edits, removed_lines, sum_by_document, sum_by_rule
from etl.quality.places import GROUP, find_places

DOCUMENTS = pl.DataFrame({"doc_id": ["a", "b", "c"], "site": ["s", "s", None], "encoding": ["gbk", "utf-8", "utf-8"]})

PLACES = find_places(DOCUMENTS, {"b": "new"})

LEDGER = pl.DataFrame(
    [
        ("b", "menu", "首页", None),
        ("a", "menu", " 首页 ", None),
        ("b", "width", "，", ","),
        ("b", "menu", "首页", None),
        ("b", "line-break", "\n", None),
        ("gone", "menu", "尾页", None),
        ("b", "menu", "长" * (TOP_LINE_CHARS + 1), None),
    ],
    schema=["doc_id", "rule", "before", "after"],
    orient="row",
)

NONE = LEDGER.clear()


def test_edits_are_summed_by_document_wherever_they_stand() -> None:
    found = sum_by_document(number_edits(LEDGER, PLACES), PLACES)
    assert {name: of.tolist() for name, of in found.items()} == {
        "removed": [4, 2 + 1 + 2 + 1 + TOP_LINE_CHARS + 1, 0],
        "inserted": [0, 1, 0],
    }


def test_a_rule_counts_each_document_once_and_an_unknown_document_is_of_no_site() -> None:
    found = pl.DataFrame(sum_by_rule(number_edits(LEDGER, PLACES), PLACES)).select(
        "rule", *GROUP, "edits", "documents", "removed", "inserted"
    )
    assert sorted(found.rows(), key=str) == [
        ("line-break", "s", "utf-8", "new", 1, 1, 1, 0),
        ("menu", "s", "gbk", None, 1, 1, 4, 0),
        ("menu", "s", "utf-8", "new", 3, 1, 2 + 2 + TOP_LINE_CHARS + 1, 0),
        ("menu", None, None, None, 1, 1, 2, 0),
        ("width", "s", "utf-8", "new", 1, 1, 1, 1),
    ]


def test_removed_lines_are_short_ones_alike_but_for_their_margins() -> None:
    found = removed_lines(number_edits(LEDGER, PLACES)).group_by("rule", "text").agg(pl.col("count").sum())
    assert sorted(found.rows()) == [("menu", "尾页", 1), ("menu", "首页", 3)]


def test_no_edits_make_no_figures() -> None:
    for places in (PLACES, find_places(DOCUMENTS.clear(), {})):
        edits = number_edits(NONE, places)
        assert not any(of.sum() for of in sum_by_document(edits, places).values())
        assert not any(sum_by_rule(edits, places).values())
        assert removed_lines(edits).is_empty()
