"""Every figure on every page, held against the datasets by arithmetic that knows nothing of how it was made."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Callable, Container, Iterator
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from etl.datasets import CommittedRun
from etl.recipe import Recipe
from etl.report.rulebook import rule_entry
from etl.runs import run

STAGES = ("decode", "boilerplate", "duplicates", "sections", "normalize")
CAME = {"decode": "decoded", "boilerplate": "decoded", "duplicates": "stripped", "sections": "deduplicated"}
LEFT = {"decode": "decoded", "boilerplate": "stripped", "duplicates": "deduplicated", "sections": "sectioned"}
NO_FIGURES = {"data", "code", "pre", "time", "nav", "style", "title"}
QUOTED = {"text", "why"}
VOID = {"meta", "input", "br"}
FAMILIES = 4
MARKS = {
    "low-confidence-share": "low-confidence-encoding",
    "damaged-share": "damaged-characters",
    "all-boilerplate-share": "all-boilerplate",
}


def kind_of(char: str) -> str:
    """Kind of a character, told by its name in Unicode."""
    name = unicodedata.name(char, "CONTROL")
    if char.isspace():
        return "spaces"
    words = {"REPLACEMENT": "replacement", "CJK UNIFIED": "han", "LATIN": "latin", "FULLWIDTH LATIN": "latin"}
    found = [kind for start, kind in words.items() if name.startswith(start)]
    if found:
        return found[0]
    if char.isdigit():
        return "digits"
    if unicodedata.category(char)[0] in "PS":
        return "points" if ord(char) < 256 else "wide-points"
    return "controls"


class Books:
    """A run's datasets in plain Python."""

    def __init__(self, committed: CommittedRun) -> None:
        self.run = committed

    def rows(self, dataset: str) -> list[dict[str, Any]]:
        return self.run.scan(dataset).collect().to_dicts()

    @cached_property
    def ledger(self) -> list[dict[str, Any]]:
        return self.rows("ledger")

    @cached_property
    def decoded(self) -> dict[str, dict[str, Any]]:
        return {row["doc_id"]: row for row in self.rows("decoded")}

    def edits(self, stage: str, rule: str | None = None) -> list[dict[str, Any]]:
        return [row for row in self.ledger if row["stage"] == stage and rule in (None, row["rule"])]

    def texts(self, dataset: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {doc_id: [] for doc_id in self.decoded}
        for row in self.rows(dataset):
            found[row["doc_id"]].append(row["text"])
        return found

    def chars(self, stage: str, side: str) -> dict[str, int]:
        dataset = {"in": CAME | {"normalize": "sectioned"}, "out": LEFT | {"normalize": "documents"}}[side][stage]
        sizes = {doc_id: sum(map(len, texts)) for doc_id, texts in self.texts(dataset).items()}
        if stage == "decode" and side == "in":
            for row in self.edits("decode"):
                sizes[row["doc_id"]] -= len(row["after"]) - len(row["before"])
        return sizes

    def kinds(self, stage: str, side: str, ids: Container[str] | None = None) -> Counter[str]:
        dataset = {"in": CAME | {"normalize": "sectioned"}, "out": LEFT | {"normalize": "documents"}}[side][stage]
        texts = (
            text for doc_id, texts in self.texts(dataset).items() if ids is None or doc_id in ids for text in texts
        )
        return Counter(kind_of(char) for text in texts for char in text)

    def lines(self, stage: str, side: str) -> int:
        if stage == "decode" or (stage, side) == ("boilerplate", "in"):
            return sum(
                len(re.split("\r\n|\r|\n", row["text"])) - row["text"].endswith(("\r", "\n"))
                for row in self.decoded.values()
            )
        dataset = (CAME | {"normalize": "sectioned"})[stage] if side == "in" else LEFT.get(stage, "paragraphs")
        return len(self.rows(dataset))

    def removed(self, edits: list[dict[str, Any]]) -> int:
        return sum(len(row["before"]) for row in edits)

    def inserted(self, edits: list[dict[str, Any]]) -> int:
        return sum(len(row["after"] or "") for row in edits)

    def share(self, stage: str, rule: str) -> float:
        return self.removed(self.edits(stage, rule)) / sum(self.chars(stage, "in").values())

    def histogram(self, stage: str, shape: str, edges: list[float]) -> list[int]:
        came, left = self.chars(stage, "in"), self.chars(stage, "out")
        added: Counter[str] = Counter()
        for row in self.edits(stage):
            added[row["doc_id"]] += len(row["after"] or "")
        values = (
            list(left.values())
            if shape == "chars_out"
            else [(came[doc] - left[doc] + added[doc]) / came[doc] for doc in came if came[doc]]
        )
        ends = [*edges[1:], float("inf")]
        return [sum(low <= value < high for value in values) for low, high in zip(edges, ends, strict=True)]

    def marked(self, stage: str, mark: str) -> int:
        return len({row["doc_id"] for row in self.rows("marks") if (row["stage"], row["mark"]) == (stage, mark)})

    def measure(self, stage: str, name: str) -> float:
        documents, refused = len(self.decoded), len(self.rows("quarantine"))
        edits, came = self.edits(stage), sum(self.chars(stage, "in").values())
        if name in MARKS:
            return self.marked(stage, MARKS[name]) / documents
        return {
            "balance-difference": came
            - self.removed(edits)
            + self.inserted(edits)
            - sum(self.chars(stage, "out").values()),
            "quarantined-share": refused / (refused + documents),
            "unbalanced-documents": 0,
            "not-rebuilt-documents": 0,
            "lost-documents": len(self.decoded) - len(self.rows("documents")),
            "damaged-characters-share": self.inserted(self.edits(stage, "damaged-bytes"))
            / sum(self.chars(stage, "out").values()),
            "same-input": 0,
            "removed-share": self.removed(edits) / came,
            "emptied-share": sum(not size for size in self.chars(stage, "out").values()) / documents,
        }[name]


class Oracle:
    """What a figure of a given name must be."""

    def __init__(self, now: CommittedRun, before: CommittedRun | None) -> None:
        self.now = Books(now)
        self.before = Books(before) if before else None

    def __call__(self, name: str) -> float:
        head, _, rest = name.partition("/")
        if head == "run":
            return self._run(rest)
        if name == "expectations/met":
            held = self.now.run.report("run")["expectations"]
            return len([one for one in held if one["judged"] and one["verdict"] == "pass"])
        if head in ("expectation", "document", "quarantine"):
            value: float = getattr(self, f"_{head}")(rest)
            return value
        return self._stage(head, rest)

    def _run(self, name: str) -> float:
        ledger = self.now.ledger
        figures: dict[str, Callable[[], float]] = {
            "documents": lambda: len(self.now.decoded),
            "quarantined": lambda: len(self.now.rows("quarantine")),
            "chars_in": lambda: sum(self.now.chars("decode", "in").values()),
            "chars_out": lambda: sum(len(row["text"]) for row in self.now.rows("documents")),
            "removed": lambda: self.now.removed(ledger),
            "inserted": lambda: self.now.inserted(ledger),
            "difference": lambda: 0,
        }
        return figures[name]()

    def _expectation(self, name: str) -> float:
        stage, measure, each, rest = name.split("/", 3)
        about, _, column = rest.rpartition("/")
        assert each == "stage", "no site of the pages is large enough to be judged by itself"
        if column in ("value", "previous"):
            books = self.before if column == "previous" else self.now
            assert books
            return books.share(stage, about) if measure == "rule-removed-share" else books.measure(stage, measure)
        if measure in ("balance-difference", "unbalanced-documents", "lost-documents", "not-rebuilt-documents"):
            return 0
        held = self.now.run.manifest["recipe"]["expectations"]
        return next(float(one[column]) for one in held if (one["stage"], one["measure"]) == (stage, measure))

    def _document(self, name: str) -> float:
        doc_id, _, what = name.partition("/")
        came = len(self.now.decoded[doc_id]["text"])
        left = next(len(row["text"]) for row in self.now.rows("documents") if row["doc_id"] == doc_id)
        if what.startswith("line/"):
            _, line_no, rule = what.split("/")
            place = (doc_id, int(line_no), rule)
            return sum((row["doc_id"], row["line_no"], row["rule"]) == place for row in self.now.ledger)
        if what.startswith("rule/"):
            return sum((row["doc_id"], row["rule"]) == (doc_id, what[5:]) for row in self.now.ledger)
        if what == "lines" or what.startswith("page/"):
            lines = len(re.split("\r\n|\r|\n", self.now.decoded[doc_id]["text"].removesuffix("\n")))
            page = int(what.split("/")[1]) if what != "lines" else 1
            return {"lines": lines, "first": page * 1500 - 1499, "last": min(page * 1500, lines)}[what.split("/")[-1]]
        return {"chars_in": came, "chars_out": left, "kept_share": left / came if came else 0}[what]

    def _quarantine(self, name: str) -> float:
        source, _, _ = name.rpartition("/")
        return next(float(row["size_bytes"]) for row in self.now.rows("quarantine") if row["source"] == source)

    def _stage(self, stage: str, name: str) -> float:
        kind, _, rest = name.partition("/")
        if rest:
            value: float = getattr(self, f"_of_{kind}")(stage, rest)
            return value
        edits = self.now.edits(stage)
        came = sum(self.now.chars(stage, "in").values())
        figures: dict[str, Callable[[], float]] = {
            "documents": lambda: len(self.now.decoded),
            "chars_in": lambda: came,
            "chars_out": lambda: sum(self.now.chars(stage, "out").values()),
            "removed": lambda: self.now.removed(edits),
            "inserted": lambda: self.now.inserted(edits),
            "removed_share": lambda: self.now.removed(edits) / came,
            "difference": lambda: 0,
            "lines_in": lambda: self.now.lines(stage, "in"),
            "lines_out": lambda: self.now.lines(stage, "out"),
        }
        return figures[name]()

    def _of_usage(self, stage: str, name: str) -> float:
        return float(self.now.run.report(stage)["usage"][name])  # no dataset has it

    def _of_rule(self, stage: str, name: str) -> float:
        rule, _, what = name.partition("/")
        edits = self.now.edits(stage, rule)
        if what == "share/previous":
            assert self.before
            return self.before.share(stage, rule)
        figures: dict[str, Callable[[], float]] = {
            "edits": lambda: len(edits),
            "documents": lambda: len({row["doc_id"] for row in edits}),
            "chars_removed": lambda: self.now.removed(edits),
            "chars_inserted": lambda: self.now.inserted(edits),
            "share": lambda: self.now.share(stage, rule),
        }
        return figures[what]()

    def _of_family(self, stage: str, name: str) -> float:
        chars: Counter[str] = Counter()
        for row in self.now.edits(stage):
            chars[rule_entry(row["rule"]).family] += len(row["before"])
        if name != "*":
            return chars[name]
        return sum(sorted(chars.values(), reverse=True)[FAMILIES:])

    def _of_top(self, stage: str, name: str) -> float:
        rule, _, rank = name.partition("/")
        taken = [row["before"] for row in self.now.edits(stage, rule) if row["after"] is None]
        counts = sorted(Counter(text.strip() for text in taken if len(text) <= 120).values(), reverse=True)
        return counts[int(rank)]

    def _of_histogram(self, stage: str, name: str) -> float:
        shape, _, rest = name.partition("/")
        position, _, what = rest.partition("/")
        edges = self.now.run.report(stage)["distributions"][shape]["edges"]
        if what == "edge":
            return float(edges[int(position)])
        books = self.before if what == "previous" else self.now
        assert books
        return float(books.histogram(stage, shape, edges)[int(position)])

    def _of_slice(self, stage: str, name: str) -> float:
        by, _, rest = name.partition("/")
        value, _, what = rest.rpartition("/")
        ids = [doc_id for doc_id, row in self.now.decoded.items() if (row[by] or "") == value]
        came, left = self.now.chars(stage, "in"), self.now.chars(stage, "out")
        chars_in, chars_out = sum(came[one] for one in ids), sum(left[one] for one in ids)
        kept = chars_out / chars_in if chars_in else 0
        return {"documents": len(ids), "chars_in": chars_in, "chars_out": chars_out, "kept_share": kept}[what]

    def _of_character(self, stage: str, name: str) -> float:
        kind, _, what = name.partition("/")
        edits = self.now.edits(stage)
        counts = {
            "removed": Counter(kind_of(char) for row in edits for char in row["before"]),
            "inserted": Counter(kind_of(char) for row in edits for char in row["after"] or ""),
            "out": self.now.kinds(stage, "out"),
        }
        counts["in"] = self.now.kinds(stage, "in")
        if stage == "decode":
            counts["in"] = counts["out"] - counts["inserted"] + counts["removed"]
        if what.startswith("share_"):
            return counts[what[6:]][kind] / counts[what[6:]].total()
        return counts[what][kind]

    def _of_site(self, stage: str, name: str) -> float:
        site, _, kind = name.rpartition("/")
        ids = {doc_id for doc_id, row in self.now.decoded.items() if (row["site"] or "") == site}
        counts = self.now.kinds(stage, "out", ids)
        return counts[kind] / counts.total()

    def _of_category(self, _: str, name: str) -> float:
        category, _, value = name.partition("/")
        return sum(str(row[category]) == value for row in self.now.decoded.values())

    def _of_mark(self, stage: str, name: str) -> float:
        return self.now.marked(stage, name)

    def _of_quarantined(self, _: str, name: str) -> float:
        return sum(1 for row in self.now.rows("quarantine") if row["reason"] == name)

    def _of_drift(self, stage: str, name: str) -> float:
        assert self.before
        if name.startswith("distance/"):
            edges = self.now.run.report(stage)["distributions"][name[9:]]["edges"]
            now, before = (books.histogram(stage, name[9:], edges) for books in (self.now, self.before))
            moved = [abs(a / sum(now) - b / sum(before)) for a, b in zip(now, before, strict=True)]
            return sum(moved) / 2
        what, _, previous = name.partition("/")
        books = self.before if previous else self.now
        came = sum(books.chars(stage, "in").values())
        removed_share = books.removed(books.edits(stage)) / came
        figures: dict[str, float] = {
            "documents": len(books.decoded),
            "chars_in": came,
            "removed_share": removed_share,
        }
        return figures[what]


class Figures(HTMLParser):
    """The figures of a page, and the text outside of them and of what is quoted."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.figures: list[tuple[str, float, str]] = []
        self.plain: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        given = dict(attrs)
        if tag == "data":
            self.figures.append((given["data-of"] or "", float(given["value"] or "nan"), ""))
        address = tag == "a" and "#L" in (given.get("href") or "")
        quoted = tag in NO_FIGURES or bool(QUOTED & set((given.get("class") or "").split())) or address
        self.open.append((tag, quoted or bool(self.open and self.open[-1][1])))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] == "data":
            name, value, shown = self.figures[-1]
            self.figures[-1] = (name, value, shown + data)
        elif not (self.open and self.open[-1][1]):
            self.plain.append(data)


@pytest.fixture(scope="module")
def twice(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[CommittedRun, CommittedRun]:
    """A run over some of the pages, and one over all of them."""
    root = tmp_path_factory.mktemp("twice")
    shutil.copytree(pages / "linjiang.example", root / "pages" / "linjiang.example")
    first = run(root / "pages", root / "out", workers=1)
    shutil.copytree(pages, root / "pages", dirs_exist_ok=True)
    return first, run(root / "pages", root / "out", workers=1)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> CommittedRun:
    """A run over one document of more lines than a report shows."""
    root = tmp_path_factory.mktemp("long")
    (root / "long.txt").write_text("".join(f"第{number}行写着一句话。\n" for number in range(7000)), encoding="utf-8")
    return run(root / "long.txt", root / "out", workers=1)


def parsed(committed: CommittedRun) -> Iterator[tuple[Path, Figures]]:
    for path in sorted((committed.folder / "reports").rglob("*.html")):
        figures = Figures()
        figures.feed(path.read_text(encoding="utf-8"))
        yield path, figures


@pytest.mark.parametrize("which", [0, 1])
def test_every_figure_on_every_page_follows_from_the_datasets(
    twice: tuple[CommittedRun, CommittedRun], which: int
) -> None:
    oracle = Oracle(twice[which], twice[0] if which else None)
    known: dict[str, float] = {}
    for path, page in parsed(twice[which]):
        assert page.figures or path.name == "quarantine.html"
        for name, value, _ in page.figures:
            if name not in known:
                known[name] = oracle(name)
            assert value == pytest.approx(known[name], abs=1e-12), f"{name} on {path.name}"
    assert len(known) > 300


def test_every_figure_on_the_pages_of_a_long_document_follows_too(long: CommittedRun) -> None:
    oracle = Oracle(long, None)
    known = {name: value for path, page in parsed(long) for name, value, _ in page.figures if "/page/" in name}
    assert len(known) == 8
    assert known == {name: oracle(name) for name in known}


def test_what_a_night_brought_is_told_as_the_datasets_have_it(pages: Path, tmp_path: Path) -> None:
    shutil.copytree(pages, tmp_path / "in")
    nightly = Recipe.model_validate({"run": {"incremental": True}})
    run(tmp_path / "in", tmp_path / "out", nightly, workers=1)
    (tmp_path / "in" / "damaged.txt").unlink()
    (tmp_path / "in" / "new.txt").write_text("新桥今天通车,两岸居民往来更方便了。\n", encoding="utf-8")
    night = run(tmp_path / "in", tmp_path / "out", nightly, workers=1)
    index = next(page for path, page in parsed(night) if path.name == "index.html")
    told = {name.partition("/")[2]: value for name, value, _ in index.figures if name.startswith("changes/")}
    counts = Counter(night.scan("changes").collect()["change"])
    sources = sum(night.scan(dataset).collect().height for dataset in ("documents", "quarantine"))
    carried = sources - sum(count for change, count in counts.items() if change != "deleted")
    names = ("new", "changed", "deleted", "recleaned")
    assert told == {**{name: counts[name] for name in names}, "carried": carried}
    assert (told["new"], told["deleted"]) == (1, 1)


def test_a_figure_reads_as_its_value(committed: CommittedRun) -> None:
    for path, page in parsed(committed):
        for name, value, shown in page.figures:
            plain = shown.replace(",", "")
            if shown == "<0.1%":
                assert 0 < value < 0.001
            elif plain.endswith("%"):
                assert float(plain[:-1]) == pytest.approx(100 * value, abs=0.0501), f"{name} on {path.name}"
            else:
                assert float(plain) == pytest.approx(value, abs=0.00501), f"{name} on {path.name}"


def test_there_is_no_figure_without_a_name(committed: CommittedRun) -> None:
    for path, page in parsed(committed):
        naked = [text for text in page.plain if re.search(r"\d", text)]
        assert not naked, f"{naked} on {path.name}"
