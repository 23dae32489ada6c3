"""Find repeats within one document: single paragraphs, and blocks of consecutive lines with the short lines in them.

A run pairs lines i, i+1, ... with earlier lines j, j+1, ...; the later side is the copy. Runs are found greedily from
the top, the longest first, and a run is believed only if it holds evidence enough that it is no formula: see
`_is_evidence` and `_believed`. This is plain Python, for documents in which something repeats: most have nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from etl.duplicates.near import ALIKE, MIN_NEAR, likeness, same_figures, slip_in_figures

__all__ = ["MIN_PARAGRAPH", "Copy", "Page", "find_copies"]

MIN_PARAGRAPH = 20
"""Folded characters; a shorter line that stands twice may be a formula, a caption or a label, so alone it stays."""

MIN_ITEM = 60
"""Folded characters of a numbered line that proves a copy; lists of different matters share shorter items."""

MIN_SECTION_PARAGRAPH = 40
"""Folded characters of a line that stands alone twice, under different numbers: two sections may share a phrase."""

MIN_LABELLED = 30
"""Folded characters of a line that opens with a label, such as 责任单位： ; a shorter one is a form's field."""

MIN_BLOCK_LINES = 5
MIN_BLOCK = 80
"""Lines and folded characters of a block without any long line; less is a table's rows or a refrain."""

MIN_ARTICLES = 3
"""Lines that open with 第…条; a document with so many is a law, which repeats paragraphs on purpose."""

MAX_STARTS = 8
"""Occurrences; a line that stands more often starts no block, so that a long table costs no quadratic time."""

MAX_RUN = 500
"""Pairs of one run; a longer block is found as several, and a page of thousands of like lines costs no hours."""

GAPS = ((0, 0), (1, 1), (1, 0), (0, 1), (2, 0), (0, 2))
"""Lines that a run may step over, of the copy and of the original: one was inserted, lost or changed."""

MIN_NEAR_SCORE = 0.95
"""Likeness of the lines that prove a block with near copies; see `_believed_near`."""

LOOK_AHEAD = 3
"""Lines, a title and a byline first, from which a block with near copies may be recognised."""

MIN_SURE_LINES = 3
SURE = 0.8
"""Lines, and share of a block's characters, that are alike with equal figures: then a lost digit is a slip."""

ARTICLE = re.compile(r"[\W_]*第[一二三四五六七八九十百千零〇\d]{1,9}条")
"""Opens an article of a law."""

NUMBERED = re.compile(
    r"[^\w（(]*(?:[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十]{1,3}、|\d{1,3}[、.．）)]|[①-⑳])"
)
"""Opens an item of a list: lists of different matters share items."""

FORMULA = re.compile(NUMBERED.pattern + r"|\W*\w{2,6}[：:]")
"""Opens an item, or a short label: 责任单位： and 输入： stand under every task."""

CLAUSE = re.compile(r"[，。；！？]")
"""Marks a sentence, which may be full of figures."""

FIGURE = re.compile(r"\d")

MAX_FIGURES = 0.3
"""Digits a character; a line with more, and no sentence, is a row of a table."""

UNPROVING = ("heading", "table")
"""Kinds of line that repeat on purpose: a table of contents and its headings, and the head of a table."""

SENTENCE_END = re.compile(r"[。；;：:]\s*$")
"""Closes a sentence or an item; a headline that stands twice has none."""


class Page(NamedTuple):
    """The lines of one document, in order, as `find_copies` needs them.

    Attributes:
        keys: hash of each folded line.
        sizes: length of each folded line.
        texts: each line as written.
        kinds: what each line is.
        folded: each line folded; empty where only equal lines count.
        near: for a line, earlier lines that may be near copies.
    """

    keys: Sequence[int]
    sizes: Sequence[int]
    texts: Sequence[str]
    kinds: Sequence[str]
    folded: Sequence[str] = ()
    near: Mapping[int, Sequence[int]] = MappingProxyType({})


