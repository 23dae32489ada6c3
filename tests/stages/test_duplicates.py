"""The duplicates stage: what goes, what stays, and that the books are right however the frame is cut."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from etl.ledger import Outcome
from etl.lines import split_lines
from etl.recipe import DuplicateOptions
from etl.schemas import Deduplicated, Stripped
from etl.scratch import InMemory, OnDisk, Scratch
from etl.stages.duplicates import (
    CorpusFacts,
    match_documents,
    merge_paragraphs,
    remove_duplicates,
    survey_corpus,
)

OPTIONS = DuplicateOptions()
IN_MEMORY = InMemory()
CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "duplicates.toml").read_text(encoding="utf-8"))
LONG = "青石县昨日召开全县秋粮收购工作推进会议，总结前一阶段的经验，部署下一阶段收购、仓储和运输任务。"
OTHER = "会议要求各乡镇备足仓容，做到应收尽收，优质优价，不得打白条，不得压级压价，确保农民增产又增收。"
LAW = ["第一条 为了保护粮田，制定本条例。", "第二条 禁止占用粮田。", LONG, "第三条 本条例自公布之日起施行。"]


def stripped(documents: dict[str, list[str]], kinds: dict[int, str] | None = None) -> pl.DataFrame:
    texts = ["\n".join(lines) for lines in documents.values()]
    schema = {"doc_id": pl.String, "text": pl.String}
    frame = pl.DataFrame({"doc_id": list(documents), "text": texts}, schema=schema)
    lines = split_lines(frame).lines
    kind = pl.col("line_no").replace_strict(kinds or {}, default="body", return_dtype=pl.String)
    return lines.with_columns(kind=kind)


def dates(lines: pl.DataFrame, days: dict[str, int] | None = None) -> pl.DataFrame:
    ids = lines["doc_id"].unique(maintain_order=True).to_list()
    published = [dt.date(2021, 1, (days or {})[name]) if name in (days or {}) else None for name in ids]
    return pl.DataFrame({"doc_id": ids, "published": published}, schema={"doc_id": pl.String, "published": pl.Date})


def clean(lines: pl.DataFrame, metadata: pl.DataFrame, options: DuplicateOptions = OPTIONS) -> Outcome:
    survey = survey_corpus(lines, metadata, options)
    return remove_duplicates(lines, survey["repeats"], metadata, facts([survey]), options)


def facts(surveys: list[dict[str, pl.DataFrame]], scratch: Scratch = IN_MEMORY) -> CorpusFacts:
    whole = {fact: pl.concat([survey[fact] for survey in surveys]).lazy() for fact in ("paragraphs", "sketches")}
    return CorpusFacts(merge_paragraphs(whole["paragraphs"]), match_documents([whole["sketches"]], scratch))


def kept(outcome: Outcome, doc_id: str) -> list[int]:
    return outcome.datasets["deduplicated"].filter(pl.col("doc_id") == doc_id)["line_no"].to_list()


def marked(outcome: Outcome, mark: str) -> list[tuple[Any, ...]]:
    found = outcome.marks.filter(pl.col("mark") == mark)
    return found.select("doc_id", "line_no", "match_doc_id", "match_line_no").rows()


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=case["why"],
            marks=[pytest.mark.xfail(strict=True)] if group == "known_failure" else [],
        )
        for group, cases in CASES.items()
        for case in cases
    ],
)
def test_a_document_keeps_the_right_lines(case: dict[str, Any]) -> None:
    kinds = {int(line): kind for line, kind in case.get("kinds", {}).items()}
    lines = stripped({"it": case["lines"]}, kinds)
    assert kept(clean(lines, dates(lines)), "it") == case["kept"]


def test_a_removed_line_names_the_kept_copy() -> None:
    lines = stripped({"it": [LONG, OTHER, LONG, LONG]})
    booked = clean(lines, dates(lines)).edits
    assert booked.select("line_no", "match_doc_id", "match_line_no", "score").rows() == [
        (3, "it", 1, 1.0),
        (4, "it", 1, 1.0),
    ]
    assert booked["before"].to_list() == [LONG, LONG]


def test_a_copy_of_a_line_that_is_itself_contained_names_the_line_that_stays() -> None:
    lines = stripped({"it": [LONG, LONG, LONG + OTHER]})
    assert clean(lines, dates(lines)).edits["match_line_no"].to_list() == [3, 3]


def test_a_line_that_is_alike_and_stays_is_marked() -> None:
    lines = stripped({"it": [LONG, LONG.replace("昨日", "今日")]})
    outcome = clean(lines, dates(lines))
    assert kept(outcome, "it") == [1, 2]
    assert marked(outcome, "near-duplicate-lines") == [("it", 2, "it", 1)]


def test_across_documents_the_first_published_keeps_its_paragraph() -> None:
    lines = stripped({"a": [LONG, OTHER], "b": [LONG, "完"], "c": [LONG, "待续"]})
    outcome = clean(lines, dates(lines, {"a": 3, "b": 2}))
    assert [kept(outcome, name) for name in "abc"] == [[2], [1, 2], [2]]
    assert set(outcome.edits["match_doc_id"]) == {"b"}
    assert set(outcome.edits["rule"]) == {"shared-paragraph"}


def test_without_dates_the_first_id_keeps_its_paragraph() -> None:
    lines = stripped({"b": [LONG, "完"], "a": [LONG, OTHER]})
    assert clean(lines, dates(lines)).edits["match_doc_id"].to_list() == ["a"]


def test_short_lines_go_with_their_article_but_not_alone() -> None:
    lines = stripped(
        {"a": ["本网讯", LONG, "（完）"], "b": ["本网讯", LONG, "（完）"], "c": ["本网讯", OTHER, "（完）"]}
    )
    outcome = clean(lines, dates(lines))
    assert [kept(outcome, name) for name in "abc"] == [[1, 2, 3], [], [1, 2, 3]]
    assert marked(outcome, "all-duplicate") == [("b", None, "a", None)]


def test_short_lines_after_different_ones_are_not_the_same_place() -> None:
    lines = stripped({"a": [LONG, "甲", "（完）"], "b": [LONG, "乙", "（完）"]})
    assert kept(clean(lines, dates(lines)), "b") == [2, 3]


def test_a_title_stays_with_its_document() -> None:
    lines = stripped({"a": ["秋粮收购", LONG], "b": ["秋粮收购", LONG]}, {1: "title"})
    assert kept(clean(lines, dates(lines)), "b") == [1]


def test_an_amended_law_keeps_what_it_shares() -> None:
    lines = stripped({"a": LAW, "b": [*LAW, "第四条 本条例由县人民政府负责解释。"]})
    outcome = clean(lines, dates(lines))
    assert kept(outcome, "b") == [1, 2, 3, 4, 5]
    assert ("b", 3, "a", 3) in marked(outcome, "repeated-elsewhere")


def test_a_law_that_is_wholly_anothers_goes() -> None:
    lines = stripped({"a": LAW, "b": LAW})
    assert kept(clean(lines, dates(lines)), "b") == []


@pytest.mark.parametrize(("switch", "marks"), [("mark", [("b", 1, "a", 1)]), ("off", [])])
def test_across_documents_nothing_goes_unless_asked(switch: str, marks: list[tuple[Any, ...]]) -> None:
    options = DuplicateOptions.model_validate({"across_documents": switch})
    lines = stripped({"a": [LONG, "完"], "b": [LONG, OTHER]})
    outcome = clean(lines, dates(lines), options)
    assert outcome.edits.is_empty()
    assert marked(outcome, "repeated-elsewhere") == marks


def test_a_near_duplicate_document_is_marked_and_kept() -> None:
    lines = stripped({"a": [LONG, OTHER], "b": [LONG.replace("昨日", "今日"), OTHER + "（完）"]})
    outcome = clean(lines, dates(lines), DuplicateOptions(across_documents="off"))
    assert marked(outcome, "near-duplicate") == [("b", None, "a", None)]
    assert outcome.edits.is_empty()


def test_near_duplicates_can_be_switched_off() -> None:
    options = DuplicateOptions(across_documents="off", near_duplicates="off")
    lines = stripped({"a": [LONG, LONG.replace("昨日", "今日")], "b": [LONG]})
    assert clean(lines, dates(lines), options).marks.is_empty()


def test_no_lines_give_an_empty_outcome() -> None:
    lines = stripped({})
    outcome = clean(lines, dates(lines))
    assert outcome.datasets["deduplicated"].is_empty()
    assert outcome.edits.is_empty()


SENTENCES = st.sampled_from(
    [LONG, OTHER, LONG + OTHER, "摘要：" + LONG[:20] + "…", "本网讯", "（完）", *LAW, "图：" + OTHER]
)
DOCUMENTS = st.lists(st.lists(SENTENCES, min_size=1, max_size=8), min_size=1, max_size=4)


@settings(max_examples=30)
@given(DOCUMENTS)
def test_every_line_is_kept_or_booked_once_and_its_copy_stays(documents: list[list[str]]) -> None:
    lines = stripped({f"d{number}": texts for number, texts in enumerate(documents)})
    outcome = clean(lines, dates(lines))
    Deduplicated.validate(outcome.datasets["deduplicated"])
    both = pl.concat(
        [outcome.datasets["deduplicated"].select("doc_id", "start"), outcome.edits.select("doc_id", "start")]
    )
    assert_frame_equal(both.sort("doc_id", "start"), lines.select("doc_id", "start").sort("doc_id", "start"))
    matches = outcome.edits.select(doc_id="match_doc_id", line_no="match_line_no")
    stays = matches.join(outcome.datasets["deduplicated"], on=["doc_id", "line_no"], how="semi")
    assert stays.height == matches.height


@settings(max_examples=30)
@given(DOCUMENTS, st.randoms())
def test_neither_order_nor_shards_change_anything(documents: list[list[str]], chance: Any) -> None:
    lines = stripped({f"d{number}": texts for number, texts in enumerate(documents)})
    metadata = dates(lines)
    parts = lines.partition_by("doc_id")
    chance.shuffle(parts)
    surveys = [survey_corpus(part, metadata, OPTIONS) for part in parts]
    corpus = facts(surveys)
    pieces = [
        remove_duplicates(part, survey["repeats"], dates(part), corpus, OPTIONS)
        for part, survey in zip(parts, surveys, strict=True)
    ]
    whole = clean(lines, metadata)
    for frame, found in [(whole.edits, [it.edits for it in pieces]), (whole.marks, [it.marks for it in pieces])]:
        order = ["doc_id", "line_no", frame.columns[-5]]
        assert_frame_equal(pl.concat(found).sort(order), frame.sort(order))


def test_likenesses_are_the_same_when_they_are_sought_part_by_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["".join(random.Random(seed).choices(OTHER + LONG, k=300)) for seed in range(12)]
    documents = {f"d{number:02}": [LONG, texts[number % 12], OTHER] for number in range(40)}
    lines = stripped(documents)
    whole = facts([survey_corpus(lines, dates(lines), OPTIONS)])
    assert whole.documents.height == 28
    for bound in ("SOUGHT", "COUNTED", "COMPARED", "BLOCK"):
        monkeypatch.setattr(f"etl.duplicates.documents.{bound}", 50)
    with OnDisk(tmp_path / "scratch") as scratch:
        parts = facts([survey_corpus(lines, dates(lines), OPTIONS)], scratch)
    assert_frame_equal(parts.documents, whole.documents)


def test_documents_without_a_hash_in_common_are_not_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.duplicates.documents.COUNTED", 50)
    lines = stripped({"a": [LONG], "b": [OTHER * 2]})
    with OnDisk(tmp_path / "scratch") as scratch:
        found = facts([survey_corpus(lines, dates(lines), OPTIONS)], scratch)
    assert found.documents.is_empty()


def test_the_input_contract_is_enough() -> None:
    lines = stripped({"one": [LONG, OTHER], "two": [LONG]})
    whole, narrow = (
        clean(frame, dates(lines)) for frame in (lines, Stripped.validate(lines.select(Stripped.column_names())))
    )
    assert narrow.edits.height == 1
    for name, frame in whole.datasets.items():
        assert_frame_equal(narrow.datasets[name], frame)


def _injected(shared: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = pl.read_parquet(shared / "data" / "dedup" / "injected_dev.parquet").rename({"kind": "label"})
    position = pl.int_range(pl.len(), dtype=pl.Int64)
    lines = rows.with_columns(start=position, end=position + 1, line_no=pl.col("line_no") + 1, kind=pl.lit("body"))
    options = DuplicateOptions(across_documents="off")
    gone = clean(lines, dates(lines), options).edits.select("doc_id", "line_no")
    return lines, gone


@pytest.mark.shared
def test_injected_duplicates_are_found(shared: Path) -> None:
    lines, gone = _injected(shared)
    copies = lines.filter(pl.col("label") != "orig")
    # What goes from an article into which nothing was put is a repeat that the page had: its label is wrong.
    natural = gone.filter(pl.col("doc_id").str.ends_with("#none"))
    hits = gone.join(copies, on=["doc_id", "line_no"], how="semi").height
    wrong = gone.height - hits - natural.height * lines["mode"].n_unique()
    assert hits / copies.height >= 0.995
    assert hits / (hits + max(wrong, 0)) >= 0.999
    assert natural.height <= 13


@pytest.mark.shared
def test_laws_keep_what_they_repeat(shared: Path) -> None:
    rows = pl.read_parquet(shared / "data" / "sections_law" / "lines_dev.parquet")
    position = pl.int_range(pl.len(), dtype=pl.Int64)
    lines = rows.with_columns(start=position, end=position + 1, line_no=pl.col("line_no") + 1, kind=pl.lit("body"))
    few = lines.filter(pl.col("doc_id").is_in(_legitimate(shared)["doc_id"].unique().implode()))
    options = DuplicateOptions(across_documents="off", near_duplicates="off")
    assert clean(few, dates(few), options).edits.is_empty()


def _legitimate(shared: Path) -> pl.DataFrame:
    return pl.read_parquet(shared / "data" / "dedup" / "law_legit_repeats.parquet")


@pytest.mark.shared
def test_the_same_broadcast_is_recognised_and_the_next_days_is_not(shared: Path) -> None:
    pairs = pl.read_parquet(shared / "data" / "dedup" / "doc_pairs_dev.parquet").filter(pl.col("label") < 2)
    days = pl.col("id_a").str.contains("/202[23]0[1-6]")
    sides = [pairs.filter(days).select(doc_id=f"id_{side}", text=f"text_{side}") for side in "ab"]
    lines = split_lines(pl.concat(sides).unique("doc_id", maintain_order=True)).lines.with_columns(kind=pl.lit("body"))
    found = facts([survey_corpus(lines, dates(lines), OPTIONS)]).documents
    alike = {frozenset(pair) for pair in found.select("doc_id", "near_duplicate_of").rows()}
    same = {frozenset(pair) for pair in pairs.filter(days, pl.col("label") == 1).select("id_a", "id_b").rows()}
    assert len(alike & same) >= 0.99 * len(same)
    assert alike <= same


@pytest.mark.shared
def test_the_real_documents_lose_their_second_copies_and_nothing_else(shared: Path) -> None:
    paths = sorted((shared / "seeds").glob("*.txt"))
    texts = {path.name[:3]: path.read_text(encoding="utf-8").split("\n") for path in paths}
    lines = stripped(texts).with_columns(
        kind=pl.when(pl.col("doc_id") == "004", pl.col("line_no").is_in([6, 8, 18]))
        .then(pl.lit("caption"))
        .otherwise("kind")
    )
    outcome = clean(lines, dates(lines))
    gone = outcome.edits.group_by("doc_id").agg("line_no").sort("doc_id").rows()
    assert gone == [
        ("001", [7]),
        ("003", [23, 25, 26, 27, 29, 31, 33, 35, 37, 39, 41, 42]),
        ("004", [6]),
    ]
