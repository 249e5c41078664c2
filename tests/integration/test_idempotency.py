"""A POST with an Idempotency-Key is done once, and answered as often as it is sent."""

import asyncio
from datetime import timedelta

import pytest
from fastapi import APIRouter, FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import URL, bindparam, func
from sqlmodel import col, select, update

from src.api.routing import ResourceRoute
from src.core.database import Database
from src.models.base import utc_now
from src.models.idempotency import IdempotentAnswer
from src.services.idempotency import KEPT, IdempotencyService
from src.services.purging import EVERY, Purge
from tests.api import THINGS, Json, assert_problem, create_thing

KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture(scope="module")
async def shared_app(shared_concurrent_app: FastAPI) -> FastAPI:
    return shared_concurrent_app


async def post(client: AsyncClient, key: str = KEY, **body: object) -> Response:
    return await client.post(THINGS, json=body, headers={"Idempotency-Key": key})


async def names(client: AsyncClient) -> list[str]:
    page: Json = (await client.get(THINGS, params={"sort": "name"})).json()
    return [thing["name"] for thing in page["items"]]


async def test_repeated_request_is_answered_alike_and_done_once(client: AsyncClient) -> None:
    first = await post(client, name="Apollo")
    second = await post(client, name="Apollo")

    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    for header in ("etag", "location", "content-type", "content-length"):
        assert first.headers[header] == second.headers[header]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert await names(client) == ["Apollo"]


async def test_answer_is_that_of_the_first_time_whatever_happened_since(
    client: AsyncClient,
) -> None:
    first = await post(client, name="Apollo")
    await client.delete(first.headers["location"])

    assert (await post(client, name="Apollo")).content == first.content
    assert await names(client) == []


async def test_key_with_another_body_is_refused(client: AsyncClient) -> None:
    await post(client, name="Apollo")

    response = await post(client, name="Gemini")

    assert_problem(response, 422, "This Idempotency-Key was used for another request.")
    assert await names(client) == ["Apollo"]


async def test_other_key_is_another_request(client: AsyncClient) -> None:
    await post(client, name="Apollo")

    assert (await post(client, key="other", name="Apollo")).status_code == 409


async def test_refused_request_leaves_its_key_free(client: AsyncClient) -> None:
    await create_thing(client, name="Apollo")

    conflict = await post(client, name="Apollo")
    invalid = await post(client, name="")

    assert (conflict.status_code, invalid.status_code) == (409, 422)
    assert (await post(client, name="Gemini")).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "\t"])
async def test_wrong_key_is_refused(client: AsyncClient, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode("latin-1")}
    response = await client.post(THINGS, json={"name": "Apollo"}, headers=headers)

    detail = "Idempotency-Key must be 1 to 255 printable ASCII characters."
    assert_problem(response, 422, detail)
    assert await names(client) == []


@pytest.mark.parametrize("key", ["k", "x" * 255, "a b", '"quoted"'])
async def test_key_may_have_1_to_255_printable_characters(client: AsyncClient, key: str) -> None:
    assert (await post(client, key, name="Apollo")).status_code == 201
    assert (await post(client, key, name="Apollo")).headers["idempotent-replayed"] == "true"


async def test_simultaneous_twins_are_done_once(client: AsyncClient) -> None:
    responses = await asyncio.gather(*(post(client, name="Apollo") for _ in range(20)))

    assert {response.status_code for response in responses} == {201}
    assert len({response.content for response in responses}) == 1
    assert sum("idempotent-replayed" in response.headers for response in responses) == 19
    assert await names(client) == ["Apollo"]


async def test_twin_of_a_request_that_takes_long_is_told_to_come_back(
    app: FastAPI, client: AsyncClient, postgres_url: URL | None
) -> None:
    if postgres_url is None:
        pytest.skip("on SQLite the twin waits in the queue of writers")
    at_work, finish = asyncio.Event(), asyncio.Event()
    slow = APIRouter(route_class=ResourceRoute)

    @slow.post("/slow")
    async def work() -> None:
        at_work.set()
        await finish.wait()

    app.include_router(slow)
    headers = {"Idempotency-Key": KEY}
    first = asyncio.create_task(client.post("/slow", headers=headers))
    await at_work.wait()

    twin = await client.post("/slow", headers=headers)
    finish.set()

    assert_problem(twin, 409, "A request with this Idempotency-Key is at work: repeat it later.")
    assert twin.headers["retry-after"] == "1"
    assert (await first).status_code == 200
    again = await client.post("/slow", headers=headers)
    assert again.headers["idempotent-replayed"] == "true"


async def test_old_answers_can_be_purged(client: AsyncClient, database: Database) -> None:
    await post(client, name="Apollo")

    async with database.writing() as session:
        service = IdempotencyService(session)
        kept = await service.purge(timedelta(hours=1))
        gone = await service.purge(timedelta(0))

    assert (kept, gone) == (0, 1)
    assert (await post(client, name="Gemini")).status_code == 201


async def test_stored_answers_stay_bounded_without_a_timer(database: Database) -> None:
    sizes = []
    for day in range(4):
        async with database.writing() as session:
            await session.exec(update(IdempotentAnswer).values(created_at=utc_now() - KEPT))
            service = IdempotencyService(session)
            for n in range(2 * EVERY):
                await service.claim(f"{day} {n}", "fingerprint")
            stored = await session.exec(select(func.count()).select_from(IdempotentAnswer))
            sizes.append(stored.one())

    assert sizes == [2 * EVERY] * 4


async def test_two_that_purge_at_once_do_not_wait_for_each_other(
    database: Database, postgres_url: URL | None
) -> None:
    if postgres_url is None:
        pytest.skip("SQLite has one writer at a time")
    async with database.writing() as session:
        for n in range(3):
            await IdempotencyService(session).claim(f"{n}", "fingerprint")

    async with database.writing() as one, database.writing() as other:
        ended = col(IdempotentAnswer.created_at) < bindparam("before")
        purge = Purge(col(IdempotentAnswer.digest), ended)
        before = utc_now() + timedelta(days=1)
        assert await purge.batch(one, 2, before=before) == 2
        assert await purge.batch(other, 2, before=before) == 1


async def test_key_itself_is_not_stored(client: AsyncClient, database: Database) -> None:
    await post(client, key="planted", name="Apollo")

    async with database.reading() as session:
        connection = await session.connection()
        rows = await connection.exec_driver_sql(
            "SELECT digest, fingerprint FROM idempotent_answers"
        )

    assert "planted" not in str(rows.all())


async def test_header_is_in_the_openapi_document_of_posts(app: FastAPI) -> None:
    operations = app.openapi()["paths"][THINGS]

    named = {
        method: [parameter["name"] for parameter in operation.get("parameters", [])]
        for method, operation in operations.items()
    }
    assert "Idempotency-Key" in named["post"]
    assert "Idempotency-Key" not in named["get"]
