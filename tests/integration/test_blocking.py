"""The services without ``await``: one block, one transaction."""

import asyncio
import threading
from uuid import UUID

import pytest

from src.core.blocking import blocking
from src.core.database import Database
from src.core.errors import ConflictError, NotFoundError, UnavailableError
from src.core.settings import Settings
from tests.api import UNKNOWN_ID
from tests.apps import running
from tests.databases import create_tables, make_empty
from tests.things import ThingCreate, ThingQuery, ThingService, ThingUpdate


@pytest.fixture
def settings(concurrent_settings: Settings) -> Settings:
    """Return the settings of a database with empty tables."""

    async def prepare() -> None:
        database = Database(concurrent_settings)
        await create_tables(database)
        await make_empty(database)
        await database.dispose()

    asyncio.run(prepare())
    return concurrent_settings


def names(settings: Settings) -> list[str]:
    with blocking(ThingService, settings) as things:
        return [thing.name for thing in things.find(ThingQuery(sort="name")).items]


def test_finished_block_is_committed(settings: Settings) -> None:
    with blocking(ThingService, settings) as things:
        created = things.create(ThingCreate(name="Apollo"))
        things.create(ThingCreate(name="Gemini"))

    assert names(settings) == ["Apollo", "Gemini"]
    with blocking(ThingService, settings) as things:
        assert things.get(created.id) == created


def test_failed_block_is_rolled_back(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), blocking(ThingService, settings) as things:
        things.create(ThingCreate(name="Apollo"))
        1 / 0  # noqa: B018

    assert names(settings) == []


def test_all_methods_of_the_service_work(settings: Settings) -> None:
    with blocking(ThingService, settings) as things:
        created = things.create(ThingCreate(name="Apollo"))
        changed = things.update(created.id, ThingUpdate(description="Moon"))
        things.delete(things.create(ThingCreate(name="Gemini")).id)
        loaded = things.load(created.id)

    assert (changed.version, changed.description) == (2, "Moon")
    assert loaded.description == "Moon"
    assert names(settings) == ["Apollo"]


def test_domain_errors_are_raised(settings: Settings) -> None:
    with pytest.raises(NotFoundError), blocking(ThingService, settings) as things:
        things.get(UUID(UNKNOWN_ID))

    with pytest.raises(ConflictError), blocking(ThingService, settings) as things:
        things.create(ThingCreate(name="Apollo"))
        things.create(ThingCreate(name="Apollo"))

    assert names(settings) == []


def test_unreachable_database_is_unavailable() -> None:
    # Not a SQLite file: if aiosqlite cannot open it, it does not wait for its own thread.
    settings = Settings.model_validate({"database_url": "postgresql://127.0.0.1:1/nowhere"})

    with pytest.raises(UnavailableError), blocking(ThingService, settings) as things:
        things.find(ThingQuery())


def test_settings_come_from_the_environment_unless_given() -> None:
    # In this suite the environment names an empty in-memory database.
    with pytest.raises(Exception, match="no such table"), blocking(ThingService) as things:
        things.find(ThingQuery())


def test_no_thread_outlives_the_block(settings: Settings) -> None:
    before = set(threading.enumerate())

    names(settings)

    assert {thread for thread in threading.enumerate() if not thread.daemon} <= before


async def test_blocking_works_where_an_event_loop_runs(concurrent_settings: Settings) -> None:
    async with running(concurrent_settings):
        with blocking(ThingService, concurrent_settings) as things:
            created = things.create(ThingCreate(name="Apollo"))

            assert things.get(created.id) == created
