"""Each fate of a connection, provoked for real on files of SQLite."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from src.core.database import Database
from src.core.errors import TakenError
from src.main import create_app
from tests.api import THINGS, create_thing
from tests.apps import client_of, database_of, make_settings, running
from tests.databases import create_tables
from tests.things import ThingCreate, ThingService
from workshop.rigs.ledger import retry_after


@asynccontextmanager
async def client_on(path: Path) -> AsyncIterator[AsyncClient]:
    async with (
        running(make_settings(make_url(f"sqlite:///{path}"))) as app,
        client_of(app) as client,
    ):
        yield client


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(make_settings(make_url(f"sqlite:///{tmp_path}/test.db")))
    await create_tables(database)
    yield database
    await database.dispose()


async def test_refused_row_keeps_the_transaction(database: Database) -> None:
    async with database.writing() as session:
        things = ThingService(session)
        await things.create(ThingCreate(name="one"))
        with suppress(TakenError):
            await things.create(ThingCreate(name="one"))
        await things.create(ThingCreate(name="two"))

    async with database.reading() as session:
        connection = await session.connection()
        found = await connection.exec_driver_sql("SELECT name FROM things ORDER BY name")
        assert [*found.scalars()] == ["one", "two"]


async def test_failed_statement_is_rolled_back_with_all_before_it(database: Database) -> None:
    with pytest.raises(DBAPIError):
        async with database.writing() as session:
            await ThingService(session).create(ThingCreate(name="one"))
            await (await session.connection()).exec_driver_sql("SELECT * FROM nowhere")

    async with database.writing() as session:
        await ThingService(session).create(ThingCreate(name="one"))


async def test_full_disk_is_503_and_loses_nothing(tmp_path: Path) -> None:
    url = make_url(f"sqlite:///{tmp_path}/test.db")
    async with running(make_settings(url)) as app, client_of(app) as client:

        async def allow(pages: int) -> None:
            """Set the size at which SQLite reports that the disk is full, but not below its own."""
            async with database_of(app).writing() as session:
                connection = await session.connection()
                await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        await allow(1)
        acknowledged: list[str] = []
        async with asyncio.timeout(60):
            while (answer := await post(client, len(acknowledged))).status_code == 201:
                acknowledged.append(answer.json()["id"])

        assert answer.status_code == 503
        assert retry_after(answer) > 0
        assert (await client.get("/health/ready")).status_code == 200
        await allow(2**30)
        acknowledged.append((await create_thing(client))["id"])
        for each in acknowledged:
            assert (await client.get(f"{THINGS}/{each}")).status_code == 200


async def post(client: AsyncClient, number: int) -> Response:
    return await client.post(THINGS, json={"name": f"{number}", "description": "x" * 2_000})


def spoil_header(file: Path) -> None:
    file.write_bytes(b"This is no database at all. " * 400)


def spoil_pages(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    file.write_bytes(content)


def replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("spoil", [spoil_header, spoil_pages, replace_by_folder])
async def test_file_that_cannot_be_read_is_503_until_it_can(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    file = tmp_path / "test.db"
    async with client_on(file) as client:
        await create_thing(client)
    good = file.read_bytes()
    spoil(file)
    for rest in (tmp_path / "test.db-wal", tmp_path / "test.db-shm"):
        rest.unlink(missing_ok=True)

    app = create_app(make_settings(make_url(f"sqlite:///{file}")))
    async with app.router.lifespan_context(app), client_of(app) as client:
        ready = await client.get("/health/ready")
        read = await client.get("/api/v1/projects")
        assert (ready.status_code, read.status_code) == (503, 503)
        assert retry_after(ready) > 0
        assert retry_after(read) > 0
        if file.is_dir():
            file.rmdir()
        file.write_bytes(good)
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/api/v1/projects")).status_code == 200
