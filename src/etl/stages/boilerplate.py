"""Boilerplate: drop the lines that belong to the page and not to its article; read what they say first.

The decision has four parts, each of which names itself in the ledger: rules for lines, the site's own recurring lines,
the tail after a list of other articles, and the article's extent by a score. A document is never emptied.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.boilerplate.decision import decide
from etl.boilerplate.kinds import line_kinds
from etl.boilerplate.metadata import read_metadata, read_nothing
from etl.boilerplate.model import Model, Weights, load_model
from etl.boilerplate.narrowing import narrow
from etl.boilerplate.sites import as_counts, count_site_lines, merge_site_lines, with_recurrence
from etl.boilerplate.wordings import read_wordings
from etl.distinct import number_texts, rows_of
from etl.ledger import Outcome, edits, marks
from etl.recipe import BoilerplateOptions
from etl.schemas import Stripped, conform

__all__ = ["as_counts", "count_site_lines", "merge_site_lines", "strip_boilerplate"]


def strip_boilerplate(
    lines: pl.DataFrame,
    documents: pl.DataFrame,
    site_lines: pl.DataFrame,
    options: BoilerplateOptions,
    weights: Weights | None = None,
) -> Outcome:
    """Drop what is no part of the article, and read the metadata.

    Args:
        lines: doc_id, line_no, start, end, text of every line that is not blank, in the documents' order.
        documents: doc_id, site.
        site_lines: site, key, documents, site_documents: what `merge_site_lines` knows of the corpus.
        options: options of the stage.
        weights: of the score; the package's own if left out.

    Returns:
        datasets stripped and metadata; the removed lines and cut ends as edits; documents kept whole as marks.
    """
    numbered = _numbered(lines, documents)
    if numbered.is_empty():
        nothing = conform(lines.with_columns(kind=pl.lit("")), Stripped)
        return Outcome({"stripped": nothing, "metadata": read_nothing(documents)})
    texts, wording = number_texts(lines["text"])
    worded = numbered.with_columns(wording=pl.Series(wording))
    narrowed = narrow(worded, texts, options.off)
    wordings, met = read_wordings(narrowed.texts)
    told = with_recurrence(narrowed.lines, wordings, documents, site_lines, options.site_share)
    seen = told.hstack(wordings.drop("text")[told["wording"]])
    hits = _of_lines(met, narrowed.lines)
    decision = decide(seen, hits, Model(weights) if weights else load_model(), options.off)
    dropped = decision.dropped["row"]
    gone = narrowed.lines[dropped].hstack(decision.dropped.drop("row"))
    stays = np.ones(seen.height, dtype=np.bool_)
    stays[dropped] = False
    kept = narrowed.lines.hstack([seen["shown"], seen["first"], seen["last"]]).filter(pl.Series(stays))
    whole = worded.with_columns(article=pl.Series(decision.article))  # a byline says something that is cut off, too
    return Outcome(
        datasets={
            "stripped": conform(line_kinds(kept, decision.titles), Stripped),
            "metadata": read_metadata(whole, wordings, decision.titles, documents),
        },
        edits=edits(pl.concat([gone, narrowed.lost], how="diagonal").sort("document", "start")),
        marks=marks(documents.select("doc_id")[decision.emptied], mark="all-boilerplate"),
    )


def _of_lines(hits: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Hits of wordings as those of the lines that have them."""
    met = hits.rename({"row": "wording"})
    return lines.select("row", "wording").join(met, on="wording", maintain_order="left_right").drop("wording")


def _numbered(lines: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Add row, the line's position, and document, its document's."""
    document = pl.Series(rows_of(lines["doc_id"], documents["doc_id"]))
    return lines.with_row_index("row").with_columns(document=document)
