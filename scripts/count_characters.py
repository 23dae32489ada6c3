"""Count how common characters are, and write the tables that `etl.charsets` scores encodings with.

    python scripts/count_characters.py TABLES chinese=FOLDER… LANGUAGE=FOLDER…

Each argument names a language and a folder of plain UTF-8 text (`*.txt`) or of compiled translations (`*.mo`), of
which `english` takes the originals. Every language counts the same, so that a large folder does not drown a small
one. Only counts are written: the most common characters of each class with the bits that each takes, the bits of
letter pairs, and the bits of passing from one class to another. The tables in the package were counted from Chinese
web pages and from the translations that come with the programs of a Linux distribution.
"""

from __future__ import annotations

import gettext
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from etl.charsets.classes import CLASSES, LETTERS, class_of

STEP = 0.5
"""Bits: costs are rounded to this, which keeps the tables small and readable."""

RAREST = 2e-6
"""Share within its class under which a character is left out: it is as good as not seen."""

RAREST_PAIR = 0.002
"""Share among the followers of a letter under which a pair is left out."""

MOST_CHARACTERS = 4_000_000
"""Characters read per language: more does not move the counts."""

WEIGHTS = {"chinese": 12.0, "traditional": 6.0, "japanese": 4.0, "korean": 4.0, "english": 8.0}
"""Languages that weigh more than 1: they are what the pipeline is for, and have thousands of characters."""


def texts(folder: Path, *, original: bool) -> Iterator[str]:
    """Yield every text of a folder, in a fixed order."""
    for path in sorted(folder.rglob("*.txt")):
        yield path.read_text(encoding="utf-8", errors="ignore")
    for path in sorted(folder.rglob("*.mo")):
        yield from messages(path, original=original)


def messages(path: Path, *, original: bool) -> Iterator[str]:
    """Yield the translations of a compiled catalogue that differ from the original, or the originals."""
    with path.open("rb") as file:
        try:
            catalogue = gettext.GNUTranslations(file)
        except (OSError, UnicodeDecodeError, ValueError, LookupError):
            return
    charset = (catalogue.charset() or "").lower()
    if charset not in ("utf-8", "utf8"):
        return
    for key, value in catalogue._catalog.items():  # type: ignore[attr-defined]
        if key and value and value != key:
            text = key if original else value
            yield (text if isinstance(text, str) else text[0]) + "\n"


class Counts:
    """Counts of one language: characters, pairs of letters, passages between classes."""

    def __init__(self) -> None:
        self.characters: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()

    def add(self, text: str) -> None:
        """Count a text."""
        self.characters.update(text)
        self.pairs.update(pairwise(text))


def count(sources: Iterable[tuple[str, Path]]) -> dict[str, Counts]:
    """Count each language's folders."""
    languages: dict[str, Counts] = defaultdict(Counts)
    for language, folder in sources:
        for text in texts(folder, original=language == "english"):
            if languages[language].characters.total() < MOST_CHARACTERS:
                languages[language].add(text.replace("\ufffd", ""))
    return languages


def tables(languages: dict[str, Counts]) -> dict[str, list[str]]:
    """Turn counts into the lines of the three tables."""
    classes: dict[str, str] = {}
    characters: defaultdict[str, float] = defaultdict(float)
    pairs: defaultdict[tuple[str, str], float] = defaultdict(float)
    passages: defaultdict[tuple[str, str], float] = defaultdict(float)
    for language, counts in languages.items():
        scale = WEIGHTS.get(language, 1.0) / max(1, counts.characters.total())
        for character, number in counts.characters.items():
            classes.setdefault(character, class_of(character))
            characters[character] += number * scale
        for (first, second), number in counts.pairs.items():
            passages[classes[first], classes[second]] += number * scale
            if classes[second] in LETTERS and not (first.isascii() and second.isascii()):
                pairs[lower(first, classes[first]), lower(second, classes[second])] += number * scale
    return {
        "characters": character_lines(characters, classes),
        "pairs": pair_lines(pairs),
        "passages": passage_lines(passages),
    }


def lower(character: str, kind: str) -> str:
    """A letter in lower case; anything else is a word's edge, written as a space."""
    small = character.lower()
    return (small if len(small) == 1 else character) if kind in LETTERS else " "


def bits(share: float) -> float:
    """The length of a code for something of this share, rounded."""
    return round(-math.log2(share) / STEP) * STEP


def character_lines(characters: dict[str, float], classes: dict[str, str]) -> list[str]:
    """Lines `class, bits, characters`: what a character costs within its class."""
    totals: defaultdict[str, float] = defaultdict(float)
    for character, weight in characters.items():
        totals[classes[character]] += weight
    groups: defaultdict[tuple[str, float], list[str]] = defaultdict(list)
    for character, weight in characters.items():
        kind = classes[character]
        share = weight / totals[kind]
        if share >= RAREST and kind not in ("line", "space", "control", "c1", "private", "unassigned"):
            groups[kind, bits(share)].append(character)
    order = {name: number for number, name in enumerate(CLASSES)}
    rows = sorted(groups.items(), key=lambda item: (order[item[0][0]], item[0][1]))
    return [f"{kind}\t{cost}\t{''.join(sorted(members))}" for (kind, cost), members in rows]


def pair_lines(pairs: dict[tuple[str, str], float]) -> list[str]:
    """Lines `letter, bits, followers`: what a follower costs among the followers of its own class."""
    totals: defaultdict[tuple[str, str], float] = defaultdict(float)
    kinds = {second: class_of(second) for _, second in pairs}
    for (first, second), weight in pairs.items():
        totals[first, kinds[second]] += weight
    groups: defaultdict[tuple[str, float], list[str]] = defaultdict(list)
    for (first, second), weight in pairs.items():
        share = weight / totals[first, kinds[second]]
        if share >= RAREST_PAIR:
            groups[first, bits(share)].append(second)
    return [f"{first}\t{cost}\t{''.join(sorted(members))}" for (first, cost), members in sorted(groups.items())]


def passage_lines(passages: dict[tuple[str, str], float]) -> list[str]:
    """Lines `class, bits to each class` in the order of `CLASSES`, smoothed so that nothing is impossible."""
    floor = 1e-5
    lines = []
    for first in CLASSES:
        row = [passages.get((first, second), 0.0) for second in CLASSES]
        total = sum(row) + 1e-9
        shares = [(value / total + floor) / (1 + floor * len(CLASSES)) for value in row]
        lines.append("\t".join([first, *(str(bits(share)) for share in shares)]))
    return lines


def main(arguments: list[str]) -> None:
    """Write the tables."""
    target = Path(arguments[0])
    pairs = [argument.split("=", 1) for argument in arguments[1:]]
    for name, lines in tables(count((language, Path(folder)) for language, folder in pairs)).items():
        (target / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
