"""What is particular to PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from adbc_driver_postgresql import dbapi

import etl
from etl.datasets import CommittedRun
from etl.errors import OutputError, UsageError
from etl.recipe import Recipe
from etl.warehouse import load, target_of
from etl.warehouse.postgres import PostgresTarget

pytestmark = pytest.mark.warehouse


@pytest.fixture
def engine() -> str:
    """Only this one."""
    return "postgresql"


def ask(url: str, sql: str) -> list[tuple[Any, ...]]:
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def commit_nul(tmp_path: Path, *, invisible: bool) -> CommittedRun:
    (tmp_path / "pages").mkdir()
    text = "关于桥的通知\n一、桥\0梁开通\n昨天，临江新桥正式开通，居民\0往来更方便了。\n二、其他\n没有别的事情了。\n"
    (tmp_path / "pages" / "odd.txt").write_text(text, encoding="utf-8")
    recipe = Recipe.model_validate({"normalize": {"invisible": invisible}})
    return etl.run(tmp_path / "pages", tmp_path / "out", recipe, workers=1)


def test_the_ledger_keeps_nul_as_bytes_and_shows_it(url: str, tmp_path: Path) -> None:
    load(commit_nul(tmp_path, invisible=True), target_of(url))
    assert ask(url, "SELECT count(*) FROM ledger WHERE position('\\x00'::bytea IN before) > 0") == [(2,)]
    assert ask(url, "SELECT count(*) FROM removed_text WHERE removed LIKE '%\\\\000%'") == [(2,)]


def test_clean_text_with_nul_is_refused_and_says_what_to_do(url: str, tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"holds NUL, which PostgreSQL refuses; clean with normalize\.invisible = true"
    ):
        load(commit_nul(tmp_path, invisible=False), target_of(url))
    assert ask(url, "SELECT to_regclass('documents') IS NULL") == [(True,)]


def test_readers_see_one_state_while_a_load_is_at_work(nights: list[CommittedRun], url: str) -> None:
    load(nights[0], target_of(url))
    with PostgresTarget(url).session() as session:
        for name in ("documents", "paragraphs", "ledger"):
            with session.connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {name}")
        assert ask(url, "SELECT count(*) FROM documents") == [(3,)]
        assert ask(url, "SELECT count(*) > 0 FROM latest_documents") == [(True,)]
        with session.connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
            cursor.execute("BEGIN")


def test_views_are_defined_anew_only_where_they_differ(nights: list[CommittedRun], url: str) -> None:
    identity = "SELECT xmin::text FROM pg_rewrite WHERE ev_class = 'removed_text'::regclass"
    load(nights[0], target_of(url))
    before = ask(url, identity)
    load(nights[1], target_of(url))
    assert ask(url, identity) == before


def test_a_changed_column_is_refused(nights: list[CommittedRun], url: str) -> None:
    with dbapi.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE documents (doc_id bigint)")
    with pytest.raises(UsageError, match=r"documents\.doc_id is bigint there and text in the contract"):
        load(nights[0], target_of(url))


def test_a_missing_column_is_added(nights: list[CommittedRun], url: str) -> None:
    load(nights[0], target_of(url))
    with dbapi.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE expectations DROP COLUMN previous")
    load(nights[1], target_of(url))
    assert ask(url, "SELECT count(previous) FROM expectations") == [(0,)]


def test_a_server_that_is_not_there_is_one_line(nights: list[CommittedRun]) -> None:
    with pytest.raises(OutputError, match=r"postgresql://127\.0\.0\.1:1/none: .*; nothing was loaded"):
        load(nights[0], target_of("postgresql://etl:secret@127.0.0.1:1/none"))


def test_a_server_with_another_encoding_is_refused(nights: list[CommittedRun], server: str) -> None:
    with dbapi.connect(f"{server}/postgres", autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(UsageError, match="encoding LATIN1; needs 15 or newer, with UTF8"):
        load(nights[0], target_of(f"{server}/latin"))


def test_tables_of_others_in_the_database_stay(nights: list[CommittedRun], url: str) -> None:
    with dbapi.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE etl_superseded AS SELECT 1 AS mine")
    for run in nights:
        load(run, target_of(url))
    assert ask(url, "SELECT mine FROM public.etl_superseded") == [(1,)]
