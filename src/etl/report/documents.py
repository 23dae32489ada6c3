"""What the page of a document shows: its lines with their marks, and the rules that made them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from markupsafe import Markup

from etl.ledger import BREAK_RULES
from etl.report.changes import TERMINATOR, Change, Piece, Row, rows_of
from etl.report.glyphs import cut, show
from etl.report.rendering import LANGUAGES, PAGE_LINES, document_page, number, page_number, translator
from etl.report.rulebook import rule_label
from etl.report.sample import Sample

__all__ = ["Line", "Span", "Taken", "line_at", "lines_of", "rule_counts", "span_of", "switches", "taken_by_rule"]

REPORT_PAGES = 4
"""Pages of a document that a report holds; a server shows them all."""

REPORT_LINES = REPORT_PAGES * PAGE_LINES

TAKEN = 8
"""Places that a rule's page shows."""

SIGNS = {"kept": " ", "changed": "~", "removed": "−", "blank": " "}
"""What stands before a line's number, by its fate, so that colour is never alone in saying it."""

COPY_CHARS = 300
"""Code points of a kept copy that are shown beside the line that was removed."""


@dataclass(frozen=True)
class Line:
    """A row of a document's page.

    Attributes:
        line_no: line of the decoded text.
        fate: kept, changed, removed or blank.
        sign: the fate as a sign.
        html: the line with its marks.
        tags: its rules, in each language, for their links differ.
    """

    line_no: int
    fate: str
    sign: str
    html: Markup
    tags: Mapping[str, Markup]


@dataclass(frozen=True)
class Taken:
    """A place where a rule made an edit, with the lines around it."""

    doc_id: str
    source: str
    line_no: int
    above: Markup
    line: Markup
    below: Markup


@dataclass(frozen=True)
class Span:
    """Which lines of a document a page shows.

    Attributes:
        page: its number, from 1.
        pages: how many pages the report, or the server, has of the document.
        lines: of the whole document.
        first: line that the page begins with.
        last: line that it ends with.
        reach: last line that any of the pages shows.
    """

    page: int
    pages: int
    lines: int
    first: int
    last: int
    reach: int


def span_of(sample: Sample, doc_id: str, page: int = 1) -> Span:
    """The lines of one page of a document; its `pages` say which there are."""
    lines = line_count(sample.texts[doc_id])
    pages = page_number(lines) if sample.every else min(page_number(lines), REPORT_PAGES)
    last, reach = (min(lines, number * PAGE_LINES) for number in (page, pages))
    return Span(page, pages, lines, (page - 1) * PAGE_LINES + 1, last, reach)


def line_count(text: str) -> int:
    """Lines of a text, blank ones counted; at least one."""
    return max(1, len(TERMINATOR.findall(text)) + (not text.endswith(("\n", "\r"))))


def lines_of(sample: Sample, doc_id: str, root: str, span: Span) -> list[Line]:
    """The rows of a document's page.

    Args:
        sample: holds the document.
        doc_id: its identity.
        root: from the page to the folder of the reports, for links.
        span: which lines.
    """
    rows = rows_of(sample.texts[doc_id], sample.ledger.get(doc_id, ()), span.last)
    labels = _Labels(sample, doc_id, root)
    return [
        Line(row.line_no, row.fate, SIGNS[row.fate], _html(row), {lang: labels.of(row, lang) for lang in LANGUAGES})
        for row in rows
        if row.line_no >= span.first
    ]


