"""How likely a text is, in bits: the shorter its description, the better the codec that gave it explains the bytes.

The model is a description length: each character costs the bits of passing from the class of the character before
to its own, and the bits of the character within its class (of the letter after that letter, where both are known).
The tables are counts, built by `scripts/count_characters.py`. Texts that were read from the same bytes can be
compared by their totals, whatever the number of characters that each codec makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from etl.arrays import Ints
from etl.charsets.classes import CLASSES, classes_by_code_point

__all__ = ["beyond_ascii", "bits_alone", "bits_of", "cost_per_character", "costs_beyond_ascii", "together"]

Costs = npt.NDArray[np.float32]
Places = Ints

UNSEEN = 3.0
"""Bits added to the dearest listed character of a class for one that is not listed."""

FIXED = {
    "line": 1.0, "space": 0.0, "control": 8.0, "c1": 10.0, "private": 14.0, "unassigned": 30.0, "hanrare": 17.0,
    "other": 11.0,
}  # fmt: skip
"""Bits of any character of a class whose members are not listed; an unassigned one is a sign of damage."""

_LINE = CLASSES.index("line")
_HAN = CLASSES.index("han")

UNSEEN_PAIR = 2.0
"""Bits added to a letter's own cost where it is not among the followers of the letter before."""


@dataclass(frozen=True)
class Model:
    """The tables as arrays.

    Attributes:
        classes: class of each code point; see `classes_by_code_point`.
        single: bits of each code point within its class.
        letters: number of each code point's letter, 0 for what is no letter.
        pairs: bits of the second letter after the first; not a number where the pair is not listed.
        passages: bits of passing from one class to another.
    """

    classes: npt.NDArray[np.uint8]
    single: Costs
    letters: npt.NDArray[np.uint16]
    pairs: Costs
    passages: Costs


def _rows(name: str) -> list[list[str]]:
    text = (files("etl") / "tables" / f"{name}.tsv").read_text(encoding="utf-8")
    return [line.split("\t") for line in text.split("\n") if line]


@cache
def load_model() -> Model:
    """Read the tables; about .02 s, once a process."""
    classes = classes_by_code_point()
    letters, pairs = _pairs()
    passages = np.array([[float(bits) for bits in row[1:]] for row in _rows("passages")], dtype=np.float32)
    return Model(classes, _single(classes), letters, pairs, passages)


def _single(classes: npt.NDArray[np.uint8]) -> Costs:
    dearest = dict.fromkeys(CLASSES, 8.0)
    listed: dict[int, float] = {}
    for kind, bits, members in _rows("characters"):
        dearest[kind] = float(bits)
        listed.update((ord(member), float(bits)) for member in members if ord(member) < 0x10000)
    default = [FIXED.get(kind, dearest[kind] + UNSEEN) for kind in CLASSES]
    single = np.array(default, dtype=np.float32)[classes]
    single[list(listed)] = list(listed.values())
    return single


def _pairs() -> tuple[npt.NDArray[np.uint16], Costs]:
    firsts, bits, followers = zip(*_rows("pairs"), strict=True)
    known = sorted({*"".join(firsts + followers)} - {" "})
    number = {letter: place for place, letter in enumerate(known, start=1)} | {" ": 0}
    letters = np.zeros(0x10002, dtype=np.uint16)
    for letter, place in number.items():
        letters[[ord(letter), ord(letter.upper()[0])]] = place
    letters[ord(" ")] = 0
    pairs = np.full((len(number), len(number)), np.nan, dtype=np.float32)
    sizes = list(map(len, followers))
    first = np.repeat([number[letter] for letter in firsts], sizes)
    second = [number[letter] for letter in "".join(followers)]
    pairs[first, second] = np.repeat([float(cost) for cost in bits], sizes)
    return letters, pairs


def bits_of(text: str) -> Costs:
    """Bits of each character of a text, given the one before.

    Args:
        text: any text; the character before its first is taken to be a line's end.
    """
    points = _code_points(text)
    return _bits(points, np.zeros(1, dtype=np.int64), np.arange(points.size))


def cost_per_character(text: str) -> float:
    """Mean bits of the characters beyond ASCII; 0 if there are none."""
    return float(costs_beyond_ascii(*together([text]))[1][0])


def costs_beyond_ascii(points: npt.NDArray[np.uint32], ends: Places) -> tuple[Places, Costs]:
    """For each of some texts, how many of its characters are not ASCII, and their mean bits, 0 if there are none.

    Args:
        points: code points of all of them.
        ends: where each ends; see `together`.
    """
    beyond = np.flatnonzero(points >= 0x80)
    bounds = np.searchsorted(beyond, ends)
    counts = np.diff(bounds, prepend=0)
    some = np.flatnonzero(counts)
    means = np.zeros(len(ends), dtype=np.float32)
    if some.size:
        costs = _bits(points, np.append(0, ends[:-1]), beyond)
        means[some] = np.add.reduceat(costs, (bounds - counts)[some]) / counts[some].astype(np.float32)
    return counts, means


def beyond_ascii(text: str) -> int:
    """How many characters of a text are not ASCII."""
    return int(np.count_nonzero(_code_points(text) >= 0x80))


def together(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], Places]:
    """The code points of texts, one after the other, and where each of them ends."""
    return _code_points("".join(texts)), np.cumsum([len(text) for text in texts])


def _code_points(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _bits(points: npt.NDArray[np.uint32], starts: Places, which: Places) -> Costs:
    """Bits of some characters of texts that stand one after the other; see `bits_of`.

    Args:
        points: code points of all of them.
        starts: where each begins; that of an empty one is where the next begins, or the end.
        which: the characters that are asked for.
    """
    model = load_model()
    if points.size and points.max() >= 0x10000:
        points = np.where(points < 0x10000, points, np.where(points < 0x20000, 0x10000, 0x10001))
    first = np.zeros(points.size + 1, dtype=bool)
    first[starts] = True
    first = first[which]
    own, before = points.take(which), points.take(which - 1, mode="wrap")
    passed = np.where(first, _LINE, model.classes.take(before))
    costs = model.passages.take(passed * np.uint16(len(CLASSES)) + model.classes.take(own))
    letters = model.letters.take(own)
    within = model.single.take(own)
    known = np.flatnonzero(letters > 0)
    pairs = model.pairs[np.where(first[known], 0, model.letters.take(before[known])), letters[known]]
    within[known] = np.where(np.isnan(pairs), within[known] + UNSEEN_PAIR, pairs)
    return np.asarray(costs + within, dtype=np.float32)


def bits_alone(text: str) -> float:
    """Bits of a few characters of East Asian text, each regardless of the one before."""
    model = load_model()
    points = [min(ord(character), 0x10001) for character in text]
    return float(sum(model.passages[_HAN, model.classes[point]] + model.single[point] for point in points))
