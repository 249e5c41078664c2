import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from httpx import AsyncClient

from src.core import database, readiness
from src.core.engines import CONNECT_SECONDS
from src.main import create_app
from tests.api import assert_problem
from tests.apps import client_of, make_settings

AWAY = "The database does not answer."


@asynccontextmanager
async def client_on(url: str) -> AsyncIterator[AsyncClient]:
    app = create_app(make_settings(url, database_pool_wait=0.1))
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
async def test_working_service_is_alive_and_ready(client: AsyncClient, path: str) -> None:
    response = await client.get(path)

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all.db", "postgresql://127.0.0.1:1/nowhere"]
)
async def test_service_without_its_database_is_alive_but_not_ready(url: str) -> None:
    async with client_on(url) as client:
        alive = await client.get("/health")
        ready = await client.get("/health/ready")

    assert alive.json() == {"status": "ok"}
    assert_problem(ready, 503, AWAY)
    assert ready.headers["retry-after"] == "1"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return a port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_readiness_has_its_own_deadline(
    silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (database, readiness):
        monkeypatch.setattr(module, "READY_SECONDS", 0.1)
    async with client_on(f"postgresql://127.0.0.1:{silent_port}/silent") as client:
        started = time.perf_counter()
        responses = await asyncio.gather(*(client.get("/health/ready") for _ in range(20)))
        waited = time.perf_counter() - started

    for response in responses:
        assert_problem(response, 503, AWAY)
    assert 0.1 <= waited < CONNECT_SECONDS  # not until the driver gives up


async def test_readiness_returns_with_the_database(tmp_path: Path) -> None:
    folder = tmp_path / "volume"
    async with client_on(f"sqlite:///{folder}/test.db") as client:
        assert (await client.get("/health/ready")).status_code == 503

        folder.mkdir()

        assert (await client.get("/health/ready")).status_code == 200


async def test_liveness_does_not_touch_the_database() -> None:
    app = create_app(make_settings("sqlite://"))
    del app.state.service

    async with client_of(app) as client:
        assert (await client.get("/health")).status_code == 200
