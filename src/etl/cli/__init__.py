"""The command line. Every command says what it did in few lines, and in JSON where a program would read it.

A worker imports this too, for it is what the program of its parent imports; so the commands wait until `main`.
"""

from __future__ import annotations

import logging
import os
import sys

from etl.environment import ALLOCATOR, collect_rarely
from etl.errors import EtlError, OutputError

__all__ = ["main"]


def main() -> None:
    """Run the command line; an error meant for the user, or from the system, is one line and an exit status."""
    os.environ.update(ALLOCATOR)  # in time, for a command imports Polars when it begins
    collect_rarely()
    logging.getLogger("etl.news").addHandler(logging.NullHandler())  # a command prints its news itself
    from etl.cli.app import app

    try:
        app()
    except EtlError as error:
        print(f"etl: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"etl: {what}; see to the rights there and to the disk", file=sys.stderr)
        sys.exit(OutputError.exit_status)
