"""Mojibake: damage that can be undone is undone exactly, and text without damage is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from etl.evaluation.findings import OURS, Finding, Score, error_rows
from etl.evaluation.material import decoded_texts, read_table
from etl.evaluation.peers import Repair
from etl.evaluation.scores import share
from etl.recipe import Recipe

__all__ = ["evaluate_mojibake"]

OF = "mojibake"
CLEAN = "clean_negative"
"""Kind of the texts that have no damage."""

LEFT_OUT = "utf8_read_as_gb18030"
"""Kind with too few texts to say anything, and of doubtful answers."""


def evaluate_mojibake(data: Path, repairers: Mapping[str, Repair]) -> Finding:
    """Score the decode stage's repair.

    Args:
        data: folder of labelled material.
        repairers: peers by name; they get the damaged text.

    Raises:
        UsageError: the set is not there.
    """
    table = read_table(data, "normalize", "mojibake_zh.parquet").filter(pl.col("kind") != LEFT_OUT)
    cases = table.with_row_index("row").select(
        "kind",
        "recoverable",
        doc_id=pl.format("{}/{}#{}", "kind", "doc_id", "row"),
        text="mojibake",
        wanted=pl.when(pl.col("kind") == CLEAN).then("mojibake").otherwise("gold"),
    )
    decoded = decoded_texts(cases, Recipe())["decoded"].select("doc_id", got="text", repair="repair")
    ours = _judge(cases.join(decoded, on="doc_id", how="left", maintain_order="left", validate="1:1"))
    scores = _scores(ours, OURS)
    for tool, repair in repairers.items():
        got = pl.Series("got", [repair(text) for text in cases["text"]], dtype=pl.String)
        scores += _scores(_judge(cases.with_columns(got)), tool)
    return Finding(scores, _errors(ours))


def _judge(cases: pl.DataFrame) -> pl.DataFrame:
    return cases.with_columns(right=pl.col("got").eq_missing(pl.col("wanted")))


def _scores(judged: pl.DataFrame, tool: str) -> list[Score]:
    clean = judged.filter(kind=CLEAN)
    damaged = judged.filter(pl.col("recoverable") & (pl.col("kind") != CLEAN))
    kinds = [
        Score(OF, f"repaired exactly, {kind[0]}", share(rows["right"]), rows.height, tool)
        for kind, rows in damaged.group_by("kind", maintain_order=True)
    ]
    return [
        Score(OF, "repaired exactly", share(damaged["right"]), damaged.height, tool),
        Score(OF, "clean text left alone", share(clean["right"]), clean.height, tool),
        *kinds,
    ]


def _errors(judged: pl.DataFrame) -> pl.DataFrame:
    return error_rows(
        judged.filter(~pl.col("right") & pl.col("recoverable")),
        OF,
        document=pl.col("doc_id"),
        cause=pl.col("kind"),
        done=pl.format("repair: {}", pl.col("repair").fill_null("none")),
        label=pl.col("wanted").str.slice(0, 40),
        text=pl.col("got"),
    )
