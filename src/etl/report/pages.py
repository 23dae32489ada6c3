"""The pages of a run: which there are, and what each is given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup

from etl.errors import UsageError
from etl.files import read_json
from etl.quality.kinds import KINDS
from etl.quality.measures import REPORT_VERSION
from etl.report.documents import lines_of, rule_counts, span_of, switches, taken_by_rule
from etl.report.flow import flow
from etl.report.rendering import LANGUAGES, PAGE_LINES, document_page, page, part, style_sheet, translator
from etl.report.sample import Datasets, Sample, choose

__all__ = ["Draft", "Pages", "document_draft", "phrase", "render", "write_pages"]

SLICES = 60
"""Sites, and encodings, that a stage's page lists: those with the most characters."""

TOP_LINES = 30
"""Most frequent removed lines that a stage's page lists, over all its rules."""

REFUSED = 1_000
"""Refused inputs that the page of the quarantine lists."""


def write_pages(folder: Path, datasets: Datasets, manifest: Mapping[str, Any]) -> None:
    """Write the pages beside the JSON reports that they show.

    Args:
        folder: holds run.json and one report a stage.
        datasets: the run's.
        manifest: what the run's manifest says besides its files.
    """
    for name, data in Pages(folder, datasets, manifest).all():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@dataclass(frozen=True)
class Draft:
    """A page that is ready to be rendered in each language.

    Attributes:
        name: below the folder of the language.
        template: what renders it.
        headings: its title in each language.
        context: what the template is given.
        styles: style sheets of its own.
    """

    name: str
    template: str
    headings: Mapping[str, str]
    context: Mapping[str, Any]
    styles: tuple[str, ...] = ()


