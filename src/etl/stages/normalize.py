"""Stage 5: join cut lines, rewrite characters, and make paragraphs. The only stage that rewrites.

Most lines need nothing but a trim, which Polars does on columns; one regex tells the others, each of which is
rewritten once, however often it stands in the corpus.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from etl.ledger import Outcome, edits, marks
from etl.normalization.alphabet import WHITE_CHARACTERS
from etl.normalization.rewriting import LINE_JOINT, Rewriter, active_rewriters, needs_rewriting, rewrite
from etl.normalization.wrapping import find_continuations, find_torn
from etl.patterns import keeps_patterns
from etl.recipe import NormalizeOptions
from etl.schemas import Paragraphs, conform

__all__ = ["normalize"]


@keeps_patterns
def normalize(lines: pl.DataFrame, options: NormalizeOptions) -> Outcome:
    """Make clean paragraphs of lines.

    Args:
        lines: the columns of `schemas.Sectioned`, in document order, then by line_no.
        options: which rules act.

    Returns:
        The dataset `paragraphs`; an edit for each change, in order of document and position, `paragraph-break` for
        the newline that stands before each paragraph but a document's first; a mark `torn-paragraph` for each line
        that breaks off.
    """
    lines = lines.with_columns(document=pl.col("doc_id").rle_id().cast(pl.Int64))
    continues = find_continuations(lines)
    raw = _raw_paragraphs(lines, continues if options.join_lines else continues & False)
    rewriters = active_rewriters(options)
    stripped = _stripped(raw) if options.white_space else raw.with_columns(rest="raw", text="raw")
    texts = stripped.get_column("text")
    dirty = (stripped.get_column("joined") | needs_rewriting(texts, rewriters)).arg_true()
    clean, pieces = _rewritten(stripped[dirty], lines, rewriters)
    paragraphs = stripped.with_columns(text=texts.scatter(dirty, clean)).filter(pl.col("text") != "")
    paragraphs = paragraphs.with_columns(paragraph_no=_place_in_document())
    changes = pl.concat([_trims(stripped), pieces, _paragraph_breaks(paragraphs)])
    return Outcome(
        {"paragraphs": conform(paragraphs, Paragraphs)},
        edits(changes.sort(_position())),
        marks(find_torn(lines, continues), mark="torn-paragraph"),
    )


def _place_in_document() -> pl.Expr:
    """Number of each paragraph in its document, from 1."""
    row = pl.row_index().cast(pl.Int64)
    opens = (pl.col("document") != pl.col("document").shift(1)).fill_null(value=True)
    return row - pl.when(opens).then(row).forward_fill() + 1


def _position() -> pl.Expr:
    """Place of an edit: document, start, and an insertion before what it stands in front of; one key sorts fastest."""
    takes_text = (pl.col("end") > pl.col("start")).cast(pl.Int64)
    return pl.col("document") * 2**32 + pl.col("start") * 2 + takes_text


def _raw_paragraphs(lines: pl.DataFrame, continues: pl.Series) -> pl.DataFrame:
    """One row per paragraph: row (of its first line), document, the columns of paragraphs, raw, joined."""
    numbered = lines.select("document", "doc_id", "section_id", "kind", "line_no", "start", "end", raw="text")
    numbered = numbered.with_row_index("row").with_columns(joined=continues | continues.shift(-1, fill_value=False))
    first = numbered.filter(~continues)
    parts, paragraph = numbered.filter("joined"), (~continues).cum_sum().filter(numbered.get_column("joined"))
    joined = parts.group_by(paragraph, maintain_order=True).agg(
        pl.col("end").last(), pl.col("raw").str.join(LINE_JOINT)
    )
    places = first.get_column("joined").arg_true()
    return first.with_columns(
        first.get_column(name).scatter(places, joined.get_column(name)) for name in ("end", "raw")
    )


def _stripped(raw: pl.DataFrame) -> pl.DataFrame:
    """Add rest, without white space at its start, and text, without any at its end either.

    The white space around the lines of a joined paragraph is left to the rewriting, which knows where they begin.
    """
    whole, joined = raw.get_column("raw"), raw.get_column("joined").arg_true()
    rest = whole.str.strip_chars_start(WHITE_CHARACTERS).scatter(joined, whole.gather(joined))
    text = rest.str.strip_chars_end(WHITE_CHARACTERS).scatter(joined, whole.gather(joined))
    return raw.with_columns(rest=rest, text=text)


def _rewritten(
    dirty: pl.DataFrame, lines: pl.DataFrame, rewriters: Sequence[Rewriter]
) -> tuple[pl.Series, pl.DataFrame]:
    """The clean texts of paragraphs, and their edits; each distinct text is rewritten once."""
    distinct = dirty.select("text").unique(maintain_order=True)
    texts, pieces = rewrite(distinct.get_column("text"), rewriters)
    keyed = distinct.with_columns(clean=texts).with_row_index("key")
    head = _length("raw") - _length("rest")
    paragraphs = dirty.with_columns(head=head).join(keyed, on="text", how="left", maintain_order="left")
    placed = paragraphs.select("row", "key", "head").join(pieces, left_on="key", right_on="text")
    first = lines[placed.get_column("row") + placed.get_column("line")].select("document", "doc_id", "line_no", "start")
    shift = pl.col("start") + pl.when(pl.col("line") == 0).then("head").otherwise(0)
    changes = placed.with_columns(first).select(
        "document", "doc_id", "line_no",
        start=shift + pl.col("from"), end=shift + pl.col("to"),
        before="before", after=pl.when(pl.col("after") != "").then("after"), rule="rule", detail="detail",
    )  # fmt: skip
    return paragraphs.get_column("clean"), changes


def _trims(paragraphs: pl.DataFrame) -> pl.DataFrame:
    """Edits for the white space that was stripped from the ends of paragraphs."""
    size = {name: pl.col(name).str.len_bytes() for name in ("raw", "rest", "text")}
    heads = paragraphs.filter(size["raw"] != size["rest"])
    heads = heads.with_columns(before=_cut("raw", pl.lit(0), size["raw"] - size["rest"]))
    heads = heads.with_columns(end=pl.col("start") + _length("before"))
    tails = paragraphs.filter(size["rest"] != size["text"])
    tails = tails.with_columns(before=_cut("rest", size["text"], size["rest"]))
    tails = tails.with_columns(start=pl.col("end") - _length("before"))
    return pl.concat([heads, tails]).select(
        "document", "doc_id", "line_no", "start", "end", "before",
        after=pl.lit(None, pl.String), rule=pl.lit("white-space"), detail=pl.lit(None, pl.String),
    )  # fmt: skip


def _cut(text: str, offset: pl.Expr, length: pl.Expr) -> pl.Expr:
    """So many bytes of a column, from an offset where a character begins; it need not look at those before."""
    return pl.col(text).cast(pl.Binary).bin.slice(offset, length).cast(pl.String)


def _length(text: str) -> pl.Expr:
    """Code points of a column."""
    return pl.col(text).str.len_chars().cast(pl.Int64)


def _paragraph_breaks(paragraphs: pl.DataFrame) -> pl.DataFrame:
    """Insertions of the newline that stands before each paragraph but the first of a document."""
    return paragraphs.filter(pl.col("paragraph_no") > 1).select(
        "document", "doc_id", "line_no", "start", end="start",
        before=pl.lit(""), after=pl.lit("\n"), rule=pl.lit("paragraph-break"), detail=pl.lit(None, pl.String),
    )  # fmt: skip
