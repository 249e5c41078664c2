"""Allowed hosts, origins of scripts, and the deadline of a request."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI, Request
from httpx import AsyncClient

from src.api.dependencies import SessionDep
from tests.api import THINGS, assert_problem
from tests.apps import client_of, database_of, make_settings, running

ORIGIN = "https://app.example.com"


@pytest.fixture(scope="module")
async def shared_app() -> AsyncIterator[FastAPI]:
    settings = make_settings(
        "sqlite://",
        allowed_hosts=["test", "*.example.com", "[::1]"],
        cors_origins=[ORIGIN],
    )
    async with running(settings) as app:
        yield app


@pytest.fixture(scope="module")
async def hurried_app() -> AsyncIterator[FastAPI]:
    async with running(make_settings("sqlite://", request_deadline=0.2)) as app:
        yield app


@pytest.fixture
async def hurried(hurried_app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with client_of(hurried_app) as client:
        yield client


@pytest.mark.parametrize(
    "host", ["test", "test:8000", "TEST", "api.example.com", "a.b.example.com:1", "[::1]:8000"]
)
async def test_allowed_hosts_are_served(client: AsyncClient, host: str) -> None:
    assert (await client.get(THINGS, headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["", "other", "example.com", "evil-example.com", "test.evil", "test:port", "testx"]
)
async def test_other_hosts_are_refused(client: AsyncClient, host: str) -> None:
    response = await client.get(THINGS, headers={"Host": host})

    assert_problem(response, 400, "This host is not served here.")


async def test_health_probes_may_use_an_address(client: AsyncClient) -> None:
    response = await client.get("/health", headers={"Host": "10.0.0.7:8000"})

    assert response.status_code == 200


async def test_allowed_origin_may_read_and_write(client: AsyncClient) -> None:
    asked = await client.options(
        THINGS,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,idempotency-key,if-match",
        },
    )
    read = await client.get(THINGS, headers={"Origin": ORIGIN})

    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == ORIGIN
    assert read.headers["access-control-allow-origin"] == ORIGIN
    assert "ETag" in read.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in read.headers


async def test_other_origin_may_not_read(client: AsyncClient) -> None:
    response = await client.get(THINGS, headers={"Origin": "https://evil.example"})

    assert "access-control-allow-origin" not in response.headers


async def test_cors_is_off_by_default(hurried: AsyncClient) -> None:
    response = await hurried.get("/health", headers={"Origin": ORIGIN})

    assert "access-control-allow-origin" not in response.headers


async def test_request_that_takes_too_long_is_aborted(
    hurried_app: FastAPI, hurried: AsyncClient
) -> None:
    @hurried_app.post("/slow")
    async def slow(_: SessionDep) -> None:
        await asyncio.Event().wait()

    response = await hurried.post("/slow")

    assert_problem(response, 503, "The request took too long and was given up.")
    assert response.headers["retry-after"] == "1"
    async with database_of(hurried_app).writing():  # the connection was returned to the pool
        pass


async def test_request_whose_body_does_not_arrive_is_aborted(hurried: AsyncClient) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        yield b'{"name": '
        await asyncio.Event().wait()

    headers = {"Content-Type": "application/json"}
    response = await hurried.post(THINGS, content=stuck(), headers=headers)

    assert_problem(response, 408, "The body did not arrive in time.")
    assert response.headers["connection"] == "close"


async def test_timeout_error_of_a_handler_is_not_the_deadline(
    app: FastAPI, client: AsyncClient
) -> None:
    @app.get("/timeout")
    async def timeout() -> None:
        raise TimeoutError

    assert (await client.get("/timeout")).status_code == 500


async def test_error_after_the_answer_has_begun_reaches_the_server(app: FastAPI) -> None:
    @app.get("/half")
    async def half(request: Request) -> None:
        await request._send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    async with client_of(app) as client:
        response = await client.get("/half")

    assert response.status_code == 200
