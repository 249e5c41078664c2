"""Secrets come in everywhere. None goes out: not to the log, nor into an error, nor the schema."""

from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import URL

from src.core.database import Database
from tests.access import issue_token
from tests.api import THINGS
from tests.apps import make_settings
from workshop.faults.service import FAULTY
from workshop.rigs.forwarder import forwarded
from workshop.rigs.service import served

JSON = {"Content-Type": "application/json"}
PLACES = [
    "database-password",
    "authorization",
    "wrong-token",
    "password",
    "idempotency-key",
    "accepted-value",
    "accepted-json",
    "refused-value",
    "conflicting-value",
    "query",
    "path",
    "request-id",
    "cookie",
    "exception",
]


@pytest.fixture
def secrets() -> dict[str, str]:
    return {place: f"{place}-{uuid4().hex}" for place in PLACES}


async def valid_token(url: URL) -> str:
    database = Database(make_settings(url))
    issued = await issue_token(database)
    await database.dispose()
    return issued.token


async def send_all(client: AsyncClient, secrets: dict[str, str]) -> list[Response]:
    """Requests that fail, after some that do not; together they hold every secret but one."""
    client.headers["Authorization"] = f"Bearer {secrets['authorization']}"
    client.headers["Cookie"] = f"session={secrets['cookie']}"
    value = {"description": secrets["accepted-value"], "settings": {"": secrets["accepted-json"]}}
    conflicting = {"name": secrets["conflicting-value"]}
    refused = {"name": [secrets["refused-value"]], secrets["refused-value"]: 1}
    broken = f"{{{secrets['refused-value']}"
    key = {"Idempotency-Key": secrets["idempotency-key"]}
    accepted = [
        await client.post(THINGS, json={"name": "Apollo"} | value, headers=key),
        await client.post(THINGS, json={"name": "Apollo"} | value, headers=key),
        await client.post(THINGS, json=conflicting),
    ]
    assert [each.status_code for each in accepted] == [201, 201, 201]
    wrong = {"Authorization": f"Bearer {secrets['wrong-token']}"}
    login = {"username": "ada@example.com", "password": secrets["password"]}
    failures = {
        401: [
            await client.get("/api/v1/me", headers=wrong),
            await client.post("/api/v1/login", data=login),
        ],
        422: [
            await client.post(THINGS, json=refused),
            await client.post(THINGS, json=conflicting, headers=key),
            await client.get(THINGS, params={"sort": secrets["query"]}),
            await client.get(THINGS, params={secrets["query"]: secrets["query"]}),
            await client.get(THINGS, params={"cursor": secrets["query"]}),
        ],
        409: [await client.post(THINGS, json=conflicting)],
        404: [
            await client.get(f"{THINGS}/{secrets['path']}"),
            await client.get(f"/{secrets['path']}", params={"q": secrets["query"]}),
            await client.get("/none", headers={"X-Request-ID": f"no id: {secrets['request-id']}"}),
        ],
        405: [await client.put(THINGS, json=refused)],
        400: [await client.post(THINGS, content=broken, headers=JSON)],
        415: [await client.post(THINGS, content=broken)],
        500: [await client.post("/broken", json=secrets["exception"])],
    }
    for status, responses in failures.items():
        assert [each.status_code for each in responses] == [status] * len(responses)
    return [response for responses in failures.values() for response in responses]


@pytest.mark.parametrize("environment", ["development", "production"])
async def test_no_secret_is_logged_or_told(
    url: URL, tmp_path: Path, secrets: dict[str, str], environment: str
) -> None:
    async with AsyncExitStack() as stack:
        forwarder = None
        if url.get_backend_name() == "postgresql":
            forwarder = await stack.enter_async_context(
                forwarded(url.set(password=secrets["database-password"]))
            )
        service = await stack.enter_async_context(
            served(
                forwarder.url if forwarder else url, tmp_path, app=FAULTY, environment=environment
            )
        )
        secrets["authorization"] = await valid_token(url)
        told = await send_all(service.client, secrets)
        told.append(await service.client.get("/openapi.json"))
        if forwarder:  # the driver says in its own words that the server is away
            await forwarder.refuse()
            told += [await service.client.get(path) for path in (THINGS, "/health/ready")]
        service.process.terminate()
        await service.exit_within(5)
        logged = service.log.read_text(encoding="utf-8")

    answers = "\n".join(f"{each.headers} {each.text}" for each in told)
    assert f"GET {THINGS} 422" in logged
    assert {place for place, secret in secrets.items() if secret in answers} == set()
    if environment == "development":  # there, a programmer has to see what an error says
        del secrets["exception"]
    leaks = [line for line in logged.splitlines() if any(each in line for each in secrets.values())]
    assert leaks == []
