from __future__ import annotations

from pathlib import Path

import pytest

from etl.evaluation.encodings import damage_alone, evaluate_encodings, strict_text

GOOD = "新桥开通".encode("gbk")


@pytest.mark.parametrize(
    ("content", "got", "right"),
    [
        (GOOD + b"\xff" + GOOD, "新桥开通\ufffd新桥开通", True),
        (GOOD + b"\xff", "新桥开通\ufffd", True),
        (b"\xff" + GOOD, "\ufffd新桥开通", True),
        (GOOD + b"\xff" + GOOD, "新桥开通\ufffd桥开通", True),  # which byte is damaged is open
        (GOOD + b"\xff" + GOOD, "新桥开通\ufffd", False),  # four characters are gone
        (GOOD + b"\xff" + GOOD, "旧桥开通\ufffd新桥开通", False),
        (GOOD + b"\xff" + GOOD + b"\xff", "新桥开通\ufffd新桥开通\ufffd", False),  # one place more than labelled
        (GOOD, None, False),
    ],
)
def test_damage_stays_where_it_is(content: bytes, got: str | None, right: bool) -> None:
    assert damage_alone(content, got, sequences=1) is right


def test_labels_give_the_text() -> None:
    assert strict_text("\ufeff文".encode(), "utf_8") == "文"
    assert strict_text(b"GIF89a", "none") is None
    assert strict_text(b"abc", "viscii") is None


def test_every_set_is_scored_and_peers_beside(labelled: Path) -> None:
    finding = evaluate_encodings(labelled, {"peer": lambda data: None})
    ours = {score.key: score.value for score in finding.scores if score.tool == "etl"}
    theirs = {score.key: score.value for score in finding.scores if score.tool == "peer"}
    assert set(ours.values()) == {1.0}
    assert len(ours) == 5
    assert theirs["encodings labelled: labelled files, exactly the right text"] == 0.5  # it refuses all, once rightly
    assert finding.errors.is_empty()
