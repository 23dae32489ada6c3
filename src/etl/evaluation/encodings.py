"""Encodings: is the decoded text exactly the right one?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from etl.evaluation.findings import Finding, Score, error_rows, merge_findings
from etl.evaluation.material import find, read_table
from etl.evaluation.peers import Detect
from etl.evaluation.scores import share
from etl.memory import run_stages
from etl.recipe import Recipe
from etl.sources import raw_documents

__all__ = ["damage_alone", "evaluate_encodings", "strict_text"]

DAMAGED = "gb-damaged"
"""Label of real files with byte sequences that stand for nothing."""

PYTHON_NAMES = {"viscii": None, "mac_centraleurope": "mac_latin2", "maccentraleurope": "mac_latin2"}
"""Labels that Python spells otherwise, or has no codec for."""

WEB_READINGS = {"gb2312": "gb18030", "big5": "cp950"}
"""Codecs in which the Web reads a label (WHATWG Encoding Standard). Python's own differ from them in a few points,
such as the dash and the middle dot, which a writer never meant; both readings count as right."""

LONGEST_SEQUENCE = 4
"""Bytes of the longest character of GB18030: no damaged sequence is longer."""

BINARY = "none"
"""Label of files that are no text, which are to be refused."""


def evaluate_encodings(data: Path, detectors: Mapping[str, Detect]) -> Finding:
    """Score the decode stage on re-encoded pages, on real GB files, and on the test sets of detectors.

    Args:
        data: folder of labelled material.
        detectors: peers by name; they get the bytes.

    Raises:
        UsageError: a set is not there.
    """
    return merge_findings([_reencoded(data, detectors), _real(data, detectors), _labelled(data, detectors)])


def _reencoded(data: Path, detectors: Mapping[str, Detect]) -> Finding:
    table = read_table(data, "enc_reenc", "dev.parquet").with_row_index("row")
    table = table.sort(pl.col("length").cast(pl.Int64, strict=False), nulls_last=True, maintain_order=True)
    cases = table.select(
        name=pl.format("{}/{}/{}#{}", "length", "encoding", "doc_id", "row"),
        content="data",
        wanted="text",
        label="encoding",
        group=pl.format("{} characters", "length").replace("full characters", "whole files"),
    )
    return _score(cases, "encodings re-encoded", detectors)


def _real(data: Path, detectors: Mapping[str, Detect]) -> Finding:
    """Real files: the sound ones by text, the damaged ones by what stands around the damage."""
    table = read_table(data, "gbk_real", "manifest.csv")
    contents = [find(data, "gbk_real", path).read_bytes() for path in table["path"]]
    cases = table.select(
        name="path",
        content=pl.Series(contents, dtype=pl.Binary),
        label="narrowest_codec",
        bad="bad_sequences",
        group=pl.when(pl.col("narrowest_codec") == DAMAGED).then(pl.lit("damaged")).otherwise(pl.lit("sound")),
    )
    damaged = cases["label"] == DAMAGED
    sound = cases.filter(~damaged)
    of = "encodings real GB"
    return merge_findings([_score(_with_answers(sound), of, detectors), _damaged(cases.filter(damaged), of)])


def _damaged(cases: pl.DataFrame, of: str) -> Finding:
    decoded = cases.with_columns(got=_ours(cases))
    rows = decoded.select("content", "got", "bad").iter_rows()
    right = pl.Series("right", [damage_alone(*row) for row in rows], dtype=pl.Boolean)
    measure = "damaged files, only the damaged bytes replaced"
    return Finding([Score(of, measure, share(right), len(right))], _errors(decoded.with_columns(right), of))


def _labelled(data: Path, detectors: Mapping[str, Detect]) -> Finding:
    table = read_table(data, "encodings", "manifest.csv")
    contents = [find(data, "encodings", path).read_bytes() for path in table["path"]]
    files = table.select(name="path", content=pl.Series(contents, dtype=pl.Binary), label="label")
    cases = _with_answers(files).with_columns(group=pl.lit("labelled files"))
    known = cases.filter(pl.col("wanted").is_not_null() | (pl.col("label") == BINARY))
    return _score(known, "encodings labelled", detectors)


def _with_answers(files: pl.DataFrame) -> pl.DataFrame:
    """Add wanted, the text by the label, and also, the text by the Web's reading of the label."""
    rows = list(files.select("content", "label").iter_rows())
    return files.with_columns(
        pl.Series("wanted", [strict_text(content, label) for content, label in rows], dtype=pl.String),
        pl.Series(
            "also", [strict_text(content, WEB_READINGS.get(label, label)) for content, label in rows], dtype=pl.String
        ),
    )