class Pair(NamedTuple):
    """A line and an earlier one that it is like; score 1 where they are equal."""

    row: int
    source: int
    score: float


Run = list[Pair]
Positions = dict[int, list[int]]
Likeness = Callable[[Page, int, int], float]


class Copy(NamedTuple):
    """Line `row` of a page repeats line `source`, which stays."""

    row: int
    source: int
    score: float
    block: int
    """Lines of the block that it stands in."""


def find_copies(page: Page) -> list[Copy]:
    """Find the lines that repeat earlier ones and may go, in order; the first title is none of them.

    Args:
        page: one document.
    """
    law = sum(bool(ARTICLE.match(text)) for text in page.texts) >= MIN_ARTICLES
    positions = _positions(page.keys)
    if law or not _may_be_near(page, positions):
        page = page._replace(folded=())
    copies: dict[int, Copy] = {}
    for row in _heads(page, positions):
        if row in copies:
            continue
        run = _believed_run(page, positions, row, law=law)
        for pair in run:
            root = copies[pair.source].source if pair.source in copies else pair.source
            if page.kinds[pair.row] != "title" or page.kinds[root] == "title":
                copies.setdefault(pair.row, Copy(pair.row, root, pair.score, len(run)))
    return sorted(copies.values())


def _may_be_near(page: Page, positions: Positions) -> bool:
    """Whether any line could prove a block with near copies; see `_believed_near`."""
    return bool(page.near) or any(page.sizes[rows[0]] >= MIN_NEAR for rows in positions.values())


def _heads(page: Page, positions: Positions) -> list[int]:
    """Rows from which a run may begin: those with an earlier equal, and just above those with an earlier near one."""
    equal = {row for rows in positions.values() for row in rows[1:]}
    ahead = range(LOOK_AHEAD if page.folded else 1)
    return sorted({row - less for row in equal | set(page.near) for less in ahead if row >= less})


def _believed_run(page: Page, positions: Positions, row: int, *, law: bool) -> Run:
    """The run from `row` that pairs the most characters, near copies included where that is no risk."""
    if page.folded:
        run = _without_other_figures(page, _longest_run(page, positions, row, _alike))
        if _believed_near(page, run):
            return run
    run = _longest_run(page, positions, row, _equal)
    return run if _believed(page, run, law=law) else []


def _equal(page: Page, row: int, source: int) -> float:
    return float(page.keys[row] == page.keys[source])


def _alike(page: Page, row: int, source: int) -> float:
    if page.keys[row] == page.keys[source]:
        return 1.0
    score = likeness(page.folded[row], page.folded[source])
    return score if score >= ALIKE else 0.0


def _positions(keys: Sequence[int]) -> Positions:
    rows = defaultdict(list)
    for row, key in enumerate(keys):
        rows[key].append(row)
    return {key: found for key, found in rows.items() if len(found) > 1}


def _longest_run(page: Page, positions: Positions, row: int, alike: Likeness) -> Run:
    """The run from `row` that pairs the most characters; the earliest where several do."""
    starts = _near_starts(page, positions, row) if alike is _alike else _starts(page, positions, row)
    runs = [list(islice(_run(page, row, source, alike), MAX_RUN)) for source in starts]
    return max(runs, key=lambda run: sum(page.sizes[pair.row] for pair in run), default=[])


def _starts(page: Page, positions: Positions, row: int) -> list[int]:
    """Earlier lines equal to `row`; none for a short line that stands everywhere."""
    sources = [source for source in positions.get(page.keys[row], ())[:MAX_STARTS] if source < row]
    often = len(sources) == MAX_STARTS and page.sizes[row] < MIN_PARAGRAPH
    return [] if often else sources


