"""What the metrics tell of the process: what waits, connects, is repeated, stops or lags behind."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from httpx import AsyncClient
from prometheus_client import REGISTRY
from sqlalchemy import URL

from src.api import measuring
from src.api.counting import Counting
from src.core.database import Database
from src.core.errors import UnavailableError
from src.core.migrations import heads
from src.main import create_app
from tests.api import THINGS, create_thing
from tests.apps import client_of, database_of, make_settings, running, service_of
from tests.live import asking

CONFIG = Config("alembic.ini")


@pytest.fixture(scope="module")
async def measured_app() -> AsyncIterator[FastAPI]:
    async with running(make_settings("sqlite://", metrics=True, service_version="1.2+3")) as app:
        yield app


@pytest.fixture
async def measured(measured_app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with client_of(measured_app) as client:
        yield client


def value_of(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def until(name: str, value: float, **labels: str) -> None:
    async with asyncio.timeout(60):
        while value_of(name, **labels) != value:
            await asyncio.sleep(0)


async def test_probes_and_scrapes_are_not_counted(measured: AsyncClient) -> None:
    for path in ("/health", "/health/ready", "/metrics"):
        await measured.get(path)

    text = (await measured.get("/metrics")).text
    assert 'route="/health' not in text
    assert 'route="/metrics"' not in text
    assert "\nhttp_requests_in_progress 0.0\n" in text


async def test_requests_are_in_progress_until_they_are_answered(
    measured_app: FastAPI, measured: AsyncClient
) -> None:
    thing = await create_thing(measured)
    async with asking(measured_app, "GET", f"{THINGS}/{thing['id']}/events") as (live, task):
        await live.start()
        assert value_of("http_requests_in_progress") == 1
        live.leave()
        await task

    assert value_of("http_requests_in_progress") == 0


async def test_waits_for_a_connection_are_timed(
    measured_app: FastAPI, measured: AsyncClient
) -> None:
    before = value_of("database_wait_seconds_count", pool="write")
    async with database_of(measured_app).writing():  # in memory there is one connection
        waiting = asyncio.create_task(measured.get(THINGS))
        await until("database_pool_connections", 1, pool="write", state="awaited")
    await waiting

    await measured.get(THINGS)

    assert value_of("database_wait_seconds_count", pool="write") == before + 1


async def test_connections_are_counted_by_outcome(empty_url: URL) -> None:
    there, nowhere = (
        Database(make_settings(url), [Counting()]) for url in (empty_url, "sqlite:////nowhere/x.db")
    )
    before = {each: value_of_connects(each) for each in ("opened", "failed")}
    async with there.writing():
        pass
    with pytest.raises(UnavailableError):
        async with nowhere.writing():
            pass
    await there.dispose()
    await nowhere.dispose()

    assert {each: value_of_connects(each) - before[each] for each in before} == {
        "opened": 1,
        "failed": 1,
    }


def value_of_connects(outcome: str) -> float:
    return value_of("database_connects_total", pool="write", outcome=outcome)


def test_lag_of_a_replica_has_no_labels() -> None:
    Counting().measured("database_replica_lag_bytes", 5)

    assert value_of("database_replica_lag_bytes") == 5


async def test_repeated_posts_are_counted(measured: AsyncClient) -> None:
    before = value_of("idempotent_replays_total")
    for _ in range(3):
        await measured.post(THINGS, json={"name": "Once"}, headers={"Idempotency-Key": "once"})

    assert value_of("idempotent_replays_total") == before + 2


async def test_version_and_schema_are_told(measured_app: FastAPI) -> None:
    assert measured_app
    await until("service_info", 1, version="1.2+3", schema=",".join(sorted(heads())))


async def test_drain_is_told(measured_app: FastAPI) -> None:
    assert value_of("service_draining") == 0
    for tell in [*service_of(measured_app).drain._told]:
        tell()

    assert value_of("service_draining") == 1
    measuring.DRAINING.set(0)


async def test_lag_of_the_loop_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "LAG_EVERY_SECONDS", 0.001)
    before = value_of("event_loop_lag_seconds_sum")
    watch = asyncio.create_task(measuring.watch_loop())
    await asyncio.sleep(0)
    time.sleep(0.1)  # noqa: ASYNC251  # holds up the loop, on purpose
    async with asyncio.timeout(60):
        while value_of("event_loop_lag_seconds_sum") == before:
            await asyncio.sleep(0)
    watch.cancel()

    assert value_of("event_loop_lag_seconds_sum") >= before + 0.09


@pytest.mark.parametrize(("revision", "behind"), [(None, 1), ("-1", 1), ("head", 0), ("later", 0)])
async def test_database_without_a_migration_is_behind(
    empty_url: URL, revision: str | None, behind: int
) -> None:
    if revision:
        command.upgrade(CONFIG, "head")
    if revision == "-1":  # "+1" would be the head of a history of one
        command.downgrade(CONFIG, revision)
    if revision == "later":
        await write(empty_url, "UPDATE alembic_version SET version_num = 'later'")
    measuring.BEHIND.set(2)
    service = service_of(create_app(make_settings(empty_url, metrics=True)))

    watch = asyncio.create_task(measuring.watch_schema(service))
    async with asyncio.timeout(60):
        while value_of("service_schema_behind") == 2:
            await asyncio.sleep(0.01)
    watch.cancel()
    await service.database.dispose()

    assert value_of("service_schema_behind") == behind


async def write(url: URL, statement: str) -> None:
    database = Database(make_settings(url))
    async with database.writing() as session:
        await (await session.connection()).exec_driver_sql(statement)
    await database.dispose()


async def test_histograms_have_fine_buckets_and_no_time_of_creation(measured: AsyncClient) -> None:
    await measured.get(THINGS)

    text = (await measured.get("/metrics")).text

    assert 'http_request_duration_seconds_bucket{le="0.001"' in text
    assert 'le="15.0"' in text
    assert "_created" not in text
