"""What can go wrong, split by what the caller can do about it.

EtlError
├── UsageError           the call is wrong: fix the argument, the recipe or the path   exit status 2
├── RefusedError         one document, cleaned by itself, is no text: look at its bytes     exit status 2
├── OutputError          an output folder cannot be used: free it, or choose another   exit status 2
├── LostWorkerError      a worker process was killed: run again, with fewer of them   exit status 2
├── BrokenPromiseError   what is on disk is not what the manifest or the ledger says   exit status 1
└── ExpectationError     the run is sound but its data failed an expectation           exit status 3

A message is one line: what, where, what to do. A bad document is no error: it goes to quarantine and the
run goes on. Anything else that is raised is a bug.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BrokenPromiseError",
    "EtlError",
    "ExpectationError",
    "LostWorkerError",
    "OutputError",
    "RefusedError",
    "UsageError",
]


class EtlError(Exception):
    """Base of every error that is meant for the user; `exit_status` is what the command returns."""

    exit_status: ClassVar[int] = 2


class UsageError(EtlError):
    """The call cannot be carried out as written: a missing folder, an unknown option, a bad recipe."""


class RefusedError(EtlError):
    """A single document could not be decoded; in a run it would go to quarantine with the same reason."""


class OutputError(EtlError):
    """The output folder is not ours, holds no committed run, or is being written by another run."""


class LostWorkerError(EtlError):
    """A worker process was killed from outside; what was finished is taken up by the next run."""


class BrokenPromiseError(EtlError):
    """A file, a balance or a rebuilt document differs from what the run promised."""

    exit_status = 1


class ExpectationError(EtlError):
    """An expectation failed, so the run was not published."""

    exit_status = 3
