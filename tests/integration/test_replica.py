"""Reads while the replica cannot serve them: the primary does, and it is counted.

`workshop/faults/test_replica.py` has a real standby.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import URL

from src.core.database import Database
from src.core.observer import Observer
from src.schemas.page import PageQuery
from tests.apps import make_settings
from tests.databases import create_tables, make_empty
from tests.things import ThingCreate, ThingService


class Fallbacks(Observer):
    def __init__(self) -> None:
        self.reasons: list[str] = []

    def fell_back(self, reason: str) -> None:
        self.reasons.append(reason)


@pytest.fixture
def primary(postgres_url: URL | None) -> URL:
    if postgres_url is None:
        pytest.skip("SQLite has no replicas.")
    return postgres_url


@asynccontextmanager
async def opened(primary: URL, replica: URL, fallbacks: Fallbacks) -> AsyncIterator[Database]:
    database = Database(make_settings(primary, database_read_url=replica), [fallbacks])
    await create_tables(database)
    await make_empty(database)
    yield database
    await database.dispose()


async def create_and_read(database: Database, name: str) -> None:
    async with database.writing() as session:
        created = await ThingService(session).create(ThingCreate(name=name))
    async with database.reading() as session:
        assert await ThingService(session).get(created.id) == created


async def test_server_that_is_no_standby_counts_as_behind(primary: URL) -> None:
    fallbacks = Fallbacks()
    async with opened(primary, primary, fallbacks) as database:
        for name in ("first", "second"):
            await create_and_read(database, name)

    assert fallbacks.reasons == ["behind"] * 2


async def test_replica_that_is_away_is_left_out(primary: URL) -> None:
    fallbacks = Fallbacks()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        away = primary.set(host="127.0.0.1", port=closed.getsockname()[1], query={})
        async with opened(primary, away, fallbacks) as database:
            for name in ("third", "fourth"):
                await create_and_read(database, name)
            assert await database.is_ready()

    assert fallbacks.reasons == ["away"] * 2


async def test_replica_is_not_asked_for_what_has_to_be_current(primary: URL) -> None:
    fallbacks = Fallbacks()
    async with (
        opened(primary, primary, fallbacks) as database,
        database.reading(current=True) as session,
    ):
        assert (await ThingService(session).find(PageQuery())).items == []

    assert fallbacks.reasons == []
