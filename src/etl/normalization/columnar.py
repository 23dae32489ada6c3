"""The commonest rewriting, on columns: points, brackets, letters and digits of the wrong width, and white space.

Pages that were typed with half-width points hold one every dozen characters, so that text by text they would take
longer than all else together. A text is cut before each token that may change: what it becomes depends on the token,
the character before it and the one after it. All that is found here is what the rules of the same names find; a text
that has anything else to be rewritten, before or afterwards, is left to them.
"""

from __future__ import annotations

import polars as pl

from etl.normalization.alphabet import BREAK, CLOSING, HAN, OPENING, STOP, WHITE

__all__ = ["RULES", "UNSURE", "rewrite_tokens"]

RULES = ("white-space", "half-width", "full-width-bracket", "full-width", "stray-space")
"""The rules that act here, all or none."""

_MARK = "\x00"
"""Stands before each token while a text is cut."""

UNSURE = rf"://|www\.|[{_MARK}{BREAK}]|^[-*]?[{WHITE}]|[{WHITE}]$"
"""Texts that are left to the rules: with an address, whose points stay; a line's end; white space at an end, or after
what it makes a bullet."""

_POINTS = dict(zip(",;:?!", "，；：？！", strict=True))
_BRACKETS = dict(zip("()", "（）", strict=True))
# ｛ and ｝ are left out: they count as Chinese for the points beside them.
_FOLDED = "".join(chr(code) for code in range(0xFF01, 0xFF5F) if chr(code).isalnum()) + "％＋＝＊／＠＃＆＿＄＾｜＼"
_JOINING = "．－"
"""Half-width beside a letter or digit, if not beside each other."""

_BECOMES = _POINTS | _BRACKETS | {character: chr(ord(character) - 0xFEE0) for character in _FOLDED + _JOINING}

_RUN = f"[{WHITE}]+|[{_FOLDED}]+|[{_JOINING}]"
_ALNUM = "^[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]"
_TOKEN = f"^(?:{_RUN}|.)"
_AFTER_CHINESE = f"([{HAN}{CLOSING}][”’]?)([,;:?!])"
_AROUND_CHINESE = f"\\(([^()（）]*[{HAN}][^()（）]*)\\)"


def rewrite_tokens(texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rewrite what can be told from a token and the characters beside it.

    Args:
        texts: text (a number), raw (without white space at its ends).

    Returns:
        The texts as text and clean; and the changes as text, line (0), from, to, before, after, rule, detail, in code
        points of the text.
    """
    parts = _cut(texts)
    white = pl.col("token").str.contains(f"^[{WHITE}]")
    written = pl.col("token").str.replace_many(list(_BECOMES), list(_BECOMES.values()))
    after = pl.when(white).then(pl.lit(" ")).when(_stays()).then("token").otherwise(written)
    parts = parts.with_columns(white=white, after=after)
    left, right = _beside("after")
    stray = pl.col("white") & (left.is_in(list(STOP + OPENING)) | right.is_in(list(STOP + CLOSING)))
    parts = parts.with_columns(stray=stray).with_columns(after=pl.when("stray").then(pl.lit("")).otherwise("after"))
    joined = (pl.col("after") + pl.col("rest")).str.join("")
    return parts.group_by("text", maintain_order=True).agg(clean=joined), _changes(parts)


def _beside(token: str) -> tuple[pl.Expr, pl.Expr]:
    """The characters before and after each token, of what the column named holds of the tokens."""
    # The part before belongs to the same text, for a text begins with a part that has no token.
    left = (pl.col(token) + pl.col("rest")).shift(1).str.tail(1)
    following = pl.when(pl.col("text") == pl.col("text").shift(-1)).then(pl.col(token).shift(-1)).fill_null("")
    return left, pl.when(pl.col("rest") == "").then(following).otherwise("rest").str.head(1)


def _stays() -> pl.Expr:
    """Whether a token is ．or － where it has no letter or digit to join."""
    left, right = _beside("token")
    joins = left.str.contains(_ALNUM) & ~right.is_in(list(_JOINING))
    joins |= right.str.contains(_ALNUM) & ~left.is_in(list(_JOINING))
    return pl.col("token").is_in(list(_JOINING)) & ~joins


def _cut(texts: pl.DataFrame) -> pl.DataFrame:
    """The texts' parts: text, token (empty in a text's first part), rest (up to the next token), from (its place)."""
    marked = (
        pl.col("raw")
        .str.replace_all(f"({_RUN})", f"{_MARK}${{1}}")
        .str.replace_all(_AFTER_CHINESE, f"${{1}}{_MARK}${{2}}")
        .str.replace_all(_AROUND_CHINESE, f"{_MARK}(${{1}}{_MARK})")
    )
    parts = texts.select("text", part=marked.str.split(_MARK)).explode("part", empty_as_null=False, keep_nulls=False)
    first = (pl.col("text") != pl.col("text").shift(1)).fill_null(value=True)
    token = pl.when(first).then(pl.lit("")).otherwise(pl.col("part").str.extract(_TOKEN, 0))
    length = pl.col("part").str.len_chars().cast(pl.Int64)
    return parts.with_columns((length.cum_sum() - length).over("text").alias("from"), token=token).with_columns(
        rest=pl.col("part").str.slice(pl.col("token").str.len_chars())
    )


def _changes(parts: pl.DataFrame) -> pl.DataFrame:
    token, several = pl.col("token"), pl.col("token") != " "
    rule = (
        pl.when("white")
        .then(pl.when(several).then(pl.lit("white-space")).otherwise(pl.lit("stray-space")))
        .when(token.is_in(list(_BRACKETS)))
        .then(pl.lit("full-width-bracket"))
        .when(token.is_in(list(_POINTS)))
        .then(pl.lit("full-width"))
        .otherwise(pl.lit("half-width"))
    )
    return parts.filter(token != pl.col("after")).select(
        "text",
        pl.lit(0, pl.UInt32).alias("line"),
        "from",
        to=pl.col("from") + token.str.len_chars().cast(pl.Int64),
        before=token,
        after="after",
        rule=rule,
        detail=pl.when(pl.col("stray") & several).then(pl.lit("stray-space")),
    )
