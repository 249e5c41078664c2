"""The number of queries per request; a higher one would be a bug."""

import pytest
from httpx import AsyncClient

from tests.api import THINGS, create_thing
from tests.performance.conftest import Counted

NOTES = "/api/v1/thing-notes"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["SELECT"]),
        ("?limit=100", ["SELECT"]),
        ("?sort=name&skip=5", ["SELECT"]),
        ("?total=true", ["SELECT", "SELECT"]),
    ],
)
async def test_list(client: AsyncClient, counted: Counted, query: str, expected: list[str]) -> None:
    for _ in range(10):
        await create_thing(client)

    with counted() as statements:
        await client.get(THINGS + query)

    assert statements == expected


async def test_search(client: AsyncClient, counted: Counted) -> None:
    with counted() as statements:
        await client.post(NOTES, json={"title": "River"})
        found = await client.get(NOTES, params={"q": "river", "limit": 100})

    assert len(found.json()["items"]) == 1
    assert statements == ["INSERT", "SELECT"]


async def test_get(client: AsyncClient, counted: Counted) -> None:
    thing = await create_thing(client)

    with counted() as statements:
        await client.get(f"{THINGS}/{thing['id']}")

    assert statements == ["SELECT"]


async def test_create(client: AsyncClient, counted: Counted) -> None:
    with counted() as statements:
        await create_thing(client)

    assert statements == ["INSERT"]


async def test_update(client: AsyncClient, counted: Counted) -> None:
    thing = await create_thing(client)

    with counted() as statements:
        await client.patch(f"{THINGS}/{thing['id']}", json={"description": "Moon"})

    assert statements == ["UPDATE"]


async def test_delete(client: AsyncClient, counted: Counted) -> None:
    thing = await create_thing(client)

    with counted() as statements:
        await client.delete(f"{THINGS}/{thing['id']}")

    assert statements == ["DELETE"]


async def test_invalid_request_does_not_reach_the_database(
    client: AsyncClient, counted: Counted
) -> None:
    with counted() as statements:
        await client.post(THINGS, json={})
        await client.get(THINGS, params={"limit": 0})
        await client.get(f"{THINGS}/none")
        await client.get("/health")

    assert statements == []
