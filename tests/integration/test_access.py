"""Authentication: logins, passwords, tokens and their end."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx import AsyncClient, Response
from pwdlib import PasswordHash
from sqlalchemy import Column, ForeignKey, MetaData, Table, Uuid
from sqlmodel import SQLModel, col, select, update

from src.core.database import Database
from src.core.errors import UnauthenticatedError
from src.core.safety import refuse_hazards
from src.main import create_app
from src.models.base import utc_now
from src.models.idempotency import IdempotentAnswer
from src.models.login_attempts import LoginAttempts
from src.models.token import Token
from src.models.user import User
from src.schemas.token import TokenCreate
from src.schemas.user import UserCreate
from src.services import passwords
from src.services.accounts import AccountService
from src.services.attempts import ATTEMPTS, WINDOW
from src.services.authentication import LAST_USE_PRECISION
from src.services.developer import DEVELOPER
from src.services.passwords import HASHER
from src.services.token import TokenService
from src.services.user import UserService
from tests.access import announce_changes, client_with, issue_token
from tests.api import Json, assert_invalid, assert_problem
from tests.apps import client_of, database_of, make_settings
from tests.databases import create_tables, make_empty
from tests.fixtures.access import OWN_HASHER

LOGIN, ME = "/api/v1/login", "/api/v1/me"
TOKENS, USERS = "/api/v1/tokens", "/api/v1/users"
EMAIL, PASSWORD, NEW = "somebody@example.com", "correct horse", "battery staple"
HASHED = HASHER.hash(PASSWORD)
NO_TOKEN = "Send a valid token: Authorization: Bearer ..."  # noqa: S105
WRONG = "The e-mail address or the password is wrong."
EXHAUSTED = "There were too many attempts: repeat the request later."


@pytest.fixture(scope="module")
async def shared_app(strict_app: FastAPI) -> FastAPI:
    return strict_app


async def add_user(database: Database, password_hash: str | None = HASHED, **facts: object) -> UUID:
    data = UserCreate.model_validate({"email": EMAIL, "name": "Somebody"} | facts)
    async with database.writing() as session:
        user = await UserService(session).create(data)
        if password_hash:
            await AccountService(session).set_password(user.id, password_hash)
    return user.id


@pytest.fixture
async def user_id(database: Database) -> UUID:
    return await add_user(database)


async def log_in(
    client: AsyncClient, username: str = EMAIL, password: str = PASSWORD, **form: str
) -> Response:
    return await client.post(LOGIN, data={"username": username, "password": password} | form)


async def session_of(app: FastAPI, client: AsyncClient, **form: str) -> AsyncClient:
    response = await log_in(client, **form)
    assert response.status_code == 200, response.text
    return client_with(app, response.json()["access_token"])


async def key_of(client: AsyncClient, **fields: object) -> Json:
    body = {"name": "key", "scopes": ["read", "write"]} | fields
    response = await client.post(TOKENS, json=body)
    assert response.status_code == 201, response.text
    key: Json = response.json()
    return key


async def works(client: AsyncClient) -> bool:
    response = await client.get(ME)
    if response.status_code == 200:
        return True
    assert_problem(response, 401, NO_TOKEN)
    assert response.headers["www-authenticate"] == "Bearer"
    return False


# Logins


@pytest.mark.usefixtures("user_id")
async def test_login_opens_a_session(app: FastAPI, client: AsyncClient) -> None:
    response = await log_in(client)

    body = response.json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["scope"]) == ("bearer", "read write")
    session = client_with(app, body["access_token"])
    assert (await session.get(ME)).json()["email"] == EMAIL
    (listed,) = (await session.get(TOKENS)).json()["items"]
    lasts = datetime.fromisoformat(listed["expires_at"]) - utc_now()
    assert listed["kind"] == "session"
    assert timedelta(0) <= timedelta(seconds=body["expires_in"]) - lasts < timedelta(minutes=1)


@pytest.mark.usefixtures("user_id")
async def test_login_takes_the_form_of_oauth2(client: AsyncClient) -> None:
    """Clients of OAuth2, such as the Authorize button, send further fields."""
    form = {"scope": "read", "client_id": "string", "client_secret": "string"}

    assert (await log_in(client, **form, grant_type="password")).json()["scope"] == "read"
    assert (await log_in(client, **form, grant_type="client_credentials")).status_code == 422


@pytest.mark.usefixtures("user_id")
async def test_case_of_the_email_does_not_matter(client: AsyncClient) -> None:
    assert (await log_in(client, "SomeBody@Example.COM")).status_code == 200


async def test_refusals_cannot_be_told_apart(database: Database, client: AsyncClient) -> None:
    await add_user(database)
    await add_user(database, email="inactive@example.com", active=False)
    await add_user(database, password_hash=None, email="unset@example.com")

    responses = [
        await log_in(client, password="incorrect horse"),  # noqa: S106
        await log_in(client, password=" "),  # noqa: S106
        await log_in(client, "unknown@example.com"),
        await log_in(client, "no address"),
        await log_in(client, "inactive@example.com"),
        await log_in(client, "unset@example.com"),
    ]

    for response in responses:
        assert_problem(response, 401, WRONG)
        assert response.headers["www-authenticate"] == "Bearer"
        response.headers["x-request-id"] = ""
    assert {str(response.headers.multi_items()) for response in responses} == {
        str(responses[0].headers.multi_items())
    }


def test_passwords_are_hashed_with_the_minimum_of_owasp() -> None:
    assert OWN_HASHER.hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_unknown_account_takes_as_much_work_as_a_known_one(
    database: Database, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of a refusal must not reveal which users exist."""
    work: list[str] = []

    class Recording(PasswordHash):
        def verify_and_update(self, password: Any, hash: Any) -> tuple[bool, str | None]:
            work.append(hash.rpartition("$")[0].rpartition("$")[0])
            return super().verify_and_update(password, hash)

    await add_user(database, email="known@example.com")
    monkeypatch.setattr(passwords, "HASHER", Recording(HASHER.hashers))
    for username in ("known@example.com", "unknown@example.com"):
        assert (await log_in(client, username, "incorrect horse")).status_code == 401

    assert len(work) == 2
    assert work[0] == work[1]


