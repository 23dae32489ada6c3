"""What changed since the run before: by rule, by measure, and in the shape of the distributions.

Two runs are compared by their reports alone. Differences are effect sizes, not tests: on a million documents any
difference is significant, and what matters is how large it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["distance", "drift"]


def drift(report: Mapping[str, Any], previous: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Compare a stage's report with the one of the run before.

    Args:
        report: the stage's report.
        previous: the same stage's report in the last run, if there is one.

    Returns:
        Null without a last run; else `totals` (documents, characters in, share removed and inserted: value and
        previous), `rules` (by rule the share of the characters in that it removed: value and previous), `new_rules`
        and `gone_rules` (that have edits in one of the runs only), and `distributions` (by name `distance`, see
        `distance`, and the `previous` counts).
    """
    if previous is None:
        return None
    shares, shares_before = _shares(report), _shares(previous)
    totals, totals_before = _totals(report), _totals(previous)
    shapes = {name: histogram["counts"] for name, histogram in report["distributions"].items()}
    shapes_before = {name: histogram["counts"] for name, histogram in previous["distributions"].items()}
    return {
        "totals": {name: {"value": totals[name], "previous": totals_before[name]} for name in totals},
        "rules": {
            rule: {"value": shares.get(rule, 0.0), "previous": shares_before.get(rule, 0.0)}
            for rule in sorted({*shares, *shares_before})
        },
        "new_rules": sorted(set(shares) - set(shares_before)),
        "gone_rules": sorted(set(shares_before) - set(shares)),
        "distributions": {
            name: {"distance": distance(counts, shapes_before[name]), "previous": shapes_before[name]}
            for name, counts in shapes.items()
            if name in shapes_before
        },
    }


def distance(counts: Sequence[int], previous: Sequence[int]) -> float:
    """Share of the documents that would have to change their bin to turn one histogram into the other.

    It is the total variation distance of the two: half the sum of the absolute differences of the shares.
    """
    if not sum(counts) or not sum(previous):
        return 0.0
    pairs = zip(counts, previous, strict=True)
    return sum(abs(now / sum(counts) - before / sum(previous)) for now, before in pairs) / 2


def _shares(report: Mapping[str, Any]) -> dict[str, float]:
    whole = report["balance"]["chars_in"]
    return {rule["rule"]: rule["chars_removed"] / whole if whole else 0.0 for rule in report["rules"]}


def _totals(report: Mapping[str, Any]) -> dict[str, float]:
    books = report["balance"]
    whole = books["chars_in"]
    return {
        "documents": report["output"]["documents"],
        "chars_in": whole,
        "removed_share": books["removed"] / whole if whole else 0.0,
        "inserted_share": books["inserted"] / whole if whole else 0.0,
    }
