"""The charts, as SVG written by hand: text and rectangles are all they need."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle

__all__ = ["bars", "stacks"]

WIDTH, LABEL, ROW, BAR = 820, 230, 30, 18
"""Pixels: the chart, its labels, a row, and the bar in it."""

COLOURS = ("#3b6fb6", "#d07c2e", "#4a9a63", "#b4494c", "#7d63ad", "#8a6d5c", "#c97fb0", "#7f7f7f", "#a39a2e",
           "#3f9fa6", "#d98c94")  # fmt: skip
"""One a step, told apart in light and dark alike; with more steps than colours they come again."""

LEGEND = 6
"""Entries of a legend in a row, where the longest of them has room."""

STYLE = "text{font:13px system-ui,sans-serif;fill:#24292f}@media(prefers-color-scheme:dark){text{fill:#e6edf3}}"


def bars(title: str, values: Sequence[tuple[str, float]]) -> str:
    """Horizontal bars, one a name, each with its figure.

    Args:
        title: what is shown, with its unit.
        values: names and figures, from top to bottom.
    """
    longest = max((value for _, value in values), default=1.0)
    rows = []
    for place, (name, value) in enumerate(values):
        width = (WIDTH - LABEL - 70) * value / longest
        top = ROW * (place + 1)
        rows.append(_label(name, top) + _bar(LABEL, top, width, COLOURS[0]))
        rows.append(f'<text x="{LABEL + width + 6:.1f}" y="{top + 14}">{value:.1f}</text>')
    return _chart(title, rows, len(values) + 1)


def stacks(title: str, values: Mapping[str, Mapping[str, float]]) -> str:
    """Horizontal bars made of parts, with a legend.

    Args:
        title: what is shown, with its unit.
        values: a figure for each part, by the name of the bar.
    """
    parts = list(dict.fromkeys(part for row in values.values() for part in row))
    colour = dict(zip(parts, cycle(COLOURS), strict=False))
    scale = (WIDTH - LABEL - 70) / max((sum(row.values()) for row in values.values()), default=1.0)
    rows = []
    for place, (name, row) in enumerate(values.items()):
        left, top = float(LABEL), ROW * (place + 1)
        rows.append(_label(name, top))
        for part, value in row.items():
            rows.append(_bar(left, top, value * scale, colour[part]))
            left += value * scale
        rows.append(f'<text x="{left + 6:.1f}" y="{top + 14}">{sum(row.values()):.2f}</text>')
    for place, part in enumerate(parts):
        below, column = divmod(place, LEGEND)
        left, top = 10 + column * (WIDTH - 20) // LEGEND, ROW * (len(values) + 1 + below)
        rows.append(_bar(left, top, 12, colour[part]) + f'<text x="{left + 18}" y="{top + 14}">{escape(part)}</text>')
    return _chart(title, rows, len(values) + 1 + math.ceil(len(parts) / LEGEND))


def _label(name: str, top: float) -> str:
    return f'<text x="{LABEL - 8}" y="{top + 14}" text-anchor="end">{escape(name)}</text>'


def _bar(left: float, top: float, width: float, colour: str) -> str:
    return f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>'


def _chart(title: str, rows: list[str], count: int) -> str:
    height = ROW * count + 10
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img">'
    lines = [head, f"<title>{escape(title)}</title><style>{STYLE}</style>"]
    lines += [f'<text x="10" y="18" font-weight="bold">{escape(title)}</text>', *rows, "</svg>"]
    return "\n".join(lines) + "\n"
