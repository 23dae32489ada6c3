"""What benchmark pages are written with: clauses of real text, recombined so that no sentence comes twice by intent."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["clauses"]

CLAUSE_CHARS = (4, 30)
"""Code points of a clause: shorter ones say nothing, longer ones are lists and tables."""

BREAKS = re.compile(r"[，。；！？：、\s“”（）《》…—]+")
"""What ends a clause."""

NOT_PROSE = re.compile(r"[A-Za-z0-9<>|_=/\\\-\ufffd]{4}|[^\u3400-\u9fff，、A-Za-z0-9%．.·]")
"""Addresses, markup and characters outside common Chinese, which would make up unlikely pages when recombined."""

FEWEST = 100
"""Clauses; with fewer the folder is not what it was taken for."""

SEEDS = Path(__file__).parents[1] / "seeds"


def clauses(data: Path | None) -> list[str]:
    """Distinct clauses, in a fixed order.

    Args:
        data: folder of labelled material, with article texts in `*/gold/` (UTF-8) and files below `gbk_real/`
            (GB18030); the project's own sample documents if left out.

    Raises:
        ValueError: the folder has too little text.
    """
    found = dict.fromkeys(clause for text in _texts(data) for clause in BREAKS.split(text) if _is_prose(clause))
    if len(found) < FEWEST:
        raise ValueError(f"{data or SEEDS}: holds {len(found)} clauses of Chinese text; {FEWEST} are needed")
    return list(found)


def _texts(data: Path | None) -> list[str]:
    if data is None:
        samples = [path.read_bytes() for path in sorted(SEEDS.rglob("*.txt"))]
        # Read wrongly, a sample gives no clauses that pass for prose.
        return [sample.decode(name, errors="replace") for sample in samples for name in ("utf-8", "gb18030")]
    pages = [_read(path, "utf-8") for path in sorted(data.glob("*/gold/*.txt"))]
    # These files are wrapped at a fixed width: their line ends are not the ends of clauses.
    journals = [_read(path, "gb18030") for path in sorted(data.glob("gbk_real/**/*.txt"))]
    return pages + [re.sub(r"\s+", "", text) for text in journals]


def _read(path: Path, encoding: str) -> str:
    return path.read_bytes().decode(encoding, errors="replace")


def _is_prose(clause: str) -> bool:
    return CLAUSE_CHARS[0] <= len(clause) <= CLAUSE_CHARS[1] and not NOT_PROSE.search(clause)
