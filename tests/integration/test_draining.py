import asyncio
import signal
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.api import draining
from src.api.draining import Drain
from src.main import create_app
from tests.api import assert_problem
from tests.apps import client_of, make_settings, service_of


@pytest.fixture
def stops() -> Iterator[list[int]]:
    """Collect the signals that reach the server's own handler, which would stop it."""
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    yield received
    signal.signal(signal.SIGTERM, before)


async def test_server_stops_only_after_draining(
    stops: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "ARRIVAL_SECONDS", 0.05)
    drain = Drain(0.05)

    with drain.on_signals():
        signal.raise_signal(signal.SIGTERM)
        begun, stopped_at_once = drain.has_begun, bool(stops)
        async with asyncio.timeout(60):
            while not stops:
                await asyncio.sleep(0.01)

    assert (begun, stopped_at_once) == (True, False)
    assert stops == [signal.SIGTERM]


async def test_second_signal_stops_at_once(stops: list[int]) -> None:
    with Drain(60).on_signals():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)

    assert stops == [signal.SIGTERM]


async def test_handler_of_the_server_is_restored(stops: list[int]) -> None:
    with Drain(60).on_signals():
        pass

    signal.raise_signal(signal.SIGTERM)

    assert stops == [signal.SIGTERM]


@pytest.fixture
def draining_app() -> FastAPI:
    app = create_app(make_settings("sqlite://"))
    service_of(app).drain.has_begun = True
    return app


async def test_draining_service_is_alive_but_not_ready(draining_app: FastAPI) -> None:
    async with client_of(draining_app) as client:
        alive, ready = await client.get("/health"), await client.get("/health/ready")

    assert alive.status_code == 200
    assert_problem(ready, 503, "The service is about to stop.")


async def test_service_that_does_not_drain_is_ready(client: AsyncClient) -> None:
    assert (await client.get("/health/ready")).status_code == 200
