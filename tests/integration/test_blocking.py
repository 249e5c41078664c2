"""The services without ``await``: one block, one transaction."""

import asyncio
import threading
from uuid import UUID

import pytest

from src.core.blocking import blocking
from src.core.config import Settings
from src.core.database import Database
from src.core.errors import ConflictError, NotFoundError, UnavailableError
from src.schemas.project import ProjectCreate, ProjectQuery, ProjectUpdate
from src.services.project import ProjectService
from tests.api import UNKNOWN_ID
from tests.apps import running
from tests.databases import make_empty


@pytest.fixture
def settings(concurrent_settings: Settings) -> Settings:
    """Of an empty database with the tables in it."""

    async def prepare() -> None:
        database = Database(concurrent_settings)
        await make_empty(database)
        await database.dispose()

    asyncio.run(prepare())
    return concurrent_settings


def names(settings: Settings) -> list[str]:
    with blocking(ProjectService, settings) as projects:
        return [project.name for project in projects.find(ProjectQuery(sort="name")).items]


def test_block_that_ends_is_committed(settings: Settings) -> None:
    with blocking(ProjectService, settings) as projects:
        created = projects.create(ProjectCreate(name="Apollo"))
        projects.create(ProjectCreate(name="Gemini"))

    assert names(settings) == ["Apollo", "Gemini"]
    with blocking(ProjectService, settings) as projects:
        assert projects.get(created.id) == created


def test_block_that_raises_is_rolled_back(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), blocking(ProjectService, settings) as projects:
        projects.create(ProjectCreate(name="Apollo"))
        1 / 0  # noqa: B018

    assert names(settings) == []


def test_everything_of_the_service_works(settings: Settings) -> None:
    with blocking(ProjectService, settings) as projects:
        created = projects.create(ProjectCreate(name="Apollo"))
        changed = projects.update(created.id, ProjectUpdate(description="Moon"))
        projects.delete(projects.create(ProjectCreate(name="Gemini")).id)
        loaded = projects.load(created.id)

    assert (changed.version, changed.description) == (2, "Moon")
    assert loaded.description == "Moon"
    assert names(settings) == ["Apollo"]


def test_errors_are_those_of_the_domain(settings: Settings) -> None:
    with pytest.raises(NotFoundError), blocking(ProjectService, settings) as projects:
        projects.get(UUID(UNKNOWN_ID))

    with pytest.raises(ConflictError), blocking(ProjectService, settings) as projects:
        projects.create(ProjectCreate(name="Apollo"))
        projects.create(ProjectCreate(name="Apollo"))

    assert names(settings) == []


def test_database_that_is_away_is_unavailable() -> None:
    settings = Settings.model_validate({"database_url": "sqlite:////nowhere/at/all.db"})

    with pytest.raises(UnavailableError), blocking(ProjectService, settings) as projects:
        projects.find(ProjectQuery())


def test_settings_are_those_of_the_environment_unless_given() -> None:
    # Those of this suite name an empty database in memory.
    with pytest.raises(Exception, match="no such table"), blocking(ProjectService) as projects:
        projects.find(ProjectQuery())


def test_no_thread_outlives_the_block(settings: Settings) -> None:
    before = set(threading.enumerate())

    names(settings)

    assert {thread for thread in threading.enumerate() if not thread.daemon} <= before


async def test_works_where_an_event_loop_runs(concurrent_settings: Settings) -> None:
    async with running(concurrent_settings):
        with blocking(ProjectService, concurrent_settings) as projects:
            created = projects.create(ProjectCreate(name="Apollo"))

            assert projects.get(created.id) == created
