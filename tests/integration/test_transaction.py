"""One request, one transaction, ended before the response is sent."""

from collections.abc import AsyncIterator
from typing import Annotated

import pytest
from fastapi import Body, FastAPI
from httpx import AsyncClient
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from src.api.dependencies import SessionDep
from src.core.database import Database
from src.core.errors import ConflictError
from src.core.sessions import ReadOnlyError
from src.core.settings import Settings
from tests.api import THINGS, UNKNOWN_ID, assert_problem, create_thing
from tests.things import (
    Thing,
    ThingCreate,
    ThingQuery,
    ThingResponse,
    ThingService,
    ThingServiceDep,
)


@pytest.fixture(scope="module")
async def shared_app(shared_concurrent_app: FastAPI) -> FastAPI:
    return shared_concurrent_app


async def run_sql(session: AsyncSession, statement: str) -> None:
    await (await session.connection()).exec_driver_sql(statement)


async def names(database: Database) -> list[str]:
    async with database.reading() as session:
        page = await ThingService(session).find(ThingQuery(sort="name"))
    return [thing.name for thing in page.items]


@pytest.fixture
async def orphans(database: Database) -> AsyncIterator[None]:
    """Create a table whose foreign key is checked at commit, so that a commit can fail."""
    async with database.writing() as session:
        await run_sql(
            session,
            "CREATE TABLE orphans (thing_id UUID"
            " REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)",
        )
    yield
    async with database.writing() as session:
        await run_sql(session, "DROP TABLE orphans")


async def test_answered_write_is_visible_to_another_connection_at_once(
    client: AsyncClient, concurrent_settings: Settings
) -> None:
    other = Database(concurrent_settings)
    for n in range(20):
        await client.post(THINGS, json={"name": f"thing {n:02}"})

        async with other.reading() as session:
            page = await ThingService(session).find(ThingQuery(limit=1))

        assert page.items[0].name == f"thing {n:02}"
    await other.dispose()


@pytest.mark.usefixtures("orphans")
async def test_failed_commit_is_an_error_and_leaves_no_row(
    app: FastAPI, client: AsyncClient, database: Database
) -> None:
    @app.post("/orphans", status_code=201)
    async def create_orphan(session: SessionDep, things: ThingServiceDep) -> ThingResponse:
        created = await things.create(ThingCreate(name="Apollo"))
        await run_sql(session, f"INSERT INTO orphans VALUES ('{UNKNOWN_ID}')")  # noqa: S608
        return created

    response = await client.post("/orphans")

    assert_problem(response, 409, "The change breaks a reference between two rows.")
    assert await names(database) == []


async def test_error_after_a_write_leaves_no_row(
    app: FastAPI, client: AsyncClient, database: Database
) -> None:
    @app.post("/refused")
    async def create_and_refuse(things: ThingServiceDep) -> None:
        await things.create(ThingCreate(name="Apollo"))
        msg = "Not this one."
        raise ConflictError(msg)

    response = await client.post("/refused")

    assert_problem(response, 409, "Not this one.")
    assert await names(database) == []


async def test_write_in_a_get_is_an_error_and_leaves_no_row(
    app: FastAPI, client: AsyncClient, database: Database
) -> None:
    @app.get("/writing")
    async def create_in_get(things: ThingServiceDep) -> ThingResponse:
        return await things.create(ThingCreate(name="Apollo"))

    response = await client.get("/writing")

    assert response.status_code == 500
    assert await names(database) == []


async def test_reading_session_refuses_an_update(
    database: Database,
) -> None:
    with pytest.raises(ReadOnlyError):
        async with database.reading() as session:
            await session.exec(update(Thing).values(name="Apollo"))


async def test_reading_session_refuses_to_flush_a_change(
    client: AsyncClient, database: Database
) -> None:
    await create_thing(client, name="Apollo")

    with pytest.raises(ReadOnlyError):
        async with database.reading() as session:
            (await session.exec(select(Thing))).one().name = "Gemini"

    assert await names(database) == ["Apollo"]


async def test_database_itself_refuses_a_write_of_a_reading_session(database: Database) -> None:
    with pytest.raises(Exception, match="read-?only"):
        async with database.reading() as session:
            await run_sql(session, "DELETE FROM things")


async def test_exception_in_a_writing_block_rolls_it_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as session:
            await ThingService(session).create(ThingCreate(name="Apollo"))
            1 / 0  # noqa: B018

    assert await names(database) == []


async def test_concurrent_change_of_a_loaded_row_is_a_conflict(
    client: AsyncClient, database: Database
) -> None:
    await create_thing(client, name="Apollo")

    with pytest.raises(ConflictError, match="changed meanwhile"):
        async with database.writing() as session:
            thing = (await session.exec(select(Thing))).one()
            await session.exec(
                update(Thing).values(version=col(Thing.version) + 1),
                execution_options={"synchronize_session": False},
            )
            thing.name = "Gemini"
            await session.flush()

    assert await names(database) == ["Apollo"]


async def test_refused_requests_leave_no_transaction_open(
    app: FastAPI, client: AsyncClient
) -> None:
    @app.post("/echo")
    async def echo(_: SessionDep, number: Annotated[int, Body()]) -> int:
        return number

    for _ in range(20):
        assert (await client.post("/echo", json="none")).status_code == 422

    await create_thing(client, name="Apollo")
