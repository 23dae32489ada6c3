from __future__ import annotations

from hashlib import sha256

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from etl.ledger import Outcome
from etl.lines import split_lines
from etl.recipe import DecodeOptions
from etl.rules import Rule, load_rules
from etl.schemas import Decoded, Quarantine, RawDocuments, conform
from etl.stages.decode import decode, rebuild

CHINESE = "本报讯（记者 王小明）昨日，市气象局发布消息：今年的雨水比往年多，各地要做好准备。\n"


def raw(*contents: bytes, declared: str | None = None) -> pl.DataFrame:
    rows = [
        {
            "doc_id": f"d{number}",
            "source": f"{number}.txt",
            "media_type": "text/plain",
            "declared": declared,
            "size_bytes": len(content),
            "sha256": sha256(content).hexdigest(),
            "content": content,
        }
        for number, content in enumerate(contents)
    ]
    schema = {name: column.dtype for name, column in RawDocuments.columns().items() if name != "site"}
    return conform(pl.DataFrame(rows, schema=schema), RawDocuments)


def test_every_document_is_decoded_or_refused() -> None:
    outcome = decode(
        raw(CHINESE.encode(), CHINESE.encode("gb18030"), b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\xff\xfe"),
        DecodeOptions(),
    )
    assert outcome.datasets["decoded"]["encoding"].to_list() == ["utf-8", "gb18030"]
    assert outcome.datasets["decoded"]["text"].to_list() == [CHINESE, CHINESE]
    assert outcome.datasets["quarantine"]["reason"].to_list() == ["empty", "binary"]
    Decoded.validate(outcome.datasets["decoded"])
    Quarantine.validate(outcome.datasets["quarantine"])


def test_damage_is_booked_with_its_bytes() -> None:
    content = CHINESE.encode("gb18030")
    damaged = content[:20] + content[21:]
    outcome = decode(raw(damaged), DecodeOptions())
    (document,) = outcome.datasets["decoded"].iter_rows(named=True)
    (edit,) = outcome.edits.iter_rows(named=True)
    assert edit["rule"] == "damaged-bytes"
    assert document["text"][edit["start"] : edit["end"]] == "\ufffd" == edit["after"]
    assert document["text"].endswith(CHINESE[-30:])
    assert not document["roundtrip"]
    assert rebuild(document, outcome.edits) == damaged


def rebuilt(outcome: Outcome) -> list[bytes]:
    decoded = outcome.datasets["decoded"]
    return [
        rebuild(row, outcome.edits.filter(pl.col("doc_id") == row["doc_id"])) for row in decoded.iter_rows(named=True)
    ]


def test_order_and_ids_are_those_of_the_input() -> None:
    contents = [CHINESE.encode("gb18030"), CHINESE.encode(), CHINESE.encode("utf-16"), b"plain\n", CHINESE.encode()]
    outcome = decode(raw(*contents), DecodeOptions())
    assert outcome.datasets["decoded"]["doc_id"].to_list() == ["d0", "d1", "d2", "d3", "d4"]
    assert rebuilt(outcome) == contents


def test_documents_do_not_influence_each_other() -> None:
    documents = raw(
        CHINESE.encode("gb18030"),
        CHINESE.encode(),
        b"\xe6",
        "今\ufffd天的，。\n".encode(),
        CHINESE.encode("big5", "ignore"),
    )
    whole = decode(documents, DecodeOptions())
    parts = [decode(part, DecodeOptions()) for part in documents.iter_slices(1)]
    for name, frame in whole.datasets.items():
        assert_frame_equal(frame, pl.concat([part.datasets[name] for part in parts]))
    assert_frame_equal(whole.edits, pl.concat([part.edits for part in parts]))
    order = ["doc_id", "mark"]
    assert_frame_equal(whole.marks.sort(order), pl.concat([part.marks for part in parts]).sort(order))


@pytest.mark.parametrize(
    ("text", "lines"),
    [("a", 1), ("a\n", 1), ("a\r\nb", 2), ("a\rb\r", 2), ("\n\n的，", 3), ("a\r\n\r\n", 2), ("a\n\rb", 3)],
)
def test_lines_are_counted_as_the_pipeline_cuts_them(text: str, lines: int) -> None:
    (document,) = decode(raw(text.encode()), DecodeOptions()).datasets["decoded"].iter_rows(named=True)
    assert (document["lines"], document["chars"]) == (lines, len(text))
    cut = split_lines(pl.DataFrame({"doc_id": ["d0"], "text": [text]}))
    assert lines >= cut.lines["line_no"].max()  # type: ignore[operator]


def test_a_source_over_the_limit_is_refused() -> None:
    quarantine = decode(raw(CHINESE.encode()), DecodeOptions(max_bytes=10)).datasets["quarantine"]
    assert quarantine.select("stage", "reason", "detail").rows() == [
        ("decode", "too-large", f"{len(CHINESE.encode())} bytes, the limit is 10")
    ]


def test_mojibake_is_repaired_marked_and_rebuilt() -> None:
    spoilt = CHINESE.encode("gb18030").decode("latin-1").encode()
    outcome = decode(raw(spoilt), DecodeOptions())
    (document,) = outcome.datasets["decoded"].iter_rows(named=True)
    assert (document["text"], document["repair"], document["roundtrip"]) == (CHINESE, "latin-1>gb18030", True)
    assert outcome.marks.select("mark", "detail").rows() == [("mojibake-repaired", "latin-1>gb18030")]
    assert rebuilt(outcome) == [spoilt]


def test_ambiguous_bytes_are_booked_as_a_change_of_nothing() -> None:
    content = "的了一是，。\n".encode("big5") + b"\xa2\xcc\xa4Q" + "的了一是不在有大".encode("big5") * 3
    outcome = decode(raw(content), DecodeOptions())
    assert outcome.edits.select("line_no", "start", "end", "before", "after", "rule", "detail").rows() == [
        (2, 7, 8, "十", "十", "ambiguous-bytes", "byte 13: a2cc")
    ]
    assert rebuilt(outcome) == [content]


def test_marks_tell_new_damage_from_old() -> None:
    old = "今年的雨水比往年\ufffd，各地要做好准备。\n"
    outcome = decode(raw(old.encode(), CHINESE.encode()[:-2]), DecodeOptions())
    assert sorted(outcome.marks.select("doc_id", "mark", "score").rows()) == [
        ("d0", "replacement-characters", None),
        ("d1", "damaged-characters", 1.0),
    ]


def test_a_doubtful_encoding_is_marked() -> None:
    outcome = decode(raw(b"caf\xe9"), DecodeOptions())
    assert "low-confidence-encoding" in outcome.marks["mark"].to_list()


def test_a_ledger_row_without_bytes_is_refused() -> None:
    outcome = decode(raw(CHINESE.encode()[:-2]), DecodeOptions())
    (document,) = outcome.datasets["decoded"].iter_rows(named=True)
    with pytest.raises(ValueError, match="does not say which bytes"):
        rebuild(document, outcome.edits.with_columns(detail=pl.lit("?")))


def test_every_rule_has_a_reason() -> None:
    assert {rule.id for rule in load_rules("decode", Rule)} == {"damaged-bytes", "ambiguous-bytes"}


def test_no_documents_are_no_problem() -> None:
    outcome = decode(raw(), DecodeOptions())
    assert outcome.datasets["decoded"].is_empty()
    assert outcome.edits.is_empty()
    Decoded.validate(outcome.datasets["decoded"])
