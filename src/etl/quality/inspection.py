"""A stage's whole report, from what its shards come to: the same in a run as when a report is made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from etl.quality.audit import Earlier, audit
from etl.quality.characters import characters
from etl.quality.measures import Found, Usage, stage_report
from etl.quality.totals import Totals
from etl.recipe import Expectation

__all__ = ["Inspection", "Worked"]


@dataclass(frozen=True)
class Worked:
    """A stage that is through.

    Attributes:
        stage: its name.
        usage: what it cost.
        not_rebuilt: documents that do not come back when their edits are undone; null where that was not tried.
    """

    stage: str
    usage: Usage
    not_rebuilt: int | None = None


@dataclass
class Inspection:
    """Reports on the stages of a run, in their order.

    Attributes:
        manifest: what the run's manifest says besides its files.
        expectations: of the recipe.
        reports: of the stages so far, by stage.
    """

    manifest: Mapping[str, Any]
    expectations: Sequence[Expectation]
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)

    def report(self, worked: Worked, totals: Totals, earlier: Earlier) -> dict[str, Any]:
        """Report on the next stage, with its expectations judged.

        Args:
            worked: the stage.
            totals: of it, over all documents.
            earlier: its reports in earlier runs.
        """
        report = stage_report(totals, worked.stage, worked.usage, Found.of(self.manifest))
        if worked.not_rebuilt is not None:
            report["not_rebuilt_documents"] = worked.not_rebuilt
        last = list(self.reports.values())[-1:]
        report["characters"] = characters(totals.figures, last[0]["characters"] if last else None)
        report |= {digest: self.manifest[digest] for digest in ("recipe_digest", "rules_digest")}
        report |= audit(report, self.expectations, earlier)
        self.reports[worked.stage] = report
        return report
