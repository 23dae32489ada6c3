"""Metadata: title, date and names, against what the pages' own source or their labels say.

What may serve as an answer, by field:

- title: the title that came with the set (gne, govcn); elsewhere the first line of the article that people marked,
  where it is labelled as a title.
- published: the day in the page's own meta tags, where the text of the page has that day too; and, as a second figure
  with weaker answers, the only day in the lines that are labelled as bylines.
- publisher, author, editor: the page's own meta tags, where a labelled byline has the name too. A meta tag often
  holds the site's name instead: the condition leaves most such pages out, and so does another, that no other page of
  the set has the same author or editor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from etl.evaluation.boilerplate import DUMPS, NEARLY_ALL_CONTENT, PAGES, clean_pages
from etl.evaluation.findings import OURS, Finding, Score, error_rows
from etl.evaluation.material import find, read_table, texts_of
from etl.evaluation.peers import Metadata
from etl.evaluation.scores import share

__all__ = ["evaluate_metadata", "first_day", "folded", "meta_tags", "only_days"]

OF = "metadata"
DUMP = "dump"
"""Kind of dump that is read."""

TAGS = {
    "published": ("publishdate", "pubdate", "article:published_time", "og:release_date", "og:time"),
    "publisher": ("source", "contentsource"),
    "author": ("author", "article:author"),
    "editor": ("editor",),
}
"""Meta tags that say a field, the most reliable first."""

FIELDS = ("title", "published", "published by byline", "publisher", "author", "editor")
"""Fields in the order of the board."""

PEER_FIELDS = ("title", "published", "published by byline", "author")
"""Fields that peers read."""

SITE_NAME = r"^(?:--|[-_|—–]).{1,24}$"
"""What follows a title in a browser's title: a stroke and the site's name, or those of its parts."""

SAYS_SOURCE = r"^\s*(?:来源|來源|稿源)\s*[:：]\s*"
"""Words before a publisher's name that belong to the tag."""

DAY = r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})"
"""A day as pages write it."""

