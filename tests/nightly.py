"""Night after night into one output folder, and what may differ from one run over the whole."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from etl.datasets import CommittedRun
from etl.duplicates.folding import fold_text
from etl.facts import nights_of
from etl.pipeline import merged, reader, stage_named
from etl.recipe import Recipe
from etl.runs import run
from etl.verify import verify
from tests.committed import rows

WORDS = ("村民", "稻谷", "晒场", "书记", "装袋", "过秤", "今年", "每亩", "公斤", "仓库", "道路", "水渠", "学校", "老人")

NIGHTLY = Recipe.model_validate({"run": {"shard_mb": 0.0006, "incremental": True}, "expectations": []})


def prose(name: str) -> str:
    """A paragraph that no other name has."""
    words = random.Random(name)
    return "，".join("".join(words.choices(WORDS, k=4)) for _ in range(7)) + "。"


def article(name: str, *paragraphs: str, day: int | None = None) -> str:
    head = [f"{name}的消息"] + ([f"2024-05-{day:02} 来源：青山日报"] if day else [])
    return "\n".join([*head, prose(name), *paragraphs]) + "\n"


def page(words: random.Random, pool: Sequence[str]) -> str:
    """A page with some paragraphs of a pool, some of them twice, and short lines between."""
    shared = words.choices(pool, k=words.randint(0, 4))
    lines = [line for paragraph in shared for line in ([paragraph, "本报记者王小川"][: words.randint(1, 2)])]
    day = words.choice([None, *range(1, 29)])
    return article(str(words.random()), *lines, *lines[: words.randint(0, 2)], day=day)


def put(root: Path, pages: Mapping[str, str | None]) -> Path:
    """Write pages below a folder; one that is null is deleted."""
    for name, text in pages.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
    return root


class Nights:
    """One output folder, night after night."""

    def __init__(self, folder: Path) -> None:
        self.root, self.output = folder / "in", folder / "out"
        self.root.mkdir()

    def __call__(self, pages: Mapping[str, str | None], recipe: Recipe = NIGHTLY) -> CommittedRun:
        """Change pages, and run; the run is proved."""
        committed = run(put(self.root, pages), self.output, recipe, workers=1)
        verify(committed)
        return committed

    def whole(self, recipe: Recipe = NIGHTLY) -> CommittedRun:
        """One run over what is there now, into an output of its own."""
        return run(self.root, self.output.parent / "whole", recipe.with_run(incremental=False), workers=1)


def nights(committed: CommittedRun) -> dict[str, int]:
    """The night on which each document was cleaned."""
    counted = nights_of(committed.manifest["shards"])
    return {
        doc_id: night
        for number, night in counted.items()
        for doc_id in committed.shard("decoded", number, ["doc_id"])["doc_id"]
    }


def assert_same_but_for_owners(nightly: CommittedRun, whole: CommittedRun) -> None:
    """The documents of many nights are those of one run, but for the copy that stays of a paragraph that several have.

    A page of a site is judged by the pages of the site that were there on its night, and may be judged otherwise.
    Nights on which such pages change or go are not for this test.
    """
    for name in ("decoded", "quarantine"):
        assert rows(nightly, name).equals(rows(whole, name)), name
    assert_judged_by_what_was_there(nightly, whole)
    otherwise = judged_otherwise(nightly, whole)
    assert kept_or_shared(nightly, otherwise).equals(kept_or_shared(whole, otherwise))
    apart = texts_of(nightly, otherwise) | texts_of(whole, otherwise)
    assert kept_texts(nightly, apart) == kept_texts(whole, apart)
    for committed in (nightly, whole):
        assert_owned_by_the_first(committed)
    same = documents_kept_alike(nightly, whole).join(otherwise, on="doc_id", how="anti")
    for name in ("sectioned", "sections", "paragraphs", "documents"):
        one, other = (
            rows(each, name).join(same, on="doc_id", how="semi", maintain_order="left").drop(LIKENESS, strict=False)
            for each in (nightly, whole)
        )
        assert one.equals(other), name


JUDGED = ("stripped", "metadata")
"""Datasets that depend on a document, and on how often its lines recur on its site."""


def assert_judged_by_what_was_there(nightly: CommittedRun, whole: CommittedRun) -> None:
    """Documents without a site are judged as in one run; each page of a site by what had come by its night."""
    of_sites = rows(nightly, "decoded").drop_nulls("site")
    known = judged_by_what_was_there(of_sites, nightly)
    for name in JUDGED:
        alone = rows(whole, name).join(of_sites, on="doc_id", how="anti", maintain_order="left")
        expected = pl.concat([alone, *known[name]]).sort("doc_id", maintain_order=True)
        assert rows(nightly, name).equals(expected), name


def judged_by_what_was_there(decoded: pl.DataFrame, nightly: CommittedRun) -> dict[str, list[pl.DataFrame]]:
    """What the boilerplate stage makes of each night's documents, knowing these and those of the nights before."""
    recipe, cleaned = Recipe.model_validate(nightly.manifest["recipe"]), nights(nightly)
    night = decoded["doc_id"].replace_strict(cleaned, return_dtype=pl.Int64)
    found: dict[str, list[pl.DataFrame]] = {name: [] for name in JUDGED}
    for number in sorted({*cleaned.values()}):
        there, come = ({"decoded": decoded.filter(which)} for which in (night <= number, night == number))
        survey = stage_named("decode").survey
        assert survey
        facts = merged(survey(reader(there), recipe))
        outcome = stage_named("boilerplate").work(reader(come), facts.__getitem__, recipe)
        for name in JUDGED:
            found[name].append(outcome.datasets[name])
    return found


