"""Concurrent requests. In-memory SQLite cannot show them, because it has one connection."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from src.core.settings import Settings
from tests.api import THINGS, assert_problem, create_thing
from tests.apps import running


@pytest.fixture(scope="module")
async def shared_app(concurrent_settings: Settings) -> AsyncIterator[FastAPI]:
    """Return an app that waits for locks longer than any machine takes for these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("src.core.postgres.LOCK_SECONDS", 600)
        patch.setattr("src.core.engines.SQLITE_BUSY_SECONDS", 600)
        async with running(concurrent_settings) as app:
            yield app


async def test_of_20_simultaneous_creates_of_one_name_one_succeeds(client: AsyncClient) -> None:
    responses = await asyncio.gather(
        *(client.post(THINGS, json={"name": "Apollo"}) for _ in range(20))
    )

    assert sorted(response.status_code for response in responses) == [201] + [409] * 19
    page = (await client.get(THINGS, params={"total": True})).json()
    assert page["total"] == 1


async def test_no_acknowledged_change_is_lost(client: AsyncClient) -> None:
    """Each change either counts as a version of its own or is refused."""
    thing = await create_thing(client, settings={"count": 0})
    path = f"{THINGS}/{thing['id']}"

    async def change(n: int) -> Response:
        return await client.patch(path, json={"description": f"number {n}"})

    responses = await asyncio.gather(*(change(n) for n in range(20)))

    changed = [response for response in responses if response.status_code == 200]
    refused = [response for response in responses if response.status_code == 409]
    assert len(changed) + len(refused) == 20
    final = (await client.get(path)).json()
    assert final["version"] == 1 + len(changed)
    assert sorted(each.json()["version"] for each in changed) == list(range(2, 2 + len(changed)))


async def test_of_20_simultaneous_changes_of_one_version_one_succeeds(client: AsyncClient) -> None:
    thing = await create_thing(client)
    path = f"{THINGS}/{thing['id']}"

    async def change(n: int) -> Response:
        return await client.patch(path, json={"description": f"{n}"}, headers={"If-Match": '"1"'})

    responses = await asyncio.gather(*(change(n) for n in range(20)))

    assert sorted(response.status_code for response in responses) == [200] + [412] * 19
    assert (await client.get(path)).json()["version"] == 2


async def test_more_clients_than_connections_are_all_served(client: AsyncClient) -> None:
    thing = await create_thing(client)
    path = f"{THINGS}/{thing['id']}"

    writes = [client.post(THINGS, json={"name": f"thing {n}"}) for n in range(25)]
    reads = [client.get(path) for _ in range(25)]
    responses = await asyncio.gather(*writes, *reads)

    assert [response.status_code for response in responses] == [201] * 25 + [200] * 25


async def test_failures_do_not_affect_concurrent_successes(client: AsyncClient) -> None:
    await create_thing(client, name="taken")

    async def create(n: int) -> Response:
        return await client.post(THINGS, json={"name": "taken" if n % 2 else f"free {n}"})

    responses = await asyncio.gather(*(create(n) for n in range(40)))

    assert sorted({response.status_code for response in responses}) == [201, 409]
    page = (await client.get(THINGS, params={"total": True})).json()
    assert page["total"] == 21
    conflict = next(response for response in responses if response.status_code == 409)
    taken = "A value that must be unique is already taken."
    assert_problem(conflict, 409, taken, errors={"body.name": [taken]})
