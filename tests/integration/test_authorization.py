"""Who may do what: every operation of the OpenAPI document, asked by all who may not.

Operations and tables are found and not listed, so that those of a new feature are tested too.
"""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import URL
from sqlmodel import SQLModel, col, select, update

from src.core.database import Database
from src.main import create_app
from src.models.base import utc_now
from src.models.token import Token
from src.models.user import User
from tests.access import client_with, issue_token
from tests.api import UNKNOWN_ID, assert_problem
from tests.apps import client_of, database_of, make_settings, running
from tests.operations import JSON_TYPE, Caller, Contract, Operation

PUBLIC = {"POST /api/v1/login", "GET /health", "GET /health/ready"}
ME, USERS = "/api/v1/me", "/api/v1/users"
NO_TOKEN = "Send a valid token: Authorization: Bearer ..."  # noqa: S105
WRONG_HEADERS = ["Bearer", "Bearer svc_unknown", "Basic c3ZjOng="]

DOCUMENT = create_app(make_settings("sqlite://")).openapi()
CONTRACT = Contract(DOCUMENT)
TABLES = SQLModel.metadata.sorted_tables
COLUMNS = {column.name: column.type.python_type for table in TABLES for column in table.columns}
PLAUSIBLE = {UUID: UNKNOWN_ID, bool: True, int: 7, datetime: "2030-01-01T00:00:00Z"}
# A collection has the name of its table.
OWNED = {table.name for table in TABLES if any("scope" in each.info for each in table.columns)}


def is_of_owned(operation: Operation) -> bool:
    return not OWNED.isdisjoint(operation.path.replace("-", "_").split("/"))


PROTECTED = [each for each in CONTRACT.operations if str(each) not in PUBLIC]
FOR_ADMINISTRATORS = [each for each in PROTECTED if each.path.startswith(USERS)]
WITH_BODY = [each for each in PROTECTED if each.body is not None]
ON_OWNED = [each for each in PROTECTED if is_of_owned(each) and each.names("path")]
LISTS_OF_OWNED = [
    each
    for each in PROTECTED
    if is_of_owned(each) and each.method == "get" and "total" in each.names("query")
]


@pytest.fixture(scope="module")
async def shared_app(postgres_url: URL | None) -> AsyncIterator[FastAPI]:
    settings = make_settings(postgres_url or "sqlite://", token_required=True, metrics=True)
    async with running(settings) as app:
        yield app


@pytest.fixture
async def owner(app: FastAPI) -> AsyncIterator[Caller]:
    """Who has made everything that the others ask for, and may do everything."""
    issued = await issue_token(database_of(app), scopes="read write admin", admin=True)
    async with client_with(app, issued.token) as client:
        yield Caller(app, client, CONTRACT)


async def send(
    owner: Caller, operation: Operation, client: AsyncClient, **fields: object
) -> Response:
    """A valid request for what is the owner's, by another client, and with further fields."""
    body = await owner.body(operation)
    path = operation.path.format(**await owner.required(operation, "path"))
    return await client.request(
        operation.method,
        path,
        params=await owner.required(operation, "query"),
        headers={"Content-Type": JSON_TYPE} | await owner.required(operation, "header"),
        content=json.dumps(json.loads(body) | fields) if fields else body,
    )


async def prepare(owner: Caller, operation: Operation) -> None:
    """Make what a request is about, and what it refers to."""
    await owner.required(operation, "path")
    await owner.body(operation)


async def rows(database: Database) -> list[str]:
    """All there is, to see whether it changes."""
    async with database.reading() as session:
        connection = await session.connection()
        return [
            f"{table.name}: {sorted(map(str, await connection.execute(table.select())))}"
            for table in TABLES
        ]


async def refused(owner: Caller, operation: Operation, *clients: AsyncClient) -> list[Response]:
    """The answers to requests that change nothing."""
    await prepare(owner, operation)
    for client in clients:
        await client.get(ME)  # notes the use of the token
    before = await rows(database_of(owner.app))
    responses = [await send(owner, operation, client) for client in clients]
    assert await rows(database_of(owner.app)) == before
    return responses


# Nobody


def test_public_operations_are_these() -> None:
    without_security = {
        f"{method.upper()} {path}"
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if not operation.get("security")
    }

    assert without_security == PUBLIC


def test_owned_tables_and_their_operations_are_found() -> None:
    assert "tokens" in OWNED
    assert "DELETE /api/v1/tokens/{token_id}" in map(str, ON_OWNED)
    assert "GET /api/v1/tokens" in map(str, LISTS_OF_OWNED)
    assert FOR_ADMINISTRATORS


@pytest.mark.parametrize("operation", PROTECTED, ids=str)
async def test_owner_may(owner: Caller, operation: Operation) -> None:
    """Or else the refusals below would prove nothing."""
    response = await send(owner, operation, owner.client)

    # The password that is made up here is not the current one.
    assert response.is_success or operation.path.endswith("/me/password"), response.text


@pytest.mark.parametrize("operation", PROTECTED, ids=str)
async def test_nobody_may(owner: Caller, operation: Operation) -> None:
    clients = [client_of(owner.app) for _ in range(4)]
    for client, header in zip(clients[1:], WRONG_HEADERS, strict=True):
        client.headers["Authorization"] = header

    responses = await refused(owner, operation, *clients)

    for response in responses:
        assert_problem(response, 401, NO_TOKEN)
        assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("operation", PROTECTED, ids=str)
