"""Stage 4: headings, numbered items, and the outline that they form. Adds columns; changes no character."""

from __future__ import annotations

import polars as pl

from etl.ledger import Outcome
from etl.recipe import SectionOptions
from etl.schemas import Sectioned, Sections, conform
from etl.sectioning.markers import read_markers
from etl.sectioning.outline import Marked, last_rows, place
from etl.sectioning.shapes import shape_rests

__all__ = ["find_sections"]

APART = ("title", "caption", "table")
"""Kinds of line that open no section."""

HEADING_SHARE = 0.6
"""Share of the numbered siblings that must look like headings for any of them to be one: lists are alike."""

CONTENTS = 3
"""Lines in a row, each of which comes again later, that make a table of contents."""


def find_sections(lines: pl.DataFrame, options: SectionOptions) -> Outcome:
    """Find the sections of documents.

    Args:
        lines: `schemas.Deduplicated` with text, rows of a document together and in order.
        options: how deep run-in headings are looked for, and how long a heading may be.

    Returns:
        Outcome with the datasets sectioned (`schemas.Sectioned`; a heading on a line of its own has the kind
        heading) and sections (`schemas.Sections`, in the order of the lines). No edits.
    """
    rows = _number_rows(lines)
    marked = shape_rests(read_markers(_eligible(rows)), options.longest_heading, options.longest_run_in)
    sections = _close_lists(_tell_headings(_place(_drop_contents(marked)), options))
    return Outcome({"sectioned": _section_lines(rows, sections), "sections": _describe(sections, rows)})


def _number_rows(lines: pl.DataFrame) -> pl.DataFrame:
    """Add row (of the frame), document (number of its run of rows) and last (row of its last line)."""
    changed = pl.col("doc_id") != pl.col("doc_id").shift(1)
    rows = lines.with_row_index("row").with_columns(
        pl.col("row").cast(pl.Int64), document=changed.fill_null(value=True).cum_sum().cast(pl.Int64)
    )
    return rows.with_columns(last=pl.col("row").max().over("document"))


