from __future__ import annotations

import polars as pl
import pytest

from etl.documents import assemble_documents
from etl.schemas import DATASETS

EMPTY = {name: pl.DataFrame(schema.create_empty()) for name, schema in DATASETS.items()}


def rows(dataset: str, *given: dict[str, object]) -> pl.DataFrame:
    """Rows of a dataset; columns that do not matter are null."""
    schema = EMPTY[dataset].schema
    return pl.DataFrame([{**dict.fromkeys(schema), **row} for row in given], schema=schema)


def paragraph(doc_id: str, text: str, kind: str = "body") -> dict[str, object]:
    return {"doc_id": doc_id, "text": text, "kind": kind}


def mark(doc_id: str, name: str, **columns: object) -> dict[str, object]:
    return {"doc_id": doc_id, "mark": name, **columns}


DECODED = rows(
    "decoded",
    {"doc_id": "b", "source": "b.txt", "encoding": "utf-8", "chars": 7},
    {"doc_id": "a", "source": "a.txt", "encoding": "gb18030", "chars": 9, "site": "a.example"},
)
METADATA = rows("metadata", {"doc_id": "a", "title": "题,目", "author": "王小川"}, {"doc_id": "b"})


def assemble(
    paragraphs: pl.DataFrame = EMPTY["paragraphs"],
    marks: pl.DataFrame = EMPTY["marks"],
    sections: pl.DataFrame = EMPTY["sections"],
) -> pl.DataFrame:
    return assemble_documents(DECODED, METADATA, sections, paragraphs, marks)


def test_every_decoded_document_has_a_row_in_their_order() -> None:
    documents = assemble()
    assert documents.columns == list(EMPTY["documents"].drop("recipe_digest").columns)
    assert documents.select("doc_id", "source", "site", "encoding", "chars_in").rows() == [
        ("b", "b.txt", None, "utf-8", 7),
        ("a", "a.txt", "a.example", "gb18030", 9),
    ]


def test_what_no_decoded_document_has_is_a_bug() -> None:
    with pytest.raises(KeyError, match="c"):
        assemble(rows("paragraphs", paragraph("c", "一")))


def test_a_document_without_paragraphs_is_an_empty_text() -> None:
    empty = assemble().select("text", "chars_out", "paragraphs", "sections", "near_duplicate_of", "flags")
    assert empty.row(0) == ("", 0, 0, 0, None, [])


def test_paragraphs_are_joined_with_one_newline_each() -> None:
    paragraphs = rows("paragraphs", paragraph("a", "一"), paragraph("a", "二\U00020000"), paragraph("b", "三"))
    documents = assemble(paragraphs).select("doc_id", "text", "chars_out", "paragraphs")
    assert documents.rows() == [("b", "三", 1, 1), ("a", "一\n二\U00020000", 4, 2)]


def test_the_title_is_the_clean_one_where_it_survived() -> None:
    assert assemble()["title"].to_list() == [None, "题,目"]
    titled = rows("paragraphs", paragraph("a", "题，目", "title"), paragraph("a", "又", "title"))
    assert assemble(titled)["title"].to_list() == [None, "题，目"]


def test_sections_are_counted() -> None:
    sections = rows("sections", {"doc_id": "a"}, {"doc_id": "a"})
    assert assemble(sections=sections)["sections"].to_list() == [0, 2]


def test_flags_are_the_names_of_marks_sorted_and_once_each() -> None:
    marks = rows("marks", mark("a", "torn"), mark("a", "damaged", line_no=3), mark("a", "torn", line_no=4))
    assert assemble(marks=marks)["flags"].to_list() == [[], ["damaged", "torn"]]


def test_the_nearest_duplicate_is_named_and_ties_go_by_identity() -> None:
    near = [mark("a", "near-duplicate", match_doc_id=other, score=score) for other, score in [("x", 0.8), ("z", 0.9)]]
    assert assemble(marks=rows("marks", *near))["near_duplicate_of"].to_list() == [None, "z"]
    tied = mark("a", "near-duplicate", match_doc_id="y", score=0.9)
    assert assemble(marks=rows("marks", *near, tied))["near_duplicate_of"].to_list() == [None, "y"]


def test_a_paragraph_that_resembles_another_makes_no_near_duplicate_of_its_document() -> None:
    marks = rows("marks", mark("a", "near-duplicate", match_doc_id="x", score=0.9, line_no=2))
    assert assemble(marks=marks)["near_duplicate_of"].to_list() == [None, None]
