"""Views that answer what people ask for first, in SQL that DuckDB and PostgreSQL share."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["VIEWS", "View"]

READABLE = {
    "duckdb": "l.{0}",
    # BYTEA that holds NUL cannot become text; it is shown with its odd bytes escaped.
    "postgresql": "CASE WHEN position('\\x00'::bytea IN l.{0}) > 0 THEN encode(l.{0}, 'escape') "
    "ELSE convert_from(l.{0}, 'UTF8') END",
}
"""How an engine turns an edit's characters into text, by its name."""


@dataclass(frozen=True)
class View:
    """A view of the warehouse.

    Attributes:
        name: its name.
        comment: what a row is.
        query: its definition; {before} stands for the edited characters as text.
    """

    name: str
    comment: str
    query: str

    def sql(self, dialect: str) -> str:
        """The definition for one engine."""
        return self.query.replace("{before}", READABLE[dialect].format("before"))


VIEWS = (
    View(
        "latest_documents",
        "Documents of the current run, the latest published first, with the run that cleaned each.",
        """SELECT d.doc_id, d.source, d.site, d.title, d.published, d.publisher, d.author, d.editor, d.text,
    d.chars_in, d.chars_out, d.paragraphs, d.sections, d.near_duplicate_of, d.flags, d.run_id,
    r.started_at AS cleaned_at
FROM documents d JOIN runs r ON r.run_id = d.run_id
ORDER BY d.published DESC NULLS LAST, d.doc_id""",
    ),
    View(
        "section_texts",
        "The clean text of each section, and of what stands in no section of a document (section_id is null).",
        """SELECT d.doc_id, d.source, d.site, d.title, s.section_id, s.ordinal, s.level, s.marker, s.heading, s.path,
    string_agg(p.text, chr(10) ORDER BY p.paragraph_no) AS text, count(*) AS paragraphs
FROM paragraphs p
JOIN documents d ON d.doc_id = p.doc_id
LEFT JOIN sections s ON s.section_id = p.section_id
GROUP BY d.doc_id, d.source, d.site, d.title, s.section_id, s.ordinal, s.level, s.marker, s.heading, s.path""",
    ),
    View(
        "removed_text",
        "What was removed from a document, by which rule, and for a duplicate the kept copy.",
        """SELECT d.source, d.site, l.doc_id, l.line_no, l.start, l."end", l.stage, l.rule, {before} AS removed,
    l.chars_removed, l.match_doc_id, l.match_line_no, l.score, l.detail
FROM ledger l JOIN documents d ON d.doc_id = l.doc_id
WHERE l.after IS NULL""",
    ),
    View(
        "removed_by_rule",
        "What each rule took from the documents of the current run and put in its place, by site and cleaning night.",
        """SELECT CAST(r.started_at AS DATE) AS night, d.site, l.stage, l.rule, count(*) AS edits,
    count(DISTINCT l.doc_id) AS documents, CAST(sum(l.chars_removed) AS BIGINT) AS chars_removed,
    CAST(sum(l.chars_inserted) AS BIGINT) AS chars_inserted
FROM ledger l
JOIN documents d ON d.doc_id = l.doc_id
JOIN runs r ON r.run_id = d.run_id
GROUP BY CAST(r.started_at AS DATE), d.site, l.stage, l.rule""",
    ),
    View(
        "quality_by_night",
        "Documents, characters and the share removed, by night, run and site.",
        """SELECT CAST(r.started_at AS DATE) AS night, r.run_id, s.site, r.verdict, max(s.documents) AS documents,
    CAST(sum(CASE WHEN s.stage = 'boilerplate' THEN s.chars_in ELSE 0 END) AS BIGINT) AS chars_in,
    CAST(sum(CASE WHEN s.stage = 'normalize' THEN s.chars_out ELSE 0 END) AS BIGINT) AS chars_out,
    1 - sum(CASE WHEN s.stage = 'normalize' THEN s.chars_out ELSE 0 END) * 1.0
        / nullif(sum(CASE WHEN s.stage = 'boilerplate' THEN s.chars_in ELSE 0 END), 0) AS removed_share
FROM site_stats s JOIN runs r ON r.run_id = s.run_id
GROUP BY CAST(r.started_at AS DATE), r.run_id, s.site, r.verdict""",
    ),
    View(
        "rules_by_night",
        "What each rule did in each run that was loaded, by night and site.",
        """SELECT CAST(r.started_at AS DATE) AS night, t.run_id, t.site, t.stage, t.rule, t.edits, t.documents,
    t.chars_removed, t.chars_inserted
FROM rule_stats t JOIN runs r ON r.run_id = t.run_id""",
    ),
)
"""Every view; each reads tables only, so that their order does not matter."""
