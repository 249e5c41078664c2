"""SIGTERM: what has arrived is answered, what never arrives holds nobody up."""

import asyncio
import json
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from itertools import chain
from math import inf
from pathlib import Path
from typing import Any
from uuid import uuid4

from httpx import Response
from sqlalchemy import URL

from tests.api import THINGS
from workshop.faults.service import FAULTY
from workshop.rigs.clients import run_sql, until
from workshop.rigs.ledger import Ledger, retry_after
from workshop.rigs.service import served
from workshop.rigs.wire import Connection, connected, read_answer, request_bytes

GRACE = 3
DRAIN = 1
LAST = 100
STUCK = request_bytes("POST", THINGS, b'{"name": "stuc', length=1000)


@dataclass
class Delivery:
    sent: float
    name: str
    answer: Response | None = None
    ended: float = inf


async def deliver(connection: Connection) -> Delivery:
    """Post a thing, and note what became of it."""
    reader, writer = connection
    name = uuid4().hex
    writer.write(request_bytes("POST", THINGS, json.dumps({"name": name}).encode()))
    delivery = Delivery(time.monotonic(), name)
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        delivery.answer = await read_answer(reader)
    delivery.ended = time.monotonic()
    return delivery


async def deliver_until_cut_off(port: int, deliveries: list[Delivery]) -> None:
    async with connected(port) as connection:
        while not deliveries or deliveries[-1].answer:
            deliveries.append(await deliver(connection))


async def deliver_at_the_last_moment(port: int, sent: asyncio.Barrier) -> Delivery:
    async with connected(port) as connection:
        delivery = asyncio.create_task(deliver(connection))
        await asyncio.sleep(0)  # sends
        await sent.wait()
        return await delivery


async def test_sigterm_drops_no_request_that_has_arrived(url: URL, tmp_path: Path) -> None:
    regular: list[list[Delivery]] = [[] for _ in range(30)]
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(served(url, tmp_path, grace=GRACE))
        for _ in range(10):
            _, writer = await stack.enter_async_context(connected(service.port))
            writer.write(STUCK)

        async def flows() -> bool:
            return all(len(deliveries) >= 10 for deliveries in regular)

        async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
            for deliveries in regular:
                tasks.create_task(deliver_until_cut_off(service.port, deliveries))
            await until(flows, 10)
            sent = asyncio.Barrier(LAST + 1)
            last = [
                tasks.create_task(deliver_at_the_last_moment(service.port, sent))
                for _ in range(LAST)
            ]
            await sent.wait()
            signalled = time.monotonic()
            service.process.terminate()
        await service.exit_within(GRACE + 1)
        seconds = time.monotonic() - signalled

    rows = {name for (name,) in run_sql(url, "SELECT name FROM things")}
    all_deliveries = [*chain(*regular), *(task.result() for task in last)]
    in_flight = [each for each in all_deliveries if each.sent < signalled < each.ended]
    dropped = [each for each in in_flight if each.answer is None]
    statuses = Counter(each.answer.status_code for each in all_deliveries if each.answer)
    print(f"{statuses}; {len(in_flight)} in flight, {len(dropped)} dropped; {seconds:.2f} s")
    assert len(in_flight) >= LAST
    assert dropped == []
    assert statuses.keys() <= {201, 503}
    created = [each for each in all_deliveries if each.answer and each.answer.status_code == 201]
    assert {each.name for each in created} <= rows
    assert seconds < GRACE + 1


async def test_deadline_within_the_grace_period_has_every_request_answered(
    url: URL, tmp_path: Path
) -> None:
    short = {"database_pool_wait": 0.2, "database_statement_timeout": 0.5, "request_deadline": 1}
    upload, query, log = await stopped_with_two_at_work(url, tmp_path, short)

    assert upload.status_code == 408
    assert query is not None
    assert query.status_code == 503
    assert retry_after(query) > 0
    assert "Traceback" not in log


async def test_upload_that_outlasts_the_grace_period_is_told_to_come_back(
    url: URL, tmp_path: Path
) -> None:
    upload, _, log = await stopped_with_two_at_work(url, tmp_path, {"request_deadline": 9})

    assert upload.status_code == 503, upload.text
    assert retry_after(upload) > 0
    assert "Traceback" not in log


async def stopped_with_two_at_work(
    url: URL, folder: Path, settings: dict[str, Any]
) -> tuple[Response, Response | None, str]:
    """What an upload that is stuck and a slow query are answered, and what is logged."""
    query = None
    async with (
        served(url, folder, app=FAULTY, grace=2, **settings) as service,
        connected(service.port) as (upload_reader, upload_writer),
        connected(service.port) as (query_reader, query_writer),
    ):
        upload_writer.write(STUCK)
        query_writer.write(request_bytes("GET", "/slow?seconds=4"))
        await service.client.get("/health")  # what came in before it is at work now
        service.process.terminate()
        upload = await read_answer(upload_reader)
        # PostgreSQL has to confirm that a query is cancelled; the process may not wait for that.
        with suppress(asyncio.IncompleteReadError):
            query = await read_answer(query_reader)
        await service.exit_within(3)
        return upload, query, service.log.read_text(encoding="utf-8")


async def test_after_sigterm_a_draining_service_is_not_ready_but_serves(
    url: URL, tmp_path: Path
) -> None:
    ledger = Ledger()
    async with served(url, tmp_path, grace=GRACE, drain_seconds=DRAIN) as service:

        async def is_refused() -> bool:
            return (await service.client.get("/health/ready")).status_code == 503

        service.process.terminate()
        noticed = await until(is_refused, DRAIN / 2)
        assert retry_after(await service.client.get("/health/ready")) > 0
        assert (await service.client.get("/health")).status_code == 200
        await ledger.create(service.client)
        await ledger.compare(service.client, url)
        seconds = await service.exit_within(DRAIN + 1)
    print(f"not ready after {noticed:.2f} s, exit {seconds:.2f} s later")
