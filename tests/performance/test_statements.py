"""How many statements a request costs; more than these would be an accident."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from httpx import AsyncClient
from sqlalchemy import Engine, event

from tests.api import PROJECTS, create_project


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def remember(*arguments: object) -> None:
        statements.append(str(arguments[2]).split()[0])

    event.listen(Engine, "before_cursor_execute", remember)
    yield statements
    event.remove(Engine, "before_cursor_execute", remember)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["SELECT"]),
        ("?limit=100", ["SELECT"]),
        ("?sort=name&skip=5", ["SELECT"]),
        ("?total=true", ["SELECT", "SELECT"]),
    ],
)
async def test_list(client: AsyncClient, query: str, expected: list[str]) -> None:
    for _ in range(10):
        await create_project(client)

    with counted() as statements:
        await client.get(PROJECTS + query)

    assert [each for each in statements if each != "BEGIN"] == expected


async def test_get(client: AsyncClient) -> None:
    project = await create_project(client)

    with counted() as statements:
        await client.get(f"{PROJECTS}/{project['id']}")

    assert [each for each in statements if each != "BEGIN"] == ["SELECT"]


async def test_create(client: AsyncClient) -> None:
    with counted() as statements:
        await create_project(client)

    assert [each for each in statements if each != "BEGIN"] == ["INSERT"]


async def test_update(client: AsyncClient) -> None:
    project = await create_project(client)

    with counted() as statements:
        await client.patch(f"{PROJECTS}/{project['id']}", json={"description": "Moon"})

    assert [each for each in statements if each != "BEGIN"] == ["SELECT", "UPDATE"]


async def test_delete(client: AsyncClient) -> None:
    project = await create_project(client)

    with counted() as statements:
        await client.delete(f"{PROJECTS}/{project['id']}")

    assert [each for each in statements if each != "BEGIN"] == ["SELECT", "DELETE"]


async def test_request_that_is_invalid_reaches_no_database(client: AsyncClient) -> None:
    with counted() as statements:
        await client.post(PROJECTS, json={})
        await client.get(PROJECTS, params={"limit": 0})
        await client.get(f"{PROJECTS}/none")
        await client.get("/health")

    assert statements == []
