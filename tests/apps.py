"""Apps as the tests use them: built by the factory, with nothing in them overridden."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import URL

from src.core.config import Settings
from src.main import API, create_app, start
from tests import thing_parts, things
from tests.databases import create_tables, make_empty


def make_settings(url: URL | str, **changes: object) -> Settings:
    hosts = ["test", "127.0.0.1"]
    values = {
        "environment": "development",
        "auth_required": False,
        "database_url": url,
        "database_pool_size": 2,
        "allowed_hosts": hosts,
    }
    return Settings.model_validate(values | changes)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[FastAPI]:
    """An app on an empty database, with the features of the tests' own beside those it has."""
    app = create_app(settings)
    _add_features(app)
    async with app.router.lifespan_context(app):
        await create_tables(app.state.database)
        await make_empty(app.state.database)
        yield app


def service() -> FastAPI:
    """The same for a process of its own, which its database has to be built for."""
    app = start()
    _add_features(app)
    return app


def _add_features(app: FastAPI) -> None:
    for feature in (things, thing_parts):
        app.include_router(feature.router, prefix=API)


def client_of(app: FastAPI) -> AsyncClient:
    transport = ASGITransport(app, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://test")