async def test_whose_token_has_ended_may_not(owner: Caller, operation: Operation) -> None:
    database: Database = database_of(owner.app)
    expired, revoked, deactivated = [
        await issue_token(database, scopes="read write admin", admin=True) for _ in range(3)
    ]
    clients = [client_with(owner.app, each.token) for each in (expired, revoked, deactivated)]
    assert [(await client.get(ME)).status_code for client in clients] == [200] * 3
    owners = select(Token.owner_id).where(col(Token.id) == deactivated.id)
    async with database.writing() as session:
        for token, end in ((expired, "expires_at"), (revoked, "revoked_at")):
            its = col(Token.id) == token.id
            await session.exec(update(Token).where(its).values({end: utc_now()}))
        await session.exec(update(User).where(col(User.id).in_(owners)).values(active=False))

    responses = await refused(owner, operation, *clients)

    for response in responses:
        assert_problem(response, 401, NO_TOKEN)


async def test_metrics_are_not_public(owner: Caller, app: FastAPI) -> None:
    """They are no operation of the document."""
    async with client_of(app) as client:
        assert_problem(await client.get("/metrics"), 401, NO_TOKEN)
    assert (await owner.client.get("/metrics")).status_code == 200


# Those whose token is meant for something else


@pytest.mark.parametrize("operation", PROTECTED, ids=str)
async def test_token_of_another_scope_may_not(owner: Caller, operation: Operation) -> None:
    needed, other = ("read", "write") if operation.method == "get" else ("write", "read")
    token = await issue_token(database_of(owner.app), scopes=f"{other} admin", admin=True)
    async with client_with(owner.app, token.token) as client:
        [response] = await refused(owner, operation, client)

    assert_problem(response, 403, f"The token lacks the scope {needed}.")


@pytest.mark.parametrize("operation", FOR_ADMINISTRATORS, ids=str)
async def test_users_are_for_administrators(owner: Caller, operation: Operation) -> None:
    others = [
        await issue_token(database_of(owner.app), scopes=scopes, admin=admin)
        for admin, scopes in [
            (False, "read write admin"),
            (True, "read write"),
            (False, "read write"),
        ]
    ]

    clients = [client_with(owner.app, each.token) for each in others]
    responses = await refused(owner, operation, *clients)

    for response in responses:
        problem = "This is for administrators, with a token of the scope admin."
        assert_problem(response, 403, problem)


# Somebody else, who may do as much with what is theirs


@pytest.fixture(params=["user", "administrator"])
async def stranger(app: FastAPI, request: pytest.FixtureRequest) -> AsyncIterator[AsyncClient]:
    admin = request.param == "administrator"
    scopes = "read write admin" if admin else "read write"
    token = await issue_token(database_of(app), scopes=scopes, admin=admin)
    async with client_with(app, token.token) as client:
        yield client


@pytest.mark.parametrize("operation", ON_OWNED, ids=str)
async def test_what_is_others_is_not_there(
    owner: Caller, stranger: AsyncClient, operation: Operation
) -> None:
    [response] = await refused(owner, operation, stranger)
    ids = await owner.required(operation, "path")
    unknown = {name: UNKNOWN_ID if name.endswith("_id") else each for name, each in ids.items()}
    absent = await stranger.request(
        operation.method,
        operation.path.format(**unknown),
        params=await owner.required(operation, "query"),
        headers={"Content-Type": JSON_TYPE},
        content=await owner.body(operation),
    )

    assert_problem(response, 404, absent.json()["detail"])
    assert absent.status_code == 404
    assert (await send(owner, operation, owner.client)).is_success


@pytest.mark.parametrize("operation", LISTS_OF_OWNED, ids=str)
async def test_lists_do_not_show_what_is_others(
    owner: Caller, stranger: AsyncClient, operation: Operation
) -> None:
    for maker in ON_OWNED:  # make one of each
        await owner.required(maker, "path")
    path = operation.path.format(**await owner.required(operation, "path"))
    query = {"total": True, "limit": 100}

    mine = (await owner.client.get(path, params=query)).json()
    theirs = (await stranger.get(path, params=query)).json()

    ids = [{item["id"] for item in page["items"]} for page in (mine, theirs)]
    assert len(ids[0]) == mine["total"] > 0
    assert len(ids[1]) == theirs["total"]
    assert ids[0].isdisjoint(ids[1])


# Fields that nobody may set


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_columns_beyond_the_schema_cannot_be_set(owner: Caller, operation: Operation) -> None:
    """Of any table, `owner_id` and `password_hash` among them."""
    assert operation.body is not None
    await prepare(owner, operation)
    await owner.client.get(ME)
    before = await rows(database_of(owner.app))

    named = {name for option in CONTRACT.options(operation.body) for name in option["properties"]}
    answers = {
        name: await send(owner, operation, owner.client, **{name: PLAUSIBLE.get(kind, "x")})
        for name, kind in COLUMNS.items()
        if name not in named
    }

    assert {"owner_id", "password_hash", "version"} <= answers.keys()
    for name, answer in answers.items():
        problem = {"body": ["Extra inputs are not permitted"]}
        assert answer.json()["errors"] == problem, name
        assert answer.status_code == 422
    assert await rows(database_of(owner.app)) == before
