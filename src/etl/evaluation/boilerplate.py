"""Boilerplate: which lines of a dumped page are its article's, against labels made from the page's HTML or by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from etl.evaluation.findings import OURS, Finding, Score, error_rows, merge_findings
from etl.evaluation.material import decoded_texts, find, read_table, texts_of
from etl.evaluation.peers import Extract
from etl.evaluation.scores import agreement, document_f1, share
from etl.evaluation.training import DUMPS, LEFT_OUT
from etl.memory import run_stages
from etl.recipe import Recipe

__all__ = [
    "NEARLY_ALL_CONTENT",
    "PAGES",
    "clean_pages",
    "counted",
    "decoded_pages",
    "evaluate_boilerplate",
    "extract_pages",
    "judge_lines",
    "kept_by_text",
    "labels_of",
    "page_ids",
    "score_pages",
    "score_peers",
]

PAGES = ("daniel", "gne", "magichtml")
"""Sets of news pages and forums, where F1 says most."""

NEARLY_ALL_CONTENT = "govcn"
"""Set of official documents: what counts there is that no content is lost."""

SHORT_LINE = 8
"""Code points under which a line can stand in another text by chance."""


def evaluate_boilerplate(data: Path, extractors: Mapping[str, Extract]) -> Finding:
    """Score the boilerplate stage on every set and dump.

    Args:
        data: folder of labelled material.
        extractors: peers by name; they get the HTML, and a line counts as kept where their text has it.

    Raises:
        UsageError: a set is not there.
    """
    found = []
    for name in (*PAGES, NEARLY_ALL_CONTENT):
        ids = page_ids(data, name)
        extracted = extract_pages(data, name, ids, extractors)
        for dump in DUMPS:
            frames = clean_pages(data, name, dump, ids)
            scored = score_pages(labels_of(data, name, dump), frames, f"{name} {dump}")
            peers = score_peers(labels_of(data, name, dump), extracted, f"{name} {dump}")
            found += [scored, Finding(peers)]
    return merge_findings(found)


def page_ids(data: Path, name: str) -> pl.DataFrame:
    """doc_id and site of a set's pages."""
    return read_table(data, name, "index.csv").select("doc_id", site="host").sort("doc_id")


def labels_of(data: Path, name: str, dump: str) -> pl.DataFrame:
    """The labelled lines of a set's dumps: doc_id, line_no (from 1), text, wanted, how and the labels of `LEFT_OUT`."""
    labels = read_table(data, name, DUMPS[dump]).with_columns(pl.col("line_no") + 1)
    return labels.rename({"is_content": "wanted"})


def extract_pages(
    data: Path, name: str, ids: pl.DataFrame, extractors: Mapping[str, Extract]
) -> dict[str, pl.DataFrame]:
    """doc_id and extracted text, by tool."""
    if not extractors:
        return {}
    pages = texts_of(find(data, name, "html"), ids["doc_id"], ".html")
    return {
        tool: pl.DataFrame({"doc_id": ids["doc_id"], "extracted": [extract(page) for page in pages]})
        for tool, extract in extractors.items()
    }


