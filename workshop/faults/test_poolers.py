"""Behind a real pooler: limits hold, writers are no readers, and a mix-up is refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import URL
from sqlmodel import text

from src.core.database import Database
from src.core.errors import BusyError
from src.core.sessions import ReadOnlyError
from tests.apps import make_settings
from tests.things import ThingCreate, ThingService
from workshop.rigs.pgbouncer import Mode, pgbouncer

pytestmark = pytest.mark.usefixtures("postgres_only")
WORKING: list[tuple[Mode, bool]] = [
    ("session", True),
    ("session", False),
    ("transaction", False),
]


@asynccontextmanager
async def database_behind(url: URL, mode: Mode, *, prepares: bool) -> AsyncIterator[Database]:
    async with pgbouncer(url, mode) as pooled:
        settings = make_settings(
            pooled, database_prepared_statements=prepares, database_statement_timeout=0.2
        )
        database = Database(settings)
        try:
            yield database
        finally:
            await database.dispose()


@pytest.mark.parametrize(("mode", "prepares"), WORKING)
async def test_limits_hold_behind_a_pooler(url: URL, mode: Mode, prepares: bool) -> None:
    async with database_behind(url, mode, prepares=prepares) as database:
        await database.warm()
        for opening in (database.reading, database.writing):
            with pytest.raises(BusyError):
                async with opening() as session:
                    await (await session.connection()).execute(text("SELECT pg_sleep(5)"))
        with pytest.raises(ReadOnlyError):
            async with database.reading() as session:
                await (await session.connection()).execute(text("DELETE FROM things"))


@pytest.mark.parametrize(("mode", "prepares"), WORKING)
async def test_readers_and_writers_stay_apart_behind_a_pooler(
    url: URL, mode: Mode, prepares: bool
) -> None:
    async with database_behind(url, mode, prepares=prepares) as database:

        async def client(number: int) -> None:
            for n in range(30):
                name = f"{number} {n}"
                async with database.writing() as session:
                    thing = await ThingService(session).create(ThingCreate(name=name))
                async with database.reading() as session:
                    assert (await ThingService(session).get(thing.id)).name == name

        await asyncio.gather(*(client(number) for number in range(8)))
        assert await database.is_ready()


async def test_pooler_that_mixes_up_prepared_statements_is_refused(url: URL) -> None:
    async with database_behind(url, "transaction", prepares=True) as database:
        with pytest.raises(SystemExit, match="DATABASE_PREPARED_STATEMENTS=false"):
            await database.warm()
        assert not await database.is_ready()
