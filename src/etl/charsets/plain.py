"""Read documents that need no closer look, many at once: ordinary texts in UTF-8, and ordinary Chinese in GB18030.

What is found here is what `etl.charsets.decoding` would find, which looks at everything else.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import polars as pl

from etl.arrays import Ints
from etl.charsets.decoding import MARKS
from etl.charsets.ordinary import are_no_mojibake, count_lines_and_controls, show_something
from etl.charsets.recognition import TOGETHER, are_surely_chinese
from etl.charsets.validity import are_utf8
from etl.utf8 import Utf8

__all__ = ["read_plain"]

MARK = "\ufeff".encode()
"""Byte order mark of UTF-8."""

ANY_MARK = tuple(mark for mark, _ in MARKS)
"""Byte order marks of all codecs."""

LONGEST_MARK = max(map(len, ANY_MARK))


def read_plain(contents: pl.Series, declared: pl.Series) -> pl.DataFrame:
    """Read the documents that are ordinary in every respect.

    Args:
        contents: the raw bytes of each document.
        declared: the charset that its source names, or null.

    Returns:
        place (number of the document), text, chars, text_sha256 (null where the text is in the same bytes as the
        document), encoding, encoding_evidence, encoding_confidence, repair, roundtrip, lines; as `schemas.Decoded` has
        them. None of its bytes is lost, and its encoding is beyond doubt.
    """
    written = Utf8.of(contents)
    valid = are_utf8(contents)
    others = np.flatnonzero(~valid & declared.is_null().to_numpy())
    marked = [head.startswith(ANY_MARK) for head in contents.gather(others).bin.head(LONGEST_MARK).to_list()]
    found = pl.concat([_utf8(contents, np.flatnonzero(valid)), _chinese(written, np.delete(others, marked))])
    lines, controls = (counts[found["place"]] for counts in count_lines_and_controls(written))
    # Control characters are bytes of other codecs, or of no text.
    ordinary = show_something(found["text"]) & pl.Series(controls == 0)
    return found.with_columns(
        encoding_confidence=pl.lit(1.0),
        repair=pl.lit(None, dtype=pl.String),
        roundtrip=pl.lit(value=True),
        lines=pl.Series(lines),
    ).filter(ordinary)


def _utf8(contents: pl.Series, places: Ints) -> pl.DataFrame:
    """Those of some documents in UTF-8 that are no mojibake, with a byte order mark or without."""
    marked = contents.bin.starts_with(MARK).to_numpy()[places]
    bodies = contents.gather(places[marked]).bin.slice(len(MARK))
    texts = pl.concat([contents.gather(places[~marked]), bodies]).cast(pl.String)
    digests = [None] * (len(texts) - len(bodies)) + [sha256(body).hexdigest() for body in bodies]
    chars = texts.str.len_chars().cast(pl.Int64)
    found = pl.DataFrame(
        {
            "place": np.concatenate([places[~marked], places[marked]]),
            "text": texts,
            "chars": chars,
            "text_sha256": pl.Series(digests, dtype=pl.String),
        }
    ).with_columns(
        encoding=pl.lit("utf-8"),
        encoding_evidence=pl.when(pl.col("text_sha256").is_null()).then(pl.lit("utf-8")).otherwise(pl.lit("bom")),
    )
    return found.filter(are_no_mojibake(texts, chars))


def _chinese(written: Utf8, places: Ints) -> pl.DataFrame:
    """Those of some documents that are Chinese in GB18030, as nearly all are that are not in UTF-8."""
    content = written.data.data
    sure, texts, chars, digests = [places[:0]], [pl.Series(dtype=pl.Binary)], [], []
    for first in range(0, len(places), TOGETHER):
        block = places[first : first + TOGETHER]
        bounds = zip(written.offsets[block].tolist(), written.offsets[block + 1].tolist(), strict=True)
        read = [_gb18030(content[start:end]) for start, end in bounds]
        chinese = np.flatnonzero(are_surely_chinese(read))
        encoded = [read[number].encode() for number in chinese]
        sure.append(block[chinese])
        texts.append(pl.Series(encoded, dtype=pl.Binary))
        chars += [len(read[number]) for number in chinese]
        digests += [sha256(text).hexdigest() for text in encoded]
    return pl.DataFrame(
        {
            "place": np.concatenate(sure),
            "text": pl.concat(texts).cast(pl.String),
            "chars": pl.Series(chars, dtype=pl.Int64),
            "text_sha256": pl.Series(digests, dtype=pl.String),
        }
    ).with_columns(encoding=pl.lit("gb18030"), encoding_evidence=pl.lit("scored"))


def _gb18030(content: memoryview) -> str:
    """What bytes say in GB18030; nothing, where they are not."""
    try:
        return str(content, "gb18030")
    except UnicodeDecodeError:
        return ""
