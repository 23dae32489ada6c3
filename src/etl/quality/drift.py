"""What changed since the run before: by rule, by measure, and in the shape of the distributions.

Two runs are compared by their reports alone. Differences are effect sizes, not tests: on a million documents any
difference is significant, and what matters is how large it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from etl.quality.effects import distance, jensen_shannon, kolmogorov_smirnov, stability_index

__all__ = ["drift", "same_rules"]


def drift(report: Mapping[str, Any], previous: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Compare a stage's report with the one of the run before.

    Args:
        report: the stage's report.
        previous: the same stage's report in the last run, if there is one, of the same version.

    Returns:
        Null without a last run; else `totals` (documents, characters in, share removed and inserted: value and
        previous), `rules` (by rule the share of the characters in that it removed: value and previous), `new_rules`
        and `gone_rules` (that have edits in one of the runs only), `distributions` (by name `distance`, see
        `distance`, and the `previous` counts), `same_rules`, and if so `effects` (effect sizes by distribution and by
        table of categories) and `sites` (the same of each site that both runs measured), else null.
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
        },
        "same_rules": same_rules(report, previous),
        **_comparison(report, previous),
    }


def same_rules(report: Mapping[str, Any], previous: Mapping[str, Any]) -> bool:
    """Whether two reports were made by the same recipe and rules; only then does a difference lie in the input."""
    return all(report[digest] == previous[digest] for digest in ("recipe_digest", "rules_digest"))


def _comparison(report: Mapping[str, Any], previous: Mapping[str, Any]) -> dict[str, Any]:
    if not same_rules(report, previous):
        return {"effects": None, "sites": None}
    both = [name for name in report["sites"] if name in previous["sites"]]
    sites = {name: _effects(report["sites"][name], previous["sites"][name]) for name in both}
    return {"effects": _effects(report, previous), "sites": sites}


def _effects(report: Mapping[str, Any], previous: Mapping[str, Any]) -> dict[str, Any]:
    """Effect sizes of each distribution and of each table of categories, of a stage or of a site in it."""
    before = previous["distributions"]
    return {
        "distributions": {
            name: {
                "stability_index": stability_index(shape["counts"], before[name]["counts"]),
                "kolmogorov_smirnov": kolmogorov_smirnov(shape["counts"], before[name]["counts"]),
            }
            for name, shape in report["distributions"].items()
        },
        "categories": {
            name: jensen_shannon(counts, previous["categories"][name]) for name, counts in report["categories"].items()
        },
    }


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
