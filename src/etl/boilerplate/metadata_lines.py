"""The lines in which a page may say something of itself: the few that have a word that the rules need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Flags, Ints
from etl.boilerplate.frame import Frame
from etl.boilerplate.metadata_rules import MetadataRule
from etl.boilerplate.words import any_of, holds
from etl.patterns import keeps_patterns

__all__ = ["Looked", "look_for"]

KEY = r"^[^\p{Han}]?[\p{Han} ]{2,8} ?:$"
"""A label on a line of its own, whose value is the next line."""

KEYED = r"^[\p{Han} ]{2,8} ?:"
"""A label before its value, on one line."""

VALUE_CHARS = 40
"""Code points of a line, up to which it can be the value of the label on the line before."""


class Looked(NamedTuple):
    """What rules look at.

    Attributes:
        line: the lines' rows among all.
        text: of each line the number of what it shows.
        texts: what is shown.
        asked: for each rule, the lines (by their place here) that it may read something in.
    """

    line: Ints
    text: Ints
    texts: pl.Series
    asked: Mapping[int, Ints]


@keeps_patterns
def look_for(rules: Mapping[int, MetadataRule], lines: pl.DataFrame, wordings: pl.DataFrame) -> Looked:
    """Find the lines that stand where a rule looks, and have one of the words that it needs.

    Args:
        rules: by their numbers; some for paragraphs, and some for other lines.
        lines: document (number; lines of one document adjacent), wording (its row), article.
        wordings: shown, chars, prose.
    """
    of_prose = {number for number, rule in rules.items() if rule.zone == "prose"}
    brief = _brief({number: rule for number, rule in rules.items() if number not in of_prose}, lines, wordings)
    prose = _prose({number: rules[number] for number in of_prose}, lines, wordings)
    return Looked(
        line=np.concatenate([brief.line, prose.line]),
        text=np.concatenate([brief.text, prose.text + len(brief.texts)]),
        texts=pl.concat([brief.texts, prose.texts]),
        asked={**brief.asked, **{number: at + len(brief.line) for number, at in prose.asked.items()}},
    )


def _prose(rules: Mapping[int, MetadataRule], lines: pl.DataFrame, wordings: pl.DataFrame) -> Looked:
    """Paragraphs, wherever they stand."""
    looked = _worded(rules, *_showing(wordings["prose"].to_numpy(), lines, wordings))
    likely = _likely(rules, looked.texts)
    return looked._replace(asked={number: np.flatnonzero(likely[number][looked.text]) for number in rules})


def _brief(rules: Mapping[int, MetadataRule], lines: pl.DataFrame, wordings: pl.DataFrame) -> Looked:
    """Lines that are no paragraphs, in the zones of rules."""
    wording, prose, chars = (column.to_numpy() for column in (lines["wording"], wordings["prose"], wordings["chars"]))
    short = ~prose & (chars <= max(rule.max_chars for rule in rules.values()))
    line, text, texts = _showing(short, lines, wordings)
    of_value = chars[wording[line]] <= VALUE_CHARS
    looked = _worded(rules, line, *_with_keys(text, texts, _adjoin(line, lines) & of_value[1:]))
    zones, likely = _zones(lines, prose[wording], looked.line), _likely(rules, looked.texts)
    sizes = looked.texts.str.len_chars().to_numpy()
    asked = {
        number: np.flatnonzero(zones[rule.zone] & (likely[number] & (sizes <= rule.max_chars))[looked.text])
        for number, rule in rules.items()
    }
    return looked._replace(asked=asked)


def _showing(some: Flags, lines: pl.DataFrame, wordings: pl.DataFrame) -> tuple[Ints, Ints, pl.Series]:
    """The lines of some wordings, for each the number of what it shows, and what that is."""
    wording, number = lines["wording"].to_numpy(), np.cumsum(some) - 1
    line = np.flatnonzero(some[wording])
    return line, number[wording[line]], wordings["shown"].filter(pl.Series(some))


def _worded(rules: Mapping[int, MetadataRule], line: Ints, text: Ints, texts: pl.Series) -> Looked:
    """The lines that have a word that some rule needs."""
    worded = holds(texts, any_of(word for rule in rules.values() for word in rule.needs)).to_numpy()
    number, at = np.cumsum(worded) - 1, np.flatnonzero(worded[text])
    return Looked(line[at], number[text[at]], texts.filter(pl.Series(worded)), {})


def _likely(rules: Mapping[int, MetadataRule], shown: pl.Series) -> dict[int, Flags]:
    """For each rule which texts have a word that it needs."""
    needs = {number: any_of(rule.needs) for number, rule in rules.items()}
    found = shown.to_frame("shown").select_seq(**{words: holds(pl.col("shown"), words) for words in needs.values()})
    return {number: found[words].to_numpy() for number, words in needs.items()}


def _adjoin(line: Ints, lines: pl.DataFrame) -> Flags:
    """Whether each line but the first stands below the one before, in its document."""
    document = lines["document"].to_numpy()[line]
    adjoin: Flags = (np.diff(line) == 1) & (np.diff(document) == 0)
    return adjoin


def _with_keys(text: Ints, texts: pl.Series, may_be_value: Flags) -> tuple[Ints, pl.Series]:
    """What lines show, with a label that is a line of its own before its value on the next line, as on one line.

    Args:
        text: of each line the number of what it shows.
        texts: what is shown.
        may_be_value: whether each line but the first may be the value of a label that is the line before.
    """
    is_label, (ended,) = np.zeros(len(texts), dtype=np.bool_), texts.str.ends_with(":").to_numpy().nonzero()
    is_label[ended] = texts[ended].str.contains(KEY)
    below = np.flatnonzero(may_be_value & is_label[text[:-1]]) + 1
    below = below[~texts[text[below]].str.contains(KEYED).to_numpy()]
    labelled, told = texts[text[below - 1]] + texts[text[below]], text.copy()
    told[below] = np.arange(len(texts), len(texts) + len(below))
    return told, pl.concat([texts, labelled])


def _zones(lines: pl.DataFrame, prose: Flags, rows: Ints) -> dict[str, Flags]:
    """For each zone whether lines stand in it; a document without an article is head and tail from end to end.

    Args:
        lines: document (lines of one document adjacent), article.
        prose: whether each line is a paragraph.
        rows: which are asked for.
    """
    frame, article = Frame.of(lines["document"].to_numpy()), lines["article"].to_numpy()
    before, after = (flags[rows] for flags in frame.edges(article))
    above, below = (flags[rows] for flags in frame.edges(article & prose))
    head, tail = before | (above & ~below), after | (below & ~above)
    return {"any": np.ones(len(rows), dtype=np.bool_), "head": head, "tail": tail, "edge": head | tail}
