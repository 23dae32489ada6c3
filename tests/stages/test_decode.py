from __future__ import annotations

from hashlib import sha256

import polars as pl

from etl.recipe import DecodeOptions
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
