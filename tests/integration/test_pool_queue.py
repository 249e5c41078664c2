"""The queue of the pool: connections in order of arrival, after a bounded wait, always returned."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.api.dependencies import SessionDep
from src.core.database import Database
from src.core.errors import UnavailableError
from src.core.settings import Settings
from tests.api import THINGS, assert_problem
from tests.apps import running

WAIT = 0.05


@pytest.fixture(scope="module")
async def shared_app(concurrent_settings: Settings) -> AsyncIterator[FastAPI]:
    narrow = {"database_pool_size": 2, "database_pool_wait": WAIT}
    async with running(concurrent_settings.model_copy(update=narrow)) as app:
        yield app


async def test_connections_are_handed_out_in_order_of_arrival(
    concurrent_settings: Settings,
) -> None:
    patient = {"database_pool_size": 2, "database_pool_wait": 60}
    database = Database(concurrent_settings.model_copy(update=patient))
    served: list[int] = []

    async def read(n: int) -> None:
        async with database.reading():
            served.append(n)

    async with database.reading():
        async with database.reading():
            waiters = [asyncio.create_task(read(n)) for n in range(50)]
            await asyncio.sleep(0)
        # One connection is free now, and goes from one waiter to the next.
        await asyncio.gather(*waiters)
    await database.dispose()

    assert served == list(range(50))


async def test_readers_beyond_the_pool_wait_and_are_then_refused(database: Database) -> None:
    async with database.reading(), database.reading():
        started = time.perf_counter()
        with pytest.raises(UnavailableError):
            async with database.reading():
                pass
        waited = time.perf_counter() - started

    assert waited >= WAIT
    async with database.reading():
        pass


async def test_request_without_a_connection_is_told_when_to_retry(
    client: AsyncClient, database: Database
) -> None:
    async with database.reading(), database.reading():
        response = await client.get(THINGS)

    assert_problem(response, 503, "The database is busy: repeat the request.")
    assert response.headers["retry-after"] == "1"
    assert (await client.get(THINGS)).status_code == 200


async def test_cancelled_waiter_takes_no_connection(database: Database) -> None:
    async def read() -> None:
        async with database.reading():
            pass

    async with database.reading(), database.reading():
        waiter = asyncio.create_task(read())
        await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)

    async with database.reading(), database.reading():
        pass


async def test_connection_of_a_disconnected_client_is_returned(
    app: FastAPI, database: Database
) -> None:
    entered = asyncio.Event()

    @app.get("/slow")
    async def slow(_: SessionDep) -> None:
        entered.set()
        await asyncio.sleep(60)

    async def request() -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/slow",
            "raw_path": b"/slow",
            "query_string": b"",
            "headers": [(b"host", b"test")],
        }
        await app(scope, asyncio.Event().wait, lambda _: asyncio.sleep(0))  # type: ignore[arg-type]

    for _ in range(3):
        entered.clear()
        task = asyncio.create_task(request())
        await entered.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with database.reading(), database.reading():
        pass


async def test_health_answers_while_every_connection_is_taken(
    client: AsyncClient, database: Database
) -> None:
    async with database.reading(), database.reading(), database.writing():
        alive, ready = await asyncio.gather(client.get("/health"), client.get("/health/ready"))

    assert alive.json() == ready.json() == {"status": "ok"}
