"""Turning templates into pages: the language, the figures, and a policy that lets a page load nothing.

A page holds everything that it needs and runs no script. Its style sheets are named by digest in its
Content-Security-Policy, so that not even a style could be smuggled in by scraped text.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from etl.report.glyphs import show
from etl.report.rulebook import rule_entry, rule_label, subject

__all__ = [
    "LANGUAGES", "PAGE_LINES", "address", "document_page", "number", "page", "page_number", "part",
    "share", "style_sheet", "term", "translator",
]  # fmt: skip

LANGUAGES = ("en", "zh")
"""Languages of the pages, in the order of the phrases; the first is shown where the reader's is not known."""

NO_SHARES = (
    "balance-difference", "unbalanced-documents", "lost-documents", "not-rebuilt-documents", "same-input",
    "silent-site", "silent-rule", "drift-stability", "drift-categories",
)  # fmt: skip
"""Measures that are counts or effect sizes; the others are shares."""

PAGE_LINES = 1_500
"""Lines of a document on one page, so that a browser lays it out at once."""

SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


def number(value: float, name: str) -> Markup:
    """A figure: what a person reads, and beside it the exact value and the name of what it counts."""
    shown = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    return _data(value, name, shown)


def share(value: float, name: str) -> Markup:
    """A share of a whole, in per cent; one too small for the decimals is not shown as nothing."""
    shown = f"{value:.1%}" if value >= 0.001 or value == 0 else "<0.1%"
    return _data(value, name, shown)


def _data(value: float, name: str, shown: str) -> Markup:
    # Pages have thousands of figures, and Markup.format is ten times slower.
    return Markup(f'<data value="{value}" data-of="{escape(name)}">{escape(shown)}</data>')  # a number is safe


def address(doc_id: str) -> str:
    """Name of a document's page; an id that is no plain word is replaced by its digest."""
    return doc_id if SAFE_NAME.fullmatch(doc_id) else hashlib.sha256(doc_id.encode()).hexdigest()[:40]


def document_page(doc_id: str, line_no: int = 1) -> str:
    """Name of the page that shows a line of a document; further pages of a long one are numbered."""
    number = page_number(line_no)
    return f"{address(doc_id)}.html" if number == 1 else f"{address(doc_id)}.{number}.html"


def page_number(line_no: int) -> int:
    """Number of the page of its document that shows a line, from 1."""
    return (max(line_no, 1) - 1) // PAGE_LINES + 1


@cache
def style_sheet(name: str) -> str:
    """One of the style sheets, without the spaces that indent it."""
    text = files("etl.report").joinpath("templates", name).read_text(encoding="utf-8")
    return "\n".join(line.strip() for line in text.splitlines())


def part(template: str, lang: str, context: Mapping[str, Any]) -> Markup:
    """Render the body of a page in one language."""
    names = {"lang": lang, "t": translator(lang), "term": partial(term, lang), "desk": False, **context}
    return Markup(_environment().get_template(template).render(names))  # rendered with autoescape


def page(body: Markup, lang: str, heading: str, run: Mapping[str, Any], *styles: str, desk: bool = False) -> bytes:
    """A whole page around a body.

    Args:
        body: from `part`.
        lang: language of the page.
        heading: its title.
        run: the run's report.
        styles: style sheets besides the common one.
        desk: a server shows it, so it may send forms there.
    """
    sheets = (style_sheet("style.css"), *styles)
    digests = (b64encode(hashlib.sha256(sheet.encode()).digest()).decode() for sheet in sheets)
    html = _environment().get_template("page.html").render(
        body=body,
        lang=lang,
        heading=heading,
        run=run,
        desk=desk,
        styles=[Markup(sheet) for sheet in sheets],  # our own style sheets
        style_sources=" ".join(f"'sha256-{digest}'" for digest in digests),
    )  # fmt: skip
    return html.encode()


@cache
def translator(lang: str) -> Callable[..., Markup]:
    """A function from a phrase's key, and what its {names} stand for, to the phrase in one language."""
    phrases = _phrases(lang)

    def translate(key: str, **names: object) -> Markup:
        return phrases[key].format(**names) if names else phrases[key]

    return translate


def term(lang: str, kind: str, name: str) -> Markup:
    """The word for a name that the reports use, such as a measure's; a rule's family may be the rule itself.

    Args:
        lang: language.
        kind: family, mark, measure, refused or stage.
        name: as the reports spell it; shown as it is where there is no word for it.
    """
    if lang == LANGUAGES[0]:
        return escape(name)
    return _phrases(lang).get(f"{kind}-{name}") or escape(rule_label(name, lang) if kind == "family" else name)


@cache
def _phrases(lang: str) -> dict[str, Markup]:
    position = LANGUAGES.index(lang)
    text = files("etl.report").joinpath("phrases.toml").read_text(encoding="utf-8")
    return {key: escape(versions[position]) for key, versions in tomllib.loads(text).items()}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("etl.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "n": number, "share": share, "show": show, "document_page": document_page,
        "entry": rule_entry, "label": rule_label, "subject": subject, "measured": _measured,
    }  # fmt: skip
    return environment


def _measured(measure: str, value: float | None, name: str) -> Markup:
    if value is None:
        return Markup("–")
    return number(value, name) if measure in NO_SHARES else share(value, name)
