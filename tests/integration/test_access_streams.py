"""A stream ends when its caller may no longer read it, and counts for its user."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import URL
from sqlmodel import SQLModel, update

from src.api import events
from src.models.base import utc_now
from src.models.token import Token
from src.models.user import User
from tests.access import announce_changes, client_with, issue_token
from tests.api import THINGS, create_thing
from tests.apps import database_of, make_settings, running
from tests.live import asking
from tests.thing_events import END, ThingEventService


@pytest.fixture(scope="module")
async def shared_app(postgres_url: URL | None) -> AsyncIterator[FastAPI]:
    settings = make_settings(
        postgres_url or "sqlite://", token_required=True, max_streams_per_owner=1
    )
    async with running(settings) as app:
        yield app


@pytest.fixture
async def token(app: FastAPI) -> str:
    return (await issue_token(database_of(app))).token


@pytest.fixture
async def thing(app: FastAPI, token: str) -> UUID:
    async with client_with(app, token) as client:
        return UUID((await create_thing(client))["id"])


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (Token, {"revoked_at": utc_now()}),
        (Token, {"expires_at": utc_now() - timedelta(days=1)}),
        (Token, {"scopes": ["write"]}),
        (User, {"active": False}),
    ],
    ids=["revoked", "expired", "narrowed", "inactive"],
)
async def test_stream_ends_when_its_token_does(
    app: FastAPI,
    token: str,
    thing: UUID,
    table: type[SQLModel],
    change: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "CHECK_SECONDS", 0.01)
    path = f"{THINGS}/{thing}/events"
    async with asking(app, "GET", path, authorization=f"Bearer {token}") as (live, task):
        await live.start()
        assert await live.part() == ":\n\n"
        await ThingEventService(database_of(app)).add(thing, "step")
        assert await live.part() != ""
        async with database_of(app).writing() as session:
            await session.exec(update(table).values(change))
            await announce_changes(session)
        assert await live.rest() == ""
        await task


async def test_streams_are_counted_by_user(app: FastAPI, token: str, thing: UUID) -> None:
    path = f"{THINGS}/{thing}/events"
    another = (await issue_token(database_of(app))).token
    async with asking(app, "GET", path, authorization=f"Bearer {token}") as (first, _):
        await first.start()
        async with client_with(app, token) as client:
            assert (await client.get(path)).status_code == 429
        await ThingEventService(database_of(app)).add(thing, END)
        async with client_with(app, another) as client:
            assert (await client.get(path)).status_code == 200