@dataclass
class Pages:
    """The pages of one run.

    Attributes:
        folder: holds run.json and one report a stage.
        datasets: the run's.
        manifest: what the run's manifest says besides its files.
        desk: whether a server shows them, which has a page for every document, a search and reviews.
    """

    folder: Path
    datasets: Datasets
    manifest: Mapping[str, Any]
    desk: bool = False

    @cached_property
    def run(self) -> dict[str, Any]:
        """The run's report.

        Raises:
            UsageError: it was written by another version, whose keys mean something else.
        """
        report = read_json(self.folder / "run.json")
        if report["report_version"] != REPORT_VERSION:
            raise UsageError(f"{self.folder}: was written by another version of etl; open its index.html, or run again")
        return report

    @cached_property
    def stages(self) -> list[dict[str, Any]]:
        """The stages' reports, in order."""
        return [read_json(self.folder / f"{stage['stage']}.json") for stage in self.run["stages"]]

    @cached_property
    def sample(self) -> Sample:
        """Documents with a page."""
        return choose(self.datasets, self.stages)

    def all(self) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of each page."""
        yield "index.html", self.index()
        documents = (draft for doc_id in self.sample.documents for draft in document_drafts(self.sample, doc_id))
        for draft in (*self.overviews(), *documents):
            for lang in LANGUAGES:
                yield f"{lang}/{draft.name}", render(draft, lang, self.run)

    def overviews(self) -> Iterator[Draft]:
        """The pages of the stages, of the rules and of the quarantine."""
        yield from self._stage_pages()
        yield self._quarantine_page()

    def index(self) -> bytes:
        """The page of the run, in every language."""
        books = _books(self.stages[0]["balance"] | {
            "chars_out": self.run["output"]["chars"],
            "removed": sum(stage["balance"]["removed"] for stage in self.stages),
            "inserted": sum(stage["balance"]["inserted"] for stage in self.stages),
        })  # fmt: skip
        drifts = [stage["drift"] for stage in self.stages if stage["drift"]]
        context = {
            "run": self.run,
            "stages": self.stages,
            "books": books,
            "flow": flow(self.stages),
            "sample": self.sample,
            "slowest": max(self.stages, key=lambda stage: stage["usage"]["cpu_seconds"])["stage"],
            "changed": {kind: any(drift[f"{kind}_rules"] for drift in drifts) for kind in ("new", "gone")},
            "manifest": self.manifest,
            "recipe": json.dumps(self.manifest["recipe"], ensure_ascii=False, indent=1),
            "command": Markup("<code>etl explain OUTPUT DOCUMENT</code>"),
            "root": "",
            "desk": self.desk,
        }
        bodies = [part("run.html", lang, context | {"other": f"#{_other(lang)}"}) for lang in LANGUAGES]
        bodies.insert(0, part("probe.html", LANGUAGES[0], {}))
        heading = translator(LANGUAGES[0])(f"verdict-{self.run['verdict']}")
        return page(
            Markup("\n").join(bodies), LANGUAGES[0], heading, self.run, style_sheet("index.css"), desk=self.desk
        )

    def _stage_pages(self) -> Iterator[Draft]:
        taken = taken_by_rule(self.sample)
        for stage in self.stages:
            books = _books(stage["balance"])
            rules = sorted(stage["rules"], key=lambda rule: (-rule["chars_removed"], -rule["edits"], rule["rule"]))
            context = {"stage": stage, "books": books, "rules": rules, "top": _top(rules), "slices": _slices(stage)}
            context |= {"kinds": KINDS, "sites": _sites(stage)}
            yield Draft(f"{stage['stage']}.html", "stage.html", phrase(stage["stage"]), context)
            for rule in rules:
                own = {"stage": stage, "books": books, "rule": rule, "taken": taken.get(rule["rule"], [])}
                yield Draft(f"rules/{rule['rule']}.html", "rule.html", dict.fromkeys(LANGUAGES, rule["rule"]), own)

    def _quarantine_page(self) -> Draft:
        refused = self.datasets.scan("quarantine").collect().sort("source")
        context = {"refused": refused.head(REFUSED).to_dicts(), "further": max(0, refused.height - REFUSED)}
        return Draft("quarantine.html", "quarantine.html", phrase("quarantine"), context)


def document_drafts(sample: Sample, doc_id: str) -> Iterator[Draft]:
    """The pages of one document of a sample."""
    yield from (document_draft(sample, doc_id, page) for page in range(1, span_of(sample, doc_id).pages + 1))


def document_draft(sample: Sample, doc_id: str, page: int = 1) -> Draft:
    """One page of a document of a sample."""
    span = span_of(sample, doc_id, page)
    lines = lines_of(sample, doc_id, "../../", span)
    rules = rule_counts(sample.ledger.get(doc_id, ()))
    context = {
        "row": sample.documents[doc_id],
        "reasons": sample.reasons[doc_id],
        "rules": rules,
        "lines": lines,
        "first_kept": next((line.line_no for line in lines if line.fate in {"kept", "changed"}), None),
        "span": span,
        "page_lines": PAGE_LINES,
        "command": Markup("<code>etl serve OUTPUT</code>"),
    }
    headings = dict.fromkeys(LANGUAGES, sample.sources[doc_id])
    return Draft(
        f"documents/{document_page(doc_id, span.first)}", "document.html", headings, context, (switches(rules),)
    )


def phrase(key: str) -> dict[str, str]:
    """A phrase in every language."""
    return {lang: translator(lang)(key) for lang in LANGUAGES}


def render(draft: Draft, lang: str, run: Mapping[str, Any], *, desk: bool = False) -> bytes:
    """A page below the folder of its language."""
    root = "../" * (1 + draft.name.count("/"))
    frame = {
        "root": root,
        "other": f"{root}{_other(lang)}/{draft.name}",
        "home": f"index.html#{lang}",
        "run": run,
        "desk": desk,
    }
    body = part(draft.template, lang, {**frame, **draft.context})
    return page(body, lang, draft.headings[lang], run, *draft.styles, desk=desk)


def _other(lang: str) -> str:
    return LANGUAGES[1 - LANGUAGES.index(lang)]


def _books(balance: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **balance,
        "difference": balance["chars_in"] - balance["removed"] + balance["inserted"] - balance["chars_out"],
    }


def _top(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = [
        line | {"rule": rule["rule"], "rank": rank} for rule in rules for rank, line in enumerate(rule["top_removed"])
    ]
    return sorted(lines, key=lambda line: (-line["count"], line["rule"], line["rank"]))[:TOP_LINES]


def _sites(stage: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sites with the most characters left: value, out by kind, whole."""
    sites = stage["characters"]["sites"]
    summed = [site | {"whole": sum(site["out"].values())} for site in sites if site["out"]]
    return sorted(summed, key=lambda site: (-site["whole"], site["value"] or ""))[:SLICES]


def _slices(stage: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    shown = {}
    for by, parts in stage["slices"].items():
        largest = sorted(parts, key=lambda part: (-part["chars_in"], part["value"] or ""))
        shown[by] = {"shown": largest[:SLICES], "further": max(0, len(largest) - SLICES)}
    return shown
