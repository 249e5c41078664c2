"""More clients than the service can serve, and clients that do not stay for the answer."""

import asyncio
import json
import time
from collections import Counter
from pathlib import Path
from uuid import uuid4

from sqlalchemy import URL

from tests.api import THINGS
from workshop.faults.service import FAULTY
from workshop.rigs.clients import client_of, run_sql, until
from workshop.rigs.ledger import Ledger, retry_after
from workshop.rigs.service import Service, served
from workshop.rigs.wire import connected, read_answer, request_bytes

IDLE_IN_TRANSACTION = """
    SELECT pid FROM pg_stat_activity
    WHERE application_name = 'Service' AND datname = current_database()
    AND state IN ('idle in transaction', 'idle in transaction (aborted)')
"""


async def assert_no_connection_is_used(service: Service, url: URL) -> None:
    async def none_is() -> bool:
        return (await service.client.get("/used")).text == "0.0"

    await until(none_is, 5)  # what was begun for clients that left is done first
    if url.get_backend_name() == "postgresql":
        assert run_sql(url, IDLE_IN_TRANSACTION) == []


async def test_200_clients_at_a_pool_of_two_are_served_or_refused_in_time(
    url: URL, tmp_path: Path
) -> None:
    ledger, refusals, health = Ledger(), list[float](), list[float]()
    async with (
        served(url, tmp_path, app=FAULTY, database_pool_size=2) as service,
        client_of(service.port) as prober,
    ):
        busy = True

        async def ask_twice() -> None:
            async with connected(service.port) as (reader, writer):
                for _ in range(2):
                    started = time.monotonic()
                    writer.write(request_bytes("GET", "/slow?seconds=0.4"))
                    response = ledger.note(await read_answer(reader))
                    if response.status_code == 503:
                        refusals.append(time.monotonic() - started)
                        await asyncio.sleep(retry_after(response))

        async def probe() -> None:
            while busy:
                started = time.monotonic()
                assert (await prober.get("/health")).status_code == 200
                health.append(time.monotonic() - started)
                await asyncio.sleep(0.02)

        async def is_served() -> bool:
            return (await prober.get(THINGS)).status_code == 200

        async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
            tasks.create_task(probe())
            await asyncio.gather(*(ask_twice() for _ in range(200)))
            busy = False
        recovery = await until(is_served, 5)
        await assert_no_connection_is_used(service, url)
    print(
        f"{dict(ledger.calls)}; refusals {min(refusals):.2f} to {max(refusals):.2f} s,"
        f" /health {max(health):.2f} s, recovery {recovery:.2f} s"
    )
    assert ledger.calls.keys() == {200, 503}
    # As long as a busy machine lets the service answer at all, and half a second.
    assert max(refusals) < 2.5 + max(health)
    assert max(health) < 1
    assert recovery < 1


async def test_clients_that_go_away_at_any_moment_leave_nothing_behind(
    url: URL, tmp_path: Path
) -> None:
    async with served(url, tmp_path, app=FAULTY) as service:

        async def go_away(n: int) -> None:
            requests = [
                request_bytes("GET", THINGS),
                request_bytes("POST", THINGS, json.dumps({"name": uuid4().hex}).encode()),
                request_bytes("POST", THINGS, b'{"name": "ha', length=1000),
                request_bytes("GET", "/slow?seconds=0.02"),
            ]
            async with connected(service.port) as (_, writer):
                writer.write(requests[n % len(requests)])
                await asyncio.sleep(n / 10_000)

        for first in range(0, 300, 20):
            await asyncio.gather(*(go_away(n) for n in range(first, first + 20)))
        await assert_no_connection_is_used(service, url)

        started = time.monotonic()
        served_at_once = await asyncio.gather(
            *(service.client.get("/slow?seconds=0.5") for _ in range(5))
        )
        seconds = time.monotonic() - started
        ledger = Ledger()
        await asyncio.gather(*(ledger.create(service.client) for _ in range(5)))
        log = service.log.read_text(encoding="utf-8")
    print(f"a full pool of 0.5 s each took {seconds:.2f} s; 5 writes took {ledger.slowest:.2f} s")
    assert Counter(each.status_code for each in served_at_once) == {200: 5}
    assert seconds < 1
    assert "Traceback" not in log