def strict_text(content: bytes, label: str) -> str | None:
    """The text of a file by its label, without a byte order mark; null for what is no text or has no codec."""
    codec = PYTHON_NAMES.get(label, label)
    if label == BINARY or codec is None:
        return None
    return content.decode(codec).removeprefix("\ufeff")


def damage_alone(content: bytes, got: str | None, sequences: int) -> bool:
    """Whether a damaged GB file lost nothing but its damaged bytes.

    The text between the replacements, encoded again, must stand in the file in order, with no more than one damaged
    sequence's bytes between; and there may be no more replaced places than the label counts. Which of two bytes is
    the damaged one is open, so a reading that starts again at the wrong byte passes too: errors show it.

    Args:
        content: the bytes.
        got: the decoded text, null if it was refused.
        sequences: how many damaged sequences the label counts.
    """
    if got is None:
        return False
    pieces = [piece.encode("gb18030") for piece in re.split("\ufffd+", got)]
    position = 0
    for number, piece in enumerate(pieces):
        found = content.find(piece, position) if number else (0 if content.startswith(piece) else -1)
        if found < 0 or found - position > LONGEST_SEQUENCE:
            return False
        position = found + len(piece)
    return len(pieces) - 1 <= sequences and len(content) - position <= (LONGEST_SEQUENCE if not pieces[-1] else 0)


def _ours(cases: pl.DataFrame) -> pl.Series:
    """The decoded text of each case; null where it was refused."""
    raw = raw_documents(cases.select("name", "content").iter_rows())
    decoded = run_stages({"raw": raw}, "decode", "decode", Recipe())["decoded"]
    texts = raw.select("doc_id").join(decoded, on="doc_id", how="left", maintain_order="left", validate="1:1")
    return texts["text"].str.strip_prefix("\ufeff")


def _score(cases: pl.DataFrame, of: str, detectors: Mapping[str, Detect]) -> Finding:
    """Shares by group, ours and the peers'.

    Args:
        cases: name, content, wanted (null for what is to be refused), label, group.
        of: name of the set.
        detectors: peers by name.
    """
    ours = cases.with_columns(got=_ours(cases))
    judged = {"etl": ours} | {
        tool: cases.with_columns(
            got=pl.Series(map(detect, cases["content"]), dtype=pl.String).str.strip_prefix("\ufeff")
        )
        for tool, detect in detectors.items()
    }
    scores = [
        Score(of, f"{group[0]}, exactly the right text", share(rows["right"]), rows.height, tool)
        for tool, found in judged.items()
        for group, rows in _judge(found).group_by("group", maintain_order=True)
    ]
    return Finding(scores, _errors(_judge(ours), of))


def _judge(found: pl.DataFrame) -> pl.DataFrame:
    right = pl.col("got").eq_missing(pl.col("wanted"))
    if "also" in found.columns:
        right = right | pl.col("got").eq_missing(pl.col("also"))
    return found.with_columns(right=right)


def _errors(judged: pl.DataFrame, of: str) -> pl.DataFrame:
    shown = pl.col("got").fill_null("(refused)").str.replace_all(r"\s+", " ")
    return error_rows(
        judged.filter(~pl.col("right")),
        of,
        document=pl.col("name"),
        cause=pl.format("{} {}", "group", "label"),
        done=pl.when(pl.col("got").is_null()).then(pl.lit("refused")).otherwise(pl.lit("decoded otherwise")),
        label=pl.col("label"),
        text=shown,
    )
