"""Sections: headings, their levels and their parents, and numbered paragraphs that are no headings."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.evaluation.duplicates import joined
from etl.evaluation.findings import Finding, Score, error_rows, merge_findings
from etl.evaluation.material import decoded_texts, every_line, read_table
from etl.evaluation.scores import agreement, share
from etl.memory import run_stages
from etl.recipe import Recipe

__all__ = ["evaluate_sections", "expected_parents", "found_headings"]

HEADINGS = ("heading", "runin_heading", "heading_unnumbered")
"""Labels of headings in official documents."""

UNCERTAIN = "uncertain"
"""Label of paragraphs that the typesetting leaves open."""

DECIMAL = r"^\s*\d+(?:\.\d+)+\s*[^。；]{1,30}$"
"""A short line with a number like 1.1: the labels know no such numbers, and have every such heading as body."""

UNITS = {"编": 1, "分编": 2, "章": 3, "节": 4}
"""Units of a law and their rank (Law on Legislation, article 65): a unit holds those of a higher rank."""

PIPED_LAWS = 8
"""One law in so many goes through the whole pipeline; all of them would take longer than everything else."""

ARTICLE_RANK = 9
"""Rank of an article: any unit holds it."""


def evaluate_sections(data: Path) -> Finding:
    """Score the sections stage by itself: it gets every line of the documents.

    Args:
        data: folder of labelled material.

    Raises:
        UsageError: a set is not there.
    """
    return merge_findings([_official(data), _laws(data), _broadcasts(data)])


def found_headings(documents: pl.DataFrame, titles: pl.DataFrame | None = None) -> pl.DataFrame:
    """The sections that the sections stage finds.

    Args:
        documents: doc_id, text.
        titles: doc_id, line_no (from 1) of titles; the stage by itself gets them and every other line as body. If left
            out, the stages before it come first.

    Returns:
        doc_id, line_no (from 1), is_heading (not an item), form, level, heading, parent_line (null at the root) of
        each line that opens a section; and for the other lines the line of the section that they stand in as
        parent_line, with form null. And line_kind. Lines that went before are not there.
    """
    recipe = Recipe()
    piped = titles is None
    frames = decoded_texts(documents, recipe) if piped else every_line(documents, recipe, titles)
    made = run_stages(frames, "boilerplate" if piped else "sections", "sections", recipe)
    sections = made["sections"]
    lines_of = sections.select("section_id", parent_line="line_no")
    opened = sections.join(
        lines_of, left_on="parent_id", right_on="section_id", how="left", maintain_order="left"
    ).select("doc_id", "line_no", "form", "level", "heading", "parent_line")
    standing = made["sectioned"].select("doc_id", "line_no", "section_id", line_kind="kind")
    inside = standing.join(lines_of, on="section_id", how="left", maintain_order="left").drop("section_id")
    lines = inside.join(opened, on=["doc_id", "line_no"], how="left", maintain_order="left", suffix="_of_section")
    opens = pl.col("form").is_not_null()
    return lines.with_columns(
        is_heading=pl.col("form").is_in(["whole-line", "run-in"]).fill_null(value=False),
        parent_line=pl.when(opens).then("parent_line_of_section").otherwise("parent_line"),
    ).drop("parent_line_of_section")


def _place(labels: pl.DataFrame, *, piped: bool = False) -> pl.DataFrame:
    """Labels with what was found: doc_id, line_no (from 1), text, wanted and any others, chosen.

    Args:
        labels: doc_id, line_no (from 0), text, wanted, is_title.
        piped: the stages before come first.
    """
    numbered = labels.with_columns(pl.col("line_no") + 1)
    found = found_headings(joined(labels), None if piped else numbered.filter("is_title"))
    placed = numbered.join(
        found, on=["doc_id", "line_no"], how="left", maintain_order="left", validate="1:1", suffix="_found"
    )
    return placed.with_columns(chosen=pl.col("is_heading").fill_null(value=False))


def _heading_scores(judged: pl.DataFrame, piped: pl.DataFrame, of: str) -> list[Score]:
    """Figures of headings; `piped` was found behind the other stages."""
    found = agreement(judged)
    return [
        Score(of, "heading F1", found.f1, judged.height),
        Score(of, "heading precision", found.precision, int(judged["chosen"].sum())),
        Score(of, "heading recall", found.recall, int(judged["wanted"].sum())),
        Score(of, "heading F1 in the pipeline", agreement(piped).f1, piped.height),
    ]


def _official(data: Path) -> Finding:
    table = read_table(data, "sections_gov", "paras_dev.parquet").rename(
        {"para_no": "line_no", "level": "wanted_level"}
    )
    labels = table.with_columns(
        text=pl.col("text").str.replace_all(r"\s*\n\s*", " "),
        wanted=pl.col("gold").is_in(HEADINGS),
        is_title=pl.col("gold") == "title",
    )
    judged, piped = (_place(labels, piped=piped).filter(~_open_question()) for piped in (False, True))
    of = "sections, official documents"
    levels = judged.filter(pl.col("chosen") & (pl.col("wanted_level") > 0) & pl.col("wanted"))
    run_in = judged.filter(pl.col("chosen"), gold="runin_heading")
    numbered = judged.filter(gold="numbered_para")
    same_level = levels["level"] == levels["wanted_level"]
    scores = [
        *_heading_scores(judged, piped, of),
        Score(of, "level of the headings found", share(same_level), levels.height),
        Score(of, "numbered paragraphs left alone", share(~numbered["chosen"]), numbered.height),
        Score(of, "run-in headings cut where the typesetter did", share(_same_cut(run_in)), run_in.height),
    ]
    wrong_level = levels.filter(~same_level)
    return Finding(
        scores,
        pl.concat([_heading_errors(judged, of, "gold"), _level_errors(wrong_level, of), _piped_errors(piped, of)]),
    )


def _open_question() -> pl.Expr:
    """Paragraphs that the labels leave open, or don't know of: lines numbered 1.1 that are short."""
    decimal = (pl.col("gold") == "body") & pl.col("text").str.contains(DECIMAL)
    return (pl.col("gold") == UNCERTAIN) | decimal


