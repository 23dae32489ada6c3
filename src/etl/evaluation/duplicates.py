"""Duplicates: lines put in twice, lines that belong twice, and documents that are alike."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.evaluation.findings import Finding, Score, error_rows, merge_findings
from etl.evaluation.material import carry, every_line, find, read_table, texts_of
from etl.evaluation.scores import agreement, share
from etl.recipe import DuplicateOptions, Recipe

__all__ = ["evaluate_duplicates", "joined", "removed_lines"]

NATURAL = ("daniel", "gne", "magichtml")
"""Sets whose pages the natural repeats are on."""

NO_MODE = "none"
"""Mode of the articles that nothing was put into."""

SAME, OTHER_DAY, AMENDED = 1, 0, 2
"""Labels of pairs of documents."""


def evaluate_duplicates(data: Path) -> Finding:
    """Score the duplicates stage by itself: it gets every line of the documents.

    Args:
        data: folder of labelled material.

    Raises:
        UsageError: a set is not there.
    """
    return merge_findings([_injected(data), _natural(data), _laws(data), _pairs(data)])


def joined(lines: pl.DataFrame) -> pl.DataFrame:
    """Documents from their labelled lines.

    Args:
        lines: doc_id, line_no (from 0), text without line ends; rows of a document in order.

    Returns:
        doc_id, text; a line that the table leaves out is blank, so that the numbers hold.
    """
    gaps = pl.col("line_no") - pl.col("line_no").shift(1, fill_value=-1).over("doc_id")
    placed = lines.with_columns(text=pl.concat_str(pl.lit("\n").repeat_by(gaps - 1).list.join(""), "text"))
    return placed.group_by("doc_id", maintain_order=True).agg(pl.col("text").str.join("\n"))


def removed_lines(documents: pl.DataFrame, recipe: Recipe) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """What the duplicates stage removes from documents of which it sees every line.

    Args:
        documents: doc_id, text.
        recipe: options.

    Returns:
        doc_id, line_no (from 1), rule, detail, match_doc_id, match_line_no of each removed line; and all datasets.
    """
    frames = carry(every_line(documents, recipe), "duplicates", "duplicates", recipe)
    columns = ["doc_id", "line_no", "rule", "score", "detail", "match_doc_id", "match_line_no"]
    return frames["ledger"].select(columns).unique(["doc_id", "line_no"], maintain_order=True), frames


def _injected(data: Path) -> Finding:
    """Each mode as a corpus of its own, for the modes share their articles; and only within documents."""
    table = read_table(data, "dedup", "injected_dev.parquet")
    recipe = Recipe(duplicates=DuplicateOptions(across_documents="off"))
    return merge_findings(
        [_score_mode(rows, str(mode[0]), recipe) for mode, rows in table.group_by("mode", maintain_order=True)]
    )


def _score_mode(labels: pl.DataFrame, mode: str, recipe: Recipe) -> Finding:
    removed, _ = removed_lines(joined(labels), recipe)
    judged = _judge(labels.with_columns(wanted=pl.col("kind") != "orig"), removed)
    of = f"duplicates injected, {mode}"
    found = agreement(judged)
    copies = int(judged["wanted"].sum())
    taken = int(judged["chosen"].sum())
    left_alone = Score(of, "lines kept", share(~judged["chosen"]), judged.height)
    figures = [
        Score(of, "precision of removed lines", found.precision, taken),
        Score(of, "recall of removed lines", found.recall, copies),
    ]
    return Finding([left_alone] if mode == NO_MODE else figures, _line_errors(judged, of))


def _judge(labels: pl.DataFrame, removed: pl.DataFrame) -> pl.DataFrame:
    """Add chosen (the line was removed) and why.

    Args:
        labels: doc_id, line_no (from 0), text, wanted.
        removed: as `removed_lines` gives it.
    """
    numbered = labels.with_columns(pl.col("line_no") + 1)
    placed = numbered.join(removed, on=["doc_id", "line_no"], how="left", maintain_order="left", validate="1:1")
    return placed.with_columns(chosen=pl.col("rule").is_not_null())


def _line_errors(judged: pl.DataFrame, of: str) -> pl.DataFrame:
    copy = pl.format(" of {} line {}", "match_doc_id", "match_line_no").fill_null("")
    return error_rows(
        judged.filter(pl.col("chosen") != pl.col("wanted")),
        of,
        document=pl.col("doc_id"),
        line_no=pl.col("line_no"),
        cost=pl.col("text").str.len_chars(),
        cause=pl.when("chosen").then(pl.format("kept line lost to {}", "rule")).otherwise(pl.lit("copy left")),
        done=pl.when("chosen").then(pl.format("removed as copy by {}{}", "rule", copy)).otherwise(pl.lit("kept")),
        label=pl.when("wanted").then(pl.lit("copy")).otherwise(pl.lit("no copy")),
        text=pl.col("text"),
    )


def _natural(data: Path) -> Finding:
    """Real repeats in whole pages; recall only, for shorter repeats are not labelled."""
    table = read_table(data, "dedup", "para_dups_natural.parquet")
    found = []
    for name in NATURAL:
        pages = read_table(data, name, "index.csv").select("doc_id")
        labels = table.filter(set=name).join(pages, on="doc_id", how="semi", maintain_order="left")
        labels = labels.with_columns(wanted=pl.lit(value=True))
        ids = labels["doc_id"].unique(maintain_order=True)
        texts = texts_of(find(data, name, "dump"), ids, ".txt")
        documents = pl.DataFrame({"doc_id": ids, "text": texts})
        removed, _ = removed_lines(documents, Recipe(duplicates=DuplicateOptions(across_documents="off")))
        judged = _judge(labels, removed)
        of = f"duplicates natural, {name}"
        score = Score(of, "recall of removed lines", share(judged["chosen"]), judged.height)
        found.append(Finding([score], _line_errors(judged, of)))
    return merge_findings(found)


def _laws(data: Path) -> Finding:
    """Paragraphs that laws repeat on purpose, among all laws as one corpus."""
    labels = read_table(data, "dedup", "law_legit_repeats.parquet").with_columns(wanted=pl.lit(value=False))
    laws = read_table(data, "sections_law", "lines_dev.parquet")
    removed, _ = removed_lines(joined(laws), Recipe())
    judged = _judge(labels, removed)
    of = "duplicates in laws"
    score = Score(of, "repeats on purpose kept", share(~judged["chosen"]), judged.height)
    return Finding([score], _line_errors(judged, of))


def _pairs(data: Path) -> Finding:
    """Pairs of documents, all in one corpus: likeness is marked, and nothing is taken from one for the other's sake."""
    pairs = read_table(data, "dedup", "doc_pairs_dev.parquet")
    sides = [pairs.select(doc_id=f"id_{side}", text=f"text_{side}") for side in "ab"]
    documents = pl.concat(sides).unique("doc_id", keep="first", maintain_order=True)
    removed, frames = removed_lines(documents, Recipe())
    judged = _judge_pairs(pairs, removed, frames["marks"], documents)
    of = "duplicates, pairs of documents"
    same, other, amended = (judged.filter(label=label) for label in (SAME, OTHER_DAY, AMENDED))
    scores = [
        Score(of, "same broadcast marked as near duplicates", share(same["linked"]), same.height),
        Score(of, "adjacent days not marked as near duplicates", share(~other["linked"]), other.height),
        Score(of, "adjacent days never merged", share(~other["merged"]), other.height),
        Score(of, "amended laws never merged", share(~amended["merged"]), amended.height),
    ]
    return Finding(scores, _pair_errors(judged, of))


