"""Values of features from a stream."""

import json
from typing import Any

import pytest
from httpx import AsyncClient

from src.core.database import Database
from src.ingestion.sink import found
from src.ingestion.sinks.feature_values import sink
from src.services.feature_value import APPEND_ONLY, TOO_LATE
from tests.api import Json
from tests.ingestion import Reader, dead_letters
from tests.integration.test_feature_views import TestFeatureViews as Views

TIME = "2026-10-01T00:00:00Z"
LATER = "2026-10-02T00:00:00Z"


@pytest.fixture
def reader(database: Database) -> Reader:
    return Reader(database, sink)


@pytest.fixture
async def views(client: AsyncClient) -> list[Json]:
    return [await Views.create(client, features={"spent": "float"}) for _ in range(2)]


def record(view: Json, entity: str, spent: object, at: str = TIME, **fields: object) -> bytes:
    values = {"spent": spent}
    row = {"view": view["name"], "entity": entity, "event_at": at, "values": values}
    return json.dumps(row | fields).encode()


async def latest(client: AsyncClient, view: Json, *entities: str) -> list[Any]:
    path = f"{Views.path_of(view)}/online"
    rows = (await client.post(path, json={"entities": entities})).json()["rows"]
    return [row["values"]["spent"] for row in rows]


def test_sink_is_found() -> None:
    assert found()["feature_values"] is sink


async def test_values_go_to_their_views(
    client: AsyncClient, reader: Reader, views: list[Json]
) -> None:
    first, second = views

    await reader.take(record(first, "a", 1), record(second, "a", 2), record(first, "b", None))
    await reader.take(record(first, "a", 3, LATER), record(first, "a", 1), begin=3)

    assert await latest(client, first, "a", "b") == [3, None]
    assert await latest(client, second, "a") == [2]
    assert await dead_letters(client) == []


async def test_record_that_does_not_fit_is_put_aside(
    client: AsyncClient, reader: Reader, views: list[Json]
) -> None:
    first = views[0]

    await reader.take(
        record(first, "a", 1),
        record({"name": "unknown"}, "a", 1),
        record(first, "b", "planted"),
        record(first, "a", 2),  # another value of that time
        record(first, "c", 1, planted=1),
        record(first, "d", 4),
        record(first, "e", 5, "9999-01-01T00:00:00Z"),
        record(first, "f", 6, values={"planted": 6}),
        record(first, "g", 7, values={"spent": 7, "planted": 7}),
    )

    assert await latest(client, first, *"abcdefg") == [1, None, None, 4, None, None, None]
    letters = {each["position"]: each["reason"] for each in await dead_letters(client)}
    assert letters == {
        "2": "view: There is no such view.",
        "3": "spent: Input should be a valid number",
        "4": APPEND_ONLY,
        "5": "has an unknown field",
        "7": f"event_at: {TOO_LATE}",
        "8": "spent: Field required",
        "9": "values: unknown feature",
    }


async def test_views_of_others_are_unknown(
    client: AsyncClient, other: AsyncClient, reader: Reader
) -> None:
    view = await Views.create(other, features={"spent": "float"})

    await reader.take(record(view, "a", 1))

    assert await latest(other, view, "a") == [None]
    (letter,) = await dead_letters(client)
    assert letter["reason"] == "view: There is no such view."
