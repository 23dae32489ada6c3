from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from etl import sources
from etl.errors import UsageError
from etl.schemas import Quarantine, RawDocuments
from etl.sources import document_id, find_sources, in_order, plan_shards, raw_documents, read_sources, site_of

LIMIT = 1 << 20


def write(root: Path, *names: str, data: bytes = b"x") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def listed(root: Path, leave_out: Path | None = None) -> pl.DataFrame:
    return in_order(find_sources(root, leave_out))


def names(found: pl.DataFrame) -> list[str]:
    return found["source"].to_list()


def test_sources_are_the_files_below_a_folder_ordered_by_name(tmp_path: Path) -> None:
    write(tmp_path, "b.txt", "a/z.txt", "a/deep/er.htm", "a.txt", data=b"123")
    found = listed(tmp_path)
    assert names(found) == ["a.txt", "a/deep/er.htm", "a/z.txt", "b.txt"]
    assert found["size_bytes"].to_list() == [3, 3, 3, 3]
    assert found["path"].to_list() == [os.fsencode(tmp_path / name) for name in names(found)]


def test_hidden_files_and_folders_are_no_sources(tmp_path: Path) -> None:
    write(tmp_path, ".hidden", ".git/config", "a/.gitkeep", "a/b.txt")
    assert names(listed(tmp_path)) == ["a/b.txt"]


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    write(tmp_path, "in/a.txt", "elsewhere/b.txt")
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "elsewhere" / "b.txt")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    assert names(listed(tmp_path / "in")) == ["a.txt", "link.txt"]


def test_the_folder_to_leave_out_is_not_searched(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "output/CURRENT", "deep/output/b.txt")
    assert names(listed(tmp_path, leave_out=tmp_path / "deep" / ".." / "output")) == [
        "a.txt",
        "deep/output/b.txt",
    ]


def test_a_single_file_is_one_source(tmp_path: Path) -> None:
    write(tmp_path, "a/b.txt", data=b"four")
    found = listed(tmp_path / "a" / "b.txt")
    assert found.select("source", "size_bytes").rows() == [("b.txt", 4)]


def test_an_empty_folder_has_no_sources(tmp_path: Path) -> None:
    found = listed(tmp_path)
    assert found.is_empty()
    assert dict(found.schema) == sources.SOURCE_COLUMNS


def test_a_missing_folder_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder or file"):
        find_sources(tmp_path / "absent")


def test_a_name_that_is_not_utf8_is_spelled_with_escapes(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"\xd6\xd0.txt")  # noqa: PTH118  # Path takes no bytes
    with open(path, "wb") as file:  # noqa: PTH123  # Path takes no bytes
        file.write("中文".encode())
    found = listed(tmp_path)
    assert names(found) == ["\\xd6\\xd0.txt"]
    raw, refused = read_sources(found, LIMIT)
    assert raw.select("source", "content").rows() == [("\\xd6\\xd0.txt", "中文".encode())]
    assert refused.is_empty()


def test_names_that_differ_stay_different(tmp_path: Path) -> None:
    write(tmp_path, "\\xd6.txt")
    with open(os.path.join(os.fsencode(tmp_path), b"\xd6.txt"), "wb"):  # noqa: PTH118, PTH123  # Path takes no bytes
        pass
    assert names(listed(tmp_path)) == ["\\\\xd6.txt", "\\xd6.txt"]


def test_a_folder_that_cannot_be_listed_is_refused_by_its_name(tmp_path: Path) -> None:
    long = "x" * 200
    write(tmp_path, "a.txt")
    outer = tmp_path
    while (room := 3999 - len(os.fspath(outer))) > 0:
        outer /= long[:room]
    outer.mkdir(parents=True)
    descriptor = os.open(outer, os.O_RDONLY)
    os.mkdir(long, dir_fd=descriptor)  # a Path cannot make what it cannot name
    os.close(os.open("short", os.O_CREAT, dir_fd=descriptor))
    os.close(os.open("y" * 200, os.O_CREAT, dir_fd=descriptor))
    os.close(descriptor)
    found = listed(tmp_path)
    below = [os.fspath((outer / name).relative_to(tmp_path)) for name in ("short", long, "y" * 200)]
    assert names(found) == ["a.txt", *below]
    raw, refused = read_sources(found, LIMIT)
    assert names(raw) == ["a.txt", below[0]]
    assert refused["detail"].to_list() == ["File name too long", "File name too long"]


def plan(sizes: list[int], shard_bytes: int) -> list[int]:
    frame = pl.DataFrame({"size_bytes": sizes}, schema={"size_bytes": pl.Int64})
    shards: list[int] = plan_shards(frame, shard_bytes)["shard"].to_list()
    return shards


@pytest.mark.parametrize(
    ("sizes", "shards"),
    [
        ([], []),
        ([5], [0]),
        ([4, 4, 4, 4, 4], [0, 0, 0, 1, 1]),
        ([100, 1, 1], [0, 1, 1]),
        ([1, 100, 1, 1], [0, 0, 1, 1]),
        ([0, 0, 0], [0, 0, 0]),
    ],
)
def test_shards_follow_each_other_and_number_on_without_gaps(sizes: list[int], shards: list[int]) -> None:
    assert plan(sizes, 10) == shards


