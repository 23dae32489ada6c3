"""Parameters that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["AsJson", "Document", "Output", "Workers"]

Output = Annotated[Path, typer.Argument(metavar="OUTPUT", help="Output folder of a run.")]
Document = Annotated[
    str,
    typer.Argument(metavar="DOCUMENT", help="A document's source or doc_id, or an unambiguous part of either."),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; by default one a core.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
