"""Whatever dies, and whenever: what was acknowledged is there, and nothing is there twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import URL
from sqlmodel import func, select

from src.api.dependencies import SessionDep
from tests.api import THINGS
from tests.apps import client_of as client_within
from tests.apps import make_settings, running
from tests.databases import build
from tests.things import ThingCreate, ThingResponse, ThingServiceDep
from workshop.rigs.clients import client_of, free_port, run_sql, until
from workshop.rigs.forwarder import Forwarder, forwarded
from workshop.rigs.ledger import Ledger, retry_after
from workshop.rigs.postgres import restartable_server
from workshop.rigs.service import served

ROUNDS = 100
AT_COMMIT = """
    CREATE FUNCTION end_own_backend() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER ends_at_commit AFTER INSERT ON things
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION end_own_backend();
"""
# With a time to wait, pg_terminate_backend() looks only every 100 ms.
END_BACKEND = """
    DO $$ BEGIN
        PERFORM pg_terminate_backend({pid});
        WHILE EXISTS (SELECT FROM pg_stat_get_activity({pid})) LOOP
            PERFORM pg_sleep(0.001), pg_stat_clear_snapshot();
        END LOOP;
    END $$
"""
END_BACKENDS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'Service' AND datname = current_database()
"""


@asynccontextmanager
async def app_on(url: URL) -> AsyncIterator[tuple[FastAPI, AsyncClient]]:
    async with running(make_settings(url)) as app, client_within(app) as client:
        yield app, client


@pytest.mark.usefixtures("postgres_only")
async def test_connection_killed_before_the_commit_is_an_error_and_leaves_no_row(url: URL) -> None:
    async with app_on(url) as (app, client):

        @app.post("/killed", status_code=201)
        async def create_and_be_killed(
            session: SessionDep, things: ThingServiceDep
        ) -> ThingResponse:
            created = await things.create(ThingCreate(name=uuid4().hex))
            pid = (await session.exec(select(func.pg_backend_pid()))).one()
            await asyncio.to_thread(run_sql, url, END_BACKEND.format(pid=pid))
            return created

        for _ in range(ROUNDS):
            response = await client.post("/killed")
            assert response.status_code == 503, response.text
            assert retry_after(response) > 0

        assert run_sql(url, "SELECT name FROM things") == []
        await Ledger().create(client)


@pytest.mark.usefixtures("postgres_only")
async def test_connection_killed_by_the_commit_is_an_error_and_leaves_no_row(url: URL) -> None:
    async with app_on(url) as (_, client):
        run_sql(url, AT_COMMIT)

        for _ in range(ROUNDS):
            response = await client.post(THINGS, json={"name": uuid4().hex})
            assert response.status_code == 503, response.text
            assert retry_after(response) > 0

        run_sql(url, "DROP TRIGGER ends_at_commit ON things")
        assert run_sql(url, "SELECT name FROM things") == []
        await Ledger().create(client)


@pytest.mark.usefixtures("postgres_only")
async def test_commit_whose_confirmation_is_lost_is_done_once_by_a_repeated_key(url: URL) -> None:
    """The one case in which a 503 leaves a row. The service cannot know, so the client repeats."""
    ledger = Ledger()
    async with forwarded(url) as forwarder, app_on(forwarder.url) as (_, client):
        await client.get("/api/v1/me")  # makes the user of requests without a token
        for _ in range(20):
            await lose_a_confirmation(forwarder, client, ledger)

        await ledger.compare(client, url)


async def lose_a_confirmation(forwarder: Forwarder, client: AsyncClient, ledger: Ledger) -> None:
    name = uuid4().hex
    post: dict[str, Any] = {"json": {"name": name}, "headers": {"Idempotency-Key": name}}
    forwarder.lose_answer_to(b"COMMIT")

    unknown = await client.post(THINGS, **post)

    assert unknown.status_code == 503, unknown.text
    assert retry_after(unknown) > 0
    assert (name,) in run_sql(forwarder.server, "SELECT name FROM things")
    repeated = await ledger.insist(client, "POST", THINGS, **post)
    assert repeated.status_code == 201
    assert repeated.headers["idempotent-replayed"] == "true"
    ledger.acknowledged[name] = repeated.json()


@pytest.mark.usefixtures("postgres_only")
async def test_connections_killed_at_any_moment_lose_and_double_nothing(url: URL) -> None:
    ledger = Ledger()
    async with app_on(url) as (_, client):
        async with ledger.kept(client):
            for _ in range(20):
                await ledger.answers(201, times=5)
                await asyncio.to_thread(run_sql, url, END_BACKENDS)

        await ledger.compare(client, url)
    assert ledger.calls[503] > 0
    print(ledger)


@pytest.mark.usefixtures("postgres_only")
async def test_restarts_of_postgresql_lose_and_double_nothing(tmp_path: Path) -> None:
    ledger, recoveries = Ledger(), list[float]()
    with restartable_server() as server:
        build(server.url)
        async with served(server.url, tmp_path) as service, client_of(service.port) as prober:

            async def writes_again() -> bool:
                post = await ledger.call(prober, "POST", THINGS, json={"name": "again"})
                return post.status_code == 409

            await prober.post(THINGS, json={"name": "again"})
            async with ledger.kept(service.client):
                for _ in range(6):
                    await ledger.answers(201, times=50)
                    await asyncio.to_thread(server.stop)
                    await ledger.answers(503, times=8)
                    await asyncio.to_thread(server.start)
                    recoveries.append(await until(writes_again, 5))

            again = await prober.get(THINGS, params={"sort": "id", "limit": 1})
            ledger.acknowledged["again"] = again.json()["items"][0]
            await ledger.compare(service.client, server.url)
    print(ledger, f"writes again after {max(recoveries):.2f} s", sep="; ")
    assert max(recoveries) < 2
    assert ledger.calls[0] == 0
    assert ledger.calls[503] > 0
    assert ledger.slowest < 5


async def test_kills_of_the_service_lose_and_double_nothing(url: URL, tmp_path: Path) -> None:
    ledger, port, starts = Ledger(), free_port(), list[float]()
    async with AsyncExitStack() as stack, client_of(port) as client:
        async with ledger.kept(client):
            for _ in range(4):
                async with served(url, tmp_path, port=port) as service:  # its end is a SIGKILL
                    starts.append(service.start_seconds)
                    await ledger.answers(201, times=100)
            await stack.enter_async_context(served(url, tmp_path, port=port))

        await ledger.compare(client, url)
    print(ledger, f"ready after {max(starts):.2f} s", sep="; ")
    if url.get_backend_name() == "sqlite":
        assert run_sql(url, "PRAGMA integrity_check") == [("ok",)]
    assert ledger.calls[0] > 0
    first, *others = starts
    assert max(others) < 3 * first  # after a kill nothing has to be waited for
