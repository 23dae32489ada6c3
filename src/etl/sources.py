"""Inputs: finding them, cutting them into shards, and reading a shard as raw documents.

A source is a file below the input root; its name is its path relative to the root, with `/` between the folders.
Hidden files and folders (names that begin with a dot) are no sources, and links to folders are not followed.
"""

from __future__ import annotations

import errno
import hashlib
import mimetypes
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path

import polars as pl

from etl.errors import UsageError
from etl.schemas import Quarantine, RawDocuments, conform

__all__ = [
    "digest_sources", "document_id", "find_sources", "in_order", "plan_shards", "raw_documents", "read_sources",
    "site_of",
]  # fmt: skip

DOC_ID_HEX_DIGITS = 20
"""Length of a document's id: 80 bits, so that 100 million documents collide with a chance below one in 10^8."""

NEXT_READ_BYTES = 1 << 24
"""Bytes asked for at once of a file that turns out to be longer than the file system said."""

HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
"""A folder that is named after a host: labels of letters, digits and hyphens, and a top-level domain."""

CACHED = 1024
"""Folders, and endings of names, that are looked at once: sources come in the order of their names."""

MEDIA_TYPES = mimetypes.MimeTypes()
"""What Python itself knows of endings, without what the machine's own lists add."""

LISTED_AT_ONCE = 1 << 14
"""Files held as objects of Python, some 700 bytes each, before they become rows of 100."""

Listed = tuple[bytes, bytes, int, int]
"""A file: its path below the root, its path, its size in bytes, and when it was modified (ns since 1970)."""

SOURCE_COLUMNS = {"source": pl.String, "path": pl.Binary, "size_bytes": pl.Int64, "modified_ns": pl.Int64}


def find_sources(root: Path, leave_out: Path | None = None) -> Iterator[pl.DataFrame]:
    """List every source below a folder, or the one file that is named, piece by piece, in no order.

    Args:
        root: a folder, or a file.
        leave_out: a folder that is not searched, such as the output.

    Returns:
        source (name), path (as the file system spells it, in bytes), size_bytes, modified_ns (since 1970).

    Raises:
        UsageError: there is no such folder or file.
    """
    if not root.exists():
        raise UsageError(f"{root}: no such folder or file; name the folder that holds the documents")
    if root.is_file():
        status = root.stat()
        found = iter([(os.fsencode(root.name), os.fsencode(root), status.st_size, status.st_mtime_ns)])
    else:
        found = _walk(os.fsencode(root), leave_out.resolve() if leave_out else None)
    return map(_as_rows, iter(lambda: list(islice(found, LISTED_AT_ONCE)), []))