def _near_starts(page: Page, positions: Positions, row: int) -> list[int]:
    """Earlier lines that `row` may repeat, judged by it and by the next lines: a short line has few shingles."""
    found: dict[int, None] = {}
    for ahead in range(min(LOOK_AHEAD, len(page.keys) - row)):
        sources = [*_starts(page, positions, row + ahead), *page.near.get(row + ahead, ())[:MAX_STARTS]]
        found |= dict.fromkeys(source - ahead for source in sources if ahead <= source < row + ahead)
    return [source for source in found if source < row and _alike(page, row, source)]


def _run(page: Page, row: int, source: int, alike: Likeness) -> Iterator[Pair]:
    """Pairs of lines that are alike from a pair on, stepping over small gaps, until the original meets the copy."""
    first, lines = row, len(page.keys)
    while row < lines and source < first:
        for more, further in GAPS:
            below, above = row + more, source + further
            score = alike(page, below, above) if below < lines and above < first else 0.0
            if score:
                yield Pair(below, above, score)
                row, source = below + 1, above + 1
                break
        else:
            return


def _without_other_figures(page: Page, run: Run) -> Run:
    """Leave out lines whose figures differ, but for a lost digit where all the rest shows that it is a slip."""
    same = [pair for pair in run if pair.score == 1 or same_figures(page.folded[pair.row], page.folded[pair.source])]
    size = sum(page.sizes[pair.row] for pair in run)
    sure = len(same) >= MIN_SURE_LINES and sum(page.sizes[pair.row] for pair in same) >= SURE * size
    if not sure:
        return same if len(same) * 2 > len(run) else []
    kept = set(same)
    return [pair for pair in run if pair in kept or slip_in_figures(page.folded[pair.row], page.folded[pair.source])]


def _believed_near(page: Page, run: Run) -> bool:
    """A block with near copies needs two long sentences; a line that is nearly another, alone, may be meant."""
    long = [pair for pair in run if page.sizes[pair.row] >= MIN_NEAR and pair.score >= MIN_NEAR_SCORE]
    return sum(_is_evidence(page, pair.row) and "，" in page.texts[pair.row].replace(",", "，") for pair in long) >= 2


def _believed(page: Page, run: Run, *, law: bool) -> bool:
    """Whether a run of equal lines is a copy and not a formula."""
    rows = [pair.row for pair in run]
    if law:
        return any(ARTICLE.match(page.texts[row]) for row in rows)
    if len(run) == 1:
        return _is_evidence(page, rows[0]) and not _shared_by_sections(page, run[0])
    if any(_is_evidence(page, row) for row in rows):
        return True
    return _is_long_block(page, run)


def _is_long_block(page: Page, run: Run) -> bool:
    """Many short lines without a gap, few of them items: headings repeat a table of contents, with text between."""
    if len(run) < MIN_BLOCK_LINES or sum(page.sizes[pair.row] for pair in run) < MIN_BLOCK:
        return False
    whole = run[-1].row - run[0].row == run[-1].source - run[0].source == len(run) - 1
    return whole and 2 * sum(bool(FORMULA.match(page.texts[pair.row])) for pair in run) < len(run)


def _is_evidence(page: Page, row: int) -> bool:
    """A line that is not written twice by chance or on purpose: a long one that is no item, label or row of figures."""
    size, text = page.sizes[row], page.texts[row]
    if page.kinds[row] in UNPROVING or size < (MIN_ITEM if NUMBERED.match(text) else MIN_PARAGRAPH):
        return False
    if size < MIN_LABELLED and FORMULA.match(text):
        return False
    return bool(CLAUSE.search(text)) or len(FIGURE.findall(text)) <= MAX_FIGURES * size


def _shared_by_sections(page: Page, pair: Pair) -> bool:
    """Whether a sentence stands under two numbers, and is short enough to belong to both."""
    if page.sizes[pair.row] >= MIN_SECTION_PARAGRAPH or not SENTENCE_END.search(page.texts[pair.row]):
        return False
    return any(NUMBERED.match(text) for text in page.texts[pair.source + 1 : pair.row])
