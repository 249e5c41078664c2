"""Every part of a request is bounded, and no part keeps the event loop for long."""

import json
from collections.abc import AsyncIterator
from encodings.aliases import aliases
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from httpx import AsyncClient, Response

from src.api.bodies import VALUES
from src.api.guards import Guard
from src.api.problems import ERRORS as SHOWN
from src.api.routing import ResourceRoute
from src.api.sizes import HEADER_BYTES, HEADERS, PARAMETERS, URL_BYTES
from src.core.errors import UnauthenticatedError
from src.core.search_index import LONGEST
from src.models.json_objects import UNKNOWN_FIELDS
from src.models.storable import JSON_BYTES, JSON_DEPTH
from src.models.types import PAGE, SKIP
from src.schemas.base import ERRORS, Payload
from src.schemas.page import CURSOR, FILTER_VALUES
from tests.api import THINGS, assert_invalid, assert_problem
from tests.apps import client_of, make_settings, running
from tests.cost import cheaply
from tests.things import ThingCreate

MISMATCH = "The request does not match the schema."
JSON_TYPE = {"Content-Type": "application/json"}
TOO_MANY_VALUES = f"The body may have at most {VALUES} values."
LARGE = 900_000


async def timed(client: AsyncClient, body: bytes, media_type: str = "application/json") -> Response:
    """Post a body, and hold the time that it takes the event loop."""
    headers = {"Content-Type": media_type}
    return await cheaply(lambda: client.post(THINGS, content=body, headers=headers))


def fitting(item: str, around: str = "{}") -> bytes:
    """Repeat an item, which may have a number, as often as a large body has room."""
    count = LARGE // (len(item.format(10_000)) + 1)
    return around.replace("{}", ",".join(item.format(n) for n in range(count))).encode()


# The line and the headers


async def test_url_of_the_maximum_length_is_read(client: AsyncClient) -> None:
    longest = URL_BYTES - len(THINGS) - len("cursor=")

    fits = await client.get(f"{THINGS}?cursor=" + "x" * longest)
    long = await client.get(f"{THINGS}?cursor=" + "x" * (longest + 1))

    assert fits.status_code == 422
    assert_problem(long, 414, f"The URL may have at most {URL_BYTES} bytes.")
    assert (await client.get("/" + "x" * URL_BYTES)).status_code == 414


async def test_parameters_of_a_url_are_counted(client: AsyncClient) -> None:
    fits = await client.get(f"{THINGS}?" + "&".join("a" * PARAMETERS))
    many = await client.get(f"{THINGS}?" + "&".join("a" * (PARAMETERS + 1)))

    assert fits.status_code == 422
    assert_problem(many, 414, f"The URL may have at most {PARAMETERS} parameters.")


TOO_MUCH = f"A request may have at most {HEADERS} headers of {HEADER_BYTES} bytes together."


async def test_bytes_of_headers_are_counted(client: AsyncClient) -> None:
    fits = await client.get(THINGS, headers={"X-Long": "x" * (HEADER_BYTES - 200)})
    long = await client.get(THINGS, headers={"X-Long": "x" * HEADER_BYTES})

    assert fits.status_code == 200
    assert_problem(long, 431, TOO_MUCH)
    assert long.headers["connection"] == "close"


async def test_headers_are_counted(client: AsyncClient) -> None:
    own = len(client.build_request("GET", THINGS).headers)

    fits = await client.get(THINGS, headers=[("X-Many", "")] * (HEADERS - own))
    many = await client.get(THINGS, headers=[("X-Many", "")] * (HEADERS - own + 1))

    assert fits.status_code == 200
    assert_problem(many, 431, TOO_MUCH)


# The body


async def test_charset_of_json_is_not_looked_up(client: AsyncClient) -> None:
    body = b'{"name": "' + b"x-" * 60_000 + b'"}'

    for charset in {*aliases.values(), "nobody-knows-it"}:
        response = await timed(client, body, f"application/json; charset={charset}")
        assert response.status_code == 422


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037"])
async def test_json_is_utf_8(client: AsyncClient, encoding: str) -> None:
    response = await timed(client, '{"name": "Zürich"}'.encode(encoding))

    assert_problem(response, 400, "The body is not valid JSON.")


async def test_byte_order_mark_is_ignored(client: AsyncClient) -> None:
    assert (await timed(client, '{"name": "Zürich"}'.encode("utf-8-sig"))).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        b"{" + fitting('"k{}":1') + b"}",
        fitting("[]", "[{}]"),
        fitting("{{}}", "[{}]"),
        fitting("[[[[]]]]", "[{}]"),
        fitting('""', "[{}]"),
        b"[" * LARGE,
        b'{"a":' * (LARGE // 5),
    ],
    ids=lambda body: body[:12].decode(),
)
async def test_values_are_counted_before_they_are_looked_at(
    client: AsyncClient, body: bytes
) -> None:
    response = await timed(client, body)

    assert response.status_code == 422
    assert len(response.content) < 300


async def test_only_values_are_counted(client: AsyncClient) -> None:
    text = '{"name": "a", "description": null, "settings": {"text": "' + ',[{\\"' * 20_000 + '"}}'

    response = await timed(client, text.encode())

    assert_invalid(response, {"body.settings": [f"must have at most {JSON_BYTES} bytes"]})


async def test_most_values_are_taken(client: AsyncClient) -> None:
    most = b"[" + b",".join([b"0"] * VALUES) + b"]"

    assert (await timed(client, most)).status_code == 422
    assert_problem(await timed(client, most.replace(b"[0", b"[0,0")), 422, TOO_MANY_VALUES)


