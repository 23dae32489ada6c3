"""The codecs that a text is tried with, and decoding that keeps what it cannot read.

`decode_keeping` never fails: each byte that the codec cannot read stays in the string as a lone surrogate, which no
codec yields otherwise, so that the damage can be placed, shown and undone.
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import NamedTuple

import etl.charsets.cns  # noqa: F401  (registers euc_tw and iso2022_cn)

__all__ = [
    "CHARSETS",
    "DAMAGE",
    "Charset",
    "decode_beginning",
    "decode_keeping",
    "decode_strictly",
    "encode_strictly",
    "is_stateful",
    "preferred",
]

KEEP = "etl-keep"
"""Name of the error handler that keeps unreadable bytes."""

DAMAGE = re.compile("[\udc00-\udcff][\udd00-\uddff]*")
"""One damaged sequence in a text from `decode_keeping`; the low eight bits of each surrogate are the byte."""


class Charset(NamedTuple):
    """A codec to try.

    Attributes:
        codec: Python's name.
        prior: bits that its readings must be better by; the rarer the encoding is in the wild, the more.
        family: codecs that read nearly all bytes alike; the first that reads them all is taken.
    """

    codec: str
    prior: float
    family: str


def _charsets(*groups: tuple[float, str]) -> tuple[Charset, ...]:
    return tuple(
        Charset(codec, prior, family.split("|")[0])
        for prior, families in groups
        for family in families.split()
        for codec in family.split("|")
    )


CHARSETS = _charsets(
    (0.0, "utf-8 gb18030 big5|cp950|big5hkscs utf-16-le utf-16-be"),
    (2.0, "cp1252"),
    (4.0, "shift_jis|cp932 euc_jp|euc_jis_2004 euc_kr|cp949 cp1251 koi8_r|koi8_u cp1250 iso8859_2"),
    (8.0, "cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp874 iso8859_5 iso8859_7 cp866 utf-32-le utf-32-be"),
    (12.0, "euc_tw iso8859_1 iso8859_6 iso8859_8 iso8859_9 iso8859_13 iso8859_15 johab mac_cyrillic cp855"),
    (24.0, "iso8859_16 iso8859_3 iso8859_4 iso8859_10 iso8859_14 cp852 cp437 cp850 cp862 cp869 mac_latin2"),
    (24.0, "mac_greek mac_roman ptcp154 kz1048 tis_620"),
)  # fmt: skip
"""Everything that is tried on bytes with no mark of their own, the commonest first."""

ESCAPED = ("hz", "iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_kr", "iso2022_cn")
"""Codecs that shift between sets of characters by escapes; their bytes look like ASCII."""

_MEANT = {"ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "utf-16": "utf-16-le"}
"""What a declared name means in the wild, where it differs from Python's reading of it."""


def _keep(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    first, *rest = error.object[error.start : error.end]
    return chr(0xDC00 + first) + "".join(chr(0xDD00 + byte) for byte in rest), error.end


codecs.register_error(KEEP, _keep)


def decode_keeping(data: bytes, codec: str) -> str:
    """Decode bytes; those that cannot be read stay as lone surrogates, a sequence each as `DAMAGE` matches."""
    return data.decode(codec, KEEP)


def decode_beginning(sample: bytes, codec: str) -> str:
    """Decode the beginning of some bytes; a sequence that the end cuts is left out, damage is U+FFFD."""
    try:
        return codecs.getincrementaldecoder(codec)("replace").decode(sample)
    except UnicodeError:  # a broken escape is more than Python's decoder holds back; then the end counts as damage
        return sample.decode(codec, "replace")


def decode_strictly(data: bytes, codec: str) -> str | None:
    """Decode bytes, or None where the codec cannot read them all."""
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def encode_strictly(text: str, codec: str) -> bytes | None:
    """Encode a text, or None where the codec has not all of its characters."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return None


def is_stateful(codec: str) -> bool:
    """Tell whether the meaning of a byte depends on escapes before it."""
    return codec in ESCAPED


def preferred(declared: str) -> str | None:
    """The codec of `CHARSETS` that a declared charset means, or None for any other name."""
    try:
        name = codecs.lookup(declared.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return None
    return _MEANT.get(name) or _codecs_by_name().get(name)


@cache
def _codecs_by_name() -> dict[str, str]:
    return {codecs.lookup(charset.codec).name: charset.codec for charset in CHARSETS}
