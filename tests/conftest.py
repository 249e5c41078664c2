"""One suite for both databases: in-memory SQLite, and with ``--postgres`` a PostgreSQL of its own."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import URL, make_url

# Importing src.main builds the app of the environment. Here that is one with nothing in it, so
# that no test can reach the database one works with.
os.environ["DATABASE_URL"] = "sqlite://"
os.environ["ENVIRONMENT"] = "development"

from alembic import command
from alembic.config import Config

from src.core.config import Settings
from src.core.database import Database
from tests.access import client_with, issue_token
from tests.apps import client_of, make_settings, running
from tests.databases import environment_of, make_empty, postgres_server, temporary_database

# A test sees the settings that it gives, and none of the shell or of a file .env.
Settings.model_config["env_file"] = None
for name in {each.upper() for each in Settings.model_fields} - {"DATABASE_URL", "ENVIRONMENT"}:
    os.environ.pop(name, None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run on PostgreSQL, not on SQLite")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[URL | None]:
    """The server of this run; None when it runs on SQLite."""
    if not request.config.getoption("--postgres"):
        yield None
        return
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(postgres: URL | None) -> Iterator[URL | None]:
    """A database of the run's own on that server, built by the migrations."""
    if postgres is None:
        yield None
        return
    with temporary_database(postgres) as url:
        with environment_of(url):
            command.upgrade(Config("alembic.ini"), "head")
        yield url


@pytest.fixture(scope="session")
async def shared_app(postgres_url: URL | None) -> AsyncIterator[FastAPI]:
    async with running(make_settings(postgres_url or make_url("sqlite://"))) as app:
        yield app


@pytest.fixture
async def app(shared_app: FastAPI) -> FastAPI:
    """One app for the run, with an empty database for each test.

    A module that changes its app, or needs other settings, has a `shared_app` of its own.
    """
    await make_empty(shared_app.state.database)
    return shared_app


@pytest.fixture(scope="session")
def concurrent_settings(
    postgres_url: URL | None, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """For tests in which several connections matter: in-memory SQLite has one."""
    folder = tmp_path_factory.mktemp("concurrent")
    return make_settings(postgres_url or make_url(f"sqlite:///{folder}/test.db"))


@pytest.fixture(scope="session")
async def shared_concurrent_app(concurrent_settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(concurrent_settings) as app:
        yield app


@pytest.fixture
async def concurrent_client(shared_concurrent_app: FastAPI) -> AsyncIterator[AsyncClient]:
    await make_empty(shared_concurrent_app.state.database)
    async with client_of(shared_concurrent_app) as client:
        yield client


@pytest.fixture
def empty_url(postgres: URL | None, tmp_path: Path) -> Iterator[URL]:
    """A database without tables, on which Alembic's commands work during the test."""
    with ExitStack() as stack:
        url = make_url(f"sqlite:///{tmp_path}/empty.db")
        if postgres is not None:
            url = stack.enter_context(temporary_database(postgres))
        stack.enter_context(environment_of(url))
        yield url


@pytest.fixture
def database(app: FastAPI) -> Database:
    database: Database = app.state.database
    return database


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def other(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """The client of somebody else; not even an administrator sees what others own."""
    issued = await issue_token(app.state.database, scopes="read write admin", admin=True)
    async with client_with(app, issued.token) as client:
        yield client
