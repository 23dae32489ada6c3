from __future__ import annotations

import pytest

from etl import errors


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("UsageError", 2),
        ("RefusedError", 2),
        ("OutputError", 2),
        ("LostWorkerError", 2),
        ("BrokenPromiseError", 1),
        ("ExpectationError", 3),
    ],
)
def test_each_error_has_the_exit_status_that_the_tree_states(name: str, status: int) -> None:
    error: type[errors.EtlError] = getattr(errors, name)
    assert issubclass(error, errors.EtlError)
    assert error.exit_status == status
    assert errors.__doc__ is not None
    row = next(line for line in errors.__doc__.splitlines() if name in line)
    assert row.endswith(f"exit status {status}")


def test_the_tree_names_every_error() -> None:
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in errors.__all__)