@pytest.mark.parametrize("scope", ["read", "write", "read write"])
@pytest.mark.usefixtures("user_id")
async def test_session_has_the_requested_scopes(
    app: FastAPI, client: AsyncClient, scope: str
) -> None:
    response = await log_in(client, scope=scope)

    assert response.json()["scope"] == scope
    session = client_with(app, response.json()["access_token"])
    assert (await session.get(ME)).status_code == (200 if "read" in scope else 403)
    assert (await session.delete(f"{ME}/session")).status_code == (204 if "write" in scope else 403)


async def test_admin_scope_is_for_administrators(
    app: FastAPI, database: Database, client: AsyncClient
) -> None:
    await add_user(database)
    await add_user(database, email="admin@example.com", admin=True)

    detail = "A token cannot have scopes that its creator lacks."
    assert_problem(await log_in(client, scope="admin"), 403, detail)
    assert (await log_in(client, "admin@example.com")).json()["scope"] == "admin read write"
    without = await session_of(app, client, username="admin@example.com", scope="read write")
    assert (await without.get(USERS)).status_code == 403


@pytest.mark.parametrize("scope", ["root", "read  write", "read write admin read", "read\n"])
async def test_unknown_scope_is_refused(client: AsyncClient, scope: str) -> None:
    assert (await log_in(client, scope=scope)).status_code == 422


async def test_weaker_hash_is_renewed(database: Database, client: AsyncClient) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    user_id = await add_user(database, weak)

    async def stored() -> User:
        async with database.reading() as session:
            return await session.get_one(User, user_id)

    before = await stored()
    assert (await log_in(client)).status_code == 200
    after = await stored()
    assert before.password_hash == weak
    assert after.password_hash is not None
    assert HASHER.current_hasher.check_needs_rehash(after.password_hash) is False
    assert (after.version, after.updated_at) == (before.version, before.updated_at)

    assert (await log_in(client)).status_code == 200
    assert (await stored()).password_hash == after.password_hash


