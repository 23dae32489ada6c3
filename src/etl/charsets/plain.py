"""Read documents that need no closer look, many at once: ordinary texts in UTF-8, and ordinary Chinese in GB18030.

What is found here is what `etl.charsets.decoding` would find, which looks at everything else.
"""

from __future__ import annotations

import codecs
from contextlib import suppress
from functools import reduce
from hashlib import sha256
from operator import or_

import numpy as np
import polars as pl

from etl.charsets.decoding import MARKS
from etl.charsets.ordinary import are_no_mojibake, shapes
from etl.charsets.recognition import TOGETHER, are_surely_chinese

__all__ = ["read_plain"]

HEAD = 128
"""Bytes in which most documents that are not UTF-8 show it, so that the others can be validated all at once."""

FEW = 16
"""Contents that are faster looked at one by one than in bulk, where one of them at least is not UTF-8."""


def read_plain(contents: pl.Series, declared: pl.Series) -> pl.DataFrame:
    """Read the documents that are ordinary in every respect.

    Args:
        contents: the raw bytes of each document.
        declared: the charset that its source names, or null.

    Returns:
        place (number of the document), text, chars, lines, encoding, encoding_evidence, text_sha256 (null where the
        text is in the same bytes as the document). None of its bytes is lost, and its encoding is beyond doubt.
    """
    valid = _are_utf8(contents)
    unmarked = ~reduce(or_, (contents.bin.starts_with(mark) for mark, _ in MARKS))
    return pl.concat(
        [
            _utf8(contents, (valid & unmarked).arg_true()),
            _chinese(contents, (~valid & unmarked & declared.is_null()).arg_true()),
        ]
    )


def _utf8(contents: pl.Series, places: pl.Series) -> pl.DataFrame:
    """Those of some documents in UTF-8 that are ordinary."""
    texts = contents.gather(places).cast(pl.String)
    found = _shaped(places, texts).with_columns(
        encoding=pl.lit("utf-8"), encoding_evidence=pl.lit("utf-8"), text_sha256=pl.lit(None, dtype=pl.String)
    )
    return found.filter(pl.col("clean") & are_no_mojibake(texts, found["chars"])).drop("clean")


def _chinese(contents: pl.Series, places: pl.Series) -> pl.DataFrame:
    """Those of some documents that are Chinese in GB18030, as nearly all are that are not in UTF-8."""
    found, texts = [], []
    for first in range(0, len(places), TOGETHER):
        block = places.slice(first, TOGETHER)
        read = [_gb18030(content) for content in contents.gather(block)]
        sure = np.flatnonzero(are_surely_chinese(read))
        found.append(block.gather(sure))
        texts += [read[number].encode() for number in sure]
    return (
        _shaped(pl.concat([places.clear(), *found]), pl.Series(texts, dtype=pl.Binary).cast(pl.String))
        .with_columns(
            encoding=pl.lit("gb18030"),
            encoding_evidence=pl.lit("scored"),
            text_sha256=pl.Series([sha256(text).hexdigest() for text in texts], dtype=pl.String),
        )
        .filter("clean")
        .drop("clean")
    )


def _shaped(places: pl.Series, texts: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"place": places, "text": texts}).hstack(shapes(texts))


def _gb18030(content: bytes) -> str:
    """What bytes say in GB18030; nothing, where they are not."""
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        return ""


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
