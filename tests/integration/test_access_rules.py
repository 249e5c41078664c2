"""Rules about tokens, passwords and administrators that hold for every route."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import Any, cast
from unicodedata import normalize
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlmodel import col, select, update
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from src.core.database import Database
from src.models.base import utc_now
from src.models.token import Token
from src.models.user import User
from src.schemas.user import UserCreate
from src.services import authentication
from src.services.accounts import AccountService
from src.services.attempts import ATTEMPTS, ATTEMPTS_IN_ALL, AttemptService
from src.services.passwords import HASHER
from src.services.user import UserService
from tests.access import announce_changes, client_with, issue_token
from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem
from tests.apps import client_of, database_of, make_settings, running
from tests.callers import refusal_of
from tests.integration.test_authorization import FOR_ADMINISTRATORS, NO_ADMIN, PROTECTED
from tests.people import person

LOGIN, ME = "/api/v1/login", "/api/v1/me"
TOKENS, USERS = "/api/v1/tokens", "/api/v1/users"
EMAIL, PASSWORD = "somebody@example.com", "correct horse"
HASHED = HASHER.hash(PASSWORD)
NO_TOKEN = "Send a valid token: Authorization: Bearer ..."  # noqa: S105
NO_KEY = "A key cannot hand out keys or passwords: log in, and send the session's token."
KEPT = "Nobody can take their own rights: another administrator has to do that."
WITH_KEY = [each for each in PROTECTED if "Idempotency-Key" in each.names("header")]


@pytest.fixture(scope="module")
async def shared_app(strict_app: FastAPI) -> FastAPI:
    return strict_app


async def add_user(database: Database, password_hash: str = HASHED, email: str = EMAIL) -> UUID:
    async with database.writing() as session:
        user = await UserService(session).create(UserCreate(email=email, name="Somebody"))
        await AccountService(session).set_password(user.id, password_hash)
    return user.id


async def log_in(client: AsyncClient, password: str, email: str = EMAIL) -> Response:
    return await client.post(LOGIN, data={"username": email, "password": password})


# Keys of programs


@pytest.fixture
async def key(app: FastAPI, database: Database) -> AsyncIterator[AsyncClient]:
    """Return the client of a program with all rights."""
    issued = await issue_token(database, scopes="read write admin", admin=True, kind="key")
    async with client_with(app, issued.token) as client:
        yield client


async def test_key_cannot_hand_out_what_would_outlive_it(key: AsyncClient) -> None:
    me = (await key.get(ME)).json()["id"]
    more = await key.post(TOKENS, json={"name": "another", "scopes": ["read"]})
    password = await key.put(f"{USERS}/{me}/password", json={"password": PASSWORD})

    for response in (more, password):
        assert_problem(response, 403, NO_KEY)
    assert len((await key.get(TOKENS)).json()["items"]) == 1


async def test_former_administrator_cannot_make_keys_for_administrators(
    app: FastAPI, database: Database
) -> None:
    former = await person(app)
    body = {"name": "key", "scopes": ["admin"]}
    assert (await former.client.post(TOKENS, json=body)).status_code == 201

    await changed(database, User, former.user_id, {"admin": False})

    detail = "A token cannot have scopes that its creator lacks."
    assert_problem(await former.client.post(TOKENS, json=body), 403, detail)


async def test_key_is_not_ended_like_a_session(key: AsyncClient) -> None:
    response = await key.delete(f"{ME}/session")

    detail = "This token is no session. To end a key, revoke it: /tokens/{id}/revocation."
    assert_problem(response, 409, detail)
    assert (await key.get(ME)).status_code == 200


@pytest.mark.parametrize(
    ("lasts", "status"),
    [
        (timedelta(seconds=-1), 422),
        (timedelta(0), 422),
        (timedelta(days=-9000), 422),
        (timedelta(minutes=1), 201),
        (timedelta(days=3650), 201),
        (timedelta(days=3654), 422),
        (timedelta(days=1_000_000), 422),
    ],
    ids=str,
)
async def test_key_expires_in_the_future(app: FastAPI, lasts: timedelta, status: int) -> None:
    owner = await person(app)
    body = {"name": "key", "scopes": ["read"], "expires_at": (utc_now() + lasts).isoformat()}

    response = await owner.client.post(TOKENS, json=body)

    assert response.status_code == status
    if status == 422:
        wrong = "must lie in the future, within ten years; a key without it does not expire"
        assert_invalid(response, {"body.expires_at": [wrong]})


# Attempts


def client_at(app: ASGIApp, address: str) -> AsyncClient:
    transport = ASGITransport(cast(Any, app), raise_app_exceptions=False, client=(address, 1))
    return AsyncClient(transport=transport, base_url="http://test")


@pytest.mark.parametrize(
    ("stranger", "owner", "status"),
    [
        ("203.0.113.7", "203.0.113.8", 200),
        ("203.0.113.7", "203.0.113.7", 429),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", 200),
        ("2001:db8:0:1::1", "2001:db8:0:1:f::1", 429),
        # IPv4 on a socket of both families.
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", 200),
        ("::ffff:203.0.113.7", "203.0.113.7", 429),
        # What a proxy can put into its header.
        ("a:b", "a:c", 200),
        ("unknown", "unknown", 429),
        ("", "203.0.113.8", 200),
    ],
)
async def test_strangers_elsewhere_do_not_lock_the_owner_out(
    app: FastAPI, database: Database, stranger: str, owner: str, status: int
) -> None:
    await add_user(database)
    for _ in range(ATTEMPTS + 5):
        last = await log_in(client_at(app, stranger), "incorrect horse")

    assert last.status_code == 429
    assert (await log_in(client_at(app, owner), PASSWORD)).status_code == status


async def test_address_is_taken_from_the_headers_of_trusted_proxies_only(
    app: FastAPI, database: Database
) -> None:
    await add_user(database)
    proxied = ProxyHeadersMiddleware(cast(Any, app), trusted_hosts="10.0.0.1")

    async def last_of(peer: str, password: str, addresses: Iterable[int]) -> int:
        for n in addresses:
            client = client_at(cast(ASGIApp, proxied), peer)
            client.headers["X-Forwarded-For"] = f"203.0.113.{n}"
            status = (await log_in(client, password)).status_code
        return status

    strangers = await last_of("10.0.0.9", "incorrect horse", range(ATTEMPTS + 1))
    stranger = await last_of("10.0.0.1", "incorrect horse", [7] * (ATTEMPTS + 1))
    owner = await last_of("10.0.0.1", PASSWORD, [8])

    assert (strangers, stranger, owner) == (429, 429, 200)


async def test_attempts_from_all_sources_together_have_a_limit(database: Database) -> None:
    async with database.writing() as session:
        attempts = AttemptService(session)
        within = [await attempts.count(EMAIL, f"10.0.0.{n}") for n in range(ATTEMPTS_IN_ALL)]
        beyond = await attempts.count(EMAIL, "10.0.1.0")
        another = await attempts.count("another@example.com", "10.0.1.0")
        await attempts.forget(EMAIL)
        after = await attempts.count(EMAIL, "10.0.1.0")

    assert within == [0] * ATTEMPTS_IN_ALL
    assert beyond > 0
    assert (another, after) == (0, 0)


async def test_change_of_the_password_is_not_locked_by_strangers(
    app: FastAPI, database: Database, client: AsyncClient
) -> None:
    await add_user(database)
    session = client_with(app, (await log_in(client, PASSWORD)).json()["access_token"])
    for _ in range(ATTEMPTS + 1):
        await log_in(client, "incorrect horse")

    body = {"current": PASSWORD, "password": "battery staple"}
    assert (await session.put(f"{ME}/password", json=body)).status_code == 204


# Passwords


@pytest.mark.parametrize(
    "typed", ["crème brûlée", "\ufb01nance \u2460\u2461\u2462", "각각각각각각각각"]
)
async def test_password_may_be_typed_in_any_form_of_unicode(
    app: FastAPI, database: Database, client: AsyncClient, typed: str
) -> None:
    admin, user_id = await person(app), await add_user(database)
    forms = {typed, *(normalize(form, typed) for form in ("NFC", "NFD", "NFKC", "NFKD"))}
    assert len(forms) > 1
    for form in sorted(forms):
        body = {"password": form}
        response = await admin.client.put(f"{USERS}/{user_id}/password", json=body)
        assert response.status_code == 204, response.text
        assert {(await log_in(client, each)).status_code for each in forms} == {200}


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("e\u0301" * 7, "String should have at least 8 characters"),
        ("e\u0301" * 8, ""),
        ("\u1100\u1161\u11a8" * 128, ""),
        ("\ufdfa" * 8, "String should have at most 128 characters"),
        ("\ufdfa" * 100_000, "String should have at most 128 characters"),
    ],
    ids=["7 of 14", "8 of 16", "128 of 384", "144 of 8", "of 100000"],
)
async def test_length_is_that_of_the_normalised_password(
    app: FastAPI, password: str, problem: str
) -> None:
    admin = await person(app)
    path = f"{USERS}/{admin.user_id}/password"

    response = await admin.client.put(path, json={"password": password})

    if problem:
        assert_invalid(response, {"body.password": [problem]})
    else:
        assert response.status_code == 204


# Requests in disguise


async def test_no_disguise_of_a_request_passes_the_guards(client: AsyncClient) -> None:
    collections = {each.collection: each for each in PROTECTED}  # the last and longest path of each
    for operation in collections.values():
        method = operation.method
        path = operation.path.format_map(defaultdict(lambda: UNKNOWN_ID))
        disguises = [
            ("HEAD" if method == "get" else method, path),
            (method, f"{path}/"),
            (method, f"/{path}"),
            (method, path.replace("/v1/", "/v1//")),
            (method, path.replace("/v1/", "/v1%2F")),
            (method, path.replace("/v1/", "/v1/../v1/")),
            (method, path.upper()),
            (method, f"{path};a=b"),
            (method, f"/health/..{path}"),
        ]
        for disguise in disguises:
            response = await client.request(*disguise)
            assert response.status_code in {401, 404, 405}, disguise


async def test_token_counts_only_in_its_header(app: FastAPI, database: Database) -> None:
    token = (await issue_token(database)).token
    async with client_of(app) as client:
        for name in ("access_token", "token", "Authorization"):
            query = await client.get(ME, params={name: token})
            cookie = await client.get(ME, headers={"Cookie": f"{name}=Bearer {token}"})
            for response in (query, cookie):
                assert_problem(response, 401, NO_TOKEN)
        for scheme in ("Bearer", "bearer", "BEARER"):
            authorization = {"Authorization": f"{scheme} {token}"}
            assert (await client.get(ME, headers=authorization)).status_code == 200
        for scheme in ("Token", "Basic", ""):
            authorization = {"Authorization": f"{scheme} {token}"}
            assert_problem(await client.get(ME, headers=authorization), 401, NO_TOKEN)


# Idempotency keys


type Change = tuple[type[User | Token], Json, int, str]
"""A right that the sender loses, and how they are refused from then on."""


async def test_stored_answer_is_only_for_who_may_still_ask(app: FastAPI) -> None:
    owner = await person(app)
    database = database_of(app)
    everybody: list[Change] = [
        (Token, {"scopes": ["read"]}, 403, "The token lacks the scope write."),
        (Token, {"revoked_at": utc_now()}, 401, NO_TOKEN),
        (User, {"active": False}, 401, NO_TOKEN),
    ]
    administrators: list[Change] = [
        (Token, {"scopes": ["read", "write"]}, 403, NO_ADMIN),
        (User, {"admin": False}, 403, NO_ADMIN),
    ]
    assert WITH_KEY
    for operation in WITH_KEY:
        request = (await owner.requests(operation))[0]
        once = {"Idempotency-Key": str(uuid4())}
        first = await owner.send(operation, request, **once)
        if not first.is_success:  # of a refusal nothing is stored
            assert first.status_code == refusal_of(operation), first.text
            continue
        for table, change, status, detail in everybody + (
            administrators if operation in FOR_ADMINISTRATORS else []
        ):
            back = await changed(database, table, owner.user_id, change)
            assert_problem(await owner.send(operation, request, **once), status, detail)
            await changed(database, table, owner.user_id, back)
        again = await owner.send(operation, request, **once)
        assert again.content == first.content
        assert again.headers["idempotent-replayed"] == "true"


async def changed(
    database: Database, table: type[User | Token], user_id: UUID, change: Json
) -> Json:
    """Change the user or their oldest token; return what the values were."""
    theirs = col(User.id) == user_id if table is User else col(Token.owner_id) == user_id
    oldest = select(table).where(theirs).order_by(col(table.id)).limit(1)
    async with database.writing() as session:
        row = (await session.exec(oldest)).one()
        before = {name: getattr(row, name) for name in change}
        await session.exec(update(table).where(col(table.id) == row.id).values(change))
        await announce_changes(session)
    return before


async def test_retry_after_a_new_login_finds_the_stored_answer(
    app: FastAPI, database: Database, client: AsyncClient
) -> None:
    await add_user(database)
    headers = {"Idempotency-Key": "first"}
    answers = []
    for scheme in ("Bearer", "bearer"):
        token = (await log_in(client, PASSWORD)).json()["access_token"]
        authorization = {"Authorization": f"{scheme} {token}"}
        answers.append(
            await client.post(
                "/api/v1/things", json={"name": "Apollo"}, headers=headers | authorization
            )
        )

    assert answers[0].content == answers[1].content
    assert answers[1].headers["idempotent-replayed"] == "true"


# Notes of the last use


async def test_note_of_the_last_use_may_fail_and_the_request_not(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings("sqlite://", token_required=True, caller_memory_seconds=0)
    async with running(settings) as app:
        token = await issue_token(database_of(app))
        async with database_of(app).writing() as session:
            await (await session.connection()).exec_driver_sql("PRAGMA query_only = ON")

        async with client_with(app, token.token) as client:
            responses = [await client.get(ME) for _ in range(3)]
            tries = caplog.text.count("was not noted")
            monkeypatch.setattr(authentication, "PAUSE", timedelta(0))
            responses.append(await client.get(ME))

    assert [each.status_code for each in responses] == [200] * 4
    assert (tries, caplog.text.count("was not noted")) == (1, 2)
    assert token.token not in caplog.text
