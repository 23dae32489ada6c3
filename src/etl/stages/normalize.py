"""Stage 5: join cut lines, rewrite characters, and make paragraphs. The only stage that rewrites.

Most lines need nothing but a trim, which Polars does on columns; one regex tells the others, each of which is
rewritten once, however often it stands in the corpus.
"""

from __future__ import annotations

import polars as pl

from etl.ledger import Outcome, edits, marks
from etl.normalization.alphabet import WHITE_CHARACTERS
from etl.normalization.rewriting import LINE_JOINT, Rewriter, active_rewriters, rewrite
from etl.normalization.wrapping import find_continuations, find_torn
from etl.recipe import NormalizeOptions
from etl.schemas import Paragraphs, conform

__all__ = ["normalize"]

_PIECES = pl.Schema(
    {
        "key": pl.UInt32, "line": pl.UInt32, "from": pl.Int64, "to": pl.Int64,
        "before": pl.String, "after": pl.String, "rule": pl.String, "detail": pl.String,
    }
)  # fmt: skip


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
    trimmed = raw.with_columns(
        text=pl.col("raw").str.strip_chars(WHITE_CHARACTERS) if options.white_space else pl.col("raw")
    )
    dirty = trimmed.get_column("joined") | _needs_rewriting(trimmed.get_column("text"), rewriters)
    rewritten, pieces = _rewritten(trimmed.filter(dirty), lines, rewriters)
    clean = trimmed.filter(~dirty)
    paragraphs = pl.concat([clean, rewritten]).sort("row").filter(pl.col("text") != "")
    paragraphs = paragraphs.with_columns(paragraph_no=pl.int_range(1, pl.len() + 1).over("document"))
    changes = pl.concat([_trims(clean), pieces, _paragraph_breaks(paragraphs)])
    return Outcome(
        {"paragraphs": conform(paragraphs, Paragraphs)},
        edits(changes.sort("document", "start", "end")),
        marks(find_torn(lines, continues), mark="torn-paragraph"),
    )


def _raw_paragraphs(lines: pl.DataFrame, continues: pl.Series) -> pl.DataFrame:
    """One row per paragraph: row (of its first line), document, the columns of paragraphs, raw, joined."""
    numbered = lines.select("document", "doc_id", "section_id", "kind", "line_no", "start", "end", raw="text")
    numbered = numbered.with_row_index("row").with_columns(joined=continues | continues.shift(-1, fill_value=False))
    if not continues.any():
        return numbered
    joined = (
        numbered.filter("joined")
        .group_by((~continues).cum_sum().filter(numbered.get_column("joined")), maintain_order=True)
        .agg(
            pl.col("row", "document", "doc_id", "section_id", "kind", "line_no", "start").first(),
            pl.col("end").last(),
            pl.col("raw").str.join(LINE_JOINT),
            pl.col("joined").first(),
        )
    )
    return pl.concat([numbered.filter(~pl.col("joined")), joined.select(numbered.columns)])


def _needs_rewriting(text: pl.Series, rewriters: tuple[Rewriter, ...]) -> pl.Series:
    """Whether any rule may act on a text."""
    return text.str.contains("|".join(rewriter.hint for rewriter in rewriters) or r"\z\A.")


def _rewritten(
    dirty: pl.DataFrame, lines: pl.DataFrame, rewriters: tuple[Rewriter, ...]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The paragraphs with their clean text, and their edits; each distinct text is rewritten once."""
    distinct = dirty.select("raw").unique(maintain_order=True).with_row_index("key")
    texts, flat = [], []
    for key, raw in distinct.iter_rows():
        clean, pieces = rewrite(raw, rewriters)
        texts.append(clean)
        flat += [(key, *piece) for piece in pieces]
    keyed = distinct.with_columns(text=pl.Series(texts, dtype=pl.String))
    paragraphs = dirty.drop("text").join(keyed, on="raw", how="left", maintain_order="left")
    pieces_frame = pl.DataFrame(flat, schema=_PIECES, orient="row")
    placed = paragraphs.select("row", "key").join(pieces_frame, on="key", how="inner")
    first = lines.select("document", "doc_id", "line_no", "start")[placed.get_column("row") + placed.get_column("line")]
    changes = placed.with_columns(first).select(
        "document", "doc_id", "line_no",
        start=pl.col("start") + pl.col("from"), end=pl.col("start") + pl.col("to"),
        before="before", after=pl.when(pl.col("after") != "").then("after"), rule="rule", detail="detail",
    )  # fmt: skip
    return paragraphs.select(*dirty.columns), changes


def _trims(clean: pl.DataFrame) -> pl.DataFrame:
    """Edits for the white space at the ends of paragraphs that need nothing else."""
    changed = clean.filter(pl.col("raw") != pl.col("text"))
    stripped = pl.col("raw").str.strip_chars_start(WHITE_CHARACTERS)
    head = _length(pl.col("raw")) - _length(stripped)
    spans = changed.with_columns(head=head, tail=head + _length(pl.col("text")), length=_length(pl.col("raw")))
    heads = spans.filter(pl.col("head") > 0).with_columns(
        end=pl.col("start") + pl.col("head"), before=pl.col("raw").str.slice(0, pl.col("head"))
    )
    tails = spans.filter(pl.col("tail") < pl.col("length")).with_columns(
        start=pl.col("start") + pl.col("tail"), before=pl.col("raw").str.slice(pl.col("tail"))
    )
    return pl.concat([heads, tails]).select(
        "document", "doc_id", "line_no", "start", "end", "before",
        after=pl.lit(None, pl.String), rule=pl.lit("white-space"), detail=pl.lit(None, pl.String),
    )  # fmt: skip


def _length(text: pl.Expr) -> pl.Expr:
    """Code points."""
    return text.str.len_chars().cast(pl.Int64)


def _paragraph_breaks(paragraphs: pl.DataFrame) -> pl.DataFrame:
    """Insertions of the newline that stands before each paragraph but the first of a document."""
    return paragraphs.filter(pl.col("paragraph_no") > 1).select(
        "document", "doc_id", "line_no", "start", end="start",
        before=pl.lit(""), after=pl.lit("\n"), rule=pl.lit("paragraph-break"), detail=pl.lit(None, pl.String),
    )  # fmt: skip
