"""Searches on both databases: the same words, the same rows, whatever migrations have done."""

import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Connection, MetaData, String, Table, Uuid, select, text

from scaffold.migrate.alter import change_migration
from scaffold.migrate.create import create_migration
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.feature import Feature
from scaffold.spec.parse import parse_feature, parse_field
from src.core.search import Found, searched, words_of
from workshop.generator import texts
from workshop.generator.conftest import Scaffold
from workshop.generator.migrated import run

TEXTS, SEARCHES = 10_000, 200
CHARACTERS = [*range(1, 0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE0200)]
"""All that Unicode has given a meaning to, but for the rarest of Han."""


def table_of(*columns: str) -> Table:
    table = Table("books", MetaData(), Column("id", Uuid(), primary_key=True), **searched(*columns))
    for name in columns:
        table.append_column(Column(name, String()))
    return table


def found(connection: Connection, table: Table, q: str) -> set[UUID]:
    rows = connection.scalars(select(table.c.id).where(Found(table)), {"q": q}).all()
    connection.rollback()
    return {*rows}


def test_databases_split_and_fold_every_character_in_the_same_way(connection: Connection) -> None:
    table = table_of("title")
    with connection.begin():
        table.create(connection)
        ends = [f"a{chr(code)}b {chr(code)}" for code in CHARACTERS]
        rows = [{"id": UUID(int=code), "title": end} for code, end in zip(CHARACTERS, ends)]
        connection.execute(table.insert(), rows)
        if connection.dialect.name == "sqlite":
            name = "CREATE VIRTUAL TABLE terms USING fts5vocab(search_of_books, 'instance')"
            connection.exec_driver_sql(name)
            query = "SELECT DISTINCT id, term FROM terms JOIN search_of_books s ON s.rowid = doc WHERE col = 'words'"
        else:
            query = "SELECT id, unnest(tsvector_to_array(search_words(title))) FROM books"
        words: dict[int, set[str]] = {code: set() for code in CHARACTERS}
        for key, word in connection.exec_driver_sql(query):
            words[UUID(str(key)).int].add(word)

    different = [
        chr(code) for code, end in zip(CHARACTERS, ends) if words[code] != {*words_of(end)}
    ]
    assert different == []


