"""Each fate of a connection, provoked for real on PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlmodel import text
from sqlmodel.ext.asyncio.session import AsyncSession

from src.api.dependencies import SessionDep
from src.core.database import Database
from src.core.errors import DomainError, RenewedError
from tests.api import THINGS, assert_problem, create_thing
from tests.apps import client_of, database_of, make_settings, running
from tests.databases import temporary_database
from workshop.rigs.clients import run_sql
from workshop.rigs.ledger import retry_after

ROUNDS = 8
"""More than the executions after which psycopg prepares a statement."""


@pytest.fixture
async def app(url: URL, postgres_only: None) -> AsyncIterator[FastAPI]:
    async with running(make_settings(url, database_pool_size=3)) as app:
        yield app


@pytest.fixture
def database(app: FastAPI) -> Database:
    return database_of(app)


async def run(session: AsyncSession, statement: str) -> list[object]:
    result = await (await session.connection()).execute(text(statement))
    return list(result.scalars()) if result.returns_rows else []


async def process(database: Database) -> object:
    async with database.writing() as session:
        return (await run(session, "SELECT pg_backend_pid()"))[0]


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_changed_type_of_a_column_costs_one_503(
    url: URL, client: AsyncClient, method: str
) -> None:
    thing = await create_thing(client)
    path = f"{THINGS}/{thing['id']}"
    for n in range(ROUNDS):
        await client.request(method, path, json=None if method == "GET" else {"name": f"{n}"})
    run_sql(url, "ALTER TABLE things ALTER COLUMN description TYPE varchar(3000)")

    body = None if method == "GET" else {"name": "changed"}
    first = await client.request(method, path, json=body)
    others = [await client.request(method, path, json=body) for _ in range(ROUNDS)]

    assert_problem(first, 503, RenewedError.message)
    assert retry_after(first) > 0
    assert {each.status_code for each in others} == {200}


async def test_changed_type_spoils_no_other_connection(
    url: URL, client: AsyncClient, database: Database
) -> None:
    thing = await create_thing(client)
    path = f"{THINGS}/{thing['id']}"
    async with database.reading():
        for _ in range(ROUNDS):
            await client.get(path)
        async with database.reading():
            for _ in range(ROUNDS):
                await client.get(path)
    for _ in range(ROUNDS):
        await client.get(path)
    run_sql(url, "ALTER TABLE things ALTER COLUMN description TYPE varchar(3000)")

    assert (await client.get(path)).status_code == 503
    async with database.reading(), database.reading():
        assert (await client.get(path)).status_code == 200


async def test_error_of_a_query_is_rolled_back_and_the_connection_kept(database: Database) -> None:
    before = await process(database)

    with pytest.raises(DomainError):
        async with database.writing() as session:
            await run(session, "SELECT 'x'::text::int")

    assert await process(database) == before


@pytest.mark.parametrize("statement", ["SELECT 1/0", "SELECT nothing", "SELECT pg_sleep(9)"])
async def test_error_that_is_ignored_is_not_acknowledged(
    database: Database, statement: str
) -> None:
    """PostgreSQL answers such a COMMIT with ROLLBACK, and not with an error."""
    with pytest.raises((RuntimeError, DomainError)):
        async with database.writing() as session:
            await run(session, "SET LOCAL statement_timeout = 50")
            with suppress(DBAPIError):
                await run(session, statement)

    await process(database)


@pytest.mark.parametrize(
    "state",
    ["08006", "25001", "25006", "26000", "42P05", "57P01", "58030", "XX000", "XX001", "ZZ999"],
)
@pytest.mark.parametrize("seen", [True, False])
async def test_connection_in_doubt_is_closed_even_if_the_error_is_ignored(
    database: Database, state: str, seen: bool
) -> None:
    before = await process(database)

    with suppress(DomainError, DBAPIError, RuntimeError):
        async with database.writing() as session:
            try:
                await run(session, f"DO $$ BEGIN RAISE EXCEPTION USING errcode = '{state}'; END $$")
            except DBAPIError:
                if seen:
                    raise

    assert await process(database) != before


@pytest.mark.parametrize("state", ["22012", "23505", "40001", "53100", "55P03", "57014", "P0001"])
async def test_connection_whose_state_is_known_is_kept(database: Database, state: str) -> None:
    before = await process(database)

    with suppress(DomainError, DBAPIError):
        async with database.writing() as session:
            await run(session, f"DO $$ BEGIN RAISE EXCEPTION USING errcode = '{state}'; END $$")

    assert await process(database) == before


async def test_transaction_left_open_by_hand_is_not_handed_on(database: Database) -> None:
    async with database.reading() as session:
        await run(session, "BEGIN")

    async with database.reading() as session:
        assert await run(session, "SELECT now() = statement_timestamp()") == [True]


async def test_backend_that_is_ended_by_an_administrator_costs_one_503(
    app: FastAPI, client: AsyncClient
) -> None:
    @app.get("/ended")
    async def end(session: SessionDep) -> None:
        await run(session, "SELECT pg_terminate_backend(pg_backend_pid())")

    ended = await client.get("/ended")

    assert ended.status_code == 503
    assert retry_after(ended) > 0
    assert (await client.get(THINGS)).status_code == 200


async def test_server_that_takes_no_writes_is_not_ready_until_it_does(
    url: URL, client: AsyncClient
) -> None:
    """What a pool sees when the primary is demoted, or set to read-only for maintenance."""
    name = f'ALTER DATABASE "{url.database}"'
    run_sql(url, f"{name} SET default_transaction_read_only = on")
    run_sql(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle'")

    assert (await client.get("/health/ready")).status_code == 503
    refused = await client.post(THINGS, json={"name": "refused"})
    assert refused.status_code == 503
    assert retry_after(refused) > 0
    assert (await client.get(THINGS)).status_code == 200
    options = url.update_query_dict({"options": "-c default_transaction_read_only=off"})
    run_sql(options, f"{name} RESET default_transaction_read_only")

    await create_thing(client)
    assert (await client.get("/health/ready")).status_code == 200


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
async def test_database_of_another_encoding_is_refused(
    postgres: URL, postgres_only: None, encoding: str, caplog: pytest.LogCaptureFixture
) -> None:
    with temporary_database(postgres) as url:
        run_sql(postgres, f'DROP DATABASE "{url.database}"')
        run_sql(
            postgres,
            f"CREATE DATABASE \"{url.database}\" ENCODING '{encoding}' LOCALE 'C' "
            "TEMPLATE template0",
        )
        database = Database(make_settings(url))
        with pytest.raises(SystemExit, match="UTF8"):
            await database.warm()
        assert not await database.is_ready()
        assert "CREATE DATABASE ... ENCODING 'UTF8'" in caplog.text
        await database.dispose()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with client_of(app) as client:
        yield client
