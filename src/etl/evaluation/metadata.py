"""Metadata: title, date and names, against what the pages' own source or their labels say.

What may serve as an answer, by field:

- title: the title that came with the set (gne, govcn); elsewhere the first line of the article that people marked,
  where it is labelled as a title; where there is neither, the line that the browser's title begins with.
- published: the day in the page's own meta tags, where the text of the page has that day too; and, as a second figure
  with weaker answers, the only day in the lines that are labelled as bylines.
- publisher, author, editor: the name that the page's markup parts from a label, where the first such label in the
  labelled bylines of the text has this name behind it. For publishers without one, the page's meta tag, where a
  labelled byline has the name too. The meta tags for authors are no answer: they hold the editor or the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from etl.evaluation.boilerplate import NEARLY_ALL_CONTENT, PAGES, clean_pages
from etl.evaluation.findings import OURS, Finding, Score, error_rows, merge_findings
from etl.evaluation.markup import LABELS, browser_titles, meta_tags, stated_names
from etl.evaluation.material import find, read_table, texts_of
from etl.evaluation.peers import Metadata
from etl.evaluation.scores import share
from etl.evaluation.training import DUMPS

__all__ = ["evaluate_metadata", "first_day", "folded", "only_days"]

SETS = {"dump": "metadata", "dump_flat": "metadata flat"}
"""Kinds of dump that are read, and what their figures are called."""

TAGS = {
    "published": ("publishdate", "pubdate", "article:published_time", "og:release_date", "og:time"),
    "publisher": ("source", "contentsource"),
}
"""Meta tags that say a field, the most reliable first."""

BY_BYLINE = "published by byline"
"""The second figure for the day."""

FIELDS = ("title", "published", BY_BYLINE, *LABELS)
"""Fields in the order of the board."""

PEER_FIELDS = ("title", "published", BY_BYLINE, "author")
"""Fields that peers read."""

SHORTEST_TITLE = 5
"""Letters from which a line can be what the browser's title begins with."""

SITE_NAME = r"^(?:--|[-_|—–]).{1,24}$"
"""What follows a title in a browser's title: a stroke and the site's name, or those of its parts."""

SITE_NAMES = r"^[-_|—–]"
"""How it begins where the answer is sought among the lines of the text."""

MARKS = "》〉>· \u3000\t"
"""Marks of a list, which are no part of a title."""

SAYS_SOURCE = r"^\s*(?:来源|來源|稿源)\s*[:：]\s*"
"""Words before a publisher's name that belong to the tag."""

DAY = r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})"
"""A day as pages write it."""


def evaluate_metadata(data: Path, readers: Mapping[str, Metadata]) -> Finding:
    """Score the metadata that the boilerplate stage reads.

    Args:
        data: folder of labelled material.
        readers: peers by name; they get the HTML.

    Raises:
        UsageError: a set is not there.
    """
    found: list[Finding] = []
    judged: dict[tuple[str, str], list[pl.DataFrame]] = {}
    for name in (*PAGES, NEARLY_ALL_CONTENT):
        index = read_table(data, name, "index.csv").rename({"host": "site"}).sort("doc_id")
        pages = texts_of(find(data, name, "html"), index["doc_id"], ".html")
        said = {tool: _theirs(index["doc_id"].to_list(), pages, read) for tool, read in readers.items()}
        for dump in SETS:
            answers = _answers(index, pages, read_table(data, name, DUMPS[dump]))
            ours = _ours(clean_pages(data, name, dump, index.select("doc_id", "site"))["metadata"])
            judged.setdefault((dump, OURS), []).append(_judge(answers, ours))
            asked = answers.filter(pl.col("field").is_in(PEER_FIELDS))
            for tool, theirs in said.items():
                judged.setdefault((dump, tool), []).append(_judge(asked, theirs))
    for (dump, tool), parts in judged.items():
        whole = pl.concat(parts)
        errors = _errors(whole if tool == OURS else whole.clear(), SETS[dump])
        found.append(Finding(_scores(whole, SETS[dump], tool), errors))
    return merge_findings(found)