async def test_login_fails_if_the_password_changes_meanwhile(
    database: Database, user_id: UUID
) -> None:
    async with database.reading() as session:
        checked = await session.get_one(User, user_id)
    changed = HASHER.hash(NEW)
    async with database.writing() as session:
        await AccountService(session).set_password(user_id, changed)

    with pytest.raises(UnauthenticatedError):
        async with database.writing() as session:
            await AccountService(session).confirm(checked, newer_hash=HASHED)

    async with database.reading() as session:
        assert (await session.get_one(User, user_id)).password_hash == changed


async def test_change_of_password_ends_the_session_of_a_login_under_way(
    database: Database, user_id: UUID
) -> None:
    async def change() -> None:
        async with database.writing() as session:
            await AccountService(session).set_password(user_id, HASHER.hash(NEW))

    async with database.reading() as session:
        checked = await session.get_one(User, user_id)
    async with database.writing() as session:
        await AccountService(session).confirm(checked, newer_hash=None)
        changing = asyncio.create_task(change())
        done, _ = await asyncio.wait({changing}, timeout=0.1)
        tokens = TokenService(session, user_id)
        await tokens.issue(
            TokenCreate(name="login", scopes=["read"]), frozenset({"read"}), kind="session"
        )
    await changing

    assert not done
    async with database.reading() as session:
        assert (await session.exec(select(Token.revoked_at))).one() is not None


# Attempts


async def exhaust(client: AsyncClient, email: str = EMAIL) -> None:
    for _ in range(ATTEMPTS):
        assert (await log_in(client, email, "incorrect horse")).status_code == 401


async def age_attempts(database: Database, age: timedelta) -> None:
    async with database.writing() as session:
        await session.exec(update(LoginAttempts).values(since=utc_now() - age))


@pytest.mark.usefixtures("user_id")
@pytest.mark.parametrize("email", [EMAIL, "unknown@example.com"])
async def test_attempts_beyond_the_tenth_are_refused(client: AsyncClient, email: str) -> None:
    await exhaust(client, email)

    for name in (email, email.upper(), email):
        response = await log_in(client, name)
        assert_problem(response, 429, EXHAUSTED)
        assert 0 <= WINDOW.total_seconds() - int(response.headers["retry-after"]) < 60
    assert (await log_in(client, "another@example.com")).status_code == 401


async def test_concurrent_attempts_are_all_counted(client: AsyncClient) -> None:
    statuses = list[int]()
    for _ in range(3):  # more at once would be refused, because few may wait
        responses = await asyncio.gather(*(log_in(client) for _ in range(5)))
        statuses += sorted(response.status_code for response in responses)

    assert statuses == [401] * ATTEMPTS + [429] * 5


@pytest.mark.usefixtures("user_id")
async def test_successful_login_resets_the_attempts(client: AsyncClient) -> None:
    for _ in range(2):
        for _ in range(ATTEMPTS - 1):
            assert (await log_in(client, password="incorrect horse")).status_code == 401  # noqa: S106
        assert (await log_in(client)).status_code == 200


@pytest.mark.usefixtures("user_id")
async def test_attempts_expire_after_their_window(database: Database, client: AsyncClient) -> None:
    await exhaust(client)

    await age_attempts(database, WINDOW - timedelta(seconds=30))
    response = await log_in(client)
    assert response.status_code == 429
    assert 0 < int(response.headers["retry-after"]) <= 30
    await age_attempts(database, WINDOW)
    await exhaust(client)
    assert (await log_in(client)).status_code == 429


# Passwords


@pytest.mark.usefixtures("user_id")
async def test_change_of_password_ends_sessions_but_not_keys(
    app: FastAPI, client: AsyncClient
) -> None:
    session, another = [await session_of(app, client) for _ in range(2)]
    key = client_with(app, (await key_of(session))["token"])

    response = await session.put(f"{ME}/password", json={"current": PASSWORD, "password": NEW})

    assert response.status_code == 204
    assert [await works(each) for each in (session, another, key)] == [False, False, True]
    assert (await log_in(client)).status_code == 401
    assert (await log_in(client, password=NEW)).status_code == 200


@pytest.mark.usefixtures("user_id")
async def test_change_without_the_current_password_is_refused(
    app: FastAPI, client: AsyncClient
) -> None:
    session = await session_of(app, client)
    body = {"current": "incorrect horse", "password": NEW}

    for _ in range(ATTEMPTS):
        response = await session.put(f"{ME}/password", json=body)
        assert_problem(response, 403, "The current password is wrong.")
    response = await session.put(f"{ME}/password", json=body | {"current": PASSWORD})
    assert_problem(response, 429, EXHAUSTED)
    assert await works(session)


