"""A digest tells a changed document, and nothing else."""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import etl
from etl.datasets import CommittedRun
from etl.errors import BrokenPromiseError
from etl.warehouse.contents import change, shards_of, survey
from etl.warehouse.digests import NAMES, digests
from etl.warehouse.files import RunFiles
from etl.warehouse.history import history
from etl.warehouse.sums import deeds_of_frames
from etl.warehouse.tables import DOCUMENTS, LEDGER, SHARDS

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


def part(frame: pl.DataFrame, name: str = "rows") -> tuple[str, pa.Table]:
    """Rows as a load reads them from a file."""
    table = frame.to_arrow()
    return name, table.set_column(0, "doc_id", table["doc_id"].dictionary_encode())


def digest(*rows: dict[str, object]) -> str:
    return digests(pl.Series(["a"]), [part(pl.DataFrame(rows, schema=TYPES))], "1")[0]


def test_a_digest_is_the_same_on_every_machine_and_with_every_version() -> None:
    assert digest(ROW) == "96907ef03c8af5898a6b424fc7d5de17"


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
    assert len({digests(ids, [part(frame, name)], salt)[0] for name in "xy" for salt in "12"}) == 4


def test_names_count_whether_a_file_keeps_them_as_a_dictionary_or_not(tmp_path: Path) -> None:
    frame = pl.DataFrame({"doc_id": ["a", "a", "b"], "rule": ["x", None, "x"], "detail": ["y", "y", None]})
    found = set()
    for dictionary in (True, False):
        pq.write_table(frame.to_arrow(), tmp_path / "rows.parquet", use_dictionary=dictionary)
        read = pq.read_table(tmp_path / "rows.parquet", read_dictionary=NAMES)
        found.add(tuple(digests(pl.Series(["a", "b"]), [("rows", read)], "1")))
    assert len(found) == 1
    other = frame.with_columns(rule=pl.Series(["x", "x", "x"])).to_arrow()
    pq.write_table(other, tmp_path / "rows.parquet")
    read = pq.read_table(tmp_path / "rows.parquet", read_dictionary=NAMES)
    [[a, b]] = found
    assert (digests(pl.Series(["a", "b"]), [("rows", read)], "1")[0] == a, b) == (False, b)


TEXTS = st.one_of(st.none(), st.text(st.sampled_from("桥a\0\x1f\n𠀀"), max_size=4))
ROWS = st.lists(st.tuples(st.sampled_from("abc"), TEXTS, st.one_of(st.none(), st.integers(-2, 2))), max_size=8)


@given(ROWS)
def test_a_document_does_not_depend_on_its_neighbours(rows: list[tuple[str, str | None, int | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"doc_id": pl.String, "text": pl.String, "no": pl.Int64}, orient="row")
    together = digests(pl.Series(["a", "b", "c"]), [part(frame)], "1")
    alone = [digests(pl.Series([name]), [part(frame.filter(doc_id=name))], "1")[0] for name in "abc"]
    assert together == alone


@given(ROWS, ROWS)
def test_equal_digests_mean_equal_rows(
    one: list[tuple[str, str | None, int | None]], two: list[tuple[str, str | None, int | None]]
) -> None:
    schema = {"doc_id": pl.String, "text": pl.String, "no": pl.Int64}
    frames = [pl.DataFrame(rows, schema=schema, orient="row").filter(doc_id="a") for rows in (one, two)]
    first, second = (digests(pl.Series(["a"]), [part(frame)], "1") for frame in frames)
    assert (first == second) == frames[0].equals(frames[1])


NOTHING = SHARDS.empty()


def test_the_survey_finds_what_differs_between_two_runs(nights: list[CommittedRun]) -> None:
    files = RunFiles(nights[0])
    first = change(survey(files, DOCUMENTS.empty(), NOTHING), DOCUMENTS.empty(), "one")
    assert first.written.height == first.documents.height == 3
    present = first.documents.drop("shard")
    again = change(survey(files, present, NOTHING), present, "two")
    assert (again.written.height, again.superseded.height, again.gone.height) == (0, 0, 0)
    assert again.documents["run_id"].unique().to_list() == ["one"]
    second = change(survey(RunFiles(nights[1]), present, shards_of(files)), present, "two")
    assert second.gone["source"].sort().to_list() == ["note.txt", "qingshan.example/school.txt"]
    assert (second.written.height, second.superseded.height) == (2, 3)


def test_of_shards_that_are_loaded_no_row_is_read(nights: list[CommittedRun], monkeypatch: pytest.MonkeyPatch) -> None:
    files = RunFiles(nights[0])
    present = survey(files, DOCUMENTS.empty(), NOTHING)
    monkeypatch.delattr(RunFiles, "arrow")
    assert survey(files, present, shards_of(files)).equals(present)
    with pytest.raises(AttributeError, match="arrow"):
        survey(files, present.head(1), shards_of(files))  # Somebody deleted documents.
    with pytest.raises(AttributeError, match="arrow"):
        survey(files, present, shards_of(files).head(1))


def test_the_text_of_a_document_is_that_of_its_paragraphs(nights: list[CommittedRun]) -> None:
    """Which is why the digest passes over it."""
    for run in nights:
        joined = run.scan("paragraphs").sort("doc_id", "paragraph_no").group_by("doc_id").agg(pl.col("text"))
        both = run.scan("documents").join(joined.with_columns(pl.col("text").list.join("\n")), on=["doc_id", "text"])
        assert both.collect().height == run.scan("documents").collect().height > 0


def test_a_run_without_documents_brings_none(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    files = RunFiles(etl.run(tmp_path / "pages", tmp_path / "out", workers=1))
    assert survey(files, DOCUMENTS.empty(), NOTHING).height == 0


def test_a_ledger_that_differs_from_the_reports_is_a_broken_promise(nights: list[CommittedRun]) -> None:
    files = RunFiles(nights[0])
    deeds = deeds_of_frames(files.scan(LEDGER, files.shards), files.scan(DOCUMENTS, files.shards))
    now = datetime.datetime(2026, 1, 1)
    assert history(files, deeds, loaded_at=now)["rule_stats"].height == deeds.height > 0
    with pytest.raises(BrokenPromiseError, match=r"did \(.*\) by the ledger and \(.*\) by the report; `etl verify`"):
        history(files, deeds.with_columns(pl.col("chars_removed") + 1), loaded_at=now)


def test_reports_that_do_not_say_what_was_measured_leave_it_null(
    nights: list[CommittedRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = RunFiles(nights[0])
    deeds = deeds_of_frames(files.scan(LEDGER, files.shards), files.scan(DOCUMENTS, files.shards))
    summary = files.report("run")
    for entry in summary["expectations"]:
        del entry["each"], entry["about"], entry["judged"], entry["exceeding"]
    recorded = files.report
    monkeypatch.setattr(files, "report", lambda name: summary if name == "run" else recorded(name))
    found = history(files, deeds, loaded_at=datetime.datetime(2026, 1, 1))["expectations"]
    assert found["each"].null_count() == found["about"].null_count() == found.height > 0
    assert found["verdict"].null_count() == 0
