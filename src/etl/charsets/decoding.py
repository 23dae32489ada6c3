"""Decode one document: from bytes to text, with the evidence and everything needed to go back."""

from __future__ import annotations

from typing import NamedTuple

from etl.charsets.accounts import Remnant, account, rebuild
from etl.charsets.candidates import NO_TEXT, Choice, choose, choose_escaped, looks_escaped
from etl.charsets.codecs import decode_keeping, preferred
from etl.charsets.damage import decode_damaged
from etl.charsets.mojibake import repair, undo_repair
from etl.lines import BLANK

__all__ = ["DecodedText", "Refusal", "decode_bytes", "rebuild_bytes"]

MARKS = (
    (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\x84\x31\x95\x33", "gb18030"),
)  # fmt: skip
"""Byte order marks and their codecs; those of UTF-32 before the ones that they begin with."""

CONTROLS = 0.1
"""Share of control characters over which a text is none."""

HARMLESS = frozenset("\t\n\r\x0b\x0c\x1b\0")
"""Control characters that texts hold: white space, escapes, and the zero bytes that pad old files."""


class DecodedText(NamedTuple):
    """A decoded document.

    Attributes:
        text: the text, repaired where `repair` says so.
        encoding: Python's name of the codec.
        evidence: bom, utf-8, declared, scored or detected.
        confidence: 0 to 1.
        repair: steps that undid mojibake, in order, or None.
        remnants: bytes that encoding the text would not give; empty where it gives them all.
    """

    text: str
    encoding: str
    evidence: str
    confidence: float
    repair: str | None = None
    remnants: tuple[Remnant, ...] = ()


class Refusal(NamedTuple):
    """Why bytes were not decoded: `empty`, `binary` or `unexplained`, and the evidence."""

    reason: str
    detail: str


def decode_bytes(data: bytes, declared: str | None = None) -> DecodedText | Refusal:
    """Decode one document.

    Args:
        data: its raw bytes.
        declared: charset that the source names, in any spelling, or None.
    """
    if not data.strip():
        return Refusal("empty", f"{len(data)} bytes, none of them shown")
    found = _marked(data) or _plain(data) or _scored(data, declared)
    if isinstance(found, DecodedText):
        return _refuse_blank(_mended(found))
    return found


def rebuild_bytes(text: str, encoding: str, evidence: str, repair: str | None, remnants: list[Remnant]) -> bytes:
    """Give the raw bytes of a decoded document; the inverse of `decode_bytes` for everything that it accepts.

    Args:
        text: the decoded text.
        encoding: as the document's row has it.
        evidence: as the row has it; a byte order mark is put back where it is bom.
        repair: as the row has it.
        remnants: what its ledger rows say.
    """
    mark = "\ufeff".encode(encoding) if evidence == "bom" else b""
    return mark + rebuild(undo_repair(text, repair), encoding, remnants)


def _marked(data: bytes) -> DecodedText | None:
    for mark, codec in MARKS:
        if data.startswith(mark):
            return _with_codec(data, Choice(codec, 1.0, 0.0), "bom", len(mark))
    return None


def _plain(data: bytes) -> DecodedText | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    choice = choose_escaped(data) if looks_escaped(data) else None
    if choice:
        return _with_codec(data, choice, "scored")
    return DecodedText(text, "utf-8", "utf-8", 1.0)


def _scored(data: bytes, declared: str | None) -> DecodedText | Refusal:
    codec = preferred(declared) if declared else None
    choice = choose(data, codec)
    if choice.share > NO_TEXT:
        return _unexplained(data, choice)
    return _with_codec(data, choice, "declared" if choice.codec == codec else "scored")


def _with_codec(data: bytes, choice: Choice, evidence: str, skip: int = 0) -> DecodedText:
    body = data[skip:]
    try:
        kept = body.decode(choice.codec)
    except UnicodeDecodeError:
        kept = decode_damaged(body, choice.codec)
    text, remnants = account(body, kept, choice.codec)
    remnants = tuple(remnant._replace(offset=remnant.offset + skip) for remnant in remnants)
    return DecodedText(text, choice.codec, evidence, choice.confidence, None, remnants)


def _mended(found: DecodedText) -> DecodedText:
    if found.remnants or not (repaired := repair(found.text)):
        return found
    text, steps = repaired
    return found._replace(text=text, repair=steps)


def _refuse_blank(found: DecodedText) -> DecodedText | Refusal:
    if not found.text.strip(BLANK + "\0"):
        return Refusal("empty", "nothing but white space")
    controls = sum(character < " " and character not in HARMLESS for character in found.text[:10_000])
    if controls > CONTROLS * min(len(found.text), 10_000):
        return Refusal("binary", f"{controls} control characters")
    return found


def _unexplained(data: bytes, choice: Choice) -> Refusal:
    controls = sum(byte < 0x20 and chr(byte) not in "\t\n\r" for byte in data[:10_000])
    reason = "binary" if controls > CONTROLS * min(len(data), 10_000) / 4 else "unexplained"
    return Refusal(reason, f"the likeliest codec, {choice.codec}, explains {1 - choice.share:.0%} of the bytes")
