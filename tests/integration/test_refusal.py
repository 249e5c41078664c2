"""Each reason for which the service refuses a right request is counted, and told apart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI, Request
from httpx import AsyncClient

from src.api.capability import Capability
from src.api.dependencies import SessionDep
from src.core.errors import BusyError
from src.core.observer import Observer
from src.main import create_app
from tests.apps import client_of, database_of, make_settings


class Counting(Observer):
    def __init__(self) -> None:
        self.reasons: list[str] = []

    def refused(self, reason: str) -> None:
        self.reasons.append(reason)


@asynccontextmanager
async def counted(
    url: str = "sqlite://", **settings: object
) -> AsyncIterator[tuple[FastAPI, AsyncClient, list[str]]]:
    counting = Counting()
    app = create_app(make_settings(url, **settings), [Capability("counted", observers=[counting])])

    @app.get("/read")
    async def read(session: SessionDep) -> None:
        await session.connection()

    @app.post("/body")
    async def take(request: Request) -> None:
        await request.body()

    async with client_of(app) as client:
        yield app, client, counting.reasons


async def stuck() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.Event().wait()


async def test_queue() -> None:
    async with counted(database_pool_wait=0.001) as (app, client, reasons):
        async with database_of(app).reading():
            assert (await client.get("/read")).status_code == 503
        assert (await client.get("/read")).status_code == 200
        await database_of(app).dispose()

    assert reasons == ["queue"]


async def test_busy() -> None:
    async with counted() as (app, client, reasons):

        @app.get("/busy")
        async def fail() -> None:
            raise BusyError

        assert (await client.get("/busy")).status_code == 503

    assert reasons == ["busy"]


async def test_away() -> None:
    async with counted("postgresql://ada@127.0.0.1:1/db") as (_, client, reasons):
        assert (await client.get("/read")).status_code == 503

    assert reasons == ["away"]


async def test_deadline() -> None:
    async with counted(request_deadline=0.01) as (app, client, reasons):

        @app.get("/slow")
        async def wait() -> None:
            await asyncio.Event().wait()

        assert (await client.get("/slow")).status_code == 503

    assert reasons == ["deadline"]


async def test_stop() -> None:
    async with counted() as (app, client, reasons):
        begun = asyncio.Event()

        @app.get("/slow")
        async def wait() -> None:
            begun.set()
            await asyncio.Event().wait()

        request = asyncio.create_task(client.get("/slow"))
        await begun.wait()
        request.cancel()
        assert (await request).status_code == 503

    assert reasons == ["stopping"]


@pytest.mark.parametrize(
    ("content", "limits", "status"),
    [(b"12345", {"max_body_size": 4}, 413), (stuck(), {"request_deadline": 0.05}, 408)],
)
async def test_body(
    content: bytes | AsyncIterator[bytes], limits: dict[str, Any], status: int
) -> None:
    async with counted(**limits) as (_, client, reasons):
        assert (await client.post("/body", content=content)).status_code == status

    assert reasons == ["body"]


async def test_host() -> None:
    async with counted() as (_, client, reasons):
        assert (await client.get("/read", headers={"Host": "other"})).status_code == 400

    assert reasons == ["host"]


async def test_requests_that_are_served_or_wrong_are_no_refusals() -> None:
    async with counted() as (app, client, reasons):
        statuses = [(await client.get(path)).status_code for path in ("/health", "/none")]
        await database_of(app).dispose()

    assert statuses == [200, 404]
    assert reasons == []
