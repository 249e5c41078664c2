"""The values of features: what is written, and what is read of it."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response

from src.core.database import Database
from src.schemas.feature_value import BATCH, BATCH_BYTES, CELLS, ENTITIES
from src.services.feature_forms import CHARACTERS, FORMS, form_of
from src.services.feature_value import APPEND_ONLY, TOO_LATE, TOO_MANY
from src.services.feature_view import ADD_ONLY
from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem
from tests.callers import Sample
from tests.integration.test_feature_views import TestFeatureViews as Views

UNKNOWN = "There is no such feature view."
FORM = "The values are not those of the view."
VIEW = "/api/v1/feature-views/{feature_view_id}"
SPENT = {"spent": "float"}
TIME = datetime(2026, 11, 1, 8, tzinfo=UTC)
SAMPLES: dict[str, Sample] = {
    f"POST {VIEW}/values": Sample(body=lambda _: {"rows": [row("ada", 0, spent=1.0)]}),
    f"POST {VIEW}/online": Sample(body=lambda _: {"entities": ["ada"]}),
    f"POST {VIEW}/historical": Sample(body=lambda _: {"rows": [moment("ada", 0)]}),
}


def at(seconds: float) -> str:
    return (TIME + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def row(entity: str, seconds: float, **values: object) -> Json:
    return {"entity": entity, "event_at": at(seconds), "values": values}


def moment(entity: str, seconds: float) -> Json:
    return {"entity": entity, "at": at(seconds)}


async def view(
    client: AsyncClient, features: Mapping[str, str] = SPENT, ttl_seconds: int | None = None
) -> str:
    """Create a view, and return its path."""
    given = {"features": features, "ttl_seconds": ttl_seconds}
    return Views.path_of(await Views.create(client, **given))


async def post(client: AsyncClient, path: str, rows: Sequence[Json], **headers: str) -> Response:
    return await client.post(f"{path}/values", json={"rows": rows}, headers=headers)


async def append(client: AsyncClient, path: str, *rows: Json) -> Json:
    response = await post(client, path, rows)
    assert response.status_code == 200, response.text
    receipt: Json = response.json()
    return receipt


async def answer(client: AsyncClient, path: str, **query: object) -> Json:
    response = await client.post(path, json=query)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


async def online(client: AsyncClient, path: str, *entities: str) -> list[Json]:
    rows: list[Json] = (await answer(client, f"{path}/online", entities=entities))["rows"]
    return rows


async def historical(client: AsyncClient, path: str, *moments: Json) -> list[Json]:
    rows: list[Json] = (await answer(client, f"{path}/historical", rows=moments))["rows"]
    return rows


def spent(rows: Sequence[Json]) -> list[float | None]:
    return [each["values"]["spent"] for each in rows]


async def test_latest_values_are_read_in_the_order_of_the_request(client: AsyncClient) -> None:
    path = await view(client)

    receipt = await append(
        client, path, *(row(name, n, spent=n) for n, name in enumerate(("ada", "bob", "ada")))
    )

    assert receipt == {"received": 3, "stored": 3, "moved": 2}
    assert await answer(client, f"{path}/online", entities=["bob", "nobody", "ada", "bob"]) == {
        "view_version": 1,
        "rows": [
            row("bob", 1, spent=1.0),
            {"entity": "nobody", "event_at": None, "values": {"spent": None}},
            row("ada", 2, spent=2.0),
            row("bob", 1, spent=1.0),
        ],
    }


async def test_late_event_is_kept_and_is_no_latest_one(client: AsyncClient) -> None:
    path = await view(client)
    await append(client, path, row("ada", 10, spent=10))

    receipt = await append(client, path, row("ada", 5, spent=5))

    assert receipt == {"received": 1, "stored": 1, "moved": 0}
    assert spent(await online(client, path, "ada")) == [10]
    moments = [moment("ada", seconds) for seconds in (4.9, 5, 9.999999, 10)]
    assert spent(await historical(client, path, *moments)) == [None, 5, 5, 10]


async def test_same_rows_again_change_nothing(client: AsyncClient) -> None:
    path = await view(client, {"a": "float", "b": "text"})
    rows = [row("ada", n, a=0.1, b="ä 🚀 \\u0000 'x'") for n in range(2)]
    await append(client, path, *rows)

    receipt = await append(client, path, *rows, row("ada", 2, b=None, a=1))

    assert receipt == {"received": 3, "stored": 1, "moved": 1}


async def test_zero_is_the_same_with_either_sign(client: AsyncClient) -> None:
    path = await view(client)

    for zero in (0.0, -0.0, 0):
        await append(client, path, row("ada", 0, spent=zero))
    await append(client, path, row("bob", 0, spent=-0.0))

    rows = await online(client, path, "ada", "bob")
    assert [str(each) for each in spent(rows)] == ["0.0", "0.0"]


async def test_stored_values_never_change(client: AsyncClient) -> None:
    path = await view(client)
    await append(client, path, row("ada", 0, spent=1))

    response = await post(client, path, [row("ada", 1, spent=1), row("ada", 0, spent=2)])

    assert_problem(response, 409, APPEND_ONLY)
    assert await online(client, path, "ada") == [row("ada", 0, spent=1)]


async def test_entities_are_those_of_one_view(client: AsyncClient) -> None:
    first, second = await view(client), await view(client)

    await append(client, first, row("ada", 0, spent=1))

    assert spent(await online(client, second, "ada")) == [None]
    assert spent(await historical(client, second, moment("ada", 0))) == [None]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("float", [None, 0.0, -1.5, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1e300, 1.0]),
        ("int", [None, 0, 2**53 - 1, 1 - 2**53]),
        ("bool", [None, True, False]),
        ("text", [None, "", "1", "ä 漢 🚀 \\u0000 \"quoted\" 'x'", "x" * CHARACTERS]),
    ],
)
async def test_values_come_back_as_they_went_in(
    client: AsyncClient, kind: str, values: list[object]
) -> None:
    path = await view(client, {"value": kind})
    rows = [row(f"{n}", 0, value=value) for n, value in enumerate(values)]

    await append(client, path, *rows)

    read = await online(client, path, *map(str, range(len(values))))
    assert [repr(each["values"]["value"]) for each in read] == [repr(each) for each in values]
    past = await historical(client, path, *(moment(f"{n}", 0) for n in range(len(values))))
    assert past == read == rows


@pytest.mark.parametrize(
    ("values", "place", "message"),
    [
        ({}, ".a", "Field required"),
        ({"a": 1}, ".b", "Field required"),
        ({"a": 1, "b": "", "evil": 1}, "", "unknown feature"),
        ({"a": "1", "b": ""}, ".a", "Input should be a valid number"),
        ({"a": True, "b": ""}, ".a", "Input should be a valid number"),
        ({"a": [], "b": ""}, ".a", "Input should be a valid number"),
        ({"a": 1, "b": 1}, ".b", "Input should be a valid string"),
        ({"a": 1, "b": "x" * 1001}, ".b", "String should have at most 1000 characters"),
    ],
    ids=str,
)
async def test_values_have_the_form_of_their_view(
    client: AsyncClient, values: Json, place: str, message: str
) -> None:
    path = await view(client, {"a": "float", "b": "text"})
    right = row("ada", 0, a=None, b=None)

    response = await post(client, path, [right, {**right, "entity": "bob", "values": values}])

    assert response.status_code == 422
    problem = response.json()
    assert problem["detail"] == FORM
    assert message in problem["errors"][f"body.rows.1.values{place}"]
    assert "evil" not in response.text
    assert (await online(client, path, "ada"))[0]["event_at"] is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [("int", 1.5), ("int", 2**53), ("bool", 1), ("text", "a\x00b"), ("float", 10**400)],
    ids="{!r:.20}".format,
)
async def test_values_are_strict(client: AsyncClient, kind: str, value: object) -> None:
    path = await view(client, {"a": kind})

    response = await post(client, path, [row("ada", 0, a=value)])

    assert [*response.json()["errors"]] == ["body.rows.0.values.a"]


async def test_errors_of_a_row_are_few(client: AsyncClient) -> None:
    path = await view(client, {f"f{n}": "float" for n in range(100)})

    response = await post(client, path, [row("ada", 0)])

    assert len(response.json()["errors"]) == 20


async def test_more_names_than_a_view_can_have_are_not_looked_at(client: AsyncClient) -> None:
    path = await view(client)

    response = await post(client, path, [row("ada", 0, **{f"f{n}": 1 for n in range(101)})])

    assert_invalid(response, {"body.rows.0.values": ["must have at most 100 names"]})


async def test_rows_of_one_batch_differ(client: AsyncClient) -> None:
    path = await view(client)

    response = await post(client, path, [row("ada", 0, spent=1), row("ada", 0, spent=1)])

    assert_invalid(response, {"body.rows": ["must not have two rows of the same entity and time"]})


async def test_future_would_hide_what_is_known(client: AsyncClient) -> None:
    path = await view(client)
    soon = datetime.now(UTC) + timedelta(seconds=30)
    later = datetime.now(UTC) + timedelta(seconds=90)
    rows = [row("ada", 0, spent=1) | {"event_at": each.isoformat()} for each in (soon, later)]

    assert (await post(client, path, rows[:1])).status_code == 200
    response = await post(client, path, rows)

    assert_problem(response, 422, FORM, errors={"body.rows.1.event_at": [TOO_LATE]})


async def test_old_values_are_not_read(client: AsyncClient) -> None:
    now = datetime.now(UTC)
    path = await view(client, ttl_seconds=3600)
    times = {"young": now - timedelta(seconds=3500), "old": now - timedelta(seconds=3601)}
    rows = [row(e, 0, spent=1) | {"event_at": each.isoformat()} for e, each in times.items()]
    await append(client, path, *rows, row("ada", 0, spent=1))

    assert spent(await online(client, path, "young", "old", "ada")) == [1, None, None]
    moments = [moment("ada", seconds) for seconds in (0, 3600, 3600.000001)]
    assert spent(await historical(client, path, *moments)) == [1, 1, None]


async def test_added_feature_is_null_in_older_rows(client: AsyncClient) -> None:
    path = await view(client)
    await append(client, path, row("ada", 0, spent=1))

    both = {"spent": "float", "orders": "int"}
    assert (await client.patch(path, json={"features": both})).json()["version"] == 2

    assert await answer(client, f"{path}/online", entities=["ada"]) == {
        "view_version": 2,
        "rows": [row("ada", 0, orders=None, spent=1.0)],
    }
    assert (await historical(client, path, moment("ada", 0)))[0]["values"]["orders"] is None
    assert (await post(client, path, [row("ada", 1, spent=1)])).status_code == 422
    await append(client, path, row("ada", 1, spent=2, orders=3))


@pytest.mark.parametrize("features", [{"other": "float"}, {"spent": "int"}], ids=str)
async def test_features_of_stored_values_stay(client: AsyncClient, features: Json) -> None:
    path = await view(client)
    assert (await client.patch(path, json={"features": features})).status_code == 200
    assert (await client.patch(path, json={"features": {"spent": "float"}})).status_code == 200
    await append(client, path, row("ada", 0, spent=1))

    response = await client.patch(path, json={"features": features})

    assert_problem(response, 409, ADD_ONLY, errors={"body.features": [ADD_ONLY]})
    assert (await client.patch(path, json={"ttl_seconds": 1})).status_code == 200


async def test_deleted_view_takes_its_values_along(client: AsyncClient, database: Database) -> None:
    path = await view(client)
    await append(client, path, row("ada", 0, spent=1))

    assert (await client.delete(path)).status_code == 204

    assert_problem(await post(client, path, [row("ada", 0, spent=1)]), 404, UNKNOWN)


@pytest.mark.parametrize("what", ["values", "online", "historical"])
async def test_others_views_are_as_if_not_there(
    client: AsyncClient, other: AsyncClient, what: str
) -> None:
    theirs = await view(other)
    await append(other, theirs, row("ada", 0, spent=1))
    body: dict[str, Json] = {
        "values": {"rows": [row("ada", 1, spent=1)]},
        "online": {"entities": ["ada"]},
        "historical": {"rows": [moment("ada", 1)]},
    }

    for path in (theirs, f"{Views.path}/{UNKNOWN_ID}"):
        response = await client.post(f"{path}/{what}", json=body[what])
        assert_problem(response, 404, UNKNOWN)
    assert await online(other, theirs, "ada") == [row("ada", 0, spent=1)]


async def test_batch_that_is_repeated_with_a_key_runs_once(client: AsyncClient) -> None:
    path, rows = await view(client), [row("ada", 0, spent=1)]

    first = await post(client, path, rows, **{"Idempotency-Key": "k"})
    second = await post(client, path, rows, **{"Idempotency-Key": "k"})

    assert first.json() == second.json() == {"received": 1, "stored": 1, "moved": 1}


async def test_rows_of_a_batch_are_counted(client: AsyncClient) -> None:
    path = await view(client)
    rows = [row(f"{n}", 0, spent=n) for n in range(BATCH)]

    assert await append(client, path, *rows) == {"received": BATCH, "stored": BATCH, "moved": BATCH}
    assert await append(client, path, *rows) == {"received": BATCH, "stored": 0, "moved": 0}

    assert (await post(client, path, [*rows, row("x", 0, spent=1)])).status_code == 422
    found = await historical(client, path, *(moment(f"{n}", 0) for n in range(BATCH)))
    assert spent(found) == [*range(BATCH)]


async def test_bytes_of_a_batch_are_counted(client: AsyncClient) -> None:
    path = await view(client, {"value": "text"})

    response = await post(client, path, [row(f"{n}", 0, value="x" * 1000) for n in range(4_000)])

    assert_problem(response, 413, f"The body may have at most {BATCH_BYTES} bytes.")


async def test_entities_are_counted(client: AsyncClient) -> None:
    path = await view(client)
    entities = [*map(str, range(ENTITIES))]

    assert len(await online(client, path, *entities)) == ENTITIES

    response = await client.post(f"{path}/online", json={"entities": [*entities, "x"]})
    assert [*response.json()["errors"]] == ["body.entities"]


async def test_values_of_an_answer_are_counted(client: AsyncClient) -> None:
    path = await view(client, {f"f{n}": "float" for n in range(11)})
    most = CELLS // 11

    fits = await client.post(f"{path}/historical", json={"rows": [moment("a", 0)] * most})
    beyond = await client.post(f"{path}/historical", json={"rows": [moment("a", 0)] * (most + 1)})

    assert fits.status_code == 200
    assert_problem(beyond, 422, TOO_MANY)


def test_forms_that_are_kept_are_counted() -> None:
    for number in range(FORMS + 1):
        form_of(((f"f{number}", "int"),))

    assert form_of.cache_info().currsize == FORMS


@pytest.mark.parametrize("seed", range(10))
async def test_past_is_that_of_a_search_by_hand(client: AsyncClient, seed: int) -> None:
    """Compare 1,000 moments: ties, events that arrive late, and a time to live."""
    chance = random.Random(seed)  # noqa: S311
    ttl = chance.choice([None, 1, 20, 300])
    path = await view(client, ttl_seconds=ttl)
    events = {
        (f"e{chance.randrange(20)}", chance.randrange(600) / 2): chance.random()
        for _ in range(chance.randrange(50, 600))
    }
    rows = [row(entity, seconds, spent=value) for (entity, seconds), value in events.items()]
    chance.shuffle(rows)
    for start in range(0, len(rows), 100):
        await append(client, path, *rows[start : start + 100])
    asked = [(f"e{chance.randrange(22)}", chance.randrange(-20, 1300) / 4) for _ in range(1000)]

    found = spent(await historical(client, path, *(moment(*each) for each in asked)))

    assert found == [by_hand(events, *each, ttl) for each in asked]
    latest = await online(client, path, *(f"e{n}" for n in range(22)))
    if ttl is None:
        assert spent(latest) == [by_hand(events, f"e{n}", 1e9, None) for n in range(22)]


def by_hand(
    events: dict[tuple[str, float], float], entity: str, seconds: float, ttl: int | None
) -> float | None:
    before = [when for name, when in events if name == entity and when <= seconds]
    if not before or (ttl is not None and seconds - max(before) > ttl):
        return None
    return events[entity, max(before)]


async def test_of_200_late_and_new_writers_the_newest_stays(
    concurrent_client: AsyncClient,
) -> None:
    client, seconds = concurrent_client, [*range(200)]
    path = await view(client)
    random.Random(1).shuffle(seconds)  # noqa: S311

    async def write(second: int) -> Response:
        rows = [row(name, second, spent=second) for name in ("ada", "bob")]
        return await post(client, path, rows[:: 1 if second % 2 else -1])

    answers = await asyncio.gather(*map(write, seconds))

    assert {each.status_code for each in answers} == {200}
    assert spent(await online(client, path, "ada", "bob")) == [199, 199]
    moments = [moment("ada", second) for second in range(200)]
    assert spent(await historical(client, path, *moments)) == [*range(200)]


async def test_acknowledged_values_are_read_at_once(concurrent_client: AsyncClient) -> None:
    client = concurrent_client
    path = await view(client)

    async def write_and_read(entity: str) -> list[Any]:
        stale = []
        for second in range(20):
            await append(client, path, row(entity, second, spent=second))
            if spent(await online(client, path, entity)) != [second]:
                stale.append(second)
        return stale

    assert await asyncio.gather(*(write_and_read(f"e{n}") for n in range(10))) == [[]] * 10


async def test_writers_and_a_change_of_the_view_wait_for_each_other(
    concurrent_client: AsyncClient,
) -> None:
    """A view either changes before it has values, or keeps its features."""
    client = concurrent_client
    for _ in range(20):
        path = await view(client)

        changed, written = await asyncio.gather(
            client.patch(path, json={"features": {"other": "float"}}),
            post(client, path, [row("ada", 0, spent=1)]),
        )

        assert [changed.is_success, written.is_success].count(True) == 1
