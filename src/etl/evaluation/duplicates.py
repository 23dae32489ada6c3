"""Duplicates: lines put in twice, lines that belong twice, and documents that are alike."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.evaluation.findings import Finding, Score, error_rows, merge_findings
from etl.evaluation.material import decoded_texts, every_line, find, read_table, texts_of
from etl.evaluation.scores import agreement, share
from etl.memory import run_stages
from etl.recipe import DuplicateOptions, Recipe

__all__ = ["evaluate_duplicates", "joined", "removed_lines", "said_twice"]

NATURAL = ("daniel", "gne", "magichtml")
"""Sets whose pages the natural repeats are on."""

NO_MODE = "none"
"""Mode of the articles that nothing was put into."""

WITHIN = Recipe(duplicates=DuplicateOptions(across_documents="off"))
"""Options for labels that know nothing of other documents."""

SHORTEST_REPEAT = 8
"""Letters and digits from which a line that stands in another one is no coincidence."""

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


def removed_lines(frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The lines that the duplicates stage removed.

    Args:
        frames: datasets with the ledger of a run.

    Returns:
        doc_id, line_no (from 1), rule, score, detail, match_doc_id, match_line_no.
    """
    columns = ["doc_id", "line_no", "rule", "score", "detail", "match_doc_id", "match_line_no"]
    booked = frames["ledger"].filter(stage="duplicates").select(columns)
    return booked.unique(["doc_id", "line_no"], keep="first", maintain_order=True)


def _by_itself(documents: pl.DataFrame, recipe: Recipe) -> dict[str, pl.DataFrame]:
    return run_stages(every_line(documents, recipe), "duplicates", "duplicates", recipe)


def _injected(data: Path) -> Finding:
    """Each mode as a corpus of its own, for the modes share their articles; and only within documents."""
    table = read_table(data, "dedup", "injected_dev.parquet").with_columns(wanted=pl.col("kind") != "orig")
    modes, piped = {}, []
    for (mode,), rows in table.group_by("mode", maintain_order=True):
        labels, documents = rows.with_columns(twice=said_twice(rows)), joined(rows)
        modes[str(mode)] = _judge(labels, removed_lines(_by_itself(documents, WITHIN)))
        piped.append(_judge_piped(labels, documents))
    of = "duplicates injected"
    spoilt = [mode for mode in modes if mode != NO_MODE]
    everything = pl.concat([modes[mode] for mode in spoilt])
    alone = modes[NO_MODE].filter(~pl.col("twice"))
    scores = [
        *_removal_scores(everything.filter(~pl.col("twice")), of),
        Score(of, "precision by the labels alone", agreement(everything).precision, int(everything["chosen"].sum())),
        Score(of, "lines kept where nothing was put in", share(~alone["chosen"]), alone.height),
        *_removal_scores(pl.concat(piped).filter(~pl.col("twice")), of, ", after boilerplate"),
    ]
    for mode in spoilt:
        scores += _removal_scores(modes[mode].filter(~pl.col("twice")), of, f", {mode}")
    errors = [_line_errors(judged, f"{of}, {mode}") for mode, judged in modes.items()]
    return Finding(scores, pl.concat(errors))


def _judge_piped(labels: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Judged lines where the boilerplate stage came first; what it removed is no longer in question."""
    frames = run_stages(decoded_texts(documents, WITHIN), "boilerplate", "duplicates", WITHIN)
    judged = _judge(labels, removed_lines(frames))
    return judged.join(frames["stripped"], on=["doc_id", "line_no"], how="semi", maintain_order="left")


def _removal_scores(judged: pl.DataFrame, of: str, mode: str = "") -> list[Score]:
    found = agreement(judged)
    return [
        Score(of, f"precision of removed lines{mode}", found.precision, int(judged["chosen"].sum())),
        Score(of, f"recall of removed lines{mode}", found.recall, int(judged["wanted"].sum())),
    ]


def said_twice(lines: pl.DataFrame) -> pl.Series:
    """Lines of the article itself that stand twice in it: whether one of them is to go, the labels do not say.

    A line stands twice if its letters and digits stand in another line of the article's own, and are at least
    `SHORTEST_REPEAT`.

    Args:
        lines: doc_id, text, wanted; rows of a document together.
    """
    bare = pl.col("text").str.normalize("NFKC").str.replace_all(r"[^\p{L}\p{N}]+", "")
    own = lines.with_row_index("row").filter(~pl.col("wanted")).select("row", "doc_id", bare=bare)
    whole = own.group_by("doc_id", maintain_order=True).agg(whole=pl.col("bare").str.join("\n"))
    counted = own.join(whole, on="doc_id", how="left", maintain_order="left").with_columns(
        times=pl.col("whole").str.count_matches(pl.col("bare"), literal=True)
    )
    again = counted.filter((pl.col("times") > 1) & (pl.col("bare").str.len_chars() >= SHORTEST_REPEAT))
    return pl.Series("twice", range(lines.height)).is_in(again["row"].cast(pl.Int64).implode())


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
        judged = _judge(labels, removed_lines(_by_itself(documents, WITHIN)))
        of = f"duplicates natural, {name}"
        score = Score(of, "recall of removed lines", share(judged["chosen"]), judged.height)
        found.append(Finding([score], _line_errors(judged, of)))
    return merge_findings(found)


def _laws(data: Path) -> Finding:
    """Paragraphs that laws repeat on purpose, among all laws as one corpus."""
    labels = read_table(data, "dedup", "law_legit_repeats.parquet").with_columns(wanted=pl.lit(value=False))
    laws = read_table(data, "sections_law", "lines_dev.parquet")
    judged = _judge(labels, removed_lines(_by_itself(joined(laws), Recipe())))
    of = "duplicates in laws"
    score = Score(of, "repeats on purpose kept", share(~judged["chosen"]), judged.height)
    return Finding([score], _line_errors(judged, of))


def _pairs(data: Path) -> Finding:
    """Pairs of documents, all in one corpus: likeness is marked, and nothing is taken from one for the other's sake."""
    pairs = read_table(data, "dedup", "doc_pairs_dev.parquet")
    sides = [pairs.select(doc_id=f"id_{side}", text=f"text_{side}") for side in "ab"]
    documents = pl.concat(sides).unique("doc_id", keep="first", maintain_order=True)
    frames = _by_itself(documents, Recipe())
    judged = _judge_pairs(pairs, removed_lines(frames), frames["marks"], documents)
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
