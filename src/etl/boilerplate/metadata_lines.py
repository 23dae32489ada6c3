"""The lines in which a page may say something of itself: the few that have a word that the rules need."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.boilerplate.frame import Flags, Ints, running
from etl.boilerplate.metadata_rules import MetadataRule
from etl.boilerplate.words import holds_any
from etl.distinct import number_values
from etl.patterns import keeps_patterns, select_here

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
        texts: what is shown; each short text once.
        asked: for each rule, the lines (by their place here) that it may read something in.
    """

    line: Ints
    text: Ints
    texts: pl.Series
    asked: Mapping[int, Ints]


@keeps_patterns
def look_for(rules: Mapping[int, MetadataRule], lines: pl.DataFrame) -> Looked:
    """Find the lines that stand where a rule looks, and have one of the words that it needs.

    Args:
        rules: by their numbers; some for paragraphs, and some for other lines.
        lines: document (number; lines of one document adjacent), shown, chars, prose, article.
    """
    of_prose = {number for number, rule in rules.items() if rule.zone == "prose"}
    brief = _brief({number: rule for number, rule in rules.items() if number not in of_prose}, lines)
    prose = _prose({number: rules[number] for number in of_prose}, lines)
    return Looked(
        line=np.concatenate([brief.line, prose.line]),
        text=np.concatenate([brief.text, prose.text + len(brief.texts)]),
        texts=pl.concat([brief.texts, prose.texts]),
        asked={**brief.asked, **{number: at + len(brief.line) for number, at in prose.asked.items()}},
    )


def _prose(rules: Mapping[int, MetadataRule], lines: pl.DataFrame) -> Looked:
    """Paragraphs, wherever they stand."""
    at = np.flatnonzero(lines["prose"])
    shown = lines["shown"].gather(at)
    worded = _worded(rules, shown)
    texts = shown.gather(worded)
    asked = {number: np.flatnonzero(likely) for number, likely in _likely(rules, texts).items()}
    return Looked(at[worded], np.arange(len(worded)), texts, asked)


def _brief(rules: Mapping[int, MetadataRule], lines: pl.DataFrame) -> Looked:
    """Lines that are no paragraphs, in the zones of rules."""
    prose, chars = lines["prose"].to_numpy(), lines["chars"].to_numpy()
    at = np.flatnonzero((chars <= max(rule.max_chars for rule in rules.values())) & ~prose)
    # Most of them stand in many documents, so that words are sought in each text once.
    shown, number = number_values(_with_keys(lines, at))
    worded = _worded(rules, shown)
    place = np.full(len(shown), -1)
    place[worded] = np.arange(len(worded))
    text = place[number]
    at, text, texts = at[text >= 0], text[text >= 0], shown.gather(worded)
    zones, sizes, likely = _zones(lines, at), texts.str.len_chars().to_numpy(), _likely(rules, texts)
    asked = {
        number: np.flatnonzero(zones[rule.zone] & (likely[number] & (sizes <= rule.max_chars))[text])
        for number, rule in rules.items()
    }
    return Looked(at, text, texts, asked)


def _worded(rules: Mapping[int, MetadataRule], shown: pl.Series) -> Ints:
    """Which texts have a word that some rule needs."""
    words = tuple(word for rule in rules.values() for word in rule.needs)
    return np.flatnonzero(shown.to_frame("shown").select(_holds(words)).to_series())


def _likely(rules: Mapping[int, MetadataRule], shown: pl.Series) -> dict[int, Flags]:
    """For each rule which texts have a word that it needs."""
    needs = {" ".join(rule.needs): _holds(rule.needs) for rule in rules.values()}
    found = select_here(shown.to_frame("shown"), needs)
    return {number: found[" ".join(rule.needs)].to_numpy() for number, rule in rules.items()}


@cache
def _holds(words: tuple[str, ...]) -> pl.Expr:
    return holds_any(pl.col("shown"), words)


def _with_keys(lines: pl.DataFrame, at: Ints) -> pl.Series:
    """What lines show, with a label that is a line of its own before its value on the next line, as on one line.

    Args:
        lines: document, shown, chars.
        at: rows of the lines, ascending.
    """
    shown, document = lines["shown"].gather(at), lines["document"].to_numpy()[at]
    ended = shown[:-1].str.ends_with(":").arg_true()  # nothing is below the last one
    label = ended.filter(shown.gather(ended).str.contains(KEY)).to_numpy()
    below = label + 1
    adjoin = (at[below] == at[label] + 1) & (document[below] == document[label])
    below = below[adjoin & (lines["chars"].to_numpy()[at[below]] <= VALUE_CHARS)]
    below = below[~shown.gather(below).str.contains(KEYED).to_numpy()]
    return shown.scatter(below, shown.gather(below - 1) + shown.gather(below))


def _zones(lines: pl.DataFrame, rows: Ints) -> dict[str, Flags]:
    """For each zone whether lines stand in it; a document without an article is head and tail from end to end.

    Args:
        lines: document (lines of one document adjacent), prose, article.
        rows: which are asked for.
    """
    document, article = lines["document"].to_numpy(), lines["article"].to_numpy()
    before, after = _around(article, document, rows)
    above, below = _around(article & lines["prose"].to_numpy(), document, rows)
    head, tail = before | (above & ~below), after | (below & ~above)
    return {"any": np.ones(len(rows), dtype=np.bool_), "head": head, "tail": tail, "edge": head | tail}


def _around(inside: Flags, document: Ints, rows: Ints) -> tuple[Flags, Flags]:
    """Which rows stand before the first of their document that is inside, and which after the last; all, if none is."""
    owners, own = np.append(document[inside], -1), document[rows]
    counted = running(inside)  # the number of the next row that is inside, and one more than that of the last
    return owners[counted[rows + 1] - 1] != own, owners[counted[rows]] != own