def rule_counts(ledger: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Edits of each rule in a document, the most frequent first; line ends are no rule to switch off."""
    counts = Counter(row["rule"] for row in ledger if row["rule"] not in BREAK_RULES)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def switches(rules: Iterable[str]) -> str:
    """Style sheet that shows the text without a rule while the rule's box is not ticked."""
    plain = "color:inherit;background:none;text-decoration:none"
    return "\n".join(
        f"main:has(#rule-{rule}:not(:checked)) .text del.r-{rule}{{display:inline;{plain}}}"
        f"main:has(#rule-{rule}:not(:checked)) .text ins.r-{rule}{{display:none}}"
        f"main:has(#rule-{rule}:not(:checked)) tr:has(del.r-{rule}){{display:table-row!important}}"
        for rule in rules
    )


def taken_by_rule(sample: Sample) -> dict[str, list[Taken]]:
    """Places where each rule made an edit: one a document as far as they reach, then more of the same document."""
    found: dict[str, list[list[tuple[str, int]]]] = {}
    for doc_id in sample.documents:
        places: dict[str, list[tuple[str, int]]] = {}
        for row in sample.ledger.get(doc_id, ()):
            places.setdefault(row["rule"], []).append((doc_id, row["line_no"]))
        for rule, hits in places.items():
            found.setdefault(rule, []).append(list(dict.fromkeys(hits))[:TAKEN])
    picked = {rule: _in_turn(lists)[:TAKEN] for rule, lists in found.items()}
    rows = {
        doc_id: rows_of(sample.texts[doc_id], sample.ledger[doc_id], REPORT_LINES)
        for doc_id in {doc_id for places in picked.values() for doc_id, _ in places}
    }
    return {
        rule: [taken for place in places for taken in _taken(sample, rows[place[0]], *place)]
        for rule, places in picked.items()
    }


def _in_turn(lists: Sequence[Sequence[tuple[str, int]]]) -> list[tuple[str, int]]:
    return [hits[turn] for turn in range(TAKEN) for hits in lists if turn < len(hits)]


def _taken(sample: Sample, rows: Sequence[Row], doc_id: str, line_no: int) -> list[Taken]:
    """The place, if the page reaches that far."""
    position = next((at for at, row in enumerate(rows) if row.line_no == line_no), None)
    if position is None:
        return []
    above = _html(rows[position - 1]) if position else Markup("")
    below = _html(rows[position + 1]) if position + 1 < len(rows) else Markup("")
    return [Taken(doc_id, sample.sources[doc_id], line_no, above, _html(rows[position]), below)]


def _html(row: Row) -> Markup:
    return Markup("".join(_piece(piece) for piece in row.pieces))


def _piece(piece: Piece) -> str:
    """A stretch as HTML; everything in it is escaped, for rules' names are words."""
    change = piece.change
    if change is None:
        return _shown(piece.before.rstrip("\r\n"), changed=False)
    removed = f'<del class="r-{change.rule}">{_shown(piece.before, changed=True)}</del>'
    inserted = f'<ins class="r-{change.rule}">{_shown(piece.after, changed=True)}</ins>'
    return (removed if piece.before else "") + (inserted if piece.after else "")


def _shown(text: str, *, changed: bool) -> str:
    """A stretch; of a very long one the beginning and the end. White space is shown as signs only where it is all."""
    head, left_out, tail = cut(text)
    signs = changed and not text.strip()
    if not left_out:
        return show(head, changed=signs)
    return f'{show(head)} <i class="cut">… +{left_out:,} …</i> {show(tail)}'


@dataclass(frozen=True)
class _Labels:
    """The labels of a document's lines: the rules of each, and for a duplicate the kept copy, one click away."""

    sample: Sample
    doc_id: str
    root: str

    def of(self, row: Row, lang: str) -> Markup:
        made = [piece.change for piece in row.pieces if piece.change and piece.change.rule not in BREAK_RULES]
        by_rule: dict[str, list[Change]] = {}
        for change in (*made, *row.noted):
            by_rule.setdefault(change.rule, []).append(change)
        labels = [self._label(rule, changes, row.line_no, lang) for rule, changes in by_rule.items()]
        more = f'<i class="cut">+{row.left_out:,}</i>' if row.left_out else ""
        return Markup("".join([*labels, more]))

    def _label(self, rule: str, changes: list[Change], line_no: int, lang: str) -> str:
        name = f"document/{self.doc_id}/line/{line_no}/{rule}"
        times = f" ×{number(len(changes), name)}" if len(changes) > 1 else ""
        details = "; ".join(dict.fromkeys(change.detail for change in changes if change.detail))
        called = rule_label(rule, lang)
        told = "; ".join([rule] * (called != rule) + [_plain(details)] * bool(details))
        title = f' title="{escape(told)}"' if told else ""
        copies = dict.fromkeys(change.copy for change in changes if change.copy)
        link = f'<a href="{self.root}{lang}/rules/{rule}.html"{title}>{called}</a>'
        return f'<span class="tag">{link}{times}</span>' + "".join(self._copy(*copy, lang) for copy in copies)

    def _copy(self, doc_id: str, line_no: int, lang: str) -> str:
        name = show(f"{self.sample.sources.get(doc_id, doc_id)} · {line_no}")
        text = show(line_at(self.sample.texts.get(doc_id, ""), line_no)[:COPY_CHARS])
        page = f"{self.root}{lang}/documents/{document_page(doc_id, line_no)}#L{line_no}"
        there = self.sample.every or (doc_id in self.sample.documents and line_no <= REPORT_LINES)
        where = f'<a href="{page}">{name}</a>' if there else f"<code>{name}</code>"
        told = translator(lang)("kept-copy")
        return f'<details><summary>{told}</summary><blockquote class="text">{text}</blockquote>{where}</details>'


def _plain(text: str) -> str:
    """Text for a tooltip, where no markup can name an invisible character."""
    return "".join(char if char.isprintable() else f"U+{ord(char):04X}" for char in text)


def line_at(text: str, line_no: int) -> str:
    """One line of a decoded text, by the terminators that `etl.lines` knows."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[line_no - 1] if line_no <= len(lines) else ""
