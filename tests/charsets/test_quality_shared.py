"""Figures of the decode stage on labelled material, with floors a little under what was measured."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from etl.charsets import DecodedText, Refusal, decode_bytes, rebuild_bytes

pytestmark = [pytest.mark.shared, pytest.mark.slow]

SAME_TEXT = {"mac_centraleurope": "mac_latin2"}
"""Labels that Python knows under another name."""


def checked(data: bytes) -> DecodedText | Refusal:
    found = decode_bytes(data)
    if isinstance(found, DecodedText):
        assert rebuild_bytes(found.text, found.encoding, found.evidence, found.repair, found.remnants) == data
    return found


def labelled(folder: Path) -> list[tuple[dict[str, str], bytes]]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return [(row, (folder / row["path"]).read_bytes()) for row in csv.DictReader(file)]


def test_reencoded_pages_decode_exactly_at_every_length(shared: Path) -> None:
    pages = pl.read_parquet(shared / "data/enc_reenc/dev.parquet")
    right: Counter[str] = Counter()
    for length, data, text in pages.select("length", "data", "text").iter_rows():
        right[length] += checked(data)[0] == text
    shares = {length: right[length] / count for length, count in pages["length"].value_counts().iter_rows()}
    assert min(shares.values()) >= 0.994, shares


def test_labelled_files_decode_to_the_labelled_text(shared: Path) -> None:
    wrong = []
    for row, data in labelled(shared / "data/encodings"):
        found = checked(data)
        if row["decodes_strict"] == "binary":
            right = isinstance(found, Refusal)
        elif row["label"] == "viscii":
            continue  # Python has no codec for it
        else:
            label = SAME_TEXT.get(row["label"], row["label"])
            right = found[0] == data.decode(label).removeprefix("\ufeff")
        wrong += [] if right else [(row["path"], *found[1:4])]
    assert len(wrong) <= 304 * 0.03, wrong


def test_real_files_in_gbk_lose_only_damaged_bytes(shared: Path) -> None:
    for row, data in labelled(shared / "data/gbk_real"):
        found = checked(data)
        assert isinstance(found, DecodedText), row
        plain = data.decode("gb18030", "replace")
        assert found.encoding == "gb18030"
        assert found.text == plain or found.text.count("\ufffd") <= plain.count("\ufffd"), row


def test_mojibake_is_repaired_and_clean_text_left_alone(shared: Path) -> None:
    rows = pl.read_parquet(shared / "data/normalize/mojibake_zh.parquet")
    wrong: Counter[str] = Counter()
    for kind, mojibake, gold, recoverable in rows.select("kind", "mojibake", "gold", "recoverable").iter_rows():
        wrong[kind] += checked(mojibake.encode())[0] != (gold if recoverable else mojibake)
    assert wrong["clean_negative"] == wrong["gbk_read_as_utf8_replace"] == 0
    assert wrong.total() <= 5, wrong