@pytest.mark.parametrize(
    "body",
    [b'"' * LARGE, b'{"a' + b'\\"' * (LARGE // 2), b'"' + b"\\" * LARGE, b'"a",' * (LARGE // 4)],
    ids=["quotes", "escaped quotes", "backslashes", "texts"],
)
async def test_counting_takes_time_in_proportion_to_the_body(
    client: AsyncClient, body: bytes
) -> None:
    assert (await timed(client, body)).status_code in {400, 422}


async def test_unknown_fields_are_counted_before_they_are_listed(client: AsyncClient) -> None:
    most = len(ThingCreate.model_fields) + UNKNOWN_FIELDS

    few = await timed(client, json.dumps({f"k{n}": n for n in range(most)}).encode())
    many = await timed(client, json.dumps({f"k{n}": n for n in range(most + 1)}).encode())
    most_of_all = await timed(client, json.dumps({f"k{n}": n for n in range(60_000)}).encode())

    assert few.status_code == 422
    counted = {"body": [f"must have at most {len(ThingCreate.model_fields)} fields"]}
    assert_invalid(many, counted)
    assert_invalid(most_of_all, counted)


@pytest.mark.parametrize(
    "settings",
    [
        {f"k{n}": n for n in range(60_000)},
        {"a": [0] * 90_000},
        {"a": [{}] * 40_000},
        {"a": [[0] * 300] * 300},
        {"a" * 90_000: "b" * 400_000},
        {f"\ud800{n}": n for n in range(40_000)},
    ],
    ids=["names", "items", "objects", "lists", "texts", "surrogates"],
)
async def test_json_field_is_bounded_before_its_values_are_looked_at(
    client: AsyncClient, settings: dict[str, Any]
) -> None:
    response = await timed(client, json.dumps({"name": "a", "settings": settings}).encode())

    assert response.status_code == 422
    assert len(response.content) < 500


async def test_depth_of_a_json_field_is_bounded(client: AsyncClient) -> None:
    def nested(levels: int) -> bytes:
        value = b'{"a":' * levels + b"1" + b"}" * levels
        return b'{"name": "a", "settings": ' + value + b"}"

    assert (await timed(client, nested(JSON_DEPTH))).status_code == 201
    assert (await timed(client, nested(JSON_DEPTH + 1))).status_code == 422


@pytest.mark.parametrize(
    ("name", "most"), [("limit", PAGE), ("skip", SKIP), ("cursor", CURSOR)], ids=str
)
async def test_pages_are_bounded(client: AsyncClient, name: str, most: int) -> None:
    fits, beyond = ("x" * most, "x" * (most + 1)) if name == "cursor" else (most, most + 1)

    allowed = await client.get(THINGS, params={name: fits})
    refused = await client.get(THINGS, params={name: beyond})

    assert allowed.json().get("errors") is None
    assert list(refused.json()["errors"]) == [f"query.{name}"]


async def test_values_of_a_filter_are_counted(client: AsyncClient) -> None:
    values = ["new"] * FILTER_VALUES

    allowed = await client.get("/api/v1/thing-parts", params={"state_in": values})
    refused = await client.get("/api/v1/thing-parts", params={"state_in": [*values, "new"]})

    assert allowed.status_code == 200
    assert list(refused.json()["errors"]) == ["query.state_in"]


async def test_searches_are_bounded(client: AsyncClient) -> None:
    allowed = await client.get("/api/v1/thing-notes", params={"q": "x" * LONGEST})
    refused = await client.get("/api/v1/thing-notes", params={"q": "x" * (LONGEST + 1)})

    assert allowed.status_code == 200
    assert list(refused.json()["errors"]) == ["query.q"]


# Errors


class Numbers(Payload):
    values: list[int]


@pytest.fixture
async def numbers(app: FastAPI) -> str:
    router = APIRouter(route_class=ResourceRoute)

    @router.post("/numbers")
    async def count(numbers: Numbers) -> int:
        return len(numbers.values)

    app.include_router(router)
    return "/numbers"


@pytest.fixture(scope="module")
async def shared_app() -> AsyncIterator[FastAPI]:
    async with running(make_settings("sqlite://")) as app:
        yield app


@pytest.mark.parametrize(
    ("count", "detail", "shown"),
    [
        (SHOWN, MISMATCH, SHOWN),
        (
            SHOWN + 1,
            f"{MISMATCH} It has {SHOWN + 1} errors; these are the first {SHOWN}.",
            SHOWN,
        ),
        (ERRORS + 1, MISMATCH, 1),
        (40_000, MISMATCH, 1),
    ],
)
async def test_answer_lists_few_errors(
    client: AsyncClient, numbers: str, count: int, detail: str, shown: int
) -> None:
    response = await cheaply(lambda: client.post(numbers, json={"values": ["x"] * count}))

    problem = response.json()
    assert (problem["detail"], len(problem["errors"])) == (detail, shown)
    if count > ERRORS:
        assert problem["errors"] == {"body": [f"has more than {ERRORS} errors"]}


async def test_guard_that_can_runs_before_the_body_is_read(app: FastAPI) -> None:
    async def refuse(_: Request) -> None:
        raise UnauthenticatedError("Not you.")  # a test

    router = APIRouter(route_class=ResourceRoute)

    @router.post("/guarded")
    async def count(numbers: Numbers) -> int:
        return len(numbers.values)

    app.include_router(router, dependencies=[Guard(refuse, early=refuse), Depends(refuse)])
    sent = []

    async def body() -> AsyncIterator[bytes]:
        sent.append(1)
        yield b"{"

    async with client_of(app) as client:
        broken = await client.post("/guarded", content=body(), headers=JSON_TYPE)

    assert_problem(broken, 401, "Not you.")
    assert not sent
