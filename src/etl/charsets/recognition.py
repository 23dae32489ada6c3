"""Recognise the codecs that nearly all documents are in, many documents at once.

Where the beginning of a document reads as ordinary Chinese in a common codec, no other codec has to be tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from etl.arrays import Flags, Floats
from etl.charsets.classes import PLANE
from etl.charsets.codecs import decode_beginning
from etl.charsets.model import costs_beyond_ascii, together
from etl.charsets.mojibake import PLAUSIBLE

__all__ = ["FIRST_SAMPLE", "TOGETHER", "Choice", "are_surely_chinese", "confidence", "recognise"]

COMMON = ("gb18030", "big5", "utf-8", "utf-16-le", "utf-16-be")
"""Codecs that are believed without trying the others, where the text that they give is ordinary Chinese."""

OTHER_SCRIPTS = (0x3040, 0x30FB, 0xAC00, 0xD7A4, 0xE000, 0xF900, 0xFFFD, 0xFFFE)
"""Where characters begin and end that cast doubt on Chinese: kana, which stand in the same places of GB 2312 and of
EUC-JP, hangul, those of private use, and U+FFFD."""

_IS_OTHER = np.searchsorted(OTHER_SCRIPTS, np.arange(PLANE + 1), side="right") % 2 == 1

MOST_OTHERS = 0.02
"""Share of them among the characters beyond ASCII over which a text is not recognised."""

FEWEST = 0.1
"""Share of characters beyond ASCII under which a text is too little Chinese to be recognised at once."""

FIRST_SAMPLE = 1024
"""Bytes on which ordinary Chinese is recognised without trying other codecs."""

SURE = 480.0
"""Bits in favour of a reading from which on `confidence` knows no doubt: it is 1, to the last digit."""

SURE_SAMPLES = (288, 384)
"""Characters, half of them from the end, in which most ordinary Chinese is that much in favour, and nearly any is."""

TOGETHER = 256
"""Samples that are judged together: some 10^5 characters, so that all that is computed of them stays in the cache."""


class Choice(NamedTuple):
    """A codec, how sure it is, and whether its text is plausible at all.

    Attributes:
        codec: Python's name.
        confidence: 0 to 1.
        share: bits of the reading for each bit of the bytes; well under 1 for text.
        ordinary: the text is ordinary Chinese, in which there is no mojibake to look for.
        detected: charset-normalizer broke a tie.
    """

    codec: str
    confidence: float
    share: float
    ordinary: bool = False
    detected: bool = False


def recognise(samples: Sequence[bytes], declared: Sequence[str | None]) -> list[Choice | None]:
    """Recognise ordinary Chinese in a common codec, the first of `COMMON` that gives it.

    Args:
        samples: the beginnings of documents.
        declared: for each, the codec that its source names, as Python names it; no other is tried then.

    Returns:
        A choice for each sample, or None where other codecs have to be tried.
    """
    found: list[Choice | None] = [None] * len(samples)
    for codec in COMMON:
        asked = [place for place, name in enumerate(declared) if found[place] is None and name in (None, codec)]
        for start in range(0, len(asked), TOGETHER):
            places = asked[start : start + TOGETHER]
            texts = [decode_beginning(samples[place], codec) for place in places]
            for place, choice in zip(places, _judged(texts, codec), strict=True):
                found[place] = choice
    return found


def are_surely_chinese(texts: Sequence[str]) -> Flags:
    """Whether each text is ordinary Chinese beyond doubt, as its beginning and its end show."""
    sure = np.zeros(len(texts), dtype=np.bool_)
    for size in SURE_SAMPLES:
        doubtful = np.flatnonzero(~sure).tolist()
        likeness = _likeness([_ends(texts[number], size) for number in doubtful])
        sure[doubtful] = likeness.ordinary & (likeness.margins >= SURE)
    return sure


def _ends(text: str, size: int) -> str:
    """A text, or so many characters of it, half of them from its end."""
    return text if len(text) <= size else text[: size // 2] + text[-(size // 2) :]


class _Likeness(NamedTuple):
    """How like ordinary Chinese some texts are.

    Attributes:
        ordinary: whether they could be just that.
        margins: bits in favour of it.
        costs: mean bits of the characters beyond ASCII.
    """

    ordinary: Flags
    margins: Floats
    costs: npt.NDArray[np.float32]


def _likeness(texts: Sequence[str]) -> _Likeness:
    points, ends = together(texts)
    beyond, costs = costs_beyond_ascii(points, ends)
    others = np.searchsorted(np.flatnonzero(_IS_OTHER.take(points, mode="clip")), ends)
    chinese = (beyond >= FEWEST * np.diff(ends, prepend=0)) & (np.diff(others, prepend=0) <= beyond * MOST_OTHERS)
    margins = (PLAUSIBLE + 2 - costs.astype(np.float64)) * beyond
    return _Likeness(chinese & (costs <= PLAUSIBLE), margins, costs)


def _judged(texts: Sequence[str], codec: str) -> list[Choice | None]:
    return [
        Choice(codec, confidence(margin), cost / 16, ordinary=True) if likely else None
        for likely, margin, cost in zip(*(column.tolist() for column in _likeness(texts)), strict=True)
    ]


def confidence(margin: float) -> float:
    """A probability from bits in favour, damped, for neighbouring characters are no independent witnesses."""
    return 1 / (1 + 2 ** max(-60.0, min(60.0, -margin / 8)))
