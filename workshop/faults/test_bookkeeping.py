"""Many clients at one row, one key, one name: the numbers have to come out exactly."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from secrets import SystemRandom

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import URL

from tests.api import THINGS, create_thing
from tests.apps import make_settings, running
from workshop.rigs.clients import run_sql
from workshop.rigs.ledger import Ledger

CHANCE = SystemRandom()


@pytest.fixture
async def app(url: URL) -> AsyncIterator[FastAPI]:
    async with running(make_settings(url)) as app:
        yield app


async def test_of_1000_increments_none_is_lost(client: AsyncClient, url: URL) -> None:
    ledger = Ledger()
    path = f"{THINGS}/{(await create_thing(client, settings={'count': 0}))['id']}"

    async def increment() -> None:
        while True:
            read = await ledger.insist(client, "GET", path)
            settings = {"count": read.json()["settings"]["count"] + 1}
            headers = {"If-Match": read.headers["etag"]}
            changed = await ledger.insist(
                client, "PATCH", path, json={"settings": settings}, headers=headers
            )
            if changed.status_code == 200:
                return
            assert changed.status_code == 412
            # Who lost the race waits for a moment of his own, or all would meet again at once.
            await asyncio.sleep(CHANCE.uniform(0, 0.3))

    async def increment_often() -> None:
        for _ in range(50):
            await increment()

    await asyncio.gather(*(increment_often() for _ in range(20)))

    final = (await client.get(path)).json()
    assert final["settings"] == {"count": 1000}
    assert final["version"] == 1001
    assert run_sql(url, "SELECT version FROM things") == [(1001,)]
    print(ledger)


async def test_200_simultaneous_posts_of_one_key_make_one_row(
    client: AsyncClient, url: URL
) -> None:
    ledger = Ledger()
    post = {"json": {"name": "Apollo"}, "headers": {"Idempotency-Key": "only once"}}

    responses = await asyncio.gather(
        *(ledger.insist(client, "POST", THINGS, **post) for _ in range(200))
    )

    kept = ["location", "etag", "content-type"]
    answers = {
        (each.status_code, each.content, *(each.headers.get(name) for name in kept))
        for each in responses
    }
    assert len(answers) == 1
    assert responses[0].status_code == 201
    replayed = Counter(each.headers.get("idempotent-replayed") for each in responses)
    assert replayed == {None: 1, "true": 199}
    assert (await client.get(THINGS)).json()["items"] == [responses[0].json()]
    assert run_sql(url, "SELECT name FROM things") == [("Apollo",)]
    print(ledger)


async def test_of_200_simultaneous_creates_of_one_name_one_succeeds(
    client: AsyncClient, url: URL
) -> None:
    ledger = Ledger()

    responses = await asyncio.gather(
        *(ledger.insist(client, "POST", THINGS, json={"name": "Apollo"}) for _ in range(200))
    )

    assert Counter(each.status_code for each in responses) == {201: 1, 409: 199}
    created = next(each for each in responses if each.status_code == 201)
    assert (await client.get(THINGS)).json()["items"] == [created.json()]
    assert run_sql(url, "SELECT name FROM things") == [("Apollo",)]
    print(ledger)
