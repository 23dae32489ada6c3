"""Wordings: what each distinct text shows by itself, and the rules that it meets, whatever stands around it."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from etl.boilerplate.characters import look_at
from etl.boilerplate.features import line_features
from etl.boilerplate.folding import shown
from etl.boilerplate.matching import line_hits, needed_words
from etl.lines import BLANK

__all__ = ["Wordings", "read_wordings", "rule_hits"]


class Wordings(NamedTuple):
    """What is known of texts.

    Attributes:
        texts: text, shown, and the columns of `line_features`; one row per text.
        hits: the columns of `line_hits`.
    """

    texts: pl.DataFrame
    hits: pl.DataFrame


def read_wordings(texts: pl.Series) -> Wordings:
    """Look at texts, each by itself.

    Args:
        texts: lines as they were written, not null.
    """
    text = pl.col("text")
    seen = texts.to_frame("text").select("text", shown=shown(text), bare=text.str.strip_chars(BLANK))
    look = look_at(seen["bare"], needed_words())
    return Wordings(line_features(seen, look), line_hits(seen["shown"], look.words))


def rule_hits(texts: pl.Series) -> pl.DataFrame:
    """Which rules each distinct text meets.

    Args:
        texts: lines as they were written, not null, in any order, repeats allowed.

    Returns:
        text (as given), rule_no, rule, family, zone, needs_cluster: one row per text and rule that it meets, texts in
        the order of their first appearance, rules in the order of the table.
    """
    distinct = texts.unique(maintain_order=True)
    hits = read_wordings(distinct).hits
    return hits.select(distinct.gather(hits["row"]).alias("text"), pl.exclude("row"))
