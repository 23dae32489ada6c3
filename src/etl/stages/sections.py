"""Stage 4: headings, numbered items, and the outline that they form. Adds columns; changes no character."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.adjacent import differs
from etl.arrays import Ints
from etl.arrow import list_runs
from etl.ledger import Outcome
from etl.patterns import keeps_patterns
from etl.recipe import SectionOptions
from etl.schemas import Sections, conform
from etl.sectioning.extents import close_series
from etl.sectioning.headings import tell_headings
from etl.sectioning.markers import read_markers
from etl.sectioning.outline import place_sections
from etl.sectioning.shapes import shape_rests
from etl.sectioning.unnumbered import find_unnumbered

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
    sections = _identified(close_series(tell_headings(sections, rows["text"], options.deepest_run_in)), lines)
    return Outcome({"sectioned": _section_lines(lines, rows, sections), "sections": _describe(sections, lines)})


def _number_rows(lines: pl.DataFrame) -> pl.DataFrame:
    """Number rows: row, document, last (row of the document's last line); with apart (opens no section) and text."""
    document = lines["doc_id"].rle_id().cast(pl.Int64).to_numpy()
    last = np.searchsorted(document, document, side="right") - 1
    numbers = {"row": np.arange(lines.height), "document": document, "last": last}
    return pl.DataFrame({**numbers, "apart": lines["kind"].is_in(APART), "text": lines["text"]})


def _find_candidates(rows: pl.DataFrame, options: SectionOptions) -> pl.DataFrame:
    """The lines that may open a section: the marked ones, and headings without a number where nothing is numbered."""
    marked = read_markers(rows.filter(~rows["apart"]))
    marked = _drop_contents(shape_rests(marked, options.longest_heading, options.longest_run_in))
    if not options.unnumbered:
        return marked
    numbered = marked["document"].filter((marked["can_head"] == "lead") & (marked["shape"] != "prose"))
    free = rows.filter(pl.Series(np.isin(rows["document"], numbered, invert=True)))
    bare = find_unnumbered(free, options.longest_heading)
    taken = bare.filter(pl.Series(np.isin(bare["row"], marked["row"], invert=True)))
    return pl.concat([marked, taken], how="diagonal").sort("row")


def _drop_contents(marked: pl.DataFrame) -> pl.DataFrame:
    """Drop the lines of a table of contents: a run of marked lines each of which stands again further on."""
    entry = marked["text"].str.replace(r"[\s.．…·]*\d*\s*$", "").str.strip_chars()
    entries = pl.DataFrame([marked["document"], entry])
    again = ~entries.select(pl.struct(pl.all()).is_last_distinct()).to_series().to_numpy()
    begins = np.ones(marked.height, dtype=np.bool_)
    begins[1:] = (np.diff(marked["row"].to_numpy()) != 1) | np.diff(again)
    (starts,) = begins.nonzero()
    sizes = np.diff(starts, append=marked.height)
    return marked.filter(pl.Series(~again | (sizes < CONTENTS).repeat(sizes)))


def _identified(sections: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Add doc_id, section_id and parent_id."""
    doc_id, parent = lines["doc_id"][sections["row"]], sections["parent"]
    section_id = doc_id + "-" + sections["ordinal"].cast(pl.String).str.zfill(4)
    parent_id = section_id.gather(parent.set(parent < 0, None))
    return sections.hstack([doc_id, section_id.alias("section_id"), parent_id.alias("parent_id")])


def _section_lines(lines: pl.DataFrame, rows: pl.DataFrame, sections: pl.DataFrame) -> pl.DataFrame:
    """Give each line the innermost section that holds it, and its heading_end and kind."""
    inner = pl.Series(_innermost(rows, sections))
    headings = sections["row"].filter(sections["form"] == "whole-line")
    ends = pl.Series("heading_end", [None], pl.Int64).new_from_index(0, lines.height)
    return lines.with_columns(
        lines["kind"].clone().scatter(headings, "heading"),
        sections["section_id"].gather(inner.set(inner < 0, None)),
        ends.scatter(sections["row"], sections["heading_end"]),
    )


def _innermost(rows: pl.DataFrame, sections: pl.DataFrame) -> Ints:
    """For each line the number of the innermost section that holds it, of all sections; -1 if none does."""
    numbers, opening = np.arange(sections.height), sections["row"].to_numpy()
    closed, after, back = (sections[name].to_numpy() for name in ("closed", "last_row", "back"))
    inner = np.full(rows.height, -1)
    told = differs(rows["document"].to_numpy())
    for places, which in ((after[closed] + 1, back[closed]), (opening, numbers)):
        inner[places], told[places] = which, True
    latest = np.maximum.accumulate(np.where(told, np.arange(rows.height), 0))
    found: Ints = inner[latest]
    return found


def _describe(sections: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The sections as `schemas.Sections`."""
    first, last = (lines["line_no"][sections[name]] for name in ("row", "last_row"))
    numbers = (first.alias("line_no"), first.alias("first_line_no"), last.alias("last_line_no"))
    return conform(sections.hstack([*numbers, _paths(sections)]), Sections)


def _paths(sections: pl.DataFrame) -> pl.Series:
    """For each section the headings of those that hold it, from the outermost on, and its own; or their markers."""
    heading, parent = sections["heading"], sections["parent"].to_numpy()
    name = heading.zip_with(heading.is_not_null(), sections["marker"])
    ends = np.cumsum(sections["level"].to_numpy())
    on_path, around, place = np.zeros(ends[-1:].sum(), dtype=np.int64), np.arange(sections.height), ends - 1
    while len(around):
        on_path[place] = around
        held = parent[around] >= 0
        around, place = parent[around[held]], place[held] - 1
    return list_runs(name[on_path], np.append(0, ends)).alias("path")
