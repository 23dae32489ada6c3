"""Headlines: what speaks for a line, on small invented pages that go through the stage."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.lines import split_lines
from etl.recipe import BoilerplateOptions
from etl.stages.boilerplate import count_site_lines, merge_site_lines, strip_boilerplate

CASES = Path(__file__).parents[1] / "cases" / "metadata.toml"


def read(*texts: str) -> pl.DataFrame:
    """The metadata of documents that form one shard."""
    documents = pl.DataFrame(
        {"doc_id": [f"d{number}" for number in range(len(texts))], "site": [None] * len(texts), "text": texts},
        schema_overrides={"site": pl.String},
    )
    lines = split_lines(documents).lines
    known = merge_site_lines(count_site_lines(documents))
    return strip_boilerplate(lines, documents, known, BoilerplateOptions()).datasets["metadata"]


def cases() -> Iterator[Any]:
    for case in tomllib.loads(CASES.read_text(encoding="utf-8"))["case"]:
        marks = [pytest.mark.xfail(strict=True)] if case["group"] == "known_failure" else []
        yield pytest.param(case, id=case["name"], marks=marks)


@pytest.mark.parametrize("case", list(cases()))
def test_a_page_says_of_itself(case: dict[str, Any]) -> None:
    row = read(case["text"]).row(0, named=True)
    assert {field: str(row[field] or "") for field in case["expected"]} == case["expected"]


def test_each_document_has_its_own_headline_whatever_stands_beside_it() -> None:
    texts = [case["text"] for case in tomllib.loads(CASES.read_text(encoding="utf-8"))["case"]]
    together = read(*texts).drop("doc_id")
    assert together.rows() == [read(text).drop("doc_id").row(0) for text in texts]
    assert read(*reversed(texts)).drop("doc_id").rows() == together.reverse().rows()