async def test_reset_by_an_administrator_ends_sessions_but_not_keys(
    app: FastAPI, database: Database, client: AsyncClient, user_id: UUID
) -> None:
    await add_user(database, email="admin@example.com", admin=True)
    admin = await session_of(app, client, username="admin@example.com")
    session = await session_of(app, client)
    key = client_with(app, (await key_of(session))["token"])
    await exhaust(client)

    response = await admin.put(f"{USERS}/{user_id}/password", json={"password": NEW})

    assert response.status_code == 204
    assert [await works(each) for each in (admin, session, key)] == [True, False, True]
    assert (await log_in(client, password=NEW)).status_code == 200


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("x" * 7, "String should have at least 8 characters"),
        ("x" * 129, "String should have at most 128 characters"),
        (12345678, "Input should be a valid string"),
    ],
)
async def test_password_has_limits(
    app: FastAPI, database: Database, password: object, problem: str
) -> None:
    admin = await issue_token(database, scopes="write admin", admin=True)

    async with client_with(app, admin.token) as client:
        response = await client.put(f"{USERS}/{DEVELOPER}/password", json={"password": password})

    assert_invalid(response, {"body.password": [problem]})


# Tokens


async def test_token_ends_when_it_expires(app: FastAPI, database: Database) -> None:
    lasting = await issue_token(database, lasts=timedelta(minutes=1))
    expired = await issue_token(database, lasts=timedelta(seconds=-1))

    assert await works(client_with(app, lasting.token))
    assert not await works(client_with(app, expired.token))


@pytest.mark.usefixtures("user_id")
async def test_session_ends_when_it_expires(
    app: FastAPI, database: Database, client: AsyncClient
) -> None:
    session = await session_of(app, client)
    assert await works(session)

    async with database.writing() as writing:
        await writing.exec(update(Token).values(expires_at=utc_now()))
        await announce_changes(writing)

    assert not await works(session)


@pytest.mark.parametrize(("method", "path"), [("POST", "/revocation"), ("DELETE", "")])
@pytest.mark.usefixtures("user_id")
async def test_token_ends_when_it_is_revoked_or_deleted(
    app: FastAPI, client: AsyncClient, method: str, path: str
) -> None:
    session = await session_of(app, client)
    key = await key_of(session)
    holder = client_with(app, key["token"])
    assert await works(holder)

    response = await session.request(method, f"{TOKENS}/{key['id']}{path}")

    assert response.is_success
    assert await works(session)
    assert not await works(holder)


@pytest.mark.usefixtures("user_id")
async def test_log_out_ends_only_this_session(app: FastAPI, client: AsyncClient) -> None:
    session, another = [await session_of(app, client) for _ in range(2)]

    assert (await session.delete(f"{ME}/session")).status_code == 204

    assert [await works(session), await works(another)] == [False, True]
    ended = [each["revoked_at"] for each in (await another.get(TOKENS)).json()["items"]]
    assert ended[0] is None
    assert ended[1] is not None


async def test_second_revocation_keeps_the_time_of_the_first(
    app: FastAPI, database: Database
) -> None:
    token = await issue_token(database)
    async with client_with(app, token.token) as client:
        key = await key_of(client)
        path = f"{TOKENS}/{key['id']}/revocation"
        first, second = [(await client.post(path)).json() for _ in range(2)]

    assert first["revoked_at"] == second["revoked_at"]
    assert first["version"] == second["version"] == 2


async def test_token_ends_while_its_user_is_inactive(app: FastAPI, database: Database) -> None:
    token = await issue_token(database)

    async def activate(active: bool) -> None:
        async with database.writing() as session:
            await session.exec(update(User).values(active=active))
            await announce_changes(session)

    client = client_with(app, token.token)
    assert await works(client)
    await activate(False)
    assert not await works(client)
    await activate(True)
    assert await works(client)


