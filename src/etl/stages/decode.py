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

import numpy as np
import polars as pl

from etl.charsets import AMBIGUOUS, DecodedText, Refusal, Remnant, decode_all, read_plain, rebuild_bytes
from etl.ledger import Outcome, empty_edits, empty_marks, marks
from etl.lines import TERMINATORS, count_lines
from etl.recipe import DecodeOptions
from etl.schemas import Decoded, Quarantine, conform
from etl.utf8 import Utf8

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
    fitting, too_large = raw.filter(fits), raw.filter(~fits)
    plain = read_plain(fitting["content"], fitting["declared"])
    odd = np.delete(np.arange(fitting.height), plain["place"])
    contents, declared = (fitting[name].gather(odd).to_list() for name in ("content", "declared"))
    found = dict(zip(odd.tolist(), decode_all(contents, declared), strict=True))
    texts = {place: result for place, result in found.items() if isinstance(result, DecodedText)}
    refused = {place: result for place, result in found.items() if isinstance(result, Refusal)}
    rows = pl.concat([plain, _odd(texts)]).sort("place")
    decoded = fitting[rows["place"]].hstack(rows)
    by_document = list(zip(fitting["doc_id"].gather(list(texts)), texts.values(), strict=True))
    refusals = [
        Refusal(TOO_LARGE, f"{size} bytes, the limit is {options.max_bytes}") for size in too_large["size_bytes"]
    ]
    return Outcome(
        datasets={
            "decoded": decoded.with_columns(pl.coalesce("text_sha256", "sha256")).select(*Decoded.columns()),
            "quarantine": _quarantined(pl.concat([too_large, fitting[list(refused)]]), [*refusals, *refused.values()]),
        },
        edits=_edits(by_document),
        marks=_marks(decoded, by_document),
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


def _odd(texts: Mapping[int, DecodedText]) -> pl.DataFrame:
    """The columns of `read_plain` of documents that were decoded one by one, by their places."""
    found = texts.values()
    columns = {
        "place": pl.Series(list(texts), dtype=pl.Int64),
        "text": [text.text for text in found],
        "chars": [len(text.text) for text in found],
        "text_sha256": [sha256(text.text.encode("utf-8")).hexdigest() for text in found],
        "encoding": [text.encoding for text in found],
        "encoding_evidence": [text.evidence for text in found],
        "encoding_confidence": [text.confidence for text in found],
        "repair": [text.repair for text in found],
        "roundtrip": [not text.remnants for text in found],
    }
    types = {name: column.dtype for name, column in Decoded.columns().items()}
    frame = pl.DataFrame(columns, schema_overrides={name: types[name] for name in columns if name != "place"})
    whole = Utf8.of(frame["text"])
    return frame.with_columns(pl.Series("lines", count_lines(whole, whole.find(TERMINATORS))))


def _quarantined(refused: pl.DataFrame, refusals: list[Refusal]) -> pl.DataFrame:
    """Book documents that were refused, and why each was."""
    reasons = pl.DataFrame(refusals, schema={"reason": pl.String, "detail": pl.String}, orient="row")
    return conform(refused.hstack(reasons).with_columns(stage=pl.lit("decode")), Quarantine)


def _edits(texts: list[tuple[str, DecodedText]]) -> pl.DataFrame:
    rows = [list(_booked(doc_id, found)) for doc_id, found in texts if found.remnants]
    return pl.DataFrame(list(chain.from_iterable(rows)), schema=empty_edits().schema)


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


def _marks(decoded: pl.DataFrame, texts: list[tuple[str, DecodedText]]) -> pl.DataFrame:
    counts = {doc_id: sum(remnant.rule != AMBIGUOUS for remnant in found.remnants) for doc_id, found in texts}
    damaged = {doc_id: count for doc_id, count in counts.items() if count}
    spelling = decoded["doc_id"].filter(decoded["text"].str.contains("\ufffd", literal=True))
    observed = [
        *(
            (doc_id, "low-confidence-encoding", found.confidence, found.encoding)
            for doc_id, found in texts
            if found.confidence < DOUBTFUL
        ),
        *((doc_id, "damaged-characters", count, None) for doc_id, count in damaged.items()),
        *((doc_id, "mojibake-repaired", None, found.repair) for doc_id, found in texts if found.repair),
        *((doc_id, "replacement-characters", None, None) for doc_id in spelling if doc_id not in damaged),
    ]
    columns = ("doc_id", "mark", "score", "detail")
    types = {name: empty_marks().schema[name] for name in columns}
    return marks(pl.DataFrame(observed, schema=types, orient="row"))
