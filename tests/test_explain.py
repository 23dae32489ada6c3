from __future__ import annotations

from pathlib import Path

import pytest

from etl.datasets import CommittedRun
from etl.errors import UsageError
from etl.explain import Fate, LineStory, document_row, explain, find_document
from etl.runs import run
from etl.sources import document_id

BRIDGE = "linjiang.example/bridge.txt"


@pytest.fixture(scope="module")
def bridge(committed: CommittedRun) -> dict[int, LineStory]:
    return {story.line_no: story for story in explain(committed, document_id(BRIDGE))}


@pytest.fixture(scope="module")
def school(committed: CommittedRun) -> dict[int, LineStory]:
    return {story.line_no: story for story in explain(committed, document_id("qingshan.example/school.txt"))}


@pytest.mark.parametrize(
    "name", [BRIDGE, document_id(BRIDGE), "linjiang", "bridge", "bridge.txt", document_id(BRIDGE)[:8]]
)
def test_a_document_is_found_by_its_names_and_their_parts(committed: CommittedRun, name: str) -> None:
    assert find_document(committed, name) == document_id(BRIDGE)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("tunnel.txt", r"tunnel\.txt: names 0 documents \(none\)"),
        ("qingshan.example", r"names 2 documents \(qingshan.example/market.txt, qingshan.example/school.txt\)"),
        ("", r"names 4 documents \(damaged.txt, linjiang.example/bridge.txt, qingshan.example/market.txt\)"),
    ],
)
def test_a_name_for_none_or_several_is_a_wrong_call(committed: CommittedRun, name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        find_document(committed, name)


def test_a_documents_row_has_its_clean_text(committed: CommittedRun) -> None:
    row = document_row(committed, document_id(BRIDGE))
    assert (row["source"], row["title"]) == (BRIDGE, "临江新桥正式开通")


def test_every_line_that_is_not_blank_has_a_story(bridge: dict[int, LineStory]) -> None:
    assert list(bridge) == [1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13]
    assert bridge[6].text == "一、通车当天"


def test_a_line_that_nothing_happened_to_is_kept(bridge: dict[int, LineStory]) -> None:
    assert (bridge[2].fate, bridge[2].edits) == ("kept", ())


def test_a_removed_line_names_the_rule_and_its_reason(bridge: dict[int, LineStory]) -> None:
    assert bridge[11].fate == "removed"
    (fate,) = bridge[11].edits
    assert isinstance(fate, Fate)
    assert (fate.stage, fate.rule, fate.before, fate.after) == ("boilerplate", "editor", "责任编辑: 李大山", None)
    assert len(fate.why) > 10


def test_a_rewritten_line_has_its_edits_in_the_order_of_the_text(bridge: dict[int, LineStory]) -> None:
    assert bridge[5].fate == "rewritten"
    assert {(edit.before, edit.after) for edit in bridge[5].edits} == {(",", "，")}
    assert len(bridge[5].edits) == 4


def test_a_duplicate_names_the_kept_copy(school: dict[int, LineStory]) -> None:
    (fate,) = school[4].edits
    assert (school[4].fate, fate.stage) == ("removed", "duplicates")
    assert fate.kept_copy is not None
    document, line = fate.kept_copy.split(":")
    assert document in (document_id(BRIDGE), document_id("damaged.txt"))
    assert line == "7"


def test_an_indent_that_was_taken_off_is_a_rewriting(school: dict[int, LineStory]) -> None:
    assert school[3].fate == "rewritten"
    assert [(edit.before, edit.after) for edit in school[3].edits] == [("　　", None)]


def test_a_line_that_lost_its_tail_is_narrowed(tmp_path: Path) -> None:
    page = (
        "临江新桥正式开通\n昨天，临江新桥正式开通，居民往来更方便了。大桥全长1200米，双向六车道。\n"
        "市交通局说，下个月将增开两条公交线路，居民往来会更方便。 (记者 王小川)\n"
    )
    (tmp_path / "page.txt").write_text(page, encoding="utf-8")
    committed = run(tmp_path / "page.txt", tmp_path / "out", workers=1)
    story = explain(committed, document_id("page.txt"))[2]
    assert story.fate == "narrowed"
    assert "记者 王小川" in story.edits[-1].before


def test_damage_is_told_where_it_stands(committed: CommittedRun) -> None:
    stories = explain(committed, document_id("damaged.txt"))
    damaged = [story for story in stories if any(edit.stage == "decode" for edit in story.edits)]
    assert len(damaged) == 1
    assert "\ufffd" in damaged[0].text
    assert all(edit.after and set(edit.after) == {"\ufffd"} for edit in damaged[0].edits if edit.stage == "decode")
    assert "ff" in "".join(edit.detail or "" for edit in damaged[0].edits)