def judged_otherwise(one: CommittedRun, other: CommittedRun) -> pl.DataFrame:
    """doc_id of the documents that the boilerplate stage judged otherwise in another run."""
    judged = [(rows(one, name), rows(other, name)) for name in JUDGED]
    differing = [
        here.join(there, on=here.columns, how="anti", nulls_equal=True)
        for pair in judged
        for here, there in (pair, pair[::-1])
    ]
    return pl.concat(frame.select("doc_id") for frame in differing).unique()


LIKENESS = ("near_duplicate_of", "flags")
"""Columns that tell of likeness to others, which depends on who was there."""


def shared_paragraphs(committed: CommittedRun) -> pl.DataFrame:
    return rows(committed, "ledger").filter(pl.col("rule") == "shared-paragraph")


def kept_or_shared(committed: CommittedRun, otherwise: pl.DataFrame) -> pl.DataFrame:
    """Lines that their document itself gave no reason to remove; of some documents, nothing."""
    lines = (rows(committed, "deduplicated"), shared_paragraphs(committed))
    columns = ["doc_id", "line_no", "start", "end"]
    return pl.concat(frame.select(columns) for frame in lines).join(otherwise, on="doc_id", how="anti").sort(columns)


def texts_of(committed: CommittedRun, documents: pl.DataFrame) -> set[str]:
    """What the lines of some documents say, as the duplicates stage compares it."""
    lines = rows(committed, "stripped").join(documents, on="doc_id", how="semi")
    return {fold_text(text) for text in lines["text"]}


def kept_texts(committed: CommittedRun, apart: set[str]) -> list[str]:
    """What stays, over all documents, as the duplicates stage compares it; some texts apart."""
    return sorted(text for text in map(fold_text, rows(committed, "deduplicated")["text"]) if text not in apart)


def assert_owned_by_the_first(committed: CommittedRun) -> None:
    """What was removed stands in the document of the earliest night, then date, then id."""
    dated = dict(rows(committed, "metadata").select("doc_id", "published").rows())
    night = nights(committed)
    kept = {
        (doc_id, line_no): text
        for doc_id, line_no, text in rows(committed, "deduplicated").select("doc_id", "line_no", "text").rows()
    }
    gone = shared_paragraphs(committed).select("doc_id", "before", "match_doc_id", "match_line_no")
    for doc_id, before, owner, line_no in gone.rows():
        assert fold_text(kept[owner, line_no]) == fold_text(before)
        ranks = [(night[each], dated[each] is None, dated[each] or 0, each) for each in (owner, doc_id)]
        assert ranks == sorted(ranks)


def documents_kept_alike(one: CommittedRun, other: CommittedRun) -> pl.DataFrame:
    """doc_id of the documents that kept the same lines in both runs."""
    lines = [
        rows(each, "deduplicated").group_by("doc_id", maintain_order=True).agg("line_no").sort("doc_id")
        for each in (one, other)
    ]
    return lines[0].join(lines[1], on=["doc_id", "line_no"], how="semi").select("doc_id")
