"""The cost of authentication, in queries."""

from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import URL

from src.services.accounts import AccountService
from src.services.passwords import HASHER
from tests.access import client_with, issue_token, until_heard
from tests.apps import database_of, make_settings, running
from tests.performance.conftest import Counted

ME, TOKENS = "/api/v1/me", "/api/v1/tokens"
PASSWORD = "correct horse"  # noqa: S105


async def statements_of(client: AsyncClient, counted: Counted) -> list[list[str]]:
    """Return the statements of each kind of request, after a first one."""
    new = {"name": "Apollo", "scopes": ["read"]}
    path = f"{TOKENS}/{(await client.post(TOKENS, json=new)).json()['id']}"
    requests = [
        client.build_request("GET", TOKENS),
        client.build_request("GET", path),
        client.build_request("POST", TOKENS, json=new),
        client.build_request("PATCH", path, json={"name": "Gemini"}),
        client.build_request("DELETE", path),
    ]
    counts = []
    for request in requests:
        with counted() as statements:
            assert (await client.send(request)).is_success
        counts.append(statements)
    return counts


async def test_requests_without_a_token_need_no_further_query(
    client: AsyncClient, counted: Counted
) -> None:
    assert await statements_of(client, counted) == [
        ["SELECT"],
        ["SELECT"],
        ["INSERT"],
        ["UPDATE"],
        ["DELETE"],
    ]


async def test_remembered_token_needs_no_further_query(
    app: FastAPI, other: AsyncClient, counted: Counted
) -> None:
    await until_heard(database_of(app))
    await other.get(ME)

    assert await statements_of(other, counted) == [
        ["SELECT"],
        ["SELECT"],
        ["INSERT"],
        ["UPDATE"],
        ["DELETE"],
    ]


@pytest.fixture
async def forgetful(postgres_url: URL | None) -> AsyncIterator[AsyncClient]:
    settings = make_settings(postgres_url or "sqlite://", caller_memory_seconds=0)
    async with running(settings) as app:
        issued = await issue_token(database_of(app), scopes="read write admin", admin=True)
        async with client_with(app, issued.token) as client:
            yield client


async def test_token_needs_one_query(forgetful: AsyncClient, counted: Counted) -> None:
    assert await statements_of(forgetful, counted) == [
        ["SELECT", "SELECT"],
        ["SELECT", "SELECT"],
        ["SELECT", "INSERT"],
        ["SELECT", "UPDATE"],
        ["SELECT", "DELETE"],
    ]


async def test_first_use_of_a_token_needs_one_more(other: AsyncClient, counted: Counted) -> None:
    with counted() as statements:
        await other.get(ME)

    assert statements == ["SELECT", "UPDATE", "SELECT"]


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("incorrect horse", {"INSERT": 2, "SELECT": 1}),
        (PASSWORD, {"INSERT": 3, "SELECT": 1, "UPDATE": 1, "DELETE": 1, "WITH": 1}),
    ],
)
async def test_login(
    app: FastAPI,
    client: AsyncClient,
    other: AsyncClient,
    counted: Counted,
    password: str,
    expected: dict[str, int],
) -> None:
    user = (await other.get(ME)).json()
    async with database_of(app).writing() as session:
        hashed = HASHER.hash(PASSWORD)
        await AccountService(session).set_password(UUID(user["id"]), hashed)

    with counted() as statements:
        form = {"username": user["email"], "password": password}
        await client.post("/api/v1/login", data=form)

    assert Counter(each for each in statements if each != "BEGIN") == expected  # only on SQLite
