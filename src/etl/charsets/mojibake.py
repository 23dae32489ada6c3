"""Undo mojibake: text that was decoded with a wrong codec and saved that way.

A repair encodes the text with the codec that it was wrongly read with, and decodes the bytes with the right one. It
is made only where it is provable: every character takes part, the way back gives the text exactly, and the repaired
text is described by so many bits fewer that chance is no explanation.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from importlib import import_module
from itertools import product

from etl.charsets.codecs import encode_strictly
from etl.charsets.model import beyond_ascii, bits_of, cost_per_character
from etl.charsets.ordinary import has_usual

__all__ = ["PLAUSIBLE", "repair", "undo_repair"]

PLAUSIBLE = 13.5
"""Bits a character beyond ASCII that ordinary text stays under; text read wrongly needs 15 and more."""

PROOF = 60.0
"""Bits that a repair must save: odds of one to 2**60 against its being chance."""

PROOF_PER_CHARACTER = 1.5
"""Bits that a repair must save for each character beyond ASCII, so that long odd texts are not touched either."""

# ftfy, which takes .03 s to import, has sloppy-windows-1252, and few texts are suspected of it.
codecs.register(lambda name: import_module("ftfy.bad_codecs").search_function(name) if "sloppy" in name else None)

MOST_STEPS = 2
"""Wrong readings undone one after the other."""

SAMPLE = 4000
"""Characters that candidates are judged on; what they decide is carried out, and checked, on the whole text."""

WRONG = (
    "latin-1",
    "sloppy-windows-1252",
    "gb18030",
    "big5",
    "cp950",
    "big5hkscs",
    "shift_jis",
    "cp932",
    "euc_kr",
    "cp1251",
)
"""Codecs that text is wrongly read with; the sloppy one has C1 controls where cp1252 has nothing."""

RARE = {"big5hkscs": 40.0, "cp1251": 10.0}
"""Bits that a step with these must save more than one with the others."""

RIGHT = ("utf-8", "gb18030", "big5", "big5hkscs", "shift_jis", "euc_jp", "euc_kr")
"""Codecs that the bytes are really in."""


def repair(text: str) -> tuple[str, str] | None:
    """Undo mojibake where it is provable.

    Args:
        text: a decoded text.

    Returns:
        The repaired text and the steps, each as `wrong>right` and in the order in which they were undone, or None
        where nothing is to be repaired.
    """
    steps: list[str] = []
    for _ in range(MOST_STEPS):
        if not (step := _step(text)):
            break
        text, name = step
        steps.append(name)
    return (text, " ".join(steps)) if steps else None


def undo_repair(text: str, steps: str | None) -> str:
    """Give the text as it was before `repair`."""
    for step in reversed((steps or "").split()):
        wrong, right = step.split(">")
        text = text.encode(right).decode(wrong)
    return text


def _step(text: str) -> tuple[str, str] | None:
    sample = _sample(text)
    if has_usual(sample) or cost_per_character(sample) <= PLAUSIBLE:
        return None
    needed = float(bits_of(sample).sum()) - PROOF - PROOF_PER_CHARACTER * beyond_ascii(sample)
    for _, bits, wrong, right in sorted(_judged(sample)):
        if bits <= needed and (whole := _reread(text, wrong, right)) is not None:
            return whole, f"{wrong}>{right}"
    return None


def _judged(sample: str) -> Iterator[tuple[bool, float, str, str]]:
    """Readings to sort by; well-formed UTF-8 first, whose fixed bits no other encoding has by chance."""
    for wrong, right, reading in _readings(sample):
        bits = float(bits_of(reading).sum()) + RARE.get(wrong, 0.0) + RARE.get(right, 0.0)
        yield right != "utf-8", bits, wrong, right


def _sample(text: str) -> str:
    """The first lines that are not all ASCII, up to `SAMPLE` characters."""
    if len(text) <= SAMPLE:
        return text
    found, length = [], 0
    for line in text.splitlines(keepends=True):
        if not line.isascii():
            found.append(line[: SAMPLE - length])
            length += len(found[-1])
        if length >= SAMPLE:
            break
    return "".join(found)


def _readings(sample: str) -> list[tuple[str, str, str]]:
    found = []
    encoded = {wrong: encode_strictly(sample, wrong) for wrong in WRONG}
    for (wrong, raw), right in product(encoded.items(), RIGHT):
        if raw is None or wrong == right:
            continue
        try:
            found.append((wrong, right, codecs.getincrementaldecoder(right)().decode(raw)))
        except UnicodeDecodeError:
            continue
    return found


def _reread(text: str, wrong: str, right: str) -> str | None:
    """The whole text read anew, or None where that is not possible without loss."""
    raw = encode_strictly(text, wrong)
    if raw is None:
        return None
    try:
        reading = raw.decode(right)
    except UnicodeDecodeError:
        return None
    return reading if encode_strictly(reading, right) == raw and raw.decode(wrong) == text else None