def _eligible(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(~pl.col("kind").is_in(APART)).select("row", "document", "last", "text")


def _drop_contents(marked: pl.DataFrame) -> pl.DataFrame:
    """Drop the lines of a table of contents: a run of marked lines each of which stands again further on."""
    entry = pl.col("text").str.replace(r"[\s.．…·]*\d*\s*$", "").str.strip_chars()
    again = ~pl.struct("document", entry).is_last_distinct()
    breaks = (pl.col("row") != pl.col("row").shift(1) + 1) | (again != again.shift(1))
    runs = marked.with_columns(again=again, run=breaks.fill_null(value=True).cum_sum())
    is_contents = pl.col("again") & (pl.len().over("run") >= CONTENTS)
    return runs.filter(~is_contents).drop("again", "run")


def _place(marked: pl.DataFrame) -> pl.DataFrame:
    """Keep the marked lines that open a section, with level, ordinal, parent (its ordinal) and last_row."""
    kept: list[int] = []
    found: dict[str, list[int | None]] = {"level": [], "ordinal": [], "parent": [], "last_row": []}
    lines = [
        Marked(rank, number, marker, shape in ("line", "stopped"), alone)
        for rank, number, marker, shape, alone in marked.select(
            "rank", "number", "marker", "shape", "alone"
        ).iter_rows()
    ]
    document_rows, ends = marked["row"].to_list(), marked["last"].to_list()
    first = 0
    for size in marked["document"].rle().struct.field("len").to_list():
        placed = place(lines[first : first + size])
        indices = [first + section.index for section in placed]
        levels = [section.level for section in placed]
        kept += indices
        found["level"] += levels
        found["ordinal"] += range(1, len(placed) + 1)
        found["parent"] += [None if section.parent is None else section.parent + 1 for section in placed]
        found["last_row"] += last_rows([document_rows[index] for index in indices], levels, ends[first])
        first += size
    columns = [pl.Series(name, values, dtype=pl.Int64) for name, values in found.items()]
    return marked[kept].with_columns(columns)


def _tell_headings(sections: pl.DataFrame, options: SectionOptions) -> pl.DataFrame:
    """Add form, and clear heading and heading_end of what is an item: siblings decide together."""
    level = pl.col("level")
    follows = pl.col("row").shift(-1) == pl.col("row") + 1
    sibling_next = follows & (level.shift(-1) <= level) & (pl.col("document").shift(-1) == pl.col("document"))
    has_body = (pl.col("row") < pl.col("last")) & ~sibling_next.fill_null(value=False)
    run_in = (pl.col("shape") == "lead") & (pl.col("can_head") == "lead") & (level <= options.deepest_run_in)
    whole = pl.col("shape").is_in(["line", "stopped"]) & has_body & (pl.col("can_head") != "never")
    looks = sections.with_columns(_series(), run_in=run_in, whole=whole)
    looks = looks.with_columns(
        share=(pl.col("run_in") | pl.col("whole")).mean().over("document", "rank", "series"),
        certain=pl.col("alone") & (pl.col("shape") == "line"),
    )
    believed = pl.col("share") >= HEADING_SHARE
    told = looks.with_columns(
        form=pl.when(
            pl.col("certain")
            | (believed & pl.col("shape").is_in(["line", "stopped"]) & (pl.col("can_head") != "never"))
        )
        .then(pl.lit("whole-line"))
        .when(believed & pl.col("run_in"))
        .then(pl.lit("run-in"))
        .otherwise(pl.lit("item"))
    )
    return told.with_columns(
        heading=pl.when(pl.col("form") != "item").then("heading"),
        heading_end=pl.when(pl.col("form") == "run-in").then("heading_end"),
    )


def _series() -> pl.Expr:
    """The series of a form in its document: a count that goes on, also from one parent to the next."""
    anew = (pl.col("number") == 1) | (pl.col("number") < pl.col("number").shift(1))
    return anew.fill_null(value=False).cum_sum().over("document", "rank").alias("series")


def _close_lists(sections: pl.DataFrame) -> pl.DataFrame:
    """End the last item of a list after its first line, if each item before it is one line."""
    siblings = ["document", "parent", "rank"]
    is_last = pl.struct(siblings).is_last_distinct()
    one_line = pl.col("last_row") == pl.col("row")
    childless = ~(
        (pl.col("parent").shift(-1) == pl.col("ordinal")) & (pl.col("document").shift(-1) == pl.col("document"))
    )
    alike = ((one_line | is_last) & (pl.col("form") == "item")).all().over(siblings) & (pl.len().over(siblings) > 1)
    closes = is_last & alike & childless.fill_null(value=True)
    return sections.with_columns(last_row=pl.when(closes).then("row").otherwise("last_row"), closed=closes & ~one_line)


def _section_id(ordinal: pl.Expr) -> pl.Expr:
    return pl.col("doc_id") + "-" + ordinal.cast(pl.String).str.zfill(4)


def _section_lines(rows: pl.DataFrame, sections: pl.DataFrame) -> pl.DataFrame:
    """Give each line the innermost section that holds it, and its heading_end and kind."""
    opened = sections.select("row", "heading_end", "ordinal", whole=pl.col("form") == "whole-line")
    closed = sections.filter("closed").select(row=pl.col("last_row") + 1, back=pl.col("parent").fill_null(0))
    lines = rows.join(opened, on="row", how="left", maintain_order="left").join(
        closed, on="row", how="left", maintain_order="left"
    )
    first = (pl.col("document") != pl.col("document").shift(1)).fill_null(value=True)
    turn = pl.coalesce("ordinal", "back", pl.when(first).then(0))
    lines = lines.with_columns(section=turn.forward_fill())
    return conform(
        lines.with_columns(
            section_id=pl.when(pl.col("section") > 0).then(_section_id(pl.col("section"))),
            kind=pl.when(pl.col("whole").fill_null(value=False)).then(pl.lit("heading")).otherwise("kind"),
        ),
        Sectioned,
    )


def _describe(sections: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The sections as `schemas.Sections`."""
    places = rows.select("row", "doc_id", "line_no")
    ends = places.select(last_row="row", last_line_no="line_no")
    described = sections.join(places, on="row", how="left", maintain_order="left").join(
        ends, on="last_row", how="left", maintain_order="left"
    )
    names = described.select(pl.coalesce("heading", "marker")).to_series().to_list()
    paths = _paths(names, described["ordinal"].to_list(), described["parent"].to_list())
    return conform(
        described.with_columns(
            pl.Series("path", paths, dtype=pl.List(pl.String)),
            section_id=_section_id(pl.col("ordinal")),
            parent_id=_section_id(pl.col("parent")),
            first_line_no="line_no",
        ),
        Sections,
    )


def _paths(names: list[str], ordinals: list[int], parents: list[int | None]) -> list[list[str]]:
    """The names from the root down to each section; ordinals count within a document."""
    paths: list[list[str]] = []
    for position, (name, ordinal, parent) in enumerate(zip(names, ordinals, parents, strict=True)):
        above = [] if parent is None else paths[position - ordinal + parent]
        paths.append([*above, name])
    return paths
