"""Decode: raw bytes to one immutable text a document, with the evidence for its encoding.

Nearly all documents are UTF-8: they are validated and measured as columns. Only what is not UTF-8, or does not look
like ordinary text, is looked at one by one by `etl.charsets`.

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

import codecs
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from itertools import chain
from typing import Any

import polars as pl

from etl.charsets import AMBIGUOUS, DecodedText, Refusal, Remnant, decode_all, rebuild_bytes
from etl.charsets.ordinary import are_ordinary
from etl.ledger import Outcome, edits, empty_edits, marks
from etl.recipe import DecodeOptions
from etl.schemas import Decoded, Quarantine, conform

__all__ = ["decode", "rebuild"]

TOO_LARGE = "too-large"
"""Reason of a source over the size limit."""

DOUBTFUL = 0.9
"""Confidence under which an encoding is marked: about one in ten of such choices may be wrong."""

HEAD = 128
"""Bytes in which most documents that are not UTF-8 show it, so that the others can be validated all at once."""

FEW = 16
"""Contents that are faster looked at one by one than in bulk, where one of them at least is not UTF-8."""

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
    plain, odd = _plain(numbered)
    found = decode_all(odd["content"].to_list(), odd["declared"].to_list())
    texts = [result for result in found if isinstance(result, DecodedText)]
    refusals = [result for result in found if isinstance(result, Refusal)]
    are_texts = pl.Series([isinstance(result, DecodedText) for result in found], dtype=pl.Boolean)
    rows = _rows(odd.filter(are_texts), texts)
    decoded = pl.concat([plain, _measured(rows)]).sort("_document")
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


def _plain(raw: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Documents that are ordinary UTF-8, measured, and the others as they came."""
    valid = raw.filter(_are_utf8(raw["content"]))
    text = valid["content"].cast(pl.String)
    ordinary = valid.with_columns(text=text).filter(are_ordinary(text))
    measured = _measured(
        ordinary.drop("content", "declared").with_columns(
            encoding=pl.lit("utf-8"),
            encoding_confidence=pl.lit(1.0),
            encoding_evidence=pl.lit("utf-8"),
            repair=pl.lit(None, dtype=pl.String),
            roundtrip=pl.lit(value=True),
            text_sha256="sha256",
        )
    )
    return measured, raw.filter(~pl.col("_document").is_in(ordinary["_document"].implode()))


def _are_utf8(contents: pl.Series) -> pl.Series:
    """Whether each content is valid UTF-8: by its head, and those whose head is by all of it."""
    likely = pl.Series([_is_utf8(head, final=False) for head in contents.bin.head(HEAD)], dtype=pl.Boolean)
    whole = pl.Series(_are_wholly_utf8(contents.filter(likely)), dtype=pl.Boolean)
    return likely.scatter(likely.arg_true(), whole)


def _are_wholly_utf8(contents: pl.Series) -> list[bool]:
    """Whether each content is valid UTF-8: all at once, or one half after the other, or a few one by one."""
    with suppress(pl.exceptions.ComputeError):
        contents.cast(pl.String)
        return [True] * len(contents)
    if len(contents) <= FEW:
        return [_is_utf8(content) for content in contents]
    half = len(contents) // 2
    return _are_wholly_utf8(contents.head(half)) + _are_wholly_utf8(contents.slice(half))


def _is_utf8(content: bytes, *, final: bool = True) -> bool:
    """Whether bytes are valid UTF-8; where they are not the final ones, a sequence may be cut off at their end."""
    try:
        codecs.utf_8_decode(content, "strict", final)
    except UnicodeDecodeError:
        return False
    return True


def _measured(frame: pl.DataFrame) -> pl.DataFrame:
    """Add chars and lines, and put the columns of `Decoded` in order, after the row's number."""
    text = pl.col("text")
    unfinished = ~(text.str.ends_with("\n") | text.str.ends_with("\r")) & (text != "")
    return frame.with_columns(
        chars=text.str.len_chars().cast(pl.Int64),
        lines=text.str.count_matches(TERMINATOR).cast(pl.Int64) + unfinished.cast(pl.Int64),
    ).select(pl.col("_document").cast(pl.UInt32), *Decoded.columns())


def _rows(raw: pl.DataFrame, texts: list[DecodedText]) -> pl.DataFrame:
    """Documents that were decoded one by one, with the columns of `Decoded` but chars and lines."""
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
    return raw.drop("content", "declared").with_columns(
        pl.Series(name, values, dtype=types[name]) for name, values in found.items()
    )


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
