"""A digest tells a changed document, and nothing else."""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import etl
from etl.datasets import CommittedRun
from etl.errors import BrokenPromiseError
from etl.warehouse.contents import Contents, change, survey
from etl.warehouse.digests import digests
from etl.warehouse.history import history
from etl.warehouse.tables import CONTENT

ROW = {
    "doc_id": "a",
    "text": "昨天",
    "title": "桥",
    "flags": ["x"],
    "score": 0.5,
    "no": 1,
    "day": datetime.date(2024, 5, 6),
    "sure": True,
}
TYPES: dict[str, pl.DataType] = {
    "doc_id": pl.String(),
    "text": pl.String(),
    "title": pl.String(),
    "flags": pl.List(pl.String),
    "score": pl.Float64(),
    "no": pl.Int64(),
    "day": pl.Date(),
    "sure": pl.Boolean(),
}


def digest(*rows: dict[str, object]) -> str:
    return digests(pl.Series(["a"]), {"rows": pl.DataFrame(rows, schema=TYPES)}, "1")[0]


def test_a_digest_is_the_same_on_every_machine_and_with_every_version() -> None:
    assert digest(ROW) == "68bd61cec2ef28553d357bc490b6435d"


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "昨天。"}, {"text": ""}, {"text": None}, {"title": None}, {"title": ""}, {"flags": []},
        {"flags": None}, {"flags": ["x", "y"]}, {"flags": [None]}, {"score": -0.5}, {"score": None}, {"score": 0.0},
        {"no": 2}, {"no": 0}, {"no": None}, {"day": datetime.date(2024, 5, 7)}, {"day": None}, {"sure": False},
        {"sure": None}, {"text": "昨", "title": "天桥"},
    ],
)  # fmt: skip
def test_any_change_of_a_row_changes_the_digest(changed: dict[str, object]) -> None:
    assert digest(ROW | changed) != digest(ROW)


@pytest.mark.parametrize("name", ["text", "title", "flags", "score", "no", "day", "sure"])
def test_null_is_no_value(name: str) -> None:
    nothing = {
        "text": "",
        "title": "",
        "flags": [],
        "score": 0.0,
        "no": 0,
        "day": datetime.date(1970, 1, 1),
        "sure": False,
    }
    assert digest(ROW | {name: None}) != digest(ROW | {name: nothing[name]})


def test_rows_count_by_their_order_and_number() -> None:
    other = ROW | {"no": 2}
    assert len({digest(ROW, other), digest(other, ROW), digest(ROW), digest(ROW, ROW), digest()}) == 5


def test_the_salt_and_the_name_of_a_table_count() -> None:
    frame = pl.DataFrame([ROW], schema=TYPES)
    ids = pl.Series(["a"])
    assert len({digests(ids, {name: frame}, salt)[0] for name in "xy" for salt in "12"}) == 4


TEXTS = st.one_of(st.none(), st.text(st.sampled_from("桥a\0\x1f\n𠀀"), max_size=4))
ROWS = st.lists(st.tuples(st.sampled_from("abc"), TEXTS, st.one_of(st.none(), st.integers(-2, 2))), max_size=8)


@given(ROWS)
def test_a_document_does_not_depend_on_its_neighbours(rows: list[tuple[str, str | None, int | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"doc_id": pl.String, "text": pl.String, "no": pl.Int64}, orient="row")
    together = digests(pl.Series(["a", "b", "c"]), {"rows": frame}, "1")
    alone = [digests(pl.Series([name]), {"rows": frame.filter(doc_id=name)}, "1")[0] for name in "abc"]
    assert together == alone


@given(ROWS, ROWS)
def test_equal_digests_mean_equal_rows(
    one: list[tuple[str, str | None, int | None]], two: list[tuple[str, str | None, int | None]]
) -> None:
    schema = {"doc_id": pl.String, "text": pl.String, "no": pl.Int64}
    frames = [pl.DataFrame(rows, schema=schema, orient="row").filter(doc_id="a") for rows in (one, two)]
    first, second = (digests(pl.Series(["a"]), {"rows": frame}, "1") for frame in frames)
    assert (first == second) == frames[0].equals(frames[1])


def test_the_survey_finds_what_differs_between_two_runs(nights: list[CommittedRun]) -> None:
    first = change(survey(nights[0]), CONTENT[0].empty(), "one")
    assert first.written.height == first.documents.height == 3
    again = change(survey(nights[0]), first.documents.drop("shard"), "two")
    assert (again.written.height, again.superseded.height, again.gone.height) == (0, 0, 0)
    assert again.documents["run_id"].unique().to_list() == ["one"]
    second = change(survey(nights[1]), first.documents.drop("shard"), "two")
    assert second.gone["source"].sort().to_list() == ["note.txt", "qingshan.example/school.txt"]
    assert (second.written.height, second.superseded.height) == (2, 3)


def test_a_run_without_documents_brings_none(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    nothing = survey(etl.run(tmp_path / "pages", tmp_path / "out", workers=1))
    assert (nothing.documents.height, nothing.rules.height) == (0, 0)


def test_a_ledger_that_differs_from_the_reports_is_a_broken_promise(nights: list[CommittedRun]) -> None:
    found = survey(nights[0])
    wrong = Contents(found.documents, found.rules.with_columns(pl.col("chars_removed") + 1))
    with pytest.raises(BrokenPromiseError, match=r"did \(.*\) by the ledger and \(.*\) by the report; `etl verify`"):
        history(nights[0], wrong, loaded_at=datetime.datetime(2026, 1, 1))
