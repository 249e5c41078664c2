"""What anybody may send without a token, and what is kept of it: all of it is bounded."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from encodings.aliases import aliases
from itertools import product

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlmodel import insert, select

from src.api.routes.login import FORM, FORM_BYTES, FORM_FIELDS, NO_FORM
from src.core.database import Database
from src.main import app as documented_app
from src.models.base import utc_now
from src.models.login_attempts import LoginAttempts
from src.models.token import Token
from src.models.user import User
from src.services import attempts, passwords
from src.services.accounts import KEPT
from src.services.attempts import ATTEMPTS, WINDOW, AttemptService
from src.services.passwords import HASHER, THREADS, WAITING, place
from src.services.purging import EVERY, SOME
from tests.api import UNKNOWN_ID, assert_invalid, assert_problem
from tests.apps import client_of, make_settings, running
from tests.cost import cheaply
from tests.operations import Document, Operation

LOGIN = "/api/v1/login"
CODECS = sorted({*aliases.values(), "idna", "undefined", "unicode_escape", "nobody-knows-it"})


async def status_of(client: AsyncClient, content: bytes, media_type: str) -> int:
    headers = {"Content-Type": media_type}
    response = await cheaply(lambda: client.post(LOGIN, content=content, headers=headers))
    return response.status_code


def multipart(size: int) -> bytes:
    part = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n'
    return part + b"x-" * (size // 2) + b"\r\n--x--\r\n"


async def test_multipart_is_refused_in_every_encoding(client: AsyncClient) -> None:
    content = multipart(120_000)
    for codec in CODECS:
        media_type = f"multipart/form-data; boundary=x; charset={codec}"
        assert await status_of(client, content, media_type) == 415, codec


async def test_client_cannot_choose_the_encoding_of_a_form(client: AsyncClient) -> None:
    for codec in CODECS:
        content = b"username=" + codec.encode() + b"\xe9-" * 60  # no password: none is hashed
        assert await status_of(client, content, f"{FORM}; charset={codec}") == 422, codec


async def test_other_types_are_refused_with_the_right_one(client: AsyncClient) -> None:
    for media_type in ("application/json", "text/plain", "multipart/form-data", ""):
        headers = {"Content-Type": media_type}
        response = await client.post(LOGIN, content=b"username=a&password=b", headers=headers)
        assert_problem(response, 415, NO_FORM)


@pytest.mark.parametrize("separator", [b"&", b";", b"=", b"%26", b"a&", b"a=&"])
async def test_body_is_limited_before_it_is_parsed(client: AsyncClient, separator: bytes) -> None:
    content = separator * (900_000 // len(separator))

    assert await status_of(client, content, FORM) == 413


async def test_form_of_the_maximum_size_is_read(client: AsyncClient) -> None:
    fields = b"username=a@example.com&password=b"

    assert await status_of(client, (fields + b"&pad=").ljust(FORM_BYTES, b"x"), FORM) == 401
    assert await status_of(client, (fields + b"&pad=").ljust(FORM_BYTES + 1, b"x"), FORM) == 413


async def test_fields_are_counted(client: AsyncClient) -> None:
    fields = b"username=a@example.com&password=b"
    more = b"".join(b"&f%d=" % n for n in range(FORM_FIELDS - 2))

    assert await status_of(client, fields + more, FORM) == 401
    assert await status_of(client, fields + more + b"&one=", FORM) == 400


@pytest.mark.parametrize("name", ["username", "password", "grant_type", "scope"])
async def test_field_given_twice_is_refused(client: AsyncClient, name: str) -> None:
    fields = {"username": "a@example.com", "password": "b", "grant_type": "password", "scope": ""}

    response = await client.post(LOGIN, data=fields | {name: [fields[name], fields[name]]})

    assert_invalid(response, {f"body.{name}": ["must be given once"]})


async def test_parameters_belong_into_the_form(client: AsyncClient) -> None:
    response = await client.post(f"{LOGIN}?scope=read", data={"username": "a", "password": "b"})

    assert_invalid(response, {"query": ["unknown parameter; allowed: none"]})


OPERATIONS = [each for each in Document(documented_app.openapi()).operations if each.body]


@pytest.fixture(scope="module")
async def strict_app() -> AsyncIterator[FastAPI]:
    async with running(make_settings("sqlite://", token_required=True)) as app:
        yield app


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_who_has_no_token_is_told_before_the_body_is_read(
    strict_app: FastAPI, operation: Operation
) -> None:
    read = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            read.append(b" ")
            yield b" "

    path = operation.path.format(**dict.fromkeys(operation.names("path"), UNKNOWN_ID))
    headers = {"Content-Type": "application/json"}
    async with client_of(strict_app) as client:
        response = await client.request(operation.method, path, content=endless(), headers=headers)

    assert (response.status_code, read) == (401, [])


# Logins


async def accounts(database: Database) -> set[str]:
    async with database.reading() as session:
        return {*await session.exec(select(LoginAttempts.account))}


async def test_login_that_finds_no_place_in_the_queue_is_refused(
    client: AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "REFUSAL_SECONDS", 0.01)
    form = {"username": "a@example.com", "password": "incorrect horse"}
    async with AsyncExitStack() as stack:
        for _ in range(THREADS + WAITING):
            await stack.enter_async_context(place())
        refused = await client.post(LOGIN, data=form)

    assert_problem(refused, 503, "Too many passwords are being checked: repeat the request.")
    assert refused.headers["retry-after"] == "1"
    assert not await accounts(database)
    assert (await client.post(LOGIN, data=form)).status_code == 401


async def test_attempts_leave_a_row_per_account(client: AsyncClient, database: Database) -> None:
    for _ in range(ATTEMPTS + 2):
        await client.post(LOGIN, data={"username": "a@example.com", "password": "b"})
    before = await accounts(database)
    await client.post(LOGIN, data={"username": "a@example.com", "password": "b"})

    assert before
    assert await accounts(database) == before


async def test_attempts_delete_those_that_no_longer_count(database: Database) -> None:
    async with database.writing() as session:
        old = [{"account": f"old {n}", "since": utc_now() - WINDOW} for n in range(3 * SOME)]
        await session.exec(insert(LoginAttempts).values(count=1), params=old)
        attempts = AttemptService(session)
        for n in range(4 * EVERY):
            await attempts.count(f"{n}@example.com", "192.0.2.1")

    assert not [name for name in await accounts(database) if name.startswith("old")]


async def test_attempts_delete_more_than_they_add(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "WINDOW", timedelta(0))  # none of them counts any longer
    async with database.writing() as session:
        old = [{"account": f"old {n}", "since": utc_now()} for n in range(3 * SOME)]
        await session.exec(insert(LoginAttempts).values(count=1), params=old)
        for n in range(4 * EVERY):
            await AttemptService(session).count(f"{n}@example.com", "192.0.2.1")

    assert len(await accounts(database)) < SOME


async def test_login_deletes_ended_tokens_of_its_user(
    client: AsyncClient, database: Database
) -> None:
    user = User(email="ada@example.com", name="Ada", password_hash=HASHER.hash("correct horse"))
    other = User(email="bob@example.com", name="Bob")
    now = utc_now()
    ends = {"long ago": now - KEPT - timedelta(days=1), "lately": now - timedelta(days=1)}
    async with database.writing() as session:
        session.add_all([user, other])
        await session.flush()
        for owner, name, n in product([user.id, other.id], ends, range(SOME + 1)):
            token = Token(name=name, scopes=["read"], digest=f"{owner}{name}{n}", owner_id=owner)
            token.expires_at = ends[name]
            session.add(token)

    async def left() -> Counter[tuple[str, str]]:
        names = select(User.name, Token.name).join(User)
        async with database.reading() as session:
            return Counter((name, token) for name, token in await session.exec(names))

    form = {"username": user.email, "password": "correct horse"}
    assert (await client.post(LOGIN, data=form)).status_code == 200
    assert (await left())[("Ada", "long ago")] == 1  # a login takes no longer than for a batch
    assert (await client.post(LOGIN, data=form)).status_code == 200
    after = await left()
    assert after.pop(("Ada", "login")) == 2
    assert after == dict.fromkeys(
        [("Ada", "lately"), ("Bob", "lately"), ("Bob", "long ago")], SOME + 1
    )
