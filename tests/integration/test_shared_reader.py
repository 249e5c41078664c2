"""Readers of a SQLite file share a connection, and none of them waits for another's long query."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, literal, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from src.core.database import Database
from src.core.driver import driver_of
from src.core.failures import FATE
from src.core.queries import Query
from src.core.sessions import LazyAsyncSession
from src.core.sqlite import SHARED, SharedReader
from tests.apps import make_settings
from tests.databases import create_tables
from tests.things import ThingCreate, ThingQuery, ThingService


def endless() -> Query:
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1))
    return Query(select(func.count()).select_from(numbers))


ENDLESS, BROKEN = endless(), Query(select(func.no_such_function().label("none")))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(make_settings(f"sqlite:///{tmp_path}/test.db", database_pool_size=5))
    await create_tables(database)
    yield database
    await database.dispose()


async def names(database: Database) -> list[str]:
    async with database.reading() as session:
        page = await ThingService(session).find(ThingQuery(sort="name"))
    return [each.name for each in page.items]


async def add(database: Database, name: str) -> None:
    async with database.writing() as session:
        await ThingService(session).create(ThingCreate(name=name))


async def count_for_ever(database: Database) -> None:
    async with database.reading() as session:
        await ENDLESS.rows(session)


async def shared_by(database: Database) -> SharedReader:
    async with database.reading() as session:
        assert isinstance(session, LazyAsyncSession)
        shared = session.lent.info[SHARED]
        assert isinstance(shared, SharedReader)
        return shared


def connection_of(shared: SharedReader) -> AsyncConnection:
    assert shared._connection is not None
    return shared._connection


async def test_readers_share_one_connection(database: Database) -> None:
    await asyncio.gather(*(names(database) for _ in range(10)))
    shared = await shared_by(database)
    first = connection_of(shared)

    await asyncio.gather(*(names(database) for _ in range(10)))

    assert connection_of(shared) is first


async def test_long_query_does_not_hold_up_other_readers(database: Database) -> None:
    counting = [asyncio.create_task(count_for_ever(database)) for _ in range(3)]

    for n in range(20):
        await add(database, f"thing {n:02}")
        assert (await names(database))[-1] == f"thing {n:02}"

    assert not any(each.done() for each in counting)
    for each in counting:
        each.cancel()
    await asyncio.gather(*counting, return_exceptions=True)
    assert len(await names(database)) == 20


async def test_cancelled_reader_does_not_stop_the_queries_of_others(database: Database) -> None:
    await add(database, "thing")
    for n in range(20):
        counting = asyncio.create_task(count_for_ever(database))
        others = [asyncio.create_task(names(database)) for _ in range(4)]
        for _ in range(n):
            await asyncio.sleep(0)

        counting.cancel()

        assert await asyncio.gather(*others) == [["thing"]] * 4
        await asyncio.gather(counting, return_exceptions=True)


async def test_error_of_a_query_is_its_readers_alone(database: Database) -> None:
    await add(database, "thing")

    async def fail() -> None:
        async with database.reading() as session:
            with pytest.raises(OperationalError, match="no such function"):
                await BROKEN.rows(session)

    _, found, _, found_after = await asyncio.gather(
        fail(), names(database), fail(), names(database)
    )

    assert found == found_after == ["thing"]


async def test_broken_shared_connection_is_replaced(database: Database) -> None:
    await add(database, "thing")
    await names(database)
    shared = await shared_by(database)
    broken = connection_of(shared)
    await driver_of(broken).close()

    with pytest.raises(ValueError, match=r"closed|no active"):
        await names(database)

    assert await names(database) == ["thing"]
    assert connection_of(shared) is not broken


async def test_shared_connection_is_replaced_with_those_of_the_pool(database: Database) -> None:
    await names(database)
    shared = await shared_by(database)
    old = connection_of(shared)

    database._read.renewal.demand()
    await names(database)

    assert connection_of(shared) is not old
    assert old.closed


async def test_readers_do_without_a_connection_that_cannot_be_opened(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(database, "thing")
    shared = await shared_by(database)

    async def fail() -> None:
        raise OperationalError("", None, Exception("no files are left"))

    monkeypatch.setattr(shared._opener, "open", fail)

    assert await names(database) == ["thing"]
    monkeypatch.undo()
    assert await names(database) == ["thing"]
    assert FATE not in connection_of(shared).info


async def test_cancelled_writer_that_waited_for_the_lock_writes_nothing(
    database: Database, tmp_path: Path
) -> None:
    other = Database(make_settings(f"sqlite:///{tmp_path}/test.db"))
    async with other.writing() as session:
        await ThingService(session).create(ThingCreate(name="held"))
        waiting = asyncio.create_task(add(database, "cancelled"))
        await asyncio.sleep(0)  # now its statement is in the queue of the writer's thread
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await other.dispose()

    await add(database, "written")

    assert await names(database) == ["held", "written"]
