"""What a run would have made of its documents with other rules: the stages themselves are asked, and nothing is kept.

The ledger alone cannot tell: another rule may take the same text, and a line that stays changes what the rules see
around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import polars as pl

from etl.datasets import CommittedRun, Staging
from etl.errors import UsageError
from etl.ledger import BREAK_RULES
from etl.pipeline import stages_from
from etl.recipe import Recipe
from etl.rerun import rerun
from etl.rules import rules_digest
from etl.switching import first_stage, switched

__all__ = ["WhatIf", "what_if", "what_if_lines"]

SHOWN = 10
"""Documents, and texts, that are shown: those that change most."""

LONGEST = 60
"""Code points of a text that are shown."""

EDIT = ["doc_id", "start", "end", "after"]
"""What makes an edit the same then and now, whichever rule made it."""

THEN, NOW = pl.col("chars_out"), pl.col("chars_out_new")


@dataclass(frozen=True)
class WhatIf:
    """What would change. Texts are those of edits; line ends are left out of them, and counted in the characters.

    Attributes:
        options: options of the recipe that differ, as TOML.
        carried: documents that the run took over from earlier ones; here they are cleaned together with the others.
        documents: in the run.
        changed: documents whose clean text would differ.
        chars_out: code points of clean text in the run.
        chars_out_new: the same with the other rules.
        undone: rule, edits, chars: edits that would not be made; the most characters first, as in all that follows.
        made: rule, edits, chars: edits that would be made, and were not.
        passed_on: rule, new_rule, edits, chars: edits that another rule would make.
        top_documents: source, chars_out, chars_out_new.
        top_texts: sign (+ comes back, - goes), rule, text, after, edits, chars.
    """

    options: tuple[str, ...]
    carried: int
    documents: int
    changed: int
    chars_out: int
    chars_out_new: int
    undone: list[dict[str, Any]]
    made: list[dict[str, Any]]
    passed_on: list[dict[str, Any]]
    top_documents: list[dict[str, Any]]
    top_texts: list[dict[str, Any]]


class _Told(NamedTuple):
    """What differs in one shard.

    Attributes:
        sizes: documents, chars_out, chars_out_new: one row.
        documents: source, chars_out, chars_out_new of those whose text differs.
        texts: sign, rule, text, after, edits, chars.
        passed_on: rule, new_rule, edits, chars.
    """

    sizes: pl.DataFrame
    documents: pl.DataFrame
    texts: pl.DataFrame
    passed_on: pl.DataFrame


def what_if(
    run: CommittedRun, without: Sequence[str] = (), with_: Sequence[str] = (), *, workers: int | None = None
) -> WhatIf:
    """Do the changed stages of a run again, and tell what differs.

    Args:
        run: the run; it is only read.
        without: rules that do not act.
        with_: rules that act, although the run's recipe has them off.
        workers: processes; by default one a core.

    Raises:
        UsageError: a rule cannot be switched, or already is so; or the rules themselves differ from the run's.
    """
    if run.manifest["rules_digest"] != rules_digest():
        raise UsageError(f"run {run.run_id} was made with other rule tables; run again, so that only this differs")
    recipe = Recipe.model_validate(run.manifest["recipe"])
    other, options = switched(recipe, without, with_)
    first = first_stage([*without, *with_])
    with rerun(run, other, first, workers=workers) as again:
        told = list(again.compare(partial(_tell, [stage.name for stage in stages_from(first)])))
    sizes, documents, texts, passed_on = (pl.concat(frames) for frames in zip(*told, strict=True))
    moved = pl.col("chars_out_new") - pl.col("chars_out")
    return WhatIf(
        options=options,
        carried=(run.manifest["changes"] or {"carried": 0})["carried"],
        documents=int(sizes["documents"].sum()),
        changed=documents.height,
        chars_out=int(sizes["chars_out"].sum()),
        chars_out_new=int(sizes["chars_out_new"].sum()),
        undone=_summed(texts.filter(sign="+"), "rule").to_dicts(),
        made=_summed(texts.filter(sign="-"), "rule").to_dicts(),
        passed_on=_summed(passed_on, "rule", "new_rule").to_dicts(),
        top_documents=documents.sort(-moved.abs(), "source").head(SHOWN).to_dicts(),
        top_texts=_summed(texts, "sign", "rule", "text", "after").head(SHOWN).to_dicts(),
    )


def _tell(stages: Sequence[str], run: CommittedRun, staged: Staging, shard: str) -> _Told:
    """Compare what some stages made of one shard then and now."""
    columns = ["doc_id", "source", "text", "chars_out"]
    then = run.shard("documents", shard).select(columns)
    now = staged.read("documents", f"part-{shard}", columns=columns).rename(
        {"text": "new", "chars_out": "chars_out_new"}
    )
    both = then.join(now.drop("source"), on="doc_id", maintain_order="left")
    done = _edits(staged.read("ledger", *(f"{stage}-{shard}" for stage in stages)))
    was = _edits(run.shard("ledger", shard).filter(pl.col("stage").is_in(stages)))
    same = was.join(done.select(*EDIT, new_rule="rule"), on=EDIT, nulls_equal=True)
    signs = {"+": _only(was, done), "-": _only(done, was)}
    texts = pl.concat([frame.with_columns(sign=pl.lit(sign)) for sign, frame in signs.items()])
    return _Told(
        both.select(documents=pl.len().cast(pl.Int64), chars_out=THEN.sum(), chars_out_new=NOW.sum()),
        both.filter(pl.col("text") != pl.col("new")).select("source", "chars_out", "chars_out_new"),
        _counted(texts, "sign", "rule", "text", "after"),
        _counted(same.filter(pl.col("rule") != pl.col("new_rule")), "rule", "new_rule"),
    )


def _edits(ledger: pl.DataFrame) -> pl.DataFrame:
    """The columns of edits that are compared, without those between lines."""
    text = ledger.filter(~pl.col("rule").is_in(BREAK_RULES))
    return text.select(*EDIT, "rule", "before")


def _only(some: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    only = some.join(others, on=EDIT, how="anti", nulls_equal=True)
    return only.with_columns(text=pl.col("before").str.strip_chars())


def _counted(frame: pl.DataFrame, *keys: str) -> pl.DataFrame:
    chars = pl.col("before").str.len_chars().cast(pl.Int64).sum()
    return frame.group_by(keys).agg(edits=pl.len().cast(pl.Int64), chars=chars)


def _summed(frame: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """The counts of all shards together, the most characters first."""
    summed = frame.group_by(keys).agg(pl.col("edits", "chars").sum())
    return summed.sort(-pl.col("chars"), -pl.col("edits"), *keys)


def what_if_lines(found: WhatIf) -> list[str]:
    """The same for a terminal."""
    share = (found.chars_out_new - found.chars_out) / found.chars_out if found.chars_out else 0.0
    parts = {
        "not made any more:": [_row(row, row["rule"]) for row in found.undone],
        "made by another rule:": [_row(row, f"{row['rule']} -> {row['new_rule']}") for row in found.passed_on],
        "made besides:": [_row(row, row["rule"]) for row in found.made],
        "documents that change most, by characters of clean text:": [
            f"{row['chars_out_new'] - row['chars_out']:>+12,}  {row['source']} ({row['chars_out']:,} before)"
            for row in found.top_documents
        ],
        "texts, + that come back and - that go:": [
            f"{row['edits']:>12,} x {row['sign']} {row['rule']}: {_short(row)}" for row in found.top_texts
        ],
    }
    together = (
        f"{found.carried:,} documents came from earlier runs; here all are cleaned together, so that another document "
        "may own a paragraph that several have"
    )
    return [
        f"with {'; '.join(found.options)}",
        *([together] if found.carried else []),
        f"{found.changed:,} of {found.documents:,} documents change; {found.chars_out:,} characters of clean text "
        f"become {found.chars_out_new:,} ({share:+.2%})",
        *(line for head, rows in parts.items() if rows for line in (head, *rows)),
    ]


def _row(row: dict[str, Any], name: str) -> str:
    return f"{row['chars']:>12,} characters, {row['edits']:,} edits  {name}"


def _short(row: dict[str, Any]) -> str:
    """A text on one line, and what it becomes or would become."""
    pieces: Iterable[str] = (row["text"],) if row["after"] is None else (row["text"], "→", row["after"])
    told = "".join(char if char.isprintable() else " " for char in " ".join(pieces))
    return told[:LONGEST] + ("…" if len(told) > LONGEST else "")
