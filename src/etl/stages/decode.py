"""Decode: raw bytes to one immutable text a document, with the evidence for its encoding.

Nearly all documents are ordinary texts in UTF-8 or GB18030, which are read as columns, many at once. The others are
looked at one by one; either way by `etl.charsets`.

The ledger rows of this stage say what the decoded text does not: which bytes stand behind a slice of it. They
differ from those of the other stages, whose `before` is what stood in the decoded text; they change no character of
it, and take no part in turning it into the clean text. Two rules book them:

- `damaged-bytes`: bytes that stand for no character. `before` is empty, `after` is U+FFFD, and start to end is that
  character.
- `ambiguous-bytes`: characters that the codec would have written with other bytes. `before` and `after` are the
  characters.

Both have `detail` as `byte OFFSET: HEX`, the offset from the document's first byte. `rebuild` reads them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from hashlib import sha256
from itertools import chain
from typing import Any

import polars as pl

from etl.charsets import AMBIGUOUS, DecodedText, Refusal, Remnant, decode_all, read_plain, rebuild_bytes
from etl.charsets.ordinary import shapes
from etl.ledger import Outcome, edits, empty_edits, marks
from etl.recipe import DecodeOptions
from etl.schemas import Decoded, Quarantine, conform

__all__ = ["decode", "rebuild"]

TOO_LARGE = "too-large"
"""Reason of a source over the size limit."""

DOUBTFUL = 0.9
"""Confidence under which an encoding is marked: about one in ten of such choices may be wrong."""

TERMINATOR = r"\r\n?|\n"
"""What ends a line."""

_DETAIL = re.compile(r"byte (\d+): ([0-9a-f]*)")


def decode(raw: pl.DataFrame, options: DecodeOptions) -> Outcome:
    """Decode documents.

    Args:
        raw: the columns of `RawDocuments`, ids unique.
        options: see `DecodeOptions`.

    Returns:
        Datasets decoded and quarantine; ledger rows as the module says; marks low-confidence-encoding (score is the
        confidence), damaged-characters (score counts the sequences), mojibake-repaired (detail gives the steps) and
        replacement-characters (the bytes themselves spell U+FFFD: what stood there was lost before).
    """
    fits = raw["size_bytes"] <= options.max_bytes
    numbered = raw.filter(fits).with_row_index("_document")
    known = read_plain(numbered["content"], numbered["declared"])
    odd = numbered.filter(~pl.col("_document").is_in(known["place"].implode()))
    found = decode_all(odd["content"].to_list(), odd["declared"].to_list())
    texts = [result for result in found if isinstance(result, DecodedText)]
    refusals = [result for result in found if isinstance(result, Refusal)]
    are_texts = pl.Series([isinstance(result, DecodedText) for result in found], dtype=pl.Boolean)
    rows = _rows(odd.filter(are_texts), texts)
    decoded = pl.concat([_plain(numbered, known), rows]).sort("_document")
    return Outcome(
        datasets={
            "decoded": conform(decoded, Decoded),
            "quarantine": pl.concat(
                [_too_large(raw.filter(~fits), options), _refused(odd.filter(~are_texts), refusals)]
            ),
        },
        edits=_edits(rows["doc_id"], texts),
        marks=_marks(decoded, rows["doc_id"], texts),
    )


def rebuild(document: Mapping[str, Any], ledger: pl.DataFrame) -> bytes:
    """Give back the raw bytes of a document, whatever was wrong with them.

    Args:
        document: a row of `decoded`.
        ledger: the document's ledger rows of this stage, or none.
    """
    rows = ledger.select("start", "end", "rule", "detail").iter_rows()
    remnants = [_remnant(start, end, rule, detail) for start, end, rule, detail in rows]
    return rebuild_bytes(
        document["text"], document["encoding"], document["encoding_evidence"], document["repair"], remnants
    )


def _remnant(start: int, end: int, rule: str, detail: str) -> Remnant:
    match = _DETAIL.fullmatch(detail)
    if not match:
        raise ValueError(f"the ledger row at {start}:{end} does not say which bytes stood there")
    return Remnant(start, end, int(match[1]), bytes.fromhex(match[2]), rule)


def _plain(raw: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Documents that were read as columns, with the columns of `Decoded`, after the row's number."""
    rows = (
        raw.drop("content", "declared")[known["place"]]
        .hstack(known)
        .with_columns(
            encoding_confidence=pl.lit(1.0),
            repair=pl.lit(None, dtype=pl.String),
            roundtrip=pl.lit(value=True),
            text_sha256=pl.coalesce("text_sha256", "sha256"),
        )
    )
    return rows.select("_document", *Decoded.columns())


