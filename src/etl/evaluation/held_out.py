"""Boilerplate on sites that the weights have not seen: cross-validation, in which no site is on both sides."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from etl.boilerplate.model import Weights
from etl.evaluation.boilerplate import decoded_pages, labels_of, page_ids, score_pages
from etl.evaluation.findings import Finding, merge_findings
from etl.evaluation.training import DUMPS, PAGE_SETS, Sample, load_sample, train
from etl.lines import split_lines
from etl.recipe import Recipe
from etl.stages.boilerplate import count_site_lines, merge_site_lines, strip_boilerplate

__all__ = ["FOLDS", "evaluate_held_out", "fold_of", "site_name"]

FOLDS = 5
"""Parts of the sites; each is measured with weights trained on the others."""

GENERIC = {"com", "net", "org", "gov", "edu", "co", "www"}
"""Parts of a host's name that do not tell its site."""


def site_name(host: str) -> str:
    """The name that all hosts of a site share: news.163.com, www.163.com and 163 are one site."""
    parts = host.split(".")
    named = [part for part in parts[: max(1, len(parts) - 1)] if part not in GENERIC]
    return named[-1] if named else host


def fold_of(site: str) -> int:
    """The fold of a site: by its name alone, so that new pages change no other's fold."""
    return zlib.crc32(site.encode()) % FOLDS


def evaluate_held_out(data: Path) -> Finding:
    """Score the boilerplate stage on every set and dump, each site with weights that have not seen it.

    What the stage counts on the pages themselves, the lines that recur on a site, it counts here too: that needs no
    labels.

    Args:
        data: folder of labelled material.

    Raises:
        UsageError: a set is not there.
    """
    weights = fold_weights(load_sample(data))
    return merge_findings([_score(data, name, dump, weights) for dump in DUMPS for name in PAGE_SETS])


def fold_weights(sample: Sample) -> list[Weights]:
    """For each fold the weights that its sites took no part in."""
    names = sample.sites.unique()
    folds = names.map_elements(lambda host: fold_of(site_name(host)), return_dtype=pl.Int64)
    start = train(sample)
    return [train(sample, names.filter(folds == fold), start) for fold in range(FOLDS)]


def _score(data: Path, name: str, dump: str, weights: Sequence[Weights]) -> Finding:
    decoded = decoded_pages(data, name, dump, page_ids(data, name))["decoded"]
    lines = split_lines(decoded).lines
    site_lines = merge_site_lines(count_site_lines(lines, decoded))
    stripped, edits = [], []
    fold = pl.col("site").map_elements(lambda host: fold_of(site_name(host)), return_dtype=pl.Int64)
    for number, trained in enumerate(weights):
        documents = decoded.filter(fold == number)
        part = lines.join(documents, on="doc_id", how="semi", maintain_order="left")
        outcome = strip_boilerplate(part, documents, site_lines, Recipe().boilerplate, trained)
        stripped.append(outcome.datasets["stripped"])
        edits.append(outcome.edits.with_columns(stage=pl.lit("boilerplate")))
    frames = {"stripped": pl.concat(stripped), "ledger": pl.concat(edits)}
    return score_pages(labels_of(data, name, dump), frames, f"{name} {dump}, held out")