MERGED_SHARE = 0.5
"""Share of a document's characters that went for the sake of the other from which the two count as merged."""


def _judge_pairs(
    pairs: pl.DataFrame, removed: pl.DataFrame, marks: pl.DataFrame, documents: pl.DataFrame
) -> pl.DataFrame:
    """Add linked (one is marked as the other's near duplicate, or both as a third one's) and merged."""
    likeness = marks.filter(mark="near-duplicate").select("doc_id", like="match_doc_id")
    whole = marks.filter(mark="all-duplicate").select("doc_id", owner="match_doc_id")
    placed = pairs.select("pair_id", "kind", "label", "id_a", "id_b", "containment8")
    for side in "ab":
        names = {"doc_id": f"id_{side}", "like": f"like_{side}", "owner": f"owner_{side}"}
        for table in (likeness, whole):
            once = table.unique("doc_id", keep="first", maintain_order=True).rename(
                {old: new for old, new in names.items() if old in table.columns}
            )
            placed = placed.join(once, on=f"id_{side}", how="left", maintain_order="left", validate="m:1")
    placed = _with_taken(placed, removed, documents)
    linked = pl.any_horizontal(
        pl.col("like_a") == pl.col("id_b"), pl.col("like_b") == pl.col("id_a"), pl.col("like_a") == pl.col("like_b")
    )
    return placed.with_columns(
        linked=linked.fill_null(value=False),
        merged=(pl.col("taken") > MERGED_SHARE)
        | ((pl.col("owner_a") == pl.col("id_b")) | (pl.col("owner_b") == pl.col("id_a"))).fill_null(value=False),
    )


def _with_taken(pairs: pl.DataFrame, removed: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Add taken: the larger share of lines that either document lost for the sake of the other."""
    lines = documents.select("doc_id", lines=pl.col("text").str.count_matches(r"(?m)^.*\S.*$"))
    lost = removed.group_by("doc_id", "match_doc_id").agg(pl.len().alias("lost"))
    shares = lost.join(lines, on="doc_id").select(
        "doc_id", "match_doc_id", share=pl.col("lost") / pl.col("lines").clip(1)
    )
    for ours, theirs in ("ab", "ba"):
        named = shares.rename({"doc_id": f"id_{ours}", "match_doc_id": f"id_{theirs}", "share": f"share_{ours}"})
        pairs = pairs.join(named, on=[f"id_{ours}", f"id_{theirs}"], how="left", maintain_order="left")
    return pairs.with_columns(taken=pl.max_horizontal("share_a", "share_b").fill_null(0.0))


def _pair_errors(judged: pl.DataFrame, of: str) -> pl.DataFrame:
    wrong = judged.filter(
        pl.when(label=SAME).then(~pl.col("linked")).when(label=OTHER_DAY).then("linked").otherwise("merged")
    )
    return error_rows(
        wrong,
        of,
        document=pl.col("pair_id"),
        cause=pl.col("kind"),
        done=pl.format("linked {}, merged {}, lines taken {}", "linked", "merged", pl.col("taken").round(2)),
        label=pl.col("label").cast(pl.String),
        text=pl.format("{} | {} containment {}", "id_a", "id_b", "containment8"),
    )