def in_order(found: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Sources ordered by name."""
    return pl.concat([pl.DataFrame(schema=SOURCE_COLUMNS), *found]).sort("source")


def _as_rows(listed: Sequence[Listed]) -> pl.DataFrame:
    paths, *others = zip(*listed, strict=True)
    return pl.DataFrame([_names(paths), *others], schema=SOURCE_COLUMNS)


def _walk(root: bytes, leave_out: Path | None) -> Iterator[Listed]:
    """Each file; a folder that cannot be listed stands for the files in it."""
    folders = [(root, b"")]
    while folders:
        folder, prefix = folders.pop()
        try:
            with os.scandir(folder) as listed:
                entries = [entry for entry in listed if not entry.name.startswith(b".")]
        except OSError:
            # Reading it as a file will fail too, and put it on record.
            yield prefix.rstrip(b"/"), folder, 0, 0
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if leave_out is None or not _is_same(entry.path, leave_out):
                    folders.append((entry.path, b"%b%b/" % (prefix, entry.name)))
            elif told := _size_and_time(entry):
                yield prefix + entry.name, entry.path, *told


def _size_and_time(entry: os.DirEntry[bytes]) -> tuple[int, int] | None:
    """What a file system says of a file; nothing of a link to a folder."""
    try:
        if entry.is_symlink() and stat.S_ISDIR(entry.stat().st_mode):
            return None
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return 0, 0  # It is gone, or a link that leads nowhere: refused when it is read.
    return status.st_size, status.st_mtime_ns


def _is_same(path: bytes, folder: Path) -> bool:
    found = Path(os.fsdecode(path))
    return found.name == folder.name and found.resolve() == folder


def _names(paths: Iterable[bytes]) -> list[str]:
    # An identity has to be a string that can be stored: what is not UTF-8 is spelled with \xNN escapes, and so that
    # names that differ stay different, a backslash is doubled. No path has a NUL.
    told = b"\0".join(paths).replace(b"\\", b"\\\\")
    return told.decode("utf-8", errors="backslashreplace").split("\0")


def plan_shards(sources: pl.DataFrame, shard_bytes: int, first: int = 0) -> pl.DataFrame:
    """Cut the sources, in their order, into shards of about `shard_bytes`.

    Returns:
        The sources with a column shard, counting from `first`.
    """
    before = pl.col("size_bytes").cum_sum() - pl.col("size_bytes")
    return sources.with_columns(shard=(before // shard_bytes).rle_id().cast(pl.Int64) + first)


def digest_sources(sources: pl.DataFrame, max_bytes: int) -> pl.DataFrame:
    """Add sha256, the digest of each source's bytes; null where they cannot be read, or are more than `max_bytes`."""
    digests = [_digest(path, size, max_bytes) for path, size in sources.select("path", "size_bytes").iter_rows()]
    return sources.with_columns(sha256=pl.Series(digests, dtype=pl.String))


def _digest(path: bytes, size: int, max_bytes: int) -> str | None:
    try:
        content = _read(path, size, max_bytes)
    except OSError:
        return None  # When it is read to be cleaned, the quarantine will say why.
    return _sha256(content) if len(content) <= max_bytes else None


def document_id(source: str) -> str:
    """Identity of a document: the head of the SHA-256 of its source's name."""
    return hashlib.sha256(source.encode()).hexdigest()[:DOC_ID_HEX_DIGITS]


def site_of(source: str) -> str | None:
    """What shares a page template with this source: the folder named after a host, else the folder, else nothing."""
    return _site_of_folder(source.rpartition("/")[0])


@lru_cache(maxsize=CACHED)
def _site_of_folder(folder: str) -> str | None:
    hosts = [name for name in folder.split("/") if HOST.fullmatch(name.lower())]
    return hosts[-1].lower() if hosts else folder or None


def read_sources(sources: pl.DataFrame, max_bytes: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the sources of a shard.

    Args:
        sources: source, path, size_bytes.
        max_bytes: a larger source is refused.

    Returns:
        Raw documents (`schemas.RawDocuments`) and refused sources (`schemas.Quarantine`), in the sources' order.
    """
    contents: list[tuple[str, bytes]] = []
    refused: list[tuple[str, int | None, str, str, str]] = []
    for source, path, size in sources.select("source", "path", "size_bytes").iter_rows():
        try:
            content = _read(path, size, max_bytes)
        except OSError as error:
            refused.append((source, size, "sources", "unreadable", error.strerror or type(error).__name__))
            continue
        if len(content) > max_bytes:
            refused.append((source, size, "sources", "too-large", f"over {max_bytes} bytes"))
        else:
            contents.append((source, content))
    columns = ["source", "size_bytes", "stage", "reason", "detail"]
    quarantine = pl.DataFrame(refused, schema=columns, orient="row", infer_schema_length=None)
    return raw_documents(contents), conform(quarantine, Quarantine)


def _read(path: bytes, size: int, max_bytes: int) -> bytes:
    """Read a regular file, and of one over the limit no more than shows that.

    Args:
        path: of the file.
        size: what the file system said of its length when it was listed; 0 of what is no file, too.
        max_bytes: the limit.
    """
    # Opening a pipe would block for ever without O_NONBLOCK.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        # One byte more than it should have lets the first read meet the end, and nothing else need be asked of it.
        content = os.read(descriptor, min(size, max_bytes) + 1) if size else b""
        if not size or len(content) != size:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
            while len(content) <= max_bytes and (more := os.read(descriptor, NEXT_READ_BYTES)):
                content += more
        return content
    finally:
        os.close(descriptor)


def raw_documents(contents: Iterable[tuple[str, bytes]]) -> pl.DataFrame:
    """Build the frame that the decode stage starts from.

    Args:
        contents: name and bytes of each source.

    Returns:
        `schemas.RawDocuments`, in the order given.
    """
    given = list(contents)
    sources, data = [source for source, _ in given], [content for _, content in given]
    columns = {
        "doc_id": [document_id(source) for source in sources],
        "source": sources,
        "site": [site_of(source) for source in sources],
        "media_type": [_media_type(source) for source in sources],
        "declared": [None] * len(sources),
        "size_bytes": [len(content) for content in data],
        "sha256": [_sha256(content) for content in data],
        "content": data,
    }
    return pl.DataFrame(columns, schema={name: column.dtype for name, column in RawDocuments.columns().items()})


def _media_type(source: str) -> str:
    # Of a name, the last two endings decide: the type, and how it is packed.
    endings = source.rpartition("/")[2].lstrip(".").split(".")[1:]
    return _media_type_of(".".join(["name", *endings[-2:]]))


@lru_cache(maxsize=CACHED)
def _media_type_of(name: str) -> str:
    return MEDIA_TYPES.guess_type(name, strict=True)[0] or "text/plain"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
