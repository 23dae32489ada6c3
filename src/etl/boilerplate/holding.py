"""Rules where they hold: a line goes by a rule for its place and its neighbours, not for its text alone."""

from __future__ import annotations

import numpy as np

from etl.adjacent import differs
from etl.arrays import Flags, Ints
from etl.boilerplate.frame import Frame, between, running
from etl.boilerplate.hits import AFTER_RELATED, Hits, Rules
from etl.boilerplate.standing import Lines

__all__ = ["by_rules"]

NEARBY = (-3, -2, -1, 1, 2, 3)
"""Lines in which other hits make a cluster."""

CLUSTER_HITS = 2
"""Lines nearby that rules of the same family know, from which they make one."""

RELATED_SHARE = 0.3
"""Prose after the heading of a related list, as a share of the prose before it, up to which it is the list's own."""


def by_rules(lines: Lines, hits: Hits, rules: Rules, frame: Frame) -> Ints:
    """The number of the rule that each line goes by, whatever its score; 0 for none.

    Args:
        lines: those that stand.
        hits: of these lines.
        rules: those that are hit.
        frame: where the lines stand.
    """
    taken = np.zeros(len(lines.at), dtype=np.int64)
    if not len(hits.line):
        return taken
    held = _holding(lines, hits, rules, frame).first()
    taken[held.line] = held.rule
    headings = hits.line[rules.related.take(hits.rule)]
    if rules.acts[AFTER_RELATED] and len(headings):
        taken[_after(headings, lines, frame)] = AFTER_RELATED
    return taken


def _holding(lines: Lines, hits: Hits, rules: Rules, frame: Frame) -> Hits:
    """The hits by rules that hold where their line stands."""
    head, tail = frame.edges(lines.prose & ~lines.opening)
    line, rule = hits
    placed = hits.only(rules.anywhere[rule] | (rules.head[rule] & head[line]) | (rules.tail[rule] & tail[line]))
    lonely = rules.needs_cluster[placed.rule]
    holds = ~lonely
    holds[lonely] = _clustered(placed.line[lonely], lines, frame)
    return placed.only(holds)


def _clustered(rows: Ints, lines: Lines, frame: Frame) -> Flags:
    """Whether rules of another family know a line near these rows, or several lines are known."""
    first, after, own = (values.take(rows) for values in (frame.first, frame.after, lines.family))
    known, of_others = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.bool_)
    for step in NEARBY:
        near = rows + step
        family = lines.family.take(near, mode="clip") * ((near >= first) & (near < after))
        known += family > 0
        of_others |= (family > 0) & (family != own)
    return of_others | (known >= CLUSTER_HITS)


def _after(headings: Ints, lines: Lines, frame: Frame) -> Flags:
    """Everything from the first heading of a list of other articles on, where hardly any prose comes after."""
    prose = running(lines.prose * lines.chars)
    upto = prose[headings + 1] - prose[frame.first[headings]]
    after = prose[frame.after[headings]] - prose[headings + 1]
    begins = headings[(upto > 0) & (after / np.maximum(1, upto) <= RELATED_SHARE)]
    begins = begins[differs(frame.first.take(begins))]
    return between(begins, frame.after[begins], len(lines.at))
