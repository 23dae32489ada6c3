"""Changes of one text: applied, and composed so that two rules that touch the same characters make one change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Change", "apply", "compose"]


class Change(NamedTuple):
    """`text[start:end]` becomes `after`.

    Attributes:
        start: first code point it takes.
        end: code point after what it takes; later than start.
        after: what stands there then.
        rules: rules that made it, the first first.
    """

    start: int
    end: int
    after: str
    rules: tuple[str, ...]


def apply(text: str, changes: Iterable[Change]) -> str:
    """Make changes, which are sorted and do not overlap."""
    pieces, position = [], 0
    for change in changes:
        pieces += [text[position : change.start], change.after]
        position = change.end
    pieces.append(text[position:])
    return "".join(pieces)


def compose(first: Sequence[Change], second: Sequence[Change], between: str) -> list[Change]:
    """Put two rounds of changes into one, in the positions of the text before the first.

    Changes of both rounds that share characters become one change, which names the rules of both.

    Args:
        first: changes of the text, sorted and apart.
        second: changes of what `first` makes of it, sorted and apart.
        between: the text after `first`.
    """
    if not first:
        return list(second)
    composed: list[Change] = []
    waiting, shift, index = 0, 0, 0
    while index < len(second):
        low, high = second[index].start, second[index].end
        while waiting < len(first) and _stop(first[waiting], shift) <= low:
            composed.append(first[waiting])
            shift += _growth(first[waiting])
            waiting += 1
        start, own, earlier = low - shift, index, waiting
        while True:
            if waiting < len(first) and first[waiting].start + shift < high:
                low = min(low, first[waiting].start + shift)
                high = max(high, _stop(first[waiting], shift))
                start = min(start, first[waiting].start)
                shift += _growth(first[waiting])
                waiting += 1
            elif index < len(second) and second[index].start < high:
                high = max(high, second[index].end)
                index += 1
            else:
                break
        if waiting == earlier:
            composed.append(Change(start, high - shift, *second[own][2:]))
            continue
        moved = [Change(change.start - low, change.end - low, *change[2:]) for change in second[own:index]]
        rules = dict.fromkeys(rule for part in (*first[earlier:waiting], *moved) for rule in part.rules)
        composed.append(Change(start, high - shift, apply(between[low:high], moved), tuple(rules)))
    return composed + list(first[waiting:])


def _growth(change: Change) -> int:
    """Characters that the text gains by a change."""
    return len(change.after) - (change.end - change.start)


def _stop(change: Change, shift: int) -> int:
    """Where a change ends in the text after it, `shift` being the growth of all changes before it."""
    return change.start + shift + len(change.after)
