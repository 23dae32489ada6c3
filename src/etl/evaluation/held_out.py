"""Boilerplate on sites that the weights have not seen: cross-validation, in which no site is on both sides.

The same again with a whole set of pages left out, which says how far the weights carry to pages of another kind.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import polars as pl

from etl.boilerplate.model import Weights
from etl.boilerplate.sites import RECURS
from etl.evaluation.boilerplate import (
    PAGES,
    counted,
    decoded_pages,
    extract_pages,
    judge_lines,
    labels_of,
    page_ids,
    score_pages,
    score_peers,
)
from etl.evaluation.findings import OURS, Finding, Score, merge_findings
from etl.evaluation.peers import Extract
from etl.evaluation.scores import agreement
from etl.evaluation.training import DUMPS, PAGE_SETS, Sample, load_sample, train
from etl.lines import split_lines
from etl.recipe import Recipe
from etl.stages.boilerplate import count_site_lines, merge_site_lines, strip_boilerplate

__all__ = ["FOLDS", "evaluate_held_out", "fold_of", "fold_weights", "set_weights", "site_name"]

FOLDS = 5
"""Parts of the sites; each is measured with weights trained on the others."""

HELD_OUT, SET_LEFT_OUT = "held out", "set left out"
"""What the weights have not seen: the page's site, or any page of its set."""

SITES = f"line F1 on sites of {RECURS} pages or more"
ALONE = "each page by itself"
"""Measures of the lines that recur on a site: with what is known of the site, and without."""

MEANS = ("line F1", "line F1 a document", "character F1")
"""Measures whose mean over the sets of pages is a figure of its own."""

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


def evaluate_held_out(data: Path, extractors: Mapping[str, Extract]) -> Finding:
    """Score the boilerplate stage on every set and dump, each site with weights that have not seen it.

    What the stage counts on the pages themselves, the lines that recur on a site, it counts here too: that needs no
    labels. How much that does is measured apart.

    Args:
        data: folder of labelled material.
        extractors: peers by name; see `evaluate_boilerplate`.

    Raises:
        UsageError: a set is not there.
    """
    sample = load_sample(data)
    folds = fold_weights(sample)
    sets = {name: set_weights(sample, page_ids(data, name)["site"], folds[0]) for name in PAGES}
    found = merge_findings([_evaluate_set(data, name, folds, sets.get(name), extractors) for name in PAGE_SETS])
    return Finding([*found.scores, *_means(found.scores)], found.errors)


def _means(scores: Sequence[Score]) -> list[Score]:
    """The figures of pages over all sets, each set counting the same."""
    figures = {(score.of, score.measure, score.tool): score.value for score in scores}
    tools = dict.fromkeys(score.tool for score in scores)
    unseen = [*product([HELD_OUT], tools), (SET_LEFT_OUT, OURS)]
    means = []
    for dump, measure, (out, tool) in product(DUMPS, MEANS, unseen):
        values = [figures[f"{name} {dump}, {out}", measure, tool] for name in PAGES]
        mean = sum(values) / len(values)
        means.append(Score(f"pages {dump}, {out}", f"{measure}, mean of the sets", mean, len(values), tool))
    return means


def fold_weights(sample: Sample) -> list[Weights]:
    """For each fold the weights that its sites took no part in."""
    names = sample.sites.unique()
    folds = names.map_elements(lambda host: fold_of(site_name(host)), return_dtype=pl.Int64)
    start = train(sample)
    return [train(sample, names.filter(folds == fold), start) for fold in range(FOLDS)]


def set_weights(sample: Sample, hosts: pl.Series, start: Weights) -> Weights:
    """The weights that a set's sites took no part in, in whatever set.

    Args:
        sample: labelled lines of all sets.
        hosts: of the set's pages.
        start: weights of other sites, to start from; see `train`.

    Raises:
        UsageError: no other site is left.
    """
    names = {site_name(host) for host in hosts.unique()}
    own = [host for host in sample.sites.unique(maintain_order=True) if site_name(host) in names]
    return train(sample, own, start)


def _evaluate_set(
    data: Path,
    name: str,
    folds: Sequence[Weights],
    left_out: Weights | None,
    extractors: Mapping[str, Extract],
) -> Finding:
    """Figures and errors of a set; those without the set if there are weights for it, and without errors."""
    ids = page_ids(data, name)
    extracted = extract_pages(data, name, ids, extractors)
    found = []
    for dump in DUMPS:
        of, labels = f"{name} {dump}, {HELD_OUT}", labels_of(data, name, dump)
        decoded = decoded_pages(data, name, dump, ids)["decoded"]
        lines = split_lines(decoded).lines
        site_lines = merge_site_lines(count_site_lines(decoded))
        frames = strip_held_out(lines, decoded, site_lines, folds)
        alone = strip_held_out(lines, decoded, site_lines.clear(), folds)
        found.append(score_pages(labels, frames, of))
        found.append(Finding(_site_scores(labels, {SITES: frames, f"{SITES}, {ALONE}": alone}, ids, of)))
        found.append(Finding(score_peers(labels, extracted, of)))
        if left_out is not None:
            strange = strip_held_out(lines, decoded, site_lines, [left_out] * FOLDS)
            found.append(Finding(score_pages(labels, strange, f"{name} {dump}, {SET_LEFT_OUT}").scores))
    return merge_findings(found)


def strip_held_out(
    lines: pl.DataFrame, documents: pl.DataFrame, site_lines: pl.DataFrame, weights: Sequence[Weights]
) -> dict[str, pl.DataFrame]:
    """What the boilerplate stage makes of lines, each site with the weights of its fold; see `strip_boilerplate`.

    Returns:
        stripped and ledger.
    """
    stripped, edits = [], []
    fold = pl.col("site").map_elements(lambda host: fold_of(site_name(host)), return_dtype=pl.Int64)
    for number, trained in enumerate(weights):
        part = documents.filter(fold == number)
        inside = lines.join(part, on="doc_id", how="semi", maintain_order="left")
        outcome = strip_boilerplate(inside, part, site_lines, Recipe().boilerplate, trained)
        stripped.append(outcome.datasets["stripped"])
        edits.append(outcome.edits.with_columns(stage=pl.lit("boilerplate")))
    return {"stripped": pl.concat(stripped), "ledger": pl.concat(edits)}


def _site_scores(
    labels: pl.DataFrame, found: Mapping[str, Mapping[str, pl.DataFrame]], ids: pl.DataFrame, of: str
) -> list[Score]:
    """Line F1 on the pages of sites whose lines can recur, by the name of what was found."""
    known = ids.filter(pl.len().over("site") >= RECURS)
    counts = labels.join(known, on="doc_id", how="semi", maintain_order="left")
    judged = {measure: counted(judge_lines(counts, frames["stripped"])) for measure, frames in found.items()}
    return [Score(of, measure, agreement(each).f1, each.height) for measure, each in judged.items() if each.height]
