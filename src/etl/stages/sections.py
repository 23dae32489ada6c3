"""Stage 4: headings, numbered items, and the outline that they form. Adds columns; changes no character."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.ledger import Outcome
from etl.patterns import keeps_patterns
from etl.recipe import SectionOptions
from etl.schemas import Sectioned, Sections, conform
from etl.sectioning.extents import close_series
from etl.sectioning.headings import tell_headings
from etl.sectioning.markers import read_markers
from etl.sectioning.outline import place_sections
from etl.sectioning.shapes import shape_rests
from etl.sectioning.unnumbered import UNNUMBERED_RANK, find_unnumbered
from etl.utf8 import Ints

__all__ = ["find_sections"]

APART = ("title", "table")
"""Kinds of line that open no section."""

CONTENTS = 3
"""Lines in a row, each of which comes again later, that make a table of contents."""


@keeps_patterns
def find_sections(lines: pl.DataFrame, options: SectionOptions) -> Outcome:
    """Find the sections of documents.

    Args:
        lines: `schemas.Deduplicated` with text, rows of a document together and in order.
        options: how deep run-in headings are looked for, how long a heading may be, and the like.

    Returns:
        Outcome with the datasets sectioned (`schemas.Sectioned`; a heading on a line of its own has the kind
        heading) and sections (`schemas.Sections`, in the order of the lines). No edits.
    """
    rows = _number_rows(lines)
    sections = place_sections(_find_candidates(rows, options))
    sections = tell_headings(sections, rows["text"], options.deepest_run_in)
    sections = _identified(close_series(sections), rows)
    return Outcome({"sectioned": _section_lines(rows, sections), "sections": _describe(sections, rows)})


def _number_rows(lines: pl.DataFrame) -> pl.DataFrame:
    """Add row (of the frame), document (number of its run of rows), last (row of its last line), and apart."""
    changed = (pl.col("doc_id") != pl.col("doc_id").shift(1)).fill_null(value=True)
    row = pl.row_index().cast(pl.Int64)
    return lines.with_columns(
        row=row,
        document=changed.cum_sum().cast(pl.Int64),
        apart=pl.col("kind").is_in(APART),
        last=pl.when(changed.shift(-1, fill_value=True)).then(row).backward_fill(),
    )


def _find_candidates(rows: pl.DataFrame, options: SectionOptions) -> pl.DataFrame:
    """The lines that may open a section: the marked ones, and headings without a number where nothing is numbered."""
    marked = read_markers(rows.filter(~pl.col("apart")).select("row", "document", "last", "text"))
    marked = _drop_contents(shape_rests(marked, options.longest_heading, options.longest_run_in))
    if not options.unnumbered:
        return marked
    numbered = marked.filter(pl.col("can_head") == "lead", pl.col("shape") != "prose")
    free = rows.join(numbered, on="document", how="anti", maintain_order="left")
    bare = find_unnumbered(free.select("row", "document", "last", "text", "apart"), options.longest_heading)
    taken = bare.join(marked, on="row", how="anti", maintain_order="left").with_columns(
        rank=pl.lit(UNNUMBERED_RANK, dtype=pl.Int64),
        shape=pl.lit("line"),
        can_head=pl.lit("line"),
        alone=pl.lit(value=True),
        heading=pl.col("text").str.strip_chars(),
    )
    return pl.concat([marked, taken.drop("apart")], how="diagonal").sort("row")


def _drop_contents(marked: pl.DataFrame) -> pl.DataFrame:
    """Drop the lines of a table of contents: a run of marked lines each of which stands again further on."""
    entry = pl.col("text").str.replace(r"[\s.．…·]*\d*\s*$", "").str.strip_chars()
    again = ~pl.struct("document", entry).is_last_distinct()
    breaks = (pl.col("row") != pl.col("row").shift(1) + 1) | (pl.col("again") != pl.col("again").shift(1))
    runs = marked.with_columns(again=again).with_columns(run=breaks.fill_null(value=True).cum_sum())
    return runs.filter(~pl.col("again") | (pl.len().over("run") < CONTENTS)).drop("again", "run")


def _identified(sections: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add doc_id, section_id and parent_id."""
    ids = pl.col("doc_id") + "-"
    return sections.with_columns(doc_id=rows["doc_id"].gather(sections["row"])).with_columns(
        section_id=ids + pl.col("ordinal").cast(pl.String).str.zfill(4),
        parent_id=ids + pl.col("parent").cast(pl.String).str.zfill(4),
    )


def _section_lines(rows: pl.DataFrame, sections: pl.DataFrame) -> pl.DataFrame:
    """Give each line the innermost section that holds it, and its heading_end and kind."""
    inner = pl.Series(_innermost(rows, sections))
    nothing = pl.Series([None], dtype=pl.Int64).new_from_index(0, rows.height)
    whole = pl.Series([False]).new_from_index(0, rows.height)
    whole = whole.scatter(sections["row"].filter(sections["form"] == "whole-line"), values=True)
    return conform(
        rows.with_columns(
            section_id=sections["section_id"].gather(inner.set(inner < 0, None)),
            heading_end=nothing.scatter(sections["row"], sections["heading_end"]),
            kind=pl.when(whole).then(pl.lit("heading")).otherwise("kind"),
        ),
        Sectioned,
    )


def _innermost(rows: pl.DataFrame, sections: pl.DataFrame) -> Ints:
    """For each line the number of the innermost section that holds it, of all sections; -1 if none does."""
    numbers, opening = np.arange(sections.height), sections["row"].to_numpy()
    back, ended = sections["back"].fill_null(0).to_numpy(), sections["back"].is_not_null().to_numpy()
    around = np.where(back > 0, numbers - sections["ordinal"].to_numpy() + back, -1)
    inner = np.full(rows.height, -1)
    told = np.diff(rows["document"].to_numpy(), prepend=0) > 0
    for places, which in (((sections["last_row"].to_numpy() + 1)[ended], around[ended]), (opening, numbers)):
        inner[places], told[places] = which, True
    latest = np.maximum.accumulate(np.where(told, np.arange(rows.height), 0))
    found: Ints = inner[latest]
    return found


def _describe(sections: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The sections as `schemas.Sections`."""
    described = _with_paths(sections)
    return conform(
        described.with_columns(
            line_no=rows["line_no"].gather(described["row"]),
            first_line_no=rows["line_no"].gather(described["row"]),
            last_line_no=rows["line_no"].gather(described["last_row"]),
        ),
        Sections,
    )


def _with_paths(sections: pl.DataFrame) -> pl.DataFrame:
    """Add path, level by level: that of the section that holds it, and its own heading, or its marker."""
    name = pl.coalesce("heading", "marker")
    done = [sections.filter(pl.col("level") == 1).with_columns(path=pl.concat_list(name))]
    while (inner := sections.filter(pl.col("level") == len(done) + 1)).height:
        above = done[-1].select("document", parent="ordinal", above="path")
        joined = inner.join(above, on=["document", "parent"], how="left", maintain_order="left")
        done.append(joined.with_columns(path=pl.concat_list("above", name)).drop("above"))
    return pl.concat(done).sort("row")