_META = re.compile(r"<meta\s[^>]*>", re.IGNORECASE)
_NAME = re.compile(r"""(?:name|property|itemprop)\s*=\s*["']?([\w:.-]+)""", re.IGNORECASE)
_CONTENT = re.compile(r"""content\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)


def evaluate_metadata(data: Path, readers: Mapping[str, Metadata]) -> Finding:
    """Score the metadata that the boilerplate stage reads.

    Args:
        data: folder of labelled material.
        readers: peers by name; they get the HTML.

    Raises:
        UsageError: a set is not there.
    """
    found, peers = [], []
    for name in (*PAGES, NEARLY_ALL_CONTENT):
        index = read_table(data, name, "index.csv").rename({"host": "site"}).sort("doc_id")
        pages = texts_of(find(data, name, "html"), index["doc_id"], ".html")
        answers = _answers(data, name, index, pages)
        metadata = clean_pages(data, name, DUMP, index.select("doc_id", "site"))["metadata"]
        found.append(_judge(answers, _ours(metadata)))
        peers.append(_peers(answers, index["doc_id"].to_list(), pages, readers))
    judged = pl.concat(found)
    theirs = {tool: pl.concat([by_tool[tool] for by_tool in peers]) for tool in readers}
    return Finding([*_scores(judged, OURS), *_peer_scores(theirs)], _errors(judged))


def _peers(
    answers: pl.DataFrame, doc_ids: list[str], pages: list[str], readers: Mapping[str, Metadata]
) -> dict[str, pl.DataFrame]:
    """Judged answers of each peer."""
    judged = {}
    for tool, read in readers.items():
        rows = [{"doc_id": doc_id, **read(page)} for doc_id, page in zip(doc_ids, pages, strict=True)]
        table = pl.DataFrame(
            rows, schema={"doc_id": pl.String, "title": pl.String, "published": pl.String, "author": pl.String}
        )
        said = _long(table.with_columns(first_day("published")))
        judged[tool] = _judge(answers.filter(pl.col("field").is_in(PEER_FIELDS)), said)
    return judged


def _ours(metadata: pl.DataFrame) -> pl.DataFrame:
    named = metadata.select("doc_id", "title", "published", "publisher", "author", "editor")
    return _long(named.with_columns(pl.col("published").dt.to_string("%Y-%m-%d")))


def _long(table: pl.DataFrame) -> pl.DataFrame:
    """doc_id, field, got."""
    wide = table.with_columns(pl.col("published").alias("published by byline"))
    return wide.unpivot(index="doc_id", variable_name="field", value_name="got")


def _judge(answers: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Add got and right; a title is right without the name of the site that its answer may end in."""
    judged = answers.join(said, on=["doc_id", "field"], how="left", maintain_order="left", validate="1:1")
    rest = folded("wanted").str.strip_prefix(folded("got"))
    named_site = (pl.col("field") == "title") & (folded("got") != "") & rest.str.contains(SITE_NAME)
    right = folded("got").eq_missing(folded("wanted")) | named_site.fill_null(value=False)
    return judged.with_columns(right=right)


def folded(column: str) -> pl.Expr:
    """A value as it is compared: width and form folded (NFKC), quotes alike, without white space."""
    plain = pl.col(column).str.normalize("NFKC").str.replace_all(r"\s+", "")
    return plain.str.replace_all("[“”‘’「」『』'\"]", '"')


def first_day(column: str) -> pl.Expr:
    """The first day in a text as YYYY-MM-DD; null if there is none."""
    parts = pl.col(column).str.extract_groups(DAY).struct
    two = [parts.field(number).str.zfill(2) for number in ("2", "3")]
    return pl.concat_str(parts.field("1"), *two, separator="-").alias(column)


def only_days(lines: pl.DataFrame) -> pl.DataFrame:
    """The day of each document whose lines name one day and no other.

    Args:
        lines: doc_id, text.

    Returns:
        doc_id, wanted (YYYY-MM-DD).
    """
    days = lines.select("doc_id", day=pl.col("text").str.extract_all(DAY)).explode("day").drop_nulls()
    alike = days.select("doc_id", wanted=first_day("day")).unique(maintain_order=True)
    return alike.filter(pl.len().over("doc_id") == 1)


def meta_tags(html: str) -> dict[str, str]:
    """Content of a page's meta tags by name in lower case; the first that says something."""
    found: dict[str, str] = {}
    for tag in _META.findall(html):
        name, content = _NAME.search(tag), _CONTENT.search(tag)
        value = (content[1] or content[2] or "").strip() if content else ""
        if name and value:
            found.setdefault(name[1].lower(), value)
    return found


def _answers(data: Path, name: str, index: pl.DataFrame, pages: list[str]) -> pl.DataFrame:
    """doc_id, field, wanted."""
    labels = read_table(data, name, DUMPS[DUMP])
    bylines = labels.filter("meta_like").select("doc_id", "text")
    days = only_days(bylines).with_columns(field=pl.lit("published by byline"))
    tagged = pl.DataFrame(
        list(_tagged(index["doc_id"].to_list(), pages)),
        schema={"doc_id": pl.String, "field": pl.String, "wanted": pl.String},
        orient="row",
    )
    return pl.concat(
        [
            _titles(index, labels).select("doc_id", "field", "wanted"),
            _shown(tagged, labels, bylines),
            days.select("doc_id", "field", "wanted"),
        ]
    )


def _titles(index: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    if "note" in index.columns:
        noted = index.select("doc_id", wanted=pl.col("note").str.strip_prefix("title="))
        titles = noted.filter(pl.col("wanted") != "NONE")
    else:
        first = labels.filter("is_content").unique("doc_id", keep="first", maintain_order=True)
        titles = first.filter("title_like").select("doc_id", wanted=pl.col("text").str.strip_chars())
    return titles.with_columns(field=pl.lit("title"))


def _tagged(doc_ids: list[str], pages: list[str]) -> Iterator[tuple[str, str, str]]:
    for doc_id, page in zip(doc_ids, pages, strict=True):
        tags = meta_tags(page)
        for field, names in TAGS.items():
            value = next((tags[name] for name in names if name in tags), None)
            if value:
                yield doc_id, field, value


def _shown(tagged: pl.DataFrame, labels: pl.DataFrame, bylines: pl.DataFrame) -> pl.DataFrame:
    """The answers that the text of the page has too."""
    dates = tagged.filter(field="published").with_columns(wanted=first_day("wanted"))
    days = labels.select("doc_id", day=pl.col("text").str.extract_all(DAY)).explode("day").drop_nulls()
    seen = days.select("doc_id", wanted=first_day("day")).unique()
    single = pl.len().over("field", "wanted") == 1
    others = tagged.filter(pl.col("field") != "published").with_columns(pl.col("wanted").str.replace(SAYS_SOURCE, ""))
    names = others.filter((pl.col("field") == "publisher") | single)
    lines = bylines.group_by("doc_id").agg(byline=folded("text").str.join("\n"))
    named = names.join(lines, on="doc_id", how="inner", maintain_order="left")
    said = named.filter(pl.col("byline").str.contains(folded("wanted"), literal=True)).drop("byline")
    return pl.concat([dates.join(seen, on=["doc_id", "wanted"], how="semi", maintain_order="left"), said])


def _scores(judged: pl.DataFrame, tool: str) -> list[Score]:
    rows = {field: judged.filter(field=field) for field in FIELDS}
    return [
        Score(OF, f"{field} exact", share(row["right"]), row.height, tool) for field, row in rows.items() if row.height
    ]


def _peer_scores(theirs: Mapping[str, pl.DataFrame]) -> list[Score]:
    return [score for tool, judged in theirs.items() for score in _scores(judged, tool)]


def _errors(judged: pl.DataFrame) -> pl.DataFrame:
    wrong = pl.when(pl.col("got").is_null()).then(pl.lit("not found")).otherwise(pl.lit("another one"))
    return error_rows(
        judged.filter(~pl.col("right")),
        OF,
        document=pl.col("doc_id"),
        cause=pl.format("{}: {}", "field", wrong),
        done=pl.col("got").fill_null("nothing"),
        label=pl.col("wanted"),
        text=pl.format("{}: {} instead of {}", "field", pl.col("got").fill_null("nothing"), "wanted"),
    )
