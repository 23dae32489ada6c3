"""Files: written whole or not at all, for good where asked, and sealed so that any change is seen."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

__all__ = [
    "file_sha256", "json_bytes", "read_json", "read_sealed", "seal", "sync", "write_bytes", "write_parquet",
]  # fmt: skip

SEAL = "digest"
"""Last key of a sealed JSON file: SHA-256 of the file as it would be without that key."""


def file_sha256(path: Path) -> str:
    """Digest of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(value: Mapping[str, Any]) -> bytes:
    """JSON with a digest of itself, so that a change of any bit is seen."""
    digest = hashlib.sha256(json_bytes(value)).hexdigest()
    return json_bytes({**value, SEAL: digest})


def read_sealed(path: Path) -> dict[str, Any]:
    """Read what `seal` made.

    Raises:
        ValueError: it is not, byte for byte, what was written.
    """
    data = path.read_bytes()
    value = json.loads(data)
    if not isinstance(value, dict) or value.pop(SEAL, None) is None or seal(value) != data:
        raise ValueError("its digest is not that of its content")
    return value


def json_bytes(value: object) -> bytes:
    """JSON as this project writes it: readable, keys in the order given, one newline at the end."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object."""
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


def write_parquet(frame: pl.DataFrame, path: Path, **options: Any) -> None:
    """Write a Parquet file whole or not at all; how durably, is the caller's affair.

    Raises:
        OSError: no space, no rights, no disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    try:
        frame.write_parquet(partial, **options)
    except pl.exceptions.ComputeError as error:
        # What the system refuses while Polars writes comes as text: "... IO error: No space left on device (...)".
        raise OSError(None, str(error).rpartition("IO error: ")[2], str(path)) from error
    partial.replace(path)


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file atomically and durably."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Put a file or a folder on the disk for good."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