def _same_cut(run_in: pl.DataFrame) -> pl.Series:
    """Whether the heading that was found ends where the styled text does, points, spaces and the marker apart."""
    heading, styled = (pl.col(name).str.replace_all(r"[\s\p{P}]+", "") for name in ("heading", "styled_text"))
    return run_in.select(same=styled.str.ends_with(heading))["same"].fill_null(value=False)


def _laws(data: Path) -> Finding:
    table = read_table(data, "sections_law", "lines_dev.parquet").rename({"level": "wanted_level"})
    labels = table.with_columns(wanted=pl.col("wanted_level") > 1, is_title=pl.col("wanted_level") == 1)
    judged = _place(labels).filter(pl.col("wanted_level") != 1)
    some = labels.filter(pl.col("doc_id").rank("dense") % PIPED_LAWS == 0)
    piped = _place(some, piped=True).filter(pl.col("wanted_level") != 1)
    of = "sections, laws"
    expected = expected_parents(judged)
    placed = judged.with_columns(expected).filter(pl.col("wanted") | pl.col("is_article"))
    right = placed["parent_line"].eq_missing(placed["wanted_parent"])
    articles = placed["is_article"]
    scores = [
        *_heading_scores(judged, piped, of),
        Score(of, "parent of headings and articles", share(right), placed.height),
        Score(of, "parent of headings", share(right.filter(~articles)), int((~articles).sum())),
    ]
    errors = _parent_errors(placed.filter(~right), of)
    return Finding(
        scores,
        pl.concat(
            [_heading_errors(judged.with_columns(kind=_unit_name()), of, "kind"), errors, _piped_errors(piped, of)]
        ),
    )


def _unit_name() -> pl.Expr:
    unit = pl.col("text").str.extract(r"^\s*第\s*[零〇一二三四五六七八九十百千0-9]+\s*(分编|编|章|节|条)")
    return unit.fill_null("no unit")


