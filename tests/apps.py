"""Apps for the tests, built by the factory without overrides."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Request, Response
from sqlalchemy import URL
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.capability import Capability, settings_with
from src.api.service import Service
from src.capabilities import CAPABILITIES
from src.core.database import Database
from src.core.settings import Settings
from src.main import create_app, start
from tests import thing_events, thing_links, thing_notes, thing_parts, thing_runs, things
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

THINGS = Capability(
    "things",
    routers=[
        things.router,
        thing_events.router,
        thing_links.router,
        thing_notes.router,
        thing_parts.router,
        thing_runs.router,
    ],
    lifespan=thing_events.joined,
)
"""The tests' own features, which are guarded like all others."""

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
    app = create_app(settings, [*CAPABILITIES, THINGS])
    async with app.router.lifespan_context(app):
        await create_tables(database_of(app))
        await make_empty(database_of(app))
        yield app


def service() -> FastAPI:
    """Build the same app for a separate process, whose database has to exist."""
    return start([*CAPABILITIES, THINGS])


def client_of(app: FastAPI) -> AsyncClient:
    transport = Transport(app, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://test")


class Transport(ASGITransport):
    """Leaves live events after their first part: httpx waits for the end of every answer."""

    async def handle_async_request(self, request: Request) -> Response:
        own = ASGITransport(leaving(self.app), self.raise_app_exceptions, self.root_path)
        return await own.handle_async_request(request)


def leaving(app: Callable[..., Awaitable[None]]) -> ASGIApp:
    async def app_until_first_part(scope: Scope, receive: Receive, send: Send) -> None:
        is_live = False

        async def send_first(message: Message) -> None:
            nonlocal is_live
            headers = dict(message.get("headers", ()))
            is_live |= headers.get(b"content-type", b"").startswith(b"text/event-stream")
            if is_live and message.get("more_body"):
                await send({**message, "more_body": False})
                raise ClientDisconnect
            await send(message)

        await app(scope, receive, send_first)

    return app_until_first_part
