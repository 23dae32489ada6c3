"""The web application: every page of every run, rendered on demand, with a search, comparisons and reviews.

A run's pages have the addresses of the static report, below `/runs/RUN/`, so that a line's address is permanent. The
application answers to loopback names only, unless it is given a token; it reads what the manifests list and nothing
else, and writes nothing but marks.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from etl.datasets import CommittedRun, current_run, open_run
from etl.desk.comparing import compare
from etl.desk.reviews import Review, add_review, line_story, read_reviews
from etl.desk.searching import Ask, options, search
from etl.errors import EtlError, UsageError
from etl.explain import document_row
from etl.history import BROKEN, list_runs
from etl.report.documents import span_of
from etl.report.glyphs import cut, show
from etl.report.pages import Draft, Pages, document_draft, phrase, render
from etl.report.rendering import LANGUAGES, document_page
from etl.report.sample import single

__all__ = ["LOOPBACK", "desk"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this machine for itself; a foreign page that is made to resolve to it has another name."""

DOCUMENT = re.compile(r"documents/([A-Za-z0-9_-]{1,80})(?:\.([0-9]{1,9}))?\.html")

COOKIE = "etl-desk"
"""Cookie that holds the token, once it was given in the address."""

LONGEST_FORM = 65_536
"""Bytes of a form: a reviewer's reason, many times over."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class _Shown:
    """One run, and its pages once they were asked for."""

    def __init__(self, run: CommittedRun) -> None:
        self.run = run
        self.pages = Pages(run.folder / "reports", run, run.manifest, desk=True)

    @cached_property
    def overviews(self) -> dict[str, Draft]:
        return {draft.name: draft for draft in self.pages.overviews()}

    def page(self, draft: Draft, lang: str) -> HTMLResponse:
        return HTMLResponse(render(draft, lang, self.pages.run, desk=True))


class _Desk:
    """The runs of an output folder, and what is done with them."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.shown: dict[str, _Shown] = {}
        self.special: dict[str, Callable[[_Shown, Request], Draft]] = {
            "search.html": self._search,
            "compare.html": self._compare,
            "reviews.html": self._reviews,
            "review.html": self._review,
        }

    def start(self, request: Request) -> Response:
        """The current run, in the language that the browser asks for."""
        wanted = request.headers.get("accept-language", "").lower()
        lang = "zh" if wanted.startswith("zh") else "en"
        return RedirectResponse(f"/runs/{current_run(self.output).run_id}/index.html#{lang}", 303)

    def index(self, request: Request) -> Response:
        """The page of a run."""
        return HTMLResponse(self._run(request).pages.index())

    def page(self, request: Request) -> Response:
        """Any page below the folder of a language."""
        shown, lang, name = self._run(request), request.path_params["lang"], request.path_params["name"]
        if lang not in LANGUAGES:
            raise HTTPException(404, "no such language")
        document = DOCUMENT.fullmatch(name)
        if document:
            return shown.page(self._document(shown, document[1], int(document[2] or 1)), lang)
        draft = self.special[name](shown, request) if name in self.special else shown.overviews.get(name)
        if draft is None:
            raise HTTPException(404, "no such page")
        return shown.page(draft, lang)

    async def keep(self, request: Request) -> Response:
        """Put a mark on record, and go back to its line."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_FORM:
                raise HTTPException(413, "the form is too long")
        form = parse_qs(body.decode("utf-8", errors="replace"))
        return await run_in_threadpool(self._keep, request, {name: values[0] for name, values in form.items()})

    def _keep(self, request: Request, form: dict[str, str]) -> Response:
        shown, lang = self._run(request), request.path_params["lang"]
        if lang not in LANGUAGES:
            raise HTTPException(404, "no such language")
        place = (form.get("doc", ""), _number(form.get("line", "")))
        add_review(self.output, shown.run, place, form.get("verdict", ""), (form.get("who", ""), form.get("why", "")))
        return RedirectResponse(f"/runs/{shown.run.run_id}/{lang}/documents/{document_page(*place)}#L{place[1]}", 303)

    def _run(self, request: Request) -> _Shown:
        run_id = request.path_params["run_id"]
        if run_id not in self.shown:
            if run_id not in self._ids():
                raise HTTPException(404, "no such run")
            self.shown[run_id] = _Shown(open_run(self.output / "runs" / run_id))
        return self.shown[run_id]

    def _ids(self) -> list[str]:
        return [run.run_id for run in list_runs(self.output) if run.verdict != BROKEN]

    def _document(self, shown: _Shown, doc_id: str, page: int) -> Draft:
        sample = single(shown.run, doc_id)
        if doc_id not in sample.documents or not 0 < page <= span_of(sample, doc_id).pages:
            raise HTTPException(404, "no such document")
        marks: dict[int, list[Review]] = {}
        for review in read_reviews(self.output):
            if review.doc_id == doc_id:
                marks.setdefault(review.line_no, []).append(review)
        draft = document_draft(sample, doc_id, page)
        return Draft(draft.name, draft.template, draft.headings, {**draft.context, "marks": marks}, draft.styles)

    def _search(self, shown: _Shown, request: Request) -> Draft:
        given = request.query_params
        ask = Ask(*(given.get(name, "") for name in ("text", "stage", "rule", "site")))
        stages, rules = options(shown.pages.stages)
        if ask.stage and ask.stage not in stages:
            raise HTTPException(404, "no such stage")
        found = search(shown.run.scan, ask) if any((ask.text.strip(), ask.stage, ask.rule, ask.site)) else None
        context = {"ask": ask, "stages": stages, "rules": rules, "found": found}
        return Draft("search.html", "search.html", phrase("desk-search"), context)

    def _compare(self, shown: _Shown, request: Request) -> Draft:
        others = [run_id for run_id in reversed(self._ids()) if run_id != shown.run.run_id]
        chosen = request.query_params.get("with", "")
        if chosen and chosen not in others:
            raise HTTPException(404, "no such run")
        found = compare(shown.run.scan, open_run(self.output / "runs" / chosen).scan) if chosen else None
        context = {"others": others, "chosen": chosen, "found": found}
        return Draft("compare.html", "compare.html", phrase("desk-compare"), context)

    def _reviews(self, shown: _Shown, request: Request) -> Draft:
        command = Markup("<code>etl review export OUTPUT</code>")
        context = {"reviews": read_reviews(self.output)[::-1], "command": command}
        return Draft("reviews.html", "reviews.html", phrase("desk-reviews"), context)

    def _review(self, shown: _Shown, request: Request) -> Draft:
        doc_id, line_no = request.query_params.get("doc", ""), _number(request.query_params.get("line", ""))
        story = line_story(shown.run, doc_id, line_no)
        line: dict[str, Any] = {
            "doc_id": doc_id,
            "line_no": line_no,
            "source": document_row(shown.run, doc_id)["source"],
            "html": show(cut(story.text)[0]),
        }
        likely = "stay" if story.fate == "removed" else "go" if story.fate == "kept" else ""
        return Draft("review.html", "review.html", phrase("mark-it"), {"line": line, "likely": likely})


class _Guard(BaseHTTPMiddleware):
    """Answers to known names only, asks for the token, takes forms from the own pages only, and adds the headers."""

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...], token: str | None) -> None:
        super().__init__(app)
        self.hosts = hosts
        self.token = token

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = self._refusal(request) or await call_next(request)
        response.headers.update(HEADERS)
        return response

    def _refusal(self, request: Request) -> Response | None:
        if urlsplit(f"//{request.headers.get('host', '')}").hostname not in self.hosts:
            return Response("this desk has another name", 400)
        origin = request.headers.get("origin")
        if request.method == "POST" and (origin is None or urlsplit(origin).netloc != request.headers.get("host")):
            return Response("forms are taken from this desk's own pages only", 403)
        if self.token is None or _same(request.cookies.get(COOKIE), self.token):
            return None
        if not _same(request.query_params.get("token"), self.token):
            return Response("add ?token=... to the address, as `etl serve` printed it", 403)
        response = RedirectResponse(request.url.path, 303)
        response.set_cookie(COOKIE, self.token, httponly=True, samesite="strict")
        return response


def _same(given: str | None, token: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), token.encode())


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise UsageError("a line is named by its number")
    return int(text)


def _told(request: Request, error: Exception) -> Response:
    """An error that is meant for the user, as one line of text."""
    return Response(str(error), 404 if isinstance(error, UsageError) else 500, media_type="text/plain")


def desk(output: Path, hosts: tuple[str, ...] = LOOPBACK, token: str | None = None) -> Starlette:
    """The application.

    Args:
        output: folder of the runs.
        hosts: names that it answers to.
        token: what a reader must bring along; null where only this machine can reach it.
    """
    pages = _Desk(output)
    app = Starlette(
        routes=[
            Route("/", pages.start),
            Route("/runs/{run_id}/index.html", pages.index),
            Route("/runs/{run_id}/{lang}/review.html", pages.keep, methods=["POST"]),
            Route("/runs/{run_id}/{lang}/{name:path}", pages.page),
        ],
        middleware=[
            Middleware(_Guard, hosts=hosts, token=token),
        ],
        exception_handlers={EtlError: _told},
    )
    app.router.redirect_slashes = False
    return app