def _theirs(doc_ids: list[str], pages: list[str], read: Metadata) -> pl.DataFrame:
    """doc_id, field, got: what a peer reads in the pages."""
    rows = [{"doc_id": doc_id, **read(page)} for doc_id, page in zip(doc_ids, pages, strict=True)]
    fields = dict.fromkeys(("doc_id", "title", "published", "author"), pl.String)
    return _long(pl.DataFrame(rows, schema=fields).with_columns(first_day("published")))


def _ours(metadata: pl.DataFrame) -> pl.DataFrame:
    named = metadata.select("doc_id", "title", "published", *LABELS)
    return _long(named.with_columns(pl.col("published").dt.to_string("%Y-%m-%d")))


def _long(table: pl.DataFrame) -> pl.DataFrame:
    """doc_id, field, got; the day is there twice, for the second figure."""
    return table.with_columns(pl.col("published").alias(BY_BYLINE)).unpivot(
        index="doc_id", variable_name="field", value_name="got"
    )


def _judge(answers: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Add got and right; a title is right without the name of the site that its answer may end in."""
    judged = answers.join(said, on=["doc_id", "field"], how="left", maintain_order="left", validate="1:1")
    rest = folded("wanted").str.strip_prefix(folded("got"))
    titled = pl.col("field") == "title"
    named_site = titled & (folded("got") != "") & rest.str.contains(SITE_NAME)
    names = [folded(column).str.replace_all("[、,;/]", "") for column in ("got", "wanted")]
    equal = pl.when(titled).then(folded("got").eq_missing(folded("wanted"))).otherwise(names[0].eq_missing(names[1]))
    return judged.with_columns(right=equal | named_site.fill_null(value=False))


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


def _answers(index: pl.DataFrame, pages: list[str], labels: pl.DataFrame) -> pl.DataFrame:
    """doc_id, field, wanted."""
    doc_ids = index["doc_id"].to_list()
    bylines = labels.filter("meta_like").select("doc_id", "text")
    labelled = _labelled(_table(_stated(doc_ids, pages)), bylines)
    tagged = _shown(_table(_tagged(doc_ids, pages)), labels, bylines)
    found = [
        _titles(index, labels, pages),
        labelled,
        tagged.join(labelled, on=["doc_id", "field"], how="anti", maintain_order="left"),
        only_days(bylines).with_columns(field=pl.lit(BY_BYLINE)),
    ]
    return pl.concat(table.select("doc_id", "field", "wanted") for table in found)


def _table(rows: Iterable[tuple[str, str, str]]) -> pl.DataFrame:
    schema = dict.fromkeys(("doc_id", "field", "wanted"), pl.String)
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def _titles(index: pl.DataFrame, labels: pl.DataFrame, pages: list[str]) -> pl.DataFrame:
    if "note" in index.columns:
        noted = index.select("doc_id", wanted=pl.col("note").str.strip_prefix("title="))
        titles = noted.filter(pl.col("wanted") != "NONE")
    else:
        first = labels.filter("is_content").unique("doc_id", keep="first", maintain_order=True)
        titles = first.filter("title_like").select("doc_id", wanted=pl.col("text").str.strip_chars(MARKS))
    others = _browser_titles(index["doc_id"].to_list(), pages, labels)
    more = others.join(titles, on="doc_id", how="anti", maintain_order="left")
    return pl.concat([titles, more]).with_columns(field=pl.lit("title"))


def _browser_titles(doc_ids: list[str], pages: list[str], labels: pl.DataFrame) -> pl.DataFrame:
    """doc_id, wanted: the shortest line that the browser's title consists of, names of the site at its end apart."""
    rows = [(doc_id, title) for doc_id, page in zip(doc_ids, pages, strict=True) for title in browser_titles(page)]
    titles = pl.DataFrame(rows, schema={"doc_id": pl.String, "title": pl.String}, orient="row")
    lines = labels.select("doc_id", wanted=pl.col("text").str.strip_chars(MARKS))
    long = lines.filter(pl.col("wanted").str.count_matches(r"\p{Han}") >= SHORTEST_TITLE)
    pairs = titles.join(long, on="doc_id", how="inner", maintain_order="left_right")
    rest = folded("title").str.strip_prefix(folded("wanted"))
    begins = folded("title").str.starts_with(folded("wanted")) & ((rest == "") | rest.str.contains(SITE_NAMES))
    found = pairs.filter(begins).with_columns(chars=folded("wanted").str.len_chars())
    shortest = found.sort("chars", maintain_order=True).unique("doc_id", keep="first", maintain_order=True)
    return shortest.select("doc_id", "wanted").sort("doc_id")


def _tagged(doc_ids: list[str], pages: list[str]) -> Iterator[tuple[str, str, str]]:
    for doc_id, page in zip(doc_ids, pages, strict=True):
        tags = meta_tags(page)
        for field, names in TAGS.items():
            value = next((tags[name] for name in names if name in tags), None)
            if value:
                yield doc_id, field, value


def _stated(doc_ids: list[str], pages: list[str]) -> Iterator[tuple[str, str, str]]:
    for doc_id, page in zip(doc_ids, pages, strict=True):
        yield from ((doc_id, field, name) for field, name in stated_names(page))


def _labelled(stated: pl.DataFrame, bylines: pl.DataFrame) -> pl.DataFrame:
    """The names that stand behind the first label of their field in the bylines of the page's text."""
    named = _with_bylines(stated, bylines)
    first = [
        pl.when(field=field).then(pl.col("byline").str.extract(f"{label}:(.*)$", 1)) for field, label in LABELS.items()
    ]
    found = named.filter(pl.coalesce(first).str.starts_with(folded("wanted")))
    return found.drop("byline").unique(["doc_id", "field"], keep="first", maintain_order=True)


def _with_bylines(names: pl.DataFrame, bylines: pl.DataFrame) -> pl.DataFrame:
    """Add byline: the bylines of the page's text, folded, one behind the other."""
    lines = bylines.group_by("doc_id", maintain_order=True).agg(byline=folded("text").str.join(""))
    return names.join(lines, on="doc_id", how="inner", maintain_order="left")


def _shown(tagged: pl.DataFrame, labels: pl.DataFrame, bylines: pl.DataFrame) -> pl.DataFrame:
    """The answers that the text of the page has too."""
    dates = tagged.filter(field="published").with_columns(wanted=first_day("wanted"))
    days = labels.select("doc_id", day=pl.col("text").str.extract_all(DAY)).explode("day").drop_nulls()
    seen = days.select("doc_id", wanted=first_day("day")).unique()
    names = tagged.filter(field="publisher").with_columns(pl.col("wanted").str.replace(SAYS_SOURCE, ""))
    named = _with_bylines(names, bylines)
    said = named.filter(pl.col("byline").str.contains(folded("wanted"), literal=True)).drop("byline")
    return pl.concat([dates.join(seen, on=["doc_id", "wanted"], how="semi", maintain_order="left"), said])


def _scores(judged: pl.DataFrame, of: str, tool: str) -> list[Score]:
    rows = {field: judged.filter(field=field) for field in FIELDS}
    return [
        Score(of, f"{field} exact", share(row["right"]), row.height, tool) for field, row in rows.items() if row.height
    ]


def _errors(judged: pl.DataFrame, of: str) -> pl.DataFrame:
    wrong = pl.when(pl.col("got").is_null()).then(pl.lit("not found")).otherwise(pl.lit("another one"))
    return error_rows(
        judged.filter(~pl.col("right")),
        of,
        document=pl.col("doc_id"),
        cause=pl.format("{}: {}", "field", wrong),
        done=pl.col("got").fill_null("nothing"),
        label=pl.col("wanted"),
        text=pl.format("{}: {} instead of {}", "field", pl.col("got").fill_null("nothing"), "wanted"),
    )