def test_searches_find_what_brute_force_finds(connection: Connection) -> None:
    table, written = table_of("title", "body"), [*texts.texts(TEXTS)]
    ids = [UUID(int=number) for number in range(TEXTS)]
    rows = [
        {"id": key, "title": each[: len(each) // 2], "body": each[len(each) // 2 :]}
        for key, each in zip(ids, written)
    ]
    with connection.begin():
        table.create(connection)
        connection.execute(table.insert(), rows)
    words = [texts.words_of(f"{row['title']} {row['body']}") for row in rows]
    sizes = []

    for q in texts.searches(written, SEARCHES):
        expected = {key for key, each in zip(ids, words) if texts.has(each, q)}
        assert found(connection, table, q) == expected, q
        sizes.append(len(expected))

    assert sum(1 for size in sizes if 1 < size < TEXTS / 10) > SEARCHES / 2


ENTITY = "id, version, created_at, updated_at"
NOW = "1, '2026-01-01 00:00:00', '2026-01-01 00:00:00'"


def book(*tokens: str) -> Feature:
    return parse_feature("book", tokens)


def fill(connection: Connection, number: int, title: str, note: str) -> UUID:
    key = UUID(int=number)
    values = {"id": key.hex, "title": title, "note": note}
    statement = f"INSERT INTO books ({ENTITY}, title, note) VALUES (:id, {NOW}, :title, :note)"  # noqa: S608
    with connection.begin():
        connection.execute(text(statement), values)
    return key


CHANGES = {
    "search a second field": ("note:text", "note:text:search", ("title", "note")),
    "search one field less": ("note:text:search", "note:text", ("title",)),
    "rename": ("note:text:search", "remark:text:search", ("title", "remark")),
    "drop": ("note:text:search", None, ("title",)),
    "another type": ("note:text:search", "note:str:max=50:search", ("title", "note")),
    "rebuild the table": ("note:text:optional", "note:text", ("title",)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_index_keeps_up_with_a_change_of_fields(connection: Connection, name: str) -> None:
    token, new, columns = CHANGES[name]
    before = book("title:str:search", token)
    run(connection, create_migration(before, {}))
    one = fill(connection, 1, "River", "moon")
    change = FieldChange(before.fields[-1], parse_field(new) if new else None)
    (migration,) = change_migration(before, change, {"book": before}, "a").values()

    for direction, names in (("upgrade", columns), ("downgrade", before.searched)):
        run(connection, migration, direction)
        table = table_of(*names)
        with connection.begin():
            connection.execute(table.update().values({names[-1]: "river light", "title": "river"}))
        assert found(connection, table, "LIGHT riv") == ({one} if len(names) > 1 else set())
        assert found(connection, table, "river") == {one}
        assert found(connection, table, "moon") == set()
    two = fill(connection, 2, "Stone", "moon")
    assert found(connection, table, "stone") == {two}


def test_search_begins_and_ends_with_its_fields(connection: Connection) -> None:
    before = book("title:str", "note:text:optional")
    run(connection, create_migration(before, {}))
    one = fill(connection, 1, "River", "moon")
    change = FieldChange(before.fields[0], parse_field("title:str:search"))
    (migration,) = change_migration(before, change, {"book": before}, "a").values()

    run(connection, migration)
    assert found(connection, table_of("title"), "riv") == {one}
    run(connection, migration, "downgrade")

    assert leftovers(connection) == []
    run(connection, create_migration(before, {}), "downgrade")
    after = book("title:str:search")
    for direction in ("upgrade", "downgrade"):
        run(connection, create_migration(after, {}), direction)
    assert leftovers(connection) == []


def leftovers(connection: Connection) -> list[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE name GLOB 'search*'"
        if connection.dialect.name == "sqlite"
        else "SELECT relname FROM pg_class WHERE starts_with(relname, 'search') "
        "UNION SELECT proname FROM pg_proc WHERE proname = 'search_words'"
    )
    names = [*connection.exec_driver_sql(query).scalars()]
    connection.rollback()
    return names


def test_function_stays_as_long_as_a_table_needs_it(connection: Connection) -> None:
    features = [parse_feature(name, ["title:str:search"]) for name in ("book", "album")]
    for feature in features:
        run(connection, create_migration(feature, {}))
    run(connection, create_migration(features[1], {}), "downgrade")
    key = uuid4().hex
    with connection.begin():
        connection.exec_driver_sql(
            f"INSERT INTO books ({ENTITY}, title) VALUES ('{key}', {NOW}, 'River')"  # noqa: S608
        )

    assert found(connection, table_of("title"), "river") == {UUID(key)}
    assert "search_of_albums" not in leftovers(connection)


def alembic(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "alembic", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_comparison_sees_what_is_lost_and_the_first_migration_has_it(
    root: Path, scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{root}/test.db")
    assert scaffold("add", "book", "title:str:search").code == 0
    assert alembic("upgrade", "head").returncode == 0
    assert alembic("check").returncode == 0
    lose = (
        "import sqlite3; sqlite3.connect('test.db').execute('DROP TRIGGER search_of_books_update')"
    )
    subprocess.run([sys.executable, "-c", lose], check=True)

    lost = alembic("check")
    assert lost.returncode != 0
    assert "('create_search', 'books', ('title',))" in lost.stdout + lost.stderr

    assert alembic("revision", "--autogenerate", "-m", "find books again").returncode == 0
    assert alembic("upgrade", "head").returncode == 0
    assert alembic("check").returncode == 0
    assert scaffold("blank", "--force").code == 0
    (first,) = (root / "alembic/versions").glob("*.py")
    assert 'op.create_search("books", ["title"])' in first.read_text(encoding="utf-8")
    assert 'op.drop_search("books", ["title"])' in first.read_text(encoding="utf-8")


def test_service_without_a_search_has_none_of_it() -> None:
    code = "import sys, src.main; print(*(name for name in sys.modules if 'core.search' in name))"
    service = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert service.stdout.strip() == b""
