"""Which lines go: rules where they hold, the tail after a list of other articles, then what lies outside the article.

Every pass looks only at the lines that still stand, and passes repeat until none takes a line. So the result is a
fixed point: cleaning it again takes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from etl.arrays import Flags, Floats, Ints
from etl.boilerplate.extent import FLOOR, find_article
from etl.boilerplate.frame import Frame
from etl.boilerplate.hits import OUTSIDE_ARTICLE, SITE_TEMPLATE, Hits, Rules
from etl.boilerplate.holding import by_rules
from etl.boilerplate.model import Model, Own, Score, decisive
from etl.boilerplate.posts import find_posts
from etl.boilerplate.standing import Lines
from etl.boilerplate.titles import could_be_headlines, find_titles, headline

__all__ = ["Decision", "decide"]

PAGES = ((0.05, 3), (0.2, 2), (0.5, 1))
"""What makes a document a page and not a text, any of these: the share of its lines that rules take or that score below
all articles, and the number of lines that rules take at once. An article may carry an editor's line or two, and low
lines alone may be a table."""


class Decision(NamedTuple):
    """What goes.

    Attributes:
        dropped: row, rule, score, detail; one row per dropped line.
        emptied: numbers of documents that are all boilerplate, and are therefore left whole.
        article: whether each line was of the article, when every line still stood.
        titles: row, document, title, title_line_no; the headlines.
    """

    dropped: pl.DataFrame
    emptied: Ints
    article: Flags
    titles: pl.DataFrame


class _Standing(NamedTuple):
    """What stands.

    Attributes:
        lines: the lines.
        hits: rules that they meet.
        own: what they show by themselves.
        was_article: whether each was of the article while every line still stood.
        was_post: whether it was of a post in a thread then.
        was_headline: whether it was a headline then.
        of_page: whether it is of a page, and not of a text, as far as is known.
    """

    lines: Lines
    hits: Hits
    own: Own
    was_article: Flags
    was_post: Flags
    was_headline: Flags
    of_page: Flags

    def left(self, rows: Ints) -> _Standing:
        """What stands when only some rows are left."""
        lines, hits = self.lines.left(rows), self.hits.left(rows, len(self.of_page))
        flags = (flags.take(rows) for flags in (self.was_article, self.was_post, self.was_headline, self.of_page))
        return _Standing(lines, hits, self.own.left(rows), *flags)


class _Judged(NamedTuple):
    """What is thought of the lines that stand.

    Attributes:
        frame: where they stand.
        score: of each.
        article: whether each is of the article.
        known: number of the rule that each goes by, whatever its score; 0 for none.
    """

    frame: Frame
    score: Score
    article: Flags
    known: Ints


class _Gone(NamedTuple):
    """Lines that one pass takes.

    Attributes:
        at: position of each.
        rule: number of the rule that takes it.
        scored: position of those that go by their score.
        score: of these.
        groups: what each group of evidence adds to that, a row for each.
    """

    at: Ints
    rule: Ints
    scored: Ints
    score: Floats
    groups: Floats


def decide(lines: pl.DataFrame, hits: pl.DataFrame, model: Model, off: Collection[str] = ()) -> Decision:
    """Decide which lines go.

    Args:
        lines: row (unique, ascending), document (number, lines of one document adjacent), line_no, shown,
            recurs (on many documents of the site), and line features; at least one row.
        hits: row, rule_no, rule, family, zone, needs_cluster: rules that a line's text meets, in the lines' order, and
            of one line in order of preference.
        model: of the score; see `model.load_model`.
        off: rules that do not act.
    """
    if off:
        hits = hits.filter(~pl.col("rule").is_in(list(off)))
    rules = Rules.of(hits, off)
    standing = _at_first(lines, hits, rules, model)
    judged = _judge(standing, model, rules)
    posts = find_posts(standing.lines, judged.score.total, judged.article, judged.frame)
    titles = find_titles(standing.lines, lines["shown"], judged.score.total, judged.article)
    article = judged.article
    standing = standing._replace(was_article=article, was_post=posts, was_headline=_flagged(titles, lines.height))
    gone = list[_Gone]()
    rule, of_page = _verdict(standing, judged, rules, standing.was_headline)
    while True:
        gone.append(_gone(standing, judged, rule))
        changed = judged.frame.having(rule != 0)  # no other document can lose more
        standing = standing._replace(of_page=of_page).left(np.flatnonzero(changed & (rule == 0)))
        if not len(standing.lines.at):
            break
        judged = _judge(standing, model, rules)
        rule, of_page = _verdict(standing, judged, rules, standing.was_headline)
        headlines = _headlines(standing, judged, rule, lines["shown"])
        if headlines.any():
            rule, of_page = _verdict(standing, judged, rules, standing.was_headline | headlines)
    dropped, emptied = _booked(lines, rules, gone)
    return Decision(dropped, emptied, article, _titles(lines, titles))


def _titles(lines: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """The columns of `Decision.titles`."""
    titles = lines.select("row", "document", title="shown", title_line_no="line_no")[rows]
    return titles.with_columns(headline(pl.col("title")))


def _at_first(lines: pl.DataFrame, hits: pl.DataFrame, rules: Rules, model: Model) -> _Standing:
    """Every line stands, and none is known to be of an article or of a page."""
    met = Hits.of(hits, lines)
    columns, none = Lines.of(lines, met, rules), np.zeros(lines.height, dtype=np.bool_)
    return _Standing(columns, met, model.own(lines, columns), none, none, none, none)


def _judge(standing: _Standing, model: Model, rules: Rules) -> _Judged:
    """Judge lines by what stands."""
    frame = Frame.of(standing.lines.document)
    score = model.score(standing.lines, standing.own, frame)
    article = find_article(standing.lines, score.total, frame)
    return _Judged(frame, score, article, by_rules(standing.lines, standing.hits, rules, frame))


def _headlines(standing: _Standing, judged: _Judged, rule: Ints, shown: pl.Series) -> Flags:
    """Which lines are headlines, of documents that would lose one that could be."""
    lines = standing.lines
    lost: Flags = could_be_headlines(lines, judged.article, judged.frame) & (rule != judged.known)
    if not lost.any():
        return lost
    at_stake = np.flatnonzero(judged.frame.having(lost))
    told = lines.left(at_stake)
    titles = find_titles(told, shown.gather(told.at), judged.score.total[at_stake], judged.article[at_stake])
    return _flagged(at_stake[titles], len(rule))


def _flagged(rows: Ints, size: int) -> Flags:
    flags = np.zeros(size, dtype=np.bool_)
    flags[rows] = True
    return flags


def _verdict(standing: _Standing, judged: _Judged, rules: Rules, headlines: Flags) -> tuple[Ints, Flags]:
    """The number of the rule that each line goes by, 0 where it stays; and whether it is of a page.

    What stands outside the article goes only from a page. What was of the article while every line still stood goes
    only if it speaks against itself: the fewer lines are left, the less the others say for it. Nor does it go from
    between two lines that stay, as a heading would.
    """
    frame, score, article = judged.frame, judged.score.total, judged.article
    low = score < FLOOR
    template = standing.lines.recurs & low & ~article & ~headlines & (judged.known == 0)
    rule = np.where(template & rules.acts[SITE_TEMPLATE], SITE_TEMPLATE, judged.known)
    of_page = standing.of_page | frame.spread(_is_page(rule != 0, low, frame))
    stays = article | standing.was_post | (standing.was_article & (score > 0))
    amid = standing.was_article & frame.at(stays, 1) & frame.at(stays, -1)
    outside = of_page & ~stays & ~amid & ~headlines & (rule == 0)
    return np.where(outside & rules.acts[OUTSIDE_ARTICLE], OUTSIDE_ARTICLE, rule), of_page


def _is_page(found: Flags, low: Flags, frame: Frame) -> Flags:
    """Which documents have enough that is alien to a text."""
    taken, share = frame.counts(found), frame.counts(found | low) / frame.sizes
    enough: Flags = np.logical_or.reduce([(share >= least) & (taken >= fewest) for least, fewest in PAGES])
    return enough


def _gone(standing: _Standing, judged: _Judged, rule: Ints) -> _Gone:
    """What goes, and why."""
    at, score, goes = standing.lines.at, judged.score, np.flatnonzero(rule != 0)
    scored = np.flatnonzero((rule == SITE_TEMPLATE) | (rule == OUTSIDE_ARTICLE))
    return _Gone(at.take(goes), rule.take(goes), at.take(scored), score.total.take(scored), score.groups(scored))


def _booked(lines: pl.DataFrame, rules: Rules, gone: Sequence[_Gone]) -> tuple[pl.DataFrame, Ints]:
    """What is dropped and what is emptied: documents that would have no line left are given back whole."""
    at, rule, scored, score, groups = (np.concatenate(parts, axis=-1) for parts in zip(*gone, strict=True))
    document = lines["document"].to_numpy()
    frame, by = Frame.of(document), np.zeros(lines.height, dtype=np.int64)
    by[at] = rule
    emptied = frame.counts(by != 0) == frame.sizes
    dropped = np.flatnonzero((by != 0) & ~frame.spread(emptied))
    told, place = pl.DataFrame({"score": score, "detail": decisive(groups)}), np.full(lines.height, -1)
    place[scored] = np.arange(len(scored))
    why = pl.Series(place[dropped])
    booked = pl.DataFrame({"row": lines["row"][dropped], "rule": rules.names[by[dropped]]})
    return booked.hstack(told.select(pl.all().gather(why.set(why < 0, None)))), document[frame.starts[emptied]]
