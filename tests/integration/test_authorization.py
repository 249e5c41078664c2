"""Who may do what: every operation of the OpenAPI document, asked by all who may not.

Operations and tables are found and not listed, so that those of a new feature are tested too.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from src.core.database import Database
from src.core.driver import driver_of
from src.main import create_app
from src.models.base import utc_now
from tests.access import client_with, issue_token
from tests.api import UNKNOWN_ID, Json, assert_problem, assert_unknown
from tests.apps import database_of, make_settings
from tests.askers import ME, Askers, all_askers
from tests.callers import Caller, Sample, refusal_of
from tests.contract import Field, string
from tests.contract.facts import Facts
from tests.contract.found import features
from tests.databases import is_owned, make_empty
from tests.operations import Document, Operation

USERS = "/api/v1/users"
PUBLIC = {"POST /api/v1/login", "GET /health", "GET /health/ready"}
NO_TOKEN = "Send a valid token: Authorization: Bearer ..."  # noqa: S105
NOTHING: Json = {}
NO_ADMIN = "This is for administrators, with a token of the scope admin."


SOON = f"{utc_now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


class Tokens(Facts):
    path, words, owned = "/api/v1/tokens", "token", True
    fields = {
        "name": string(longest=100),
        "scopes": Field(values=[["read"]], methods=("POST",)),
        "expires_at": Field(values=[SOON], methods=("POST",)),
    }


SAMPLES: dict[str, Sample] = {
    "PUT /api/v1/users/{user_id}/password": Sample(body=lambda _: {"password": "x" * 8}),
    "PUT /api/v1/me/password": Sample(
        body=lambda _: {"password": "x" * 8, "current": "x"},  # which is not the current one
        refusal=403,
    ),
}

OPENAPI = create_app(make_settings("sqlite://")).openapi()
DOCUMENT = Document(OPENAPI)
TABLES = SQLModel.metadata.tables
# A collection has the name of its table.
OWNED = {name for name, table in TABLES.items() if is_owned(table)}


def is_of_owned(operation: Operation) -> bool:
    return not OWNED.isdisjoint(operation.path.replace("-", "_").split("/"))


SECRET_COLUMNS = {"owner_id", "password_hash", "version", "digest", "revoked_at"}


def secret_of(operation: Operation) -> set[str]:
    """Return columns that no client sets, but for those that are fields of the feature."""
    feature = features().get(operation.collection)
    fields = feature.with_method(operation.method.upper()) if feature else {}
    return SECRET_COLUMNS - fields.keys()


PROTECTED = [each for each in DOCUMENT.operations if str(each) not in PUBLIC]
ON_OWNED = [each for each in PROTECTED if is_of_owned(each) and each.names("path")]
LISTS_OF_OWNED = [
    each
    for each in PROTECTED
    if is_of_owned(each)
    and each.method == "get"
    and "total" in each.names("query")
    and not each.names("path")
]


FOR_ADMINISTRATORS = [each for each in PROTECTED if each.collection == USERS]


@pytest.fixture(scope="module")
async def shared_app(strict_app: FastAPI) -> FastAPI:
    return strict_app


@pytest.fixture(scope="module")
async def askers(shared_app: FastAPI) -> Askers:
    return await all_askers(shared_app)


@pytest.fixture
async def owner(shared_app: FastAPI) -> AsyncIterator[Caller]:
    """An administrator who has created all rows that the others ask for."""
    issued = await issue_token(database_of(shared_app), scopes="read write admin", admin=True)
    async with client_with(shared_app, issued.token) as client:
        await client.get(ME)
        yield Caller(shared_app, client)
    await make_empty(database_of(shared_app), only=TABLES.keys() - {"users", "tokens"})


async def send(
    owner: Caller,
    operation: Operation,
    client: AsyncClient,
    *,
    path: Json = NOTHING,
    body: Json = NOTHING,
) -> Response:
    """Make a valid request about a row of the owner, but for what is given."""
    bodies = await owner.bodies(operation)
    return await client.request(
        operation.method,
        operation.path.format(**await owner.path(operation) | path),
        params=owner.query(operation),
        json=bodies[0] | body if bodies else None,
    )


async def stored(database: Database) -> list[str]:
    """Return all rows of all tables."""
    async with database.reading() as session:
        assert isinstance(session.bind, AsyncConnection)
        driver = driver_of(session.bind)  # the session would take most of the time
        return [
            f"{name}: {sorted(map(str, await (await driver.execute(query)).fetchall()))}"
            for name in TABLES
            if (query := f'SELECT * FROM "{name}"')  # noqa: S608
        ]


def test_public_operations_are_these() -> None:
    without_security = {
        f"{method.upper()} {path}"
        for path, item in OPENAPI["paths"].items()
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
async def test_only_the_owner_may(
    owner: Caller, askers: Askers, operation: Operation, subtests: pytest.Subtests
) -> None:
    await prepare(owner, operation)
    before = await stored(database_of(owner.app))

    for who, client in askers.unknown:
        with subtests.test(who):
            response = await send(owner, operation, client)
            assert_problem(response, 401, NO_TOKEN)
            assert response.headers["www-authenticate"] == "Bearer"
    for who, client, refusal in forbidden(askers, operation):
        with subtests.test(who):
            assert_problem(await send(owner, operation, client), 403, refusal)
    for who, client in askers.strangers if operation in ON_OWNED + LISTS_OF_OWNED else ():
        with subtests.test(f"another {who}"):
            await check_stranger(owner, operation, client)
    if operation.body is not None:
        secret = dict.fromkeys(secret_of(operation), UNKNOWN_ID)
        response = await send(owner, operation, owner.client, body=secret)
        assert_unknown(response, "body")

    assert await stored(database_of(owner.app)) == before
    response = await send(owner, operation, owner.client)  # or the refusals would prove nothing
    assert response.is_success or response.status_code == refusal_of(operation), response.text


async def prepare(owner: Caller, operation: Operation) -> None:
    """Create the rows that the requests are about."""
    await owner.path(operation)
    await owner.bodies(operation)
    if operation in LISTS_OF_OWNED:
        await features()[operation.path].create(owner.client)


def forbidden(askers: Askers, operation: Operation) -> Iterator[tuple[str, AsyncClient, str]]:
    needed = "read" if operation.only_reads else "write"
    for who, client in askers.writers if needed == "read" else askers.readers:
        yield who, client, f"The token lacks the scope {needed}."
    for who, client in askers.non_administrators if operation in FOR_ADMINISTRATORS else ():
        yield who, client, NO_ADMIN


async def check_stranger(owner: Caller, operation: Operation, client: AsyncClient) -> None:
    """The owner's rows are not in the list; the answer about one is as if there were none."""
    response = await send(owner, operation, client)
    if operation in LISTS_OF_OWNED:
        mine = (await send(owner, operation, owner.client)).json()["items"]
        assert mine
        assert not [item for item in response.json()["items"] if item in mine]
    if operation.names("path"):
        unknown = {name: UNKNOWN_ID for name in operation.names("path") if name.endswith("_id")}
        absent = await send(owner, operation, client, path=unknown)
        assert absent.status_code == 404
        assert_problem(response, 404, absent.json()["detail"])


def test_no_schema_takes_other_fields() -> None:
    for operation in PROTECTED:
        for option in DOCUMENT.options(operation.body) if operation.body else ():
            assert option["additionalProperties"] is False, operation
            assert secret_of(operation).isdisjoint(option["properties"]), operation
