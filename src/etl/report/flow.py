"""The picture of a run: a band of characters that narrows from stage to stage, and what falls out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etl.report.rulebook import rule_entry

__all__ = ["Family", "Step", "flow"]

FAMILIES = 4
"""Families that are shown apart at each stage; the stage's page has every rule."""

BAND = 68.0
"""Height of the band where nothing has been removed yet, in hundredths of the picture; the rest is room to fall."""


@dataclass(frozen=True)
class Family:
    """Rules that are counted together, and the characters that they removed; without a name, all the others."""

    name: str
    chars: int


@dataclass(frozen=True)
class Step:
    """One stage of the picture.

    Attributes:
        stage: its name.
        chars_in: characters that it took in.
        removed: characters that it removed.
        height: of the band behind it.
        shapes: outline of what falls, a path a family.
        families: the largest ones.
    """

    stage: str
    chars_in: int
    removed: int
    height: str
    shapes: tuple[str, ...]
    families: tuple[Family, ...]


def flow(stages: Sequence[Mapping[str, Any]]) -> list[Step]:
    """Draw the stages' reports, in order."""
    whole = max((stage["balance"]["chars_in"] for stage in stages), default=0) or 1
    return [_step(stage, BAND / whole) for stage in stages]


def _step(stage: Mapping[str, Any], scale: float) -> Step:
    books = stage["balance"]
    families = _families(stage["rules"])
    kept = books["kept"] * scale
    shapes, top = [], kept
    for family in families:
        bottom = top + family.chars * scale
        shapes.append(_fall(top - kept, bottom - kept, kept))
        top = bottom
    return Step(stage["stage"], books["chars_in"], books["removed"], f"{kept:.2f}", tuple(shapes), tuple(families))


def _families(rules: Sequence[Mapping[str, Any]]) -> list[Family]:
    chars: dict[str, int] = {}
    for rule in rules:
        family = rule_entry(rule["rule"]).family
        chars[family] = chars.get(family, 0) + rule["chars_removed"]
    largest = sorted((item for item in chars.items() if item[1]), key=lambda item: (-item[1], item[0]))
    rest = sum(chars for _, chars in largest[FAMILIES:])
    return [Family(*item) for item in largest[:FAMILIES]] + ([Family("", rest)] if rest else [])


def _fall(top: float, bottom: float, kept: float) -> str:
    """A stretch of the band's lower edge, from `top` to `bottom` below what is kept, that bends down and leaves."""
    a, b = kept + top, kept + bottom
    right, left = 62 - top * 0.8, 62 - bottom * 0.8
    upper = f"M0 {a:.2f}C{right * 0.6:.2f} {a:.2f} {right:.2f} {a + 8:.2f} {right:.2f} 100"
    lower = f"H{left:.2f}C{left:.2f} {b + 6:.2f} {left * 0.5:.2f} {b:.2f} 0 {b:.2f}Z"
    return upper + lower
