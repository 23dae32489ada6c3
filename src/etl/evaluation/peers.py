"""Other tools, each behind the same small function; those that are not installed are left out.

A tool is called the way its documentation shows, with its defaults. What it cannot do counts as nothing found, as
it would for its user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

__all__ = [
    "Detect",
    "Extract",
    "Metadata",
    "Repair",
    "detectors",
    "extractors",
    "installed",
    "readers",
    "repairers",
    "versions",
]

Extract = Callable[[str], str]
"""The article's text, from a page's HTML."""

Detect = Callable[[bytes], str | None]
"""The decoded text; null if the tool knows no encoding that fits."""

Repair = Callable[[str], str]
"""The text with mojibake undone."""

Metadata = Callable[[str], dict[str, str]]
"""title, published and author, from a page's HTML; empty where the tool found none."""


DISTRIBUTIONS = {"readability": "readability-lxml"}
"""Tools that the package index knows by another name."""


def versions(tools: Iterable[str]) -> list[str]:
    """Each tool with its version, since a figure is worth nothing without it."""
    return [f"{tool} {_version(DISTRIBUTIONS.get(tool, tool))}" for tool in tools]


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "of an unknown version"


def installed(tools: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
    """The tools whose module is installed, by name.

    Args:
        tools: name to module and function.
    """
    return {name: function for name, (module, function) in tools.items() if find_spec(module)}


def extractors() -> dict[str, Extract]:
    """Tools that take an article out of HTML."""
    return installed(
        {
            "readability": ("readability", _readability),
            "trafilatura": ("trafilatura", _trafilatura),
            "resiliparse": ("resiliparse", _resiliparse),
            "jusText": ("justext", _justext),
            "GNE": ("gne", _gne),
        }
    )


def readers() -> dict[str, Metadata]:
    """Tools that read a page's title, date and author from HTML."""
    return installed({"GNE": ("gne", _gne_metadata)})


def detectors() -> dict[str, Detect]:
    """Tools that find a text's encoding."""
    return installed({"chardet": ("chardet", _chardet), "charset-normalizer": ("charset_normalizer", _normalizer)})


def repairers() -> dict[str, Repair]:
    """Tools that undo mojibake."""
    return installed({"ftfy": ("ftfy", _ftfy)})


def _quietly(call: Callable[[], Any], default: Any) -> Any:
    """The result of a tool, or a default where it fails: it raises whatever its libraries raise."""
    try:
        return call()
    except Exception:  # noqa: BLE001  # any failure of a peer is its result, not ours
        return default


def _readability(html: str) -> str:
    document = import_module("readability").Document
    parse = import_module("lxml.html").fromstring
    return str(_quietly(lambda: parse(document(html).summary()).text_content(), ""))


def _trafilatura(html: str) -> str:
    return _quietly(lambda: import_module("trafilatura").extract(html), "") or ""


def _resiliparse(html: str) -> str:
    extract = import_module("resiliparse.extract.html2text").extract_plain_text
    return str(_quietly(lambda: extract(html, main_content=True), ""))


def _justext(html: str) -> str:
    """Without stop words, since jusText has none for Chinese: its documented way for such languages."""
    justext = import_module("justext").justext

    def call() -> str:
        paragraphs = justext(html.encode(), frozenset(), stopwords_low=0, stopwords_high=0, encoding="utf-8")
        return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)

    return str(_quietly(call, ""))


def _gne(html: str) -> str:
    extractor = import_module("gne").GeneralNewsExtractor
    return str(_quietly(lambda: extractor().extract(html)["content"], ""))


def _gne_metadata(html: str) -> dict[str, str]:
    extractor = import_module("gne").GeneralNewsExtractor
    found = _quietly(lambda: extractor().extract(html), {})
    names = {"title": "title", "published": "publish_time", "author": "author"}
    return {ours: str(found.get(theirs) or "") for ours, theirs in names.items()}


def _chardet(data: bytes) -> str | None:
    detect = import_module("chardet").detect
    text: str | None = _quietly(lambda: data.decode(detect(data)["encoding"]), None)
    return text


def _normalizer(data: bytes) -> str | None:
    best = import_module("charset_normalizer").from_bytes(data).best()
    return str(best) if best else None


def _ftfy(text: str) -> str:
    return str(import_module("ftfy").fix_encoding(text))