def clean_pages(data: Path, name: str, dump: str, ids: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The datasets of a set's pages after the boilerplate stage, the whole set as one corpus.

    Args:
        data: folder of labelled material.
        name: name of the set.
        dump: folder of the dumps.
        ids: doc_id, site.
    """
    recipe = Recipe()
    return run_stages(decoded_pages(data, name, dump, ids), "boilerplate", "boilerplate", recipe)


def decoded_pages(data: Path, name: str, dump: str, ids: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The datasets of a set's pages after the decode stage; see `clean_pages`."""
    texts = texts_of(find(data, name, dump), ids["doc_id"], ".txt")
    return decoded_texts(ids.with_columns(text=pl.Series(texts, dtype=pl.String)), Recipe())


def score_pages(labels: pl.DataFrame, frames: Mapping[str, pl.DataFrame], of: str) -> Finding:
    """Our figures and errors on a set of pages.

    Args:
        labels: as of `labels_of`.
        frames: stripped (doc_id, line_no) and ledger, after the boilerplate stage.
        of: name of the set.
    """
    judged = counted(judge_lines(labels, frames["stripped"]))
    return Finding(_scores(judged, of, OURS), _errors(judged, frames["ledger"], of))


def score_peers(labels: pl.DataFrame, extracted: Mapping[str, pl.DataFrame], of: str) -> list[Score]:
    """Figures of the other tools on the same lines; `extracted` is what `extract_pages` gave."""
    return [
        score for tool, texts in extracted.items() for score in _scores(counted(kept_by_text(labels, texts)), of, tool)
    ]


def counted(judged: pl.DataFrame) -> pl.DataFrame:
    """The lines whose labels are certain."""
    return judged.filter(~pl.any_horizontal(LEFT_OUT))


def judge_lines(labels: pl.DataFrame, stripped: pl.DataFrame) -> pl.DataFrame:
    """Add chosen (the line survived, whole or in part) and chars (code points that show).

    Args:
        labels: doc_id, line_no, text, wanted.
        stripped: doc_id, line_no of the lines that survived.
    """
    survived = stripped.select("doc_id", "line_no", chosen=pl.lit(value=True))
    judged = labels.join(survived, on=["doc_id", "line_no"], how="left", maintain_order="left", validate="1:1")
    return judged.with_columns(pl.col("chosen").fill_null(value=False), chars=_folded("text").str.len_chars())


def kept_by_text(labels: pl.DataFrame, extracted: pl.DataFrame) -> pl.DataFrame:
    """Add chosen (the extracted text has the line, white space folded away) and chars, as `judge_lines` does.

    A short line may stand in a text by chance, so it counts only if the nearest longer lines on both sides are chosen
    too. Without this the tools would fare worse, up to .06 in line F1.

    Args:
        labels: doc_id, text, wanted of every line; rows of a document in order.
        extracted: doc_id, extracted: what a tool made of the document's HTML.
    """
    folded = extracted.select("doc_id", extracted=_folded("extracted"))
    found = labels.join(folded, on="doc_id", how="left", maintain_order="left", validate="m:1").with_columns(
        chosen=pl.col("extracted").fill_null("").str.contains(_folded("text"), literal=True),
        chars=_folded("text").str.len_chars(),
    )
    short = pl.col("chars") < SHORT_LINE
    longer = pl.when(~short).then("chosen")
    around = longer.forward_fill().over("doc_id") & longer.backward_fill().over("doc_id")
    return found.with_columns(pl.col("chosen") & (~short | around.fill_null(value=False))).drop("extracted")


def _folded(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all(r"[\s\u{200b}\u{feff}]+", "")


def _scores(judged: pl.DataFrame, of: str, tool: str) -> list[Score]:
    wanted = judged.filter("wanted")
    kept = Score(of, "content lines kept", share(wanted["chosen"]), wanted.height, tool)
    if of.startswith(NEARLY_ALL_CONTENT):
        return [kept]
    lines = agreement(judged)
    return [
        Score(of, "line F1", lines.f1, judged.height, tool),
        Score(of, "line precision", lines.precision, judged.height, tool),
        kept,
        Score(of, "line F1 a document", document_f1(judged), judged["doc_id"].n_unique(), tool),
        Score(of, "character F1", agreement(judged, "chars").f1, int(judged["chars"].sum()), tool),
    ]


def _errors(judged: pl.DataFrame, ledger: pl.DataFrame, of: str) -> pl.DataFrame:
    reasons = ledger.filter(stage="boilerplate").unique(["doc_id", "line_no"], keep="last", maintain_order=True)
    wrong = judged.filter(pl.col("chosen") != pl.col("wanted")).join(
        reasons.select("doc_id", "line_no", "rule", "score", "detail"),
        on=["doc_id", "line_no"],
        how="left",
        maintain_order="left",
    )
    removed = pl.concat_str(
        pl.format("removed by {}", pl.col("rule").fill_null("no rule, a blank line")),
        pl.format(" score {}", pl.col("score").round(3)).fill_null(""),
        pl.format(" [{}]", "detail").fill_null(""),
    )
    return error_rows(
        wrong,
        of,
        document=pl.col("doc_id"),
        line_no=pl.col("line_no"),
        cost=pl.col("chars"),
        cause=pl.when("chosen")
        .then(pl.format("boilerplate kept ({})", "how"))
        .otherwise(pl.format("content lost to {}", pl.col("rule").fill_null("nothing"))),
        done=pl.when("chosen").then(pl.lit("kept")).otherwise(removed),
        label=pl.when("wanted").then(pl.lit("content")).otherwise(pl.lit("boilerplate")),
        text=pl.col("text"),
    )