async def test_former_administrator_cannot_manage_users(app: FastAPI, database: Database) -> None:
    token = await issue_token(database, scopes="read admin", admin=True)
    client = client_with(app, token.token)
    assert (await client.get(USERS)).status_code == 200

    async with database.writing() as session:
        await session.exec(update(User).values(admin=False))
        await announce_changes(session)

    detail = "This is for administrators, with a token of the scope admin."
    assert_problem(await client.get(USERS), 403, detail)


@pytest.mark.parametrize(
    ("held", "asked", "status"),
    [
        ("write", "read", 403),
        ("write", "read write", 403),
        ("read write", "admin", 403),
        ("write", "write", 201),
        ("read write", "read", 201),
    ],
)
async def test_token_cannot_mint_scopes_that_it_lacks(
    app: FastAPI, database: Database, held: str, asked: str, status: int
) -> None:
    token = await issue_token(database, scopes=held, admin=True)

    async with client_with(app, token.token) as client:
        response = await client.post(TOKENS, json={"name": "key", "scopes": asked.split()})

    assert response.status_code == status
    async with database.reading() as session:
        assert len((await session.exec(select(Token))).all()) == 1 + (status == 201)


@pytest.mark.usefixtures("user_id")
async def test_secrets_are_shown_once_and_never_stored_or_logged(
    app: FastAPI, database: Database, client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "src")
    session = await session_of(app, client)
    key = await key_of(session)
    seen = [await session.get(TOKENS), await session.get(f"{TOKENS}/{key['id']}")]
    await session.post(f"{TOKENS}/{key['id']}/revocation")
    await session.put(f"{ME}/password", json={"current": PASSWORD, "password": NEW})

    secrets = [session.headers["authorization"].split()[1], key["token"], PASSWORD, NEW]
    async with database.reading() as reading:
        connection = await reading.connection()
        stored = [
            str(row)
            for table in SQLModel.metadata.sorted_tables
            for row in await connection.execute(table.select())
        ]
    written = "\n".join([*stored, *(each.text for each in seen), caplog.text])
    assert EMAIL in written
    assert "POST /api/v1/login 200" in written
    assert [secret for secret in secrets if secret in written] == []


async def test_answers_with_a_secret_are_not_stored(
    app: FastAPI, database: Database, client: AsyncClient, user_id: UUID
) -> None:
    login = await log_in(client)
    session = client_with(app, login.json()["access_token"])
    key = {"Idempotency-Key": "once"}
    body = {"name": "key", "scopes": ["read"]}

    tokens = [await session.post(TOKENS, json=body, headers=key) for _ in range(2)]

    assert [each.status_code for each in tokens] == [201, 201]
    assert tokens[0].json()["token"] != tokens[1].json()["token"]
    async with database.reading() as reading:
        assert (await reading.exec(select(IdempotentAnswer))).all() == []
    for answer in (login, *tokens):
        assert answer.headers.get_list("cache-control") == ["no-store"]
    assert "no-store" not in (await session.get(TOKENS)).headers["cache-control"]


async def test_last_use_is_noted_but_not_on_every_request(app: FastAPI, database: Database) -> None:
    token = await issue_token(database)
    client = client_with(app, token.token)

    async def used() -> Token:
        await client.get(ME)
        async with database.reading() as session:
            return await session.get_one(Token, token.id)

    async def move(age: timedelta) -> None:
        async with database.writing() as session:
            last_use = {"last_used_at": utc_now() - age, "updated_at": col(Token.updated_at)}
            await session.exec(update(Token).values(last_use))
            await announce_changes(session)

    first, second = await used(), await used()
    await move(LAST_USE_PRECISION - timedelta(minutes=1))
    third = await used()
    await move(LAST_USE_PRECISION)
    fourth = await used()

    assert token.last_used_at is None
    assert first.last_used_at is not None
    assert second.last_used_at == first.last_used_at
    assert third.last_used_at is not None
    assert fourth.last_used_at is not None
    assert utc_now() - third.last_used_at > timedelta(minutes=3)
    assert utc_now() - fourth.last_used_at < timedelta(minutes=1)
    assert (fourth.version, fourth.updated_at) == (token.version, token.updated_at)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer svc_", "Basic c3ZjOng=", "svc_x", "Bearer \xff\xfe"],
)
async def test_without_a_valid_token_the_answer_says_how_to_send_one(
    client: AsyncClient, header: str
) -> None:
    response = await client.get(ME, headers={b"Authorization": header.encode("latin-1")})

    assert_problem(response, 401, NO_TOKEN)
    assert response.headers["www-authenticate"] == "Bearer"


