"""A network between the service and PostgreSQL that swallows everything, or refuses it."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import URL

from tests.api import THINGS
from workshop.rigs.clients import client_of, until
from workshop.rigs.forwarder import Forwarder, forwarded
from workshop.rigs.ledger import Ledger
from workshop.rigs.service import served

pytestmark = pytest.mark.usefixtures("postgres_only")

DEADLINE = 3
# Short ones, since the test has to wait for them to pass.
LIMITS: dict[str, Any] = {
    "database_pool_wait": 1,
    "database_statement_timeout": 1,
    "request_deadline": DEADLINE,
}
DRIVER_SECONDS = 10
"""How long psycopg may wait for a server that it asks to cancel a statement."""
NOISE_SECONDS = 0.5


async def probe(client: AsyncClient, ready: list[float]) -> None:
    """While the database is away: alive all the time, and not ready, within a bounded time."""
    started = time.monotonic()
    alive, refused = await asyncio.gather(client.get("/health"), client.get("/health/ready"))
    ready.append(time.monotonic() - started)
    assert alive.status_code == 200
    assert refused.status_code == 503


async def recovery(client: AsyncClient, forwarder: Forwarder) -> float:
    """Seconds after which the service reads and writes again."""
    await forwarder.forward()

    async def works() -> bool:
        calls = [client.get(THINGS), client.post(THINGS, json={"name": "taken"})]
        answers = await asyncio.gather(*calls, client.get("/health/ready"))
        return [each.status_code for each in answers] == [200, 409, 200]

    return await until(works, 30)


async def test_network_that_swallows_everything_is_told_and_got_over(
    url: URL, tmp_path: Path
) -> None:
    ledger, ready = Ledger(), list[float]()
    async with (
        forwarded(url) as forwarder,
        served(forwarder.url, tmp_path, **LIMITS) as service,
        client_of(service.port) as prober,
    ):
        taken = await prober.post(THINGS, json={"name": "taken"})
        ledger.acknowledged["taken"] = taken.json()
        async with ledger.kept(service.client):
            await ledger.answers(201, times=50)
            forwarder.swallow()
            swallowed = time.monotonic()
            while ledger.calls[503] < 24 and time.monotonic() < swallowed + 20:
                await probe(prober, ready)
            seconds = await recovery(prober, forwarder)
        await ledger.compare(service.client, url)
    print(f"{ledger}; not ready within {max(ready):.2f} s, well again after {seconds:.2f} s")
    assert ledger.calls[503] >= 24
    assert max(ready) < 1.5
    # Both waits add up in the calls that were at work already.
    assert ledger.slowest < DEADLINE + DRIVER_SECONDS + NOISE_SECONDS
    assert seconds < 2


async def test_server_that_refuses_connections_is_told_and_got_over(
    url: URL, tmp_path: Path
) -> None:
    ledger, ready = Ledger(), list[float]()
    async with (
        forwarded(url) as forwarder,
        served(forwarder.url, tmp_path) as service,
        client_of(service.port) as prober,
    ):
        taken = await prober.post(THINGS, json={"name": "taken"})
        ledger.acknowledged["taken"] = taken.json()
        async with ledger.kept(service.client):
            await ledger.answers(201, times=50)
            await forwarder.refuse()
            await asyncio.gather(
                ledger.answers(503, times=16), *(probe(prober, ready) for _ in range(5))
            )
            seconds = await recovery(prober, forwarder)
        await ledger.compare(service.client, url)
    print(f"{ledger}; not ready within {max(ready):.2f} s, well again after {seconds:.2f} s")
    assert max(ready) < 1.5
    assert ledger.slowest < 3
    assert seconds < 2
