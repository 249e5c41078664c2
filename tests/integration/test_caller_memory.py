"""The memory of callers: no change to what a caller may do is missed, here or in other processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy import URL
from sqlmodel import select

from src.core.database import Database
from src.core.listening import Listener
from src.models.user import User
from src.schemas.user import UserCreate
from src.services import callers
from src.services.accounts import AccountService
from src.services.authentication import remember_callers
from src.services.callers import ENTRIES, Caller, CallerMemory
from src.services.passwords import HASHER
from tests.access import client_with, issue_token, until_heard
from tests.api import Json
from tests.apps import database_of, make_settings, running
from tests.integration.test_authorization import PROTECTED

ME, TOKENS, USERS = "/api/v1/me", "/api/v1/tokens", "/api/v1/users"
OK = 200
EMAIL, PASSWORD, NEW = "ada@example.com", "correct horse", {"password": "battery staple"}
HASHED = HASHER.hash(PASSWORD)


class Change(NamedTuple):
    """An operation on an administrator or their session, and how they are answered afterwards."""

    operation: str
    body: Json | None
    status: int


CHANGES = [
    Change("POST /api/v1/users", {"email": "grace@example.com", "name": "Grace"}, 200),
    Change("PATCH /api/v1/users/{user_id}", {"name": "Grace"}, 200),
    Change("PATCH /api/v1/users/{user_id}", {"active": False}, 401),
    Change("PATCH /api/v1/users/{user_id}", {"admin": False}, 403),
    Change("PUT /api/v1/users/{user_id}/password", NEW, 401),
    Change("DELETE /api/v1/users/{user_id}", None, 401),
    Change("POST /api/v1/tokens", {"name": "key", "scopes": ["read"]}, 200),
    Change("PATCH /api/v1/tokens/{token_id}", {"name": "Gemini"}, 200),
    Change("POST /api/v1/tokens/{token_id}/revocation", None, 401),
    Change("DELETE /api/v1/tokens/{token_id}", None, 401),
    Change("PUT /api/v1/me/password", {"current": PASSWORD, **NEW}, 401),
    Change("DELETE /api/v1/me/session", None, 401),
]
FOR_LONG = 3600
"""Seconds that no test lasts: what is forgotten in time has not merely expired."""


@pytest.fixture(scope="module", params=[FOR_LONG, 0], ids=["remembered", "looked-up"])
async def shared_app(
    postgres_url: URL | None, request: pytest.FixtureRequest
) -> AsyncIterator[FastAPI]:
    async with strict_app(postgres_url, request.param) as app:
        yield app


@asynccontextmanager
async def strict_app(url: URL | None, seconds: float) -> AsyncIterator[FastAPI]:
    settings = make_settings(
        url or "sqlite://", token_required=True, caller_memory_seconds=min(seconds, 5)
    )
    async with running(settings) as app:
        if seconds:
            remember_callers(database_of(app), seconds)
            await until_heard(database_of(app))
        yield app


@pytest.fixture
async def another_app(postgres_url: URL | None) -> AsyncIterator[FastAPI]:
    """Another process, as far as the database can tell."""
    if postgres_url is None:
        pytest.skip("SQLite has one process.")
    async with strict_app(postgres_url, FOR_LONG) as app:
        yield app


class Administrator(NamedTuple):
    token: str
    ids: dict[str, str]

    async def status(self, app: FastAPI) -> int:
        """Return what the app answers to what only administrators may see."""
        async with client_with(app, self.token) as client:
            return (await client.get(USERS)).status_code

    async def send(self, app: FastAPI, change: Change, ids: Json) -> None:
        method, path = change.operation.split()
        async with client_with(app, self.token) as client:
            answer = await client.request(method, path.format(**ids), json=change.body)
        assert answer.is_success, answer.text


async def administrator(app: FastAPI) -> Administrator:
    database, email = database_of(app), f"{uuid4().hex}@example.com"
    issued = await issue_token(database, scopes="read write admin", admin=True, email=email)
    async with database.writing() as session:
        user = (await session.exec(select(User).where(User.email == email))).one()
        user.password_hash = HASHED
    return Administrator(issued.token, {"user_id": str(user.id), "token_id": str(issued.id)})


def test_every_operation_on_users_and_tokens_is_here() -> None:
    changing = {str(each) for each in PROTECTED if each.method != "get"}

    assert {each.operation for each in CHANGES} == {
        each for each in changing if each.split()[1].startswith((USERS, TOKENS, ME))
    }


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_change_counts_when_it_is_answered(app: FastAPI, change: Change) -> None:
    one, sender = await administrator(app), await administrator(app)
    assert [await one.status(app) for _ in range(2)] == [200, 200]

    await (sender if change.operation.split()[1].startswith(USERS) else one).send(
        app, change, one.ids
    )

    assert await one.status(app) == change.status


@pytest.mark.parametrize("change", [each for each in CHANGES if each.status != OK], ids=str)
async def test_change_counts_in_other_processes(
    app: FastAPI, another_app: FastAPI, change: Change
) -> None:
    one, sender = await administrator(app), await administrator(app)
    assert [await one.status(another_app) for _ in range(2)] == [200, 200]

    await (sender if change.operation.split()[1].startswith(USERS) else one).send(
        app, change, one.ids
    )

    async with asyncio.timeout(60):
        while await one.status(another_app) == OK:
            await asyncio.sleep(0.01)
    assert await one.status(another_app) == change.status


async def test_command_of_an_operator_counts_in_other_processes(
    app: FastAPI, another_app: FastAPI
) -> None:
    issued = await issue_token(database_of(app), scopes="read admin", kind="key", email=EMAIL)
    user = Administrator(issued.token, {})
    assert [await user.status(another_app) for _ in range(2)] == [403, 403]

    async with database_of(app).writing() as session:
        await AccountService(session).make_admin(UserCreate(email=EMAIL, name="Ada"), HASHED)

    async with asyncio.timeout(60):
        while await user.status(another_app) != OK:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("seconds", [-1, 5.1, 3600])
def test_memory_of_more_than_five_seconds_is_refused(seconds: float) -> None:
    with pytest.raises(ValidationError, match="5" if seconds > 0 else "0"):
        make_settings("sqlite://", caller_memory_seconds=seconds)


# The memory itself


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(callers, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def memory(clock: list[float]) -> CallerMemory:
    return CallerMemory(Database(make_settings("sqlite://")).listener, 5)


def caller() -> Caller:
    return Caller(uuid4(), frozenset({"read"}))


def test_caller_is_remembered_for_some_seconds(memory: CallerMemory, clock: list[float]) -> None:
    one = caller()
    memory.keep("digest", one, memory.now())

    clock[0] += 4.9
    assert memory.recall("digest") is one
    clock[0] += 0.1
    assert memory.recall("digest") is None


def test_seconds_begin_with_the_look_up(memory: CallerMemory, clock: list[float]) -> None:
    begun = memory.now()
    clock[0] += 4
    memory.keep("digest", caller(), begun)

    clock[0] += 1
    assert memory.recall("digest") is None


def test_token_ends_when_it_expires(memory: CallerMemory, clock: list[float]) -> None:
    memory.keep("digest", caller(), memory.now(), timedelta(seconds=1))
    memory.keep("later", caller(), memory.now(), timedelta(days=1))

    clock[0] += 0.9
    assert memory.recall("digest") is not None
    clock[0] += 0.1
    assert memory.recall("digest") is None
    clock[0] += 4
    assert memory.recall("later") is None


def test_change_ends_those_of_one_user(memory: CallerMemory) -> None:
    one, two = caller(), caller()
    for digest, each in {"one": one, "one more": one, "two": two}.items():
        memory.keep(digest, each, memory.now())

    memory.heard(str(one.user_id))

    assert [memory.recall(each) for each in ("one", "one more", "two")] == [None, None, two]


@pytest.mark.parametrize("change", ["one", "another", "missed"])
def test_look_up_that_began_before_a_change_is_not_kept(memory: CallerMemory, change: str) -> None:
    """Which user it is about is not known before its end."""
    one, begun = caller(), memory.now()
    if change == "missed":
        memory.missed()
    else:
        memory.heard(str(one.user_id if change == "one" else uuid4()))
    memory.keep("digest", one, begun)

    assert memory.recall("digest") is None


def test_what_may_have_been_missed_ends_everything(memory: CallerMemory) -> None:
    memory.keep("digest", caller(), memory.now())

    memory.missed()

    assert memory.recall("digest") is None


def test_memory_is_off_while_nothing_is_heard(
    memory: CallerMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.keep("before", caller(), memory.now())
    monkeypatch.setattr(Listener, "is_alive", False)
    memory.keep("meanwhile", caller(), memory.now())

    assert memory.recall("before") is None
    monkeypatch.undo()
    assert memory.recall("meanwhile") is None


def test_memory_is_bounded(memory: CallerMemory) -> None:
    for number in range(ENTRIES + 1):
        memory.keep(str(number), caller(), memory.now())

    assert memory.recall("0") is None
    assert memory.recall("1") is not None
    assert memory.recall(str(ENTRIES)) is not None
