from __future__ import annotations

from pathlib import Path

from etl.evaluation.mojibake import evaluate_mojibake


def test_repair_and_restraint_are_two_figures(labelled: Path) -> None:
    finding = evaluate_mojibake(labelled, {"spoiler": lambda text: text + "?", "idler": lambda text: text})
    figures = {(score.tool, score.measure): (score.value, score.cases) for score in finding.scores}
    assert figures["etl", "repaired exactly"] == (1.0, 1)
    assert figures["etl", "clean text left alone"] == (1.0, 1)
    assert figures["idler", "repaired exactly"] == (0.0, 1)
    assert figures["idler", "clean text left alone"] == (1.0, 1)
    assert figures["spoiler", "clean text left alone"] == (0.0, 1)