async def test_digest_of_a_token_is_not_a_token(app: FastAPI, database: Database) -> None:
    token = await issue_token(database)
    async with database.reading() as session:
        digest = (await session.get_one(Token, token.id)).digest

    assert not await works(client_with(app, digest))


# Users


async def test_deleting_a_user_deletes_their_tokens(
    app: FastAPI, database: Database, client: AsyncClient, user_id: UUID
) -> None:
    admin = await issue_token(database, scopes="write admin", admin=True)
    session = await session_of(app, client)
    await key_of(session)

    async with client_with(app, admin.token) as deleting:
        response = await deleting.delete(f"{USERS}/{user_id}", headers={"If-Match": '"9"'})
        assert response.status_code == 412
        assert await works(session)
        assert (await deleting.delete(f"{USERS}/{user_id}")).status_code == 204

    assert not await works(session)
    async with database.reading() as reading:
        assert (await reading.exec(select(Token.id))).all() == [admin.id]


@pytest.fixture
async def belongings(database: Database) -> AsyncIterator[Table]:
    """Create a table with owners, which the service does not know."""
    owner = Column("owner_id", Uuid, ForeignKey(col(User.id)), primary_key=True)
    table = Table("belongings", MetaData(), owner)
    async with database.writing() as session:
        await (await session.connection()).run_sync(table.create)
    yield table
    async with database.writing() as session:
        await (await session.connection()).run_sync(table.drop)


async def test_user_who_owns_rows_is_kept_with_their_tokens(
    app: FastAPI, database: Database, client: AsyncClient, user_id: UUID, belongings: Table
) -> None:
    admin = await issue_token(database, scopes="read write admin", admin=True)
    session = await session_of(app, client)
    async with database.writing() as writing:
        connection = await writing.connection()
        await connection.execute(belongings.insert().values(owner_id=user_id))

    async with client_with(app, admin.token) as deleting:
        response = await deleting.delete(f"{USERS}/{user_id}")

    assert_problem(
        response, 409, "Other rows refer to this one: delete or change those first, then repeat."
    )
    assert await works(session)


# TOKEN_REQUIRED=false


async def test_token_is_honoured_even_if_none_is_required(
    open_app: FastAPI,
) -> None:
    await make_empty(database_of(open_app))
    token = await issue_token(database_of(open_app), email=EMAIL, scopes="read")

    async with client_of(open_app) as client:
        assert (await client.get(ME)).json()["id"] == str(DEVELOPER)
        assert (await client.get(USERS)).status_code == 200
        assert (await client.delete(f"{ME}/session")).status_code == 204
    async with client_with(open_app, token.token) as client:
        assert (await client.get(ME)).json()["email"] == EMAIL
        assert (await client.delete(f"{ME}/session")).status_code == 403
        assert (await client.get(USERS)).status_code == 403
    for bad in ("svc_unknown", ""):
        assert not await works(client_with(open_app, bad))


def test_production_refuses_requests_without_a_token() -> None:
    settings = make_settings("postgresql://localhost/db", environment="production")

    with pytest.raises(SystemExit, match="TOKEN_REQUIRED=false lets everybody do everything"):
        refuse_hazards(settings)


async def test_developer_is_inserted_before_the_first_request(tmp_path: Path) -> None:
    settings = make_settings(f"sqlite:///{tmp_path}/test.db")
    app = create_app(settings)
    await create_tables(database_of(app))

    async with app.router.lifespan_context(app), database_of(app).reading() as session:
        assert (await UserService(session).get(DEVELOPER)).email == "developer@example.com"


async def test_service_starts_before_its_database_and_inserts_the_developer_later(
    tmp_path: Path,
) -> None:
    app = create_app(make_settings(f"sqlite:///{tmp_path}/missing/test.db"))

    async with app.router.lifespan_context(app), client_of(app) as client:
        assert (await client.get(ME)).status_code == 503

        (tmp_path / "missing").mkdir()
        await create_tables(database_of(app))

        assert (await client.get(ME)).status_code == 200
