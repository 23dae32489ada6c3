"""Train the weights of the boilerplate model on labelled pages, and measure them by cross-validation over sites.

    python scripts/train_boilerplate.py FOLDER [--write] [--flat]

FOLDER holds one folder per set, each with index.csv (doc_id, host) and lines_zh.parquet and lines_flat_zh.parquet
(doc_id, line_no, text, is_content, ambiguous, title_like, meta_like). The result depends on nothing else: logistic
regression by Newton's method from zero, in float64, weights rounded to three decimals.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.boilerplate.decision import decide, with_family
from etl.boilerplate.evidence import Evidence, Floats, Frame, evidence
from etl.boilerplate.features import line_features
from etl.boilerplate.folding import shown
from etl.boilerplate.model import weights_path
from etl.boilerplate.rules import rule_hits

SETS = {"daniel": 1.0, "gne": 2.0, "magichtml": 2.5, "govcn": 1.0}
"""Weight of a line of each set: the sets differ in size, and each kind of page should count."""

FOLDS = 5
RIDGE = 40.0
"""Strength of the pull towards zero, in lines; chosen by cross-validation over sites."""

EVENNESS = 0.5
"""A document's lines weigh (number of such lines) to minus this, so that long documents don't rule."""


def load(folder: Path, flat: bool) -> pl.DataFrame:
    """Every labelled line of all sets, with its features."""
    name = "lines_flat_zh" if flat else "lines_zh"
    frames = []
    for each in SETS:
        index = pl.read_csv(folder / each / "index.csv", infer_schema_length=None)
        host = pl.col("host") if "host" in index.columns else pl.lit("one host").alias("host")
        labels = pl.read_parquet(folder / each / f"{name}.parquet")
        frames.append(
            labels.join(index.select("doc_id", host), on="doc_id", how="left", maintain_order="left").select(
                "doc_id",
                "line_no",
                "text",
                "is_content",
                "ambiguous",
                "title_like",
                "meta_like",
                "host",
                set=pl.lit(each),
            )
        )
    lines = pl.concat(frames).filter(pl.col("text").str.strip_chars() != "")
    order = lines.select("doc_id").unique(maintain_order=True).with_row_index("document")
    lines = lines.join(order, on="doc_id", how="left", maintain_order="left").with_row_index("row")
    seen = line_features(lines.with_columns(shown=shown(pl.col("text"))))
    return with_family(seen.with_columns(recurs=pl.lit(value=False)), _hits(seen))


def weights_of_lines(lines: pl.DataFrame) -> Floats:
    """How much each line counts in training; lines that sources disagree on count nothing."""
    known = ~(pl.col("ambiguous") | pl.col("title_like") | pl.col("meta_like"))
    like = pl.len().over("document", "is_content")
    weight = (
        pl.when(known).then(pl.col("set").replace_strict(SETS) * like.cast(pl.Float64).pow(-EVENNESS)).otherwise(0.0)
    )
    values = lines.select(weight).to_series().to_numpy()
    return np.asarray(values * (len(values) / values.sum()))


def fit(matrix: Floats, content: Floats, weight: Floats) -> Floats:
    """Logistic regression with a ridge, by Newton's method."""
    beta = np.zeros(matrix.shape[1])
    ridge = np.full(matrix.shape[1], RIDGE)
    ridge[0] = 1e-6
    for _ in range(15):
        chance = 1 / (1 + np.exp(-np.clip(matrix @ beta, -15, 15)))
        slope = matrix.T @ (weight * (chance - content)) + ridge * beta
        curve = (matrix * (weight * chance * (1 - chance))[:, None]).T @ matrix + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    return beta


def stacked(found: list[Evidence], frame: Frame) -> Floats:
    """The evidence as a matrix, a row for each line."""
    reaching = [
        frame.means(each.values, each.low, each.high) if each.low or each.high else each.values for each in found
    ]
    return np.stack([values.astype(np.float64) for values in reaching], axis=1)


def _hits(lines: pl.DataFrame) -> pl.DataFrame:
    rules = rule_hits(lines["text"])
    return lines.select("row", "text").join(rules, on="text", how="inner", maintain_order="left_right")


def held_out(lines: pl.DataFrame, found: list[Evidence], weight: Floats) -> npt.NDArray[np.bool_]:
    """Which lines are kept by weights that never saw their site."""
    matrix = stacked(found, Frame.of(lines))
    content = lines["is_content"].cast(pl.Float64).to_numpy()
    fold = np.array([zlib.crc32(host.encode()) % FOLDS for host in lines["host"]])
    dropped: list[pl.Series] = []
    for each in range(FOLDS):
        train = (fold != each) & (weight > 0)
        beta = fit(matrix[train], content[train], weight[train])
        weights = {one.name: float(value) for one, value in zip(found, beta, strict=True)}
        part = lines.filter(pl.Series(fold == each))
        decision = decide(part.drop("family"), _hits(part), weights)
        dropped.append(decision.dropped["row"])
    return ~lines["row"].is_in(pl.concat(dropped).implode()).to_numpy()


def measure(lines: pl.DataFrame, kept: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """Precision, recall and F1 by line and by character, and F1 a document, of each set."""
    known = lines.with_columns(kept=pl.Series(kept)).filter(
        ~(pl.col("ambiguous") | pl.col("title_like") | pl.col("meta_like"))
    )
    known = known.with_columns(one=pl.lit(1, dtype=pl.Int64))
    good, bad = pl.col("kept") & pl.col("is_content"), pl.col("kept") != pl.col("is_content")
    lines_f1, chars_f1 = (
        2 * (good * pl.col(unit)).sum() / ((good.cast(pl.Int64) * 2 + bad) * pl.col(unit)).sum()
        for unit in ("one", "chars")
    )
    by_document = known.group_by("set", "doc_id", maintain_order=True).agg(document=lines_f1.fill_nan(1.0))
    return (
        known.group_by("set", maintain_order=True)
        .agg(
            precision=good.sum() / pl.col("kept").sum(),
            recall=good.sum() / pl.col("is_content").sum(),
            line=lines_f1,
            char=chars_f1,
        )
        .join(
            by_document.group_by("set", maintain_order=True).agg(pl.col("document").mean()),
            on="set",
            how="left",
            maintain_order="left",
        )
    )


def main() -> None:
    """Train, measure, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="replace the weights of the package")
    parser.add_argument("--flat", action="store_true", help="measure on dumps without blank lines")
    arguments = parser.parse_args()
    lines = load(arguments.folder, arguments.flat)
    found = list(evidence(lines, Frame.of(lines)))
    weight = weights_of_lines(lines)
    if not arguments.write:
        kept = held_out(lines, found, weight)
        with pl.Config(float_precision=3, tbl_width_chars=120):
            sys.stdout.write(f"{measure(lines, kept)}\n")
    if arguments.write:
        beta = fit(stacked(found, Frame.of(lines)), lines["is_content"].cast(pl.Float64).to_numpy(), weight)
        rows = [f'"{each.name}" = {value:.3f}' for each, value in zip(found, beta, strict=True)]
        weights_path().write_text(
            "# Weights of the boilerplate score, written by scripts/train_boilerplate.py.\n" + "\n".join(rows) + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