def test_the_plan_does_not_depend_on_the_order_in_which_files_were_made(tmp_path: Path) -> None:
    write(tmp_path, *"dbca", data=b"1234")
    write(tmp_path / "again", *"acbd", data=b"1234")
    first = plan_shards(listed(tmp_path, leave_out=tmp_path / "again"), 8)
    second = plan_shards(listed(tmp_path / "again"), 8)
    assert first.select("source", "shard").rows() == second.select("source", "shard").rows()


def test_a_documents_id_depends_on_its_name_alone() -> None:
    assert document_id("a/b.txt") == document_id("a/b.txt") != document_id("b.txt")
    assert document_id("a/b.txt") == "5550000d3b1cf1ff9d8a"


@pytest.mark.parametrize(
    ("source", "site"),
    [
        ("page.txt", None),
        ("news/page.txt", "news"),
        ("news/2020/page.txt", "news/2020"),
        ("www.example.com/page.txt", "www.example.com"),
        ("crawl/www.Example.COM/2020/page.txt", "www.example.com"),
        ("a.example/b.example/page.txt", "b.example"),
        ("v1.2/page.txt", "v1.2"),
        ("-bad-.example/page.txt", "-bad-.example"),
        ("host.example", None),
    ],
)
def test_a_site_is_the_folder_of_a_host_or_else_the_folder(source: str, site: str | None) -> None:
    assert site_of(source) == site


def test_raw_documents_say_what_was_read() -> None:
    raw = raw_documents([("news/页.html", "<p>甲".encode()), ("b", b"")])
    assert RawDocuments.is_valid(raw)
    assert raw.drop("doc_id", "sha256").rows() == [
        ("news/页.html", "news", "text/html", None, 6, "<p>甲".encode()),
        ("b", None, "text/plain", None, 0, b""),
    ]
    assert raw["sha256"][1] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_no_contents_are_an_empty_frame_of_the_same_columns() -> None:
    assert raw_documents([]).schema == raw_documents([("a", b"b")]).schema


def test_what_cannot_be_read_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "z.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "dangling.txt").symlink_to(tmp_path / "absent")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    raw, refused = read_sources(listed(tmp_path), LIMIT)
    assert names(raw) == ["a.txt", "z.txt"]
    assert Quarantine.is_valid(refused)
    assert refused.select("source", "stage", "reason", "detail").rows() == [
        ("dangling.txt", "sources", "unreadable", "No such file or directory"),
        ("loop.txt", "sources", "unreadable", "Too many levels of symbolic links"),
        ("pipe.txt", "sources", "unreadable", "not a regular file"),
    ]


def test_a_source_that_is_gone_since_it_was_found_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    found = listed(tmp_path)
    (tmp_path / "a.txt").unlink()
    raw, refused = read_sources(found, LIMIT)
    assert raw.is_empty()
    assert refused["reason"].to_list() == ["unreadable"]


@pytest.mark.parametrize("now", [b"", b"1", b"12345678"])
def test_a_source_that_is_not_as_long_as_it_was_when_it_was_found_is_read_to_its_end(
    tmp_path: Path, now: bytes
) -> None:
    write(tmp_path, "a", "b", data=b"1234")
    found = listed(tmp_path)
    write(tmp_path, "a", data=now)
    raw, _ = read_sources(found, LIMIT)
    assert raw["content"].to_list() == [now, b"1234"]


def test_a_source_over_the_limit_is_refused_and_one_at_the_limit_is_not(tmp_path: Path) -> None:
    write(tmp_path, "at", data=b"12345678")
    write(tmp_path, "over", data=b"123456789")
    raw, refused = read_sources(listed(tmp_path), 8)
    assert raw.select("source", "content").rows() == [("at", b"12345678")]
    assert refused.select("source", "size_bytes", "reason", "detail").rows() == [
        ("over", 9, "too-large", "over 8 bytes")
    ]


def test_a_source_whose_length_the_file_system_does_not_tell_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "version").symlink_to("/proc/version")
    raw, _ = read_sources(listed(tmp_path), LIMIT)
    assert raw["content"][0] == Path("/proc/version").read_bytes()


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.html", "text/html"),
        ("v1.2/page.2024-05-06.html", "text/html"),
        ("page.txt.gz", "text/plain"),
        ("page.tgz", "application/x-tar"),
        ("page", "text/plain"),
        ("folder.html/page", "text/plain"),
        (".html", "text/plain"),
    ],
)
def test_the_media_type_is_told_by_the_end_of_the_name(name: str, media_type: str) -> None:
    assert raw_documents([(name, b"")])["media_type"].to_list() == [media_type]


def test_no_sources_read_as_two_empty_frames(tmp_path: Path) -> None:
    raw, refused = read_sources(listed(tmp_path), LIMIT)
    assert (raw.height, refused.height) == (0, 0)
    assert refused.columns == list(Quarantine.column_names())