def _rows(raw: pl.DataFrame, texts: list[DecodedText]) -> pl.DataFrame:
    """Documents that were decoded one by one, with the columns of `Decoded`, after the row's number."""
    found: dict[str, list[Any]] = {
        "encoding": [text.encoding for text in texts],
        "encoding_confidence": [text.confidence for text in texts],
        "encoding_evidence": [text.evidence for text in texts],
        "repair": [text.repair for text in texts],
        "roundtrip": [not text.remnants for text in texts],
        "text": [text.text for text in texts],
        "text_sha256": [sha256(text.text.encode("utf-8")).hexdigest() for text in texts],
    }
    types = {name: column.dtype for name, column in Decoded.columns().items()}
    columns = pl.DataFrame(found, schema={name: types[name] for name in found})
    rows = raw.drop("content", "declared").hstack(columns).hstack(shapes(columns["text"]))
    return rows.select("_document", *Decoded.columns())


def _too_large(raw: pl.DataFrame, options: DecodeOptions) -> pl.DataFrame:
    detail = pl.format("{} bytes, the limit is {}", pl.col("size_bytes"), options.max_bytes)
    return _quarantined(raw.with_columns(reason=pl.lit(TOO_LARGE), detail=detail))


def _refused(raw: pl.DataFrame, refusals: list[Refusal]) -> pl.DataFrame:
    reasons = pl.DataFrame(refusals, schema={"reason": pl.String, "detail": pl.String}, orient="row")
    return _quarantined(raw.hstack(reasons))


def _quarantined(frame: pl.DataFrame) -> pl.DataFrame:
    return conform(frame.with_columns(stage=pl.lit("decode")), Quarantine)


def _edits(doc_ids: pl.Series, texts: list[DecodedText]) -> pl.DataFrame:
    rows = [list(_booked(doc_id, found)) for doc_id, found in zip(doc_ids, texts, strict=True) if found.remnants]
    return edits(pl.DataFrame(list(chain.from_iterable(rows)), schema=empty_edits().schema))


def _booked(doc_id: str, found: DecodedText) -> Iterable[dict[str, Any]]:
    ends = [match.end() for match in re.finditer(TERMINATOR, found.text)]
    for start, end, offset, raw, rule in found.remnants:
        shown = found.text[start:end]
        yield {
            "doc_id": doc_id,
            "line_no": bisect_left(ends, start + 1) + 1,
            "start": start,
            "end": end,
            "before": shown if rule == AMBIGUOUS else "",
            "after": shown,
            "rule": rule,
            "detail": f"byte {offset}: {raw.hex()}",
        }


def _marks(decoded: pl.DataFrame, doc_ids: pl.Series, texts: list[DecodedText]) -> pl.DataFrame:
    doubtful = decoded.filter(pl.col("encoding_confidence") < DOUBTFUL)
    repaired = decoded.filter(pl.col("repair").is_not_null())
    counts = [sum(remnant.rule != AMBIGUOUS for remnant in found.remnants) for found in texts]
    damaged = pl.DataFrame({"doc_id": doc_ids, "score": pl.Series(counts, dtype=pl.Float64)}).filter(
        pl.col("score") > 0
    )
    lost = decoded.filter(pl.col("text").str.contains("\ufffd", literal=True)).join(damaged, on="doc_id", how="anti")
    observed = [
        doubtful.select(
            "doc_id", mark=pl.lit("low-confidence-encoding"), score="encoding_confidence", detail="encoding"
        ),
        damaged.select("doc_id", "score", mark=pl.lit("damaged-characters")),
        repaired.select("doc_id", mark=pl.lit("mojibake-repaired"), detail="repair"),
        lost.select("doc_id", mark=pl.lit("replacement-characters")),
    ]
    return marks(pl.concat(observed, how="diagonal"))