def expected_parents(lines: pl.DataFrame) -> pl.Series:
    """The heading that holds each heading or article by the units of a law, for labels give the order of lines only.

    Headings without a unit rank by their level.

    Args:
        lines: doc_id, line_no, text, wanted (is a heading), wanted_level, is_article.

    Returns:
        wanted_parent: line_no of the heading, null at the root and for lines that are neither.
    """
    unit = _unit_name().replace_strict(UNITS, default=None, return_dtype=pl.Int64)
    ranks = lines.select(
        "doc_id",
        "line_no",
        rank=pl.when("wanted")
        .then(pl.coalesce(unit, pl.col("wanted_level") + 1))
        .when("is_article")
        .then(ARTICLE_RANK),
        heads="wanted",
    ).with_row_index("row")
    open_headings: list[tuple[int, int]] = []
    current, parents = None, []
    marked = ranks.drop_nulls("rank")
    for doc_id, line_no, rank, heads in marked.select("doc_id", "line_no", "rank", "heads").iter_rows():
        if doc_id != current:
            current, open_headings = doc_id, []
        while open_headings and open_headings[-1][0] >= rank:
            open_headings.pop()
        parents.append(open_headings[-1][1] if open_headings else None)
        if heads:
            open_headings.append((rank, line_no))
    found = marked.select("row").with_columns(wanted_parent=pl.Series(parents, dtype=pl.Int64))
    return ranks.join(found, on="row", how="left", maintain_order="left")["wanted_parent"]


def _broadcasts(data: Path) -> Finding:
    """Headings without numbers between the items of a broadcast."""
    table = read_table(data, "sections_cctv", "paras_dev.parquet")
    labels = table.select(
        "doc_id",
        line_no="para_no",
        text=pl.col("para").str.replace_all(r"\s*\n\s*", " "),
        wanted="is_heading",
        is_title=pl.lit(value=False),
    )
    judged = _place(labels).with_columns(kind=pl.lit("unnumbered"))
    piped = _place(labels, piped=True)
    of = "sections, broadcasts"
    return Finding(
        _heading_scores(judged, piped, of),
        pl.concat([_heading_errors(judged, of, "kind"), _piped_errors(piped, of)]),
    )


def _heading_errors(judged: pl.DataFrame, of: str, kind: str) -> pl.DataFrame:
    return error_rows(
        judged.filter(pl.col("chosen") != pl.col("wanted")),
        of,
        document=pl.col("doc_id"),
        line_no=pl.col("line_no"),
        cause=pl.when("chosen").then(pl.format("no heading: {}", kind)).otherwise(pl.format("missed: {}", kind)),
        done=pl.when("chosen").then(pl.format("{} level {}", "form", "level")).otherwise(pl.lit("no heading")),
        label=pl.col(kind),
        text=pl.col("text"),
    )


def _piped_errors(piped: pl.DataFrame, of: str) -> pl.DataFrame:
    """Headings that the pipeline misses, by what the stages before made of their lines."""
    missed = piped.filter(pl.col("wanted") & ~pl.col("chosen"))
    before = pl.coalesce(pl.format("it was {}", "line_kind"), pl.lit("it was removed"))
    return error_rows(
        missed,
        f"{of}, in the pipeline",
        document=pl.col("doc_id"),
        line_no=pl.col("line_no"),
        cause=pl.format("missed: {}", before),
        done=before,
        label=pl.lit("heading"),
        text=pl.col("text"),
    )


def _level_errors(wrong: pl.DataFrame, of: str) -> pl.DataFrame:
    return error_rows(
        wrong,
        of,
        document=pl.col("doc_id"),
        line_no=pl.col("line_no"),
        cause=pl.lit("level"),
        done=pl.format("level {}", "level"),
        label=pl.format("level {}", "wanted_level"),
        text=pl.col("text"),
    )


def _parent_errors(wrong: pl.DataFrame, of: str) -> pl.DataFrame:
    shown = {name: pl.col(name).cast(pl.String).fill_null("the root") for name in ("parent_line", "wanted_parent")}
    return error_rows(
        wrong,
        of,
        document=pl.col("doc_id"),
        line_no=pl.col("line_no"),
        cause=pl.when("is_article").then(pl.lit("parent of an article")).otherwise(pl.lit("parent of a heading")),
        done=pl.format("under line {}", shown["parent_line"]),
        label=pl.format("under line {}", shown["wanted_parent"]),
        text=pl.col("text"),
    )
