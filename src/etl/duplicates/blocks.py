"""Find repeats within one document: single paragraphs, and blocks of consecutive lines with the short lines in them.

A run pairs lines i, i+1, ... with earlier lines j, j+1, ...; the later side is the copy. Runs are found greedily from
the top, the longest first, and a run is believed only if it holds evidence enough that it is no formula: see
`_is_evidence` and `_believed`. This is plain Python, for documents in which something repeats: most have nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = ["MIN_PARAGRAPH", "Copy", "Page", "find_copies"]

MIN_PARAGRAPH = 20
"""Folded characters; a shorter line that stands twice may be a formula, a caption or a label, so alone it stays."""

MIN_SECTION_PARAGRAPH = 40
"""Folded characters of a line that stands alone twice, under different numbers: two sections may share a phrase."""

MIN_BLOCK_LINES = 3
"""Lines; so many short ones in the same order are no chance."""

MIN_BLOCK = 40
"""Folded characters of a block without any long line; less is a table's rows or a refrain."""

MIN_ARTICLES = 3
"""Lines that open with 第…条; a document with so many is a law, which repeats paragraphs on purpose."""

MAX_STARTS = 8
"""Occurrences; a line that stands more often starts no block, so that a long table costs no quadratic time."""

GAPS = ((1, 1), (1, 0), (0, 1), (2, 0), (0, 2))
"""Lines that a run may step over, of the copy and of the original: one was inserted, lost or changed."""

ARTICLE = re.compile(r"[\W_]*第[一二三四五六七八九十百千零〇\d]{1,9}条")
"""Opens an article of a law."""

NUMBERED = re.compile(
    r"[^\w（(]*(?:[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十]{1,3}、|\d{1,3}[、.．）)]|[①-⑳])"
)
"""Opens an item of a list: lists of different matters share items."""

SENTENCE_END = re.compile(r"[。；;：:]\s*$")
"""Closes a sentence or an item; a headline that stands twice has none."""


class Page(NamedTuple):
    """The lines of one document, in order, as `find_copies` needs them.

    Attributes:
        keys: hash of each folded line.
        sizes: length of each folded line.
        texts: each line as written.
    """

    keys: Sequence[int]
    sizes: Sequence[int]
    texts: Sequence[str]


class Copy(NamedTuple):
    """Line `row` of a page repeats line `source`, which stays."""

    row: int
    source: int
    block: int
    """Lines of the block that it stands in."""


Run = list[tuple[int, int]]


def find_copies(page: Page) -> list[Copy]:
    """Find the lines that repeat earlier ones and may go, in order.

    Args:
        page: one document.
    """
    law = sum(bool(ARTICLE.match(text)) for text in page.texts) >= MIN_ARTICLES
    positions = _positions(page.keys)
    copies: dict[int, Copy] = {}
    row = 0
    while row < len(page.keys):
        run = _longest_run(page, positions, row)
        if not _believed(page, run, law=law):
            row += 1
            continue
        for copy, source in run:
            root = copies[source].source if source in copies else source
            copies[copy] = Copy(copy, root, len(run))
        row = run[-1][0] + 1
    return list(copies.values())


def _positions(keys: Sequence[int]) -> dict[int, list[int]]:
    rows = defaultdict(list)
    for row, key in enumerate(keys):
        rows[key].append(row)
    return {key: found for key, found in rows.items() if len(found) > 1}


def _longest_run(page: Page, positions: dict[int, list[int]], row: int) -> Run:
    """The run from `row` that pairs the most characters; the earliest where several do."""
    sources = positions.get(page.keys[row], [])
    if len(sources) > MAX_STARTS and page.sizes[row] < MIN_PARAGRAPH:
        return []
    runs = [list(_run(page.keys, row, source)) for source in sources[:MAX_STARTS] if source < row]
    return max(runs, key=lambda run: sum(page.sizes[copy] for copy, _ in run), default=[])


def _run(keys: Sequence[int], row: int, source: int) -> Iterator[tuple[int, int]]:
    """Pairs of equal lines from a pair on, stepping over small gaps, until the original reaches the copy."""
    first = row
    while row < len(keys) and source < first:
        if keys[row] == keys[source]:
            yield row, source
            row, source = row + 1, source + 1
            continue
        for more, further in GAPS:
            if row + more < len(keys) and source + further < first and keys[row + more] == keys[source + further]:
                row, source = row + more, source + further
                break
        else:
            return


def _believed(page: Page, run: Run, *, law: bool) -> bool:
    """Whether a run is a copy and not a formula."""
    rows = [row for row, _ in run]
    if law:
        return any(ARTICLE.match(page.texts[row]) for row in rows)
    if len(run) == 1:
        return _is_evidence(page, rows[0]) and not _shared_by_sections(page, *run[0])
    if any(_is_evidence(page, row) for row in rows):
        return True
    return len(rows) >= MIN_BLOCK_LINES and sum(page.sizes[row] for row in rows) >= MIN_BLOCK


def _is_evidence(page: Page, row: int) -> bool:
    """A line that is not written twice by chance or on purpose: a long one that is no item of a list."""
    return page.sizes[row] >= MIN_PARAGRAPH and not NUMBERED.match(page.texts[row])


def _shared_by_sections(page: Page, row: int, source: int) -> bool:
    """Whether a sentence stands under two numbers, and is short enough to belong to both."""
    if page.sizes[row] >= MIN_SECTION_PARAGRAPH or not SENTENCE_END.search(page.texts[row]):
        return False
    return any(NUMBERED.match(text) for text in page.texts[source + 1 : row])
