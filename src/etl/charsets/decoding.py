"""Decode one document: from bytes to text, with the evidence and everything needed to go back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from etl.charsets.accounts import Remnant, account, loses_nothing, rebuild
from etl.charsets.candidates import NO_TEXT, choose, choose_escaped, looks_escaped
from etl.charsets.codecs import DAMAGE, decode_strictly, preferred
from etl.charsets.damage import decode_damaged
from etl.charsets.mojibake import repair, undo_repair
from etl.charsets.recognition import Choice
from etl.lines import BLANK

__all__ = ["MARKS", "DecodedText", "Refusal", "decode_all", "decode_bytes", "rebuild_bytes"]

MARKS = (
    (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\x84\x31\x95\x33", "gb18030"),
)  # fmt: skip
"""Byte order marks and their codecs; those of UTF-32 before the ones that they begin with."""

_MARKS = tuple(mark for mark, _ in MARKS)

CONTROLS = 0.03
"""Share of control characters over which bytes are no text; random bytes have 10 %."""

SAMPLE = 10_000
"""Characters, or bytes, that control characters are counted in."""

_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
"""Control characters that texts do not hold: not white space, escapes, and the zero bytes that pad old files."""

MOST_DAMAGE = 0.05
"""Share of damaged sequences over which a codec is no explanation."""

_SHOWS_NOTHING = BLANK + "\0"


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
    """Decode one document; see `decode_all`."""
    return decode_all([data], [declared])[0]


def decode_all(contents: Sequence[bytes], declared: Sequence[str | None]) -> list[DecodedText | Refusal]:
    """Decode documents, each for itself; together that is much faster.

    Args:
        contents: the raw bytes of each.
        declared: for each, the charset that its source names, in any spelling, or None.
    """
    told = [_told(data) for data in contents]
    left = [place for place, result in enumerate(told) if result is None]
    scored = _scored([contents[place] for place in left], [declared[place] for place in left])
    ways = (result or next(scored) for result in told)
    return [_read(way) if isinstance(way, _Way) else way for way in ways]


class _Way(NamedTuple):
    """How a document is read."""

    data: bytes
    choice: Choice
    evidence: str
    skip: int = 0

    @property
    def body(self) -> bytes:
        """The bytes without byte order mark."""
        return self.data[self.skip :] if self.skip else self.data


def _told(data: bytes) -> _Way | Refusal | None:
    """What bytes tell of themselves."""
    if not data.strip():
        return Refusal("empty", f"{len(data)} bytes, none of them shown")
    return _marked(data) or _plain(data)


def rebuild_bytes(text: str, encoding: str, evidence: str, repair: str | None, remnants: Iterable[Remnant]) -> bytes:
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


def _marked(data: bytes) -> _Way | None:
    if not data.startswith(_MARKS):
        return None
    for mark, codec in MARKS:
        if data.startswith(mark):
            return _Way(data, Choice(codec, 1.0, 0.0), "bom", len(mark))
    return None


def _plain(data: bytes) -> _Way | None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    choice = choose_escaped(data) if looks_escaped(data) else None
    return _Way(data, choice, "scored") if choice else _Way(data, Choice("utf-8", 1.0, 0.0), "utf-8")


def _scored(contents: Sequence[bytes], declared: Sequence[str | None]) -> Iterator[_Way | Refusal]:
    codecs = [preferred(name) if name else None for name in declared]
    for data, choice, codec in zip(contents, choose(contents, codecs), codecs, strict=True):
        if choice.share > NO_TEXT:
            yield _unexplained(data, f"{choice.codec}, the likeliest codec, does not describe them shorter")
        else:
            evidence = "declared" if choice.codec == codec else "detected" if choice.detected else "scored"
            yield _Way(data, choice, evidence)


def _read(way: _Way) -> DecodedText | Refusal:
    body, codec = way.body, way.choice.codec
    text = decode_strictly(body, codec)
    intact = text is not None and loses_nothing(codec)
    remnants: tuple[Remnant, ...] = ()
    if text is None:
        text = decode_damaged(body, codec)
        if (damaged := len(DAMAGE.findall(text))) > 1 + len(text) * MOST_DAMAGE:
            return _unexplained(way.data, f"{codec}, the likeliest codec, leaves {damaged} sequences unread")
    if refusal := _refuse(text):
        return refusal
    if not intact:
        text, remnants = account(body, text, codec)
        remnants = tuple(remnant._replace(offset=remnant.offset + way.skip) for remnant in remnants)
    repaired = None if remnants or way.choice.ordinary else repair(text)
    text, steps = repaired or (text, None)
    return DecodedText(text, codec, way.evidence, way.choice.confidence, steps, remnants)


def _refuse(text: str) -> Refusal | None:
    """Refuse a text that shows nothing, or that is full of control characters."""
    if not (text[:SAMPLE].strip(_SHOWS_NOTHING) or text.strip(_SHOWS_NOTHING)):
        return Refusal("empty", "nothing but white space")
    controls = len(_CONTROL.findall(text, 0, SAMPLE))
    if controls > CONTROLS * min(len(text), SAMPLE):
        return Refusal("binary", f"{controls} control characters")
    return None


def _unexplained(data: bytes, detail: str) -> Refusal:
    head = data[:SAMPLE].decode("latin-1")
    controls = len(_CONTROL.findall(head)) + head.count("\0")
    return Refusal("binary" if controls > CONTROLS * len(head) else "unexplained", detail)
