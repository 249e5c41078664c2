"""Apps for the tests, built by the factory without overrides."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import URL

from src.api.capability import settings_with
from src.api.service import Service
from src.capabilities import CAPABILITIES
from src.core.database import Database
from src.core.settings import Settings
from src.main import API, create_app, start
from tests import thing_parts, things
from tests.databases import create_tables, make_empty

DEFAULTS = {
    "environment": "development",
    "database_pool_size": "2",
    "allowed_hosts": "test,127.0.0.1",
    # Long, so that a busy machine fails no test; what is about waiting gives its own.
    "database_pool_wait": "60",
    "request_deadline": "120",
}
"""Settings of every app of the suite; the fixtures of a capability add its own."""

ServiceSettings = settings_with(CAPABILITIES)


def make_settings(url: URL | str, **changes: object) -> Settings:
    return ServiceSettings.model_validate(DEFAULTS | {"database_url": url} | changes)


def environment_for(url: URL) -> dict[str, str]:
    """Return the environment of a service in a separate process."""
    settings = DEFAULTS | {"database_url": url.render_as_string(hide_password=False)}
    return os.environ | {name.upper(): value for name, value in settings.items()}


def service_of(app: FastAPI) -> Service:
    service: Service = app.state.service
    return service


def database_of(app: FastAPI) -> Database:
    return service_of(app).database


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[FastAPI]:
    """Run an app on an empty database, with the tests' own features added."""
    app = _with_things(create_app(settings))
    async with app.router.lifespan_context(app):
        await create_tables(database_of(app))
        await make_empty(database_of(app))
        yield app


def service() -> FastAPI:
    """Build the same app for a separate process, whose database has to exist."""
    return _with_things(start())


def _with_things(app: FastAPI) -> FastAPI:
    guards = [guard for each in CAPABILITIES for guard in each.guards]
    for feature in (things, thing_parts):
        app.include_router(feature.router, prefix=API, dependencies=guards)
    return app


def client_of(app: FastAPI) -> AsyncClient:
    transport = ASGITransport(app, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://test")
