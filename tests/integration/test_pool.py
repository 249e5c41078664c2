"""Connections are opened before they are needed, and replaced after they have ended."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlmodel import text

from src.core import pool
from src.core.database import Database
from src.core.settings import Settings
from tests.api import THINGS, create_thing
from tests.apps import running

OWN_CONNECTIONS = (
    "FROM pg_stat_activity WHERE application_name = 'pool' AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def app(concurrent_settings: Settings) -> AsyncIterator[FastAPI]:
    url = concurrent_settings.database_url
    if url.get_backend_name() == "sqlite":
        pytest.skip("SQLite has no server that could close a connection")
    listen_url = url.update_query_dict({"application_name": "listener"})  # of no pool
    names = {"app_name": "pool", "database_listen_url": listen_url}
    async with running(concurrent_settings.model_copy(update=names)) as app:
        yield app


async def ask(database: Database, what: str) -> list[int]:
    async with database.writing() as session:
        connection = await session.connection()
        return list(await connection.scalars(text(f"SELECT {what} {OWN_CONNECTIONS}")))


async def test_all_connections_are_made_before_the_first_request(database: Database) -> None:
    # Two for reading, two for writing, of which one is asking, and one for readiness.
    assert await ask(database, "count(*)") == [4]


async def test_connections_closed_by_the_server_are_replaced(
    client: AsyncClient, database: Database
) -> None:
    await create_thing(client)
    await ask(database, "pg_terminate_backend(pid, 5000)::int")  # waits for the end

    for _ in range(3):
        assert (await client.get(THINGS)).status_code == 200
        await create_thing(client)
    assert (await client.get("/health/ready")).status_code == 200


async def test_old_connections_are_replaced(
    client: AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(await ask(database, "pid"))
    monkeypatch.setattr(pool, "RECYCLE_SECONDS", 0)

    assert (await client.get(THINGS)).status_code == 200

    assert set(await ask(database, "pid")) - before
