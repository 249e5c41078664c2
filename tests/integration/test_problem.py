"""Every failure is a problem document, and none repeats what the client sent."""

import logging
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.main import create_app
from tests.api import THINGS, UNKNOWN_ID, assert_invalid, assert_problem, create_thing
from tests.apps import client_of, make_settings

JSON_TYPE = {"Content-Type": "application/json"}
LIMIT = 1_000_000


@pytest.mark.parametrize("path", ["/", "/nothing", f"{THINGS}/", f"{THINGS}/1/2", "/health/"])
async def test_unknown_path_is_not_found(client: AsyncClient, path: str) -> None:
    assert_problem(await client.get(path), 404, "Not Found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", THINGS, "GET, HEAD, POST"),
        ("DELETE", THINGS, "GET, HEAD, POST"),
        ("PUT", f"{THINGS}/{UNKNOWN_ID}", "DELETE, GET, HEAD, PATCH"),
        ("POST", "/health", "GET, HEAD"),
        ("POST", "/docs", "GET"),
    ],
)
async def test_wrong_method_is_answered_with_the_allowed_ones(
    client: AsyncClient, method: str, path: str, allowed: str
) -> None:
    response = await client.request(method, path)

    assert_problem(response, 405, "Method Not Allowed")
    assert response.headers["allow"] == allowed


async def test_allow_is_complete_behind_a_path_prefix(app: FastAPI, client: AsyncClient) -> None:
    client._transport.root_path = "/prefix"  # type: ignore[attr-defined]  # as --root-path does

    response = await client.put(f"/prefix{THINGS}")

    assert_problem(response, 405, "Method Not Allowed")
    assert response.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("body", [b" ", b"{", b'{"name": "Apollo"', b"nonsense", b"\xff\xfe"])
async def test_broken_json_is_a_bad_request(client: AsyncClient, body: bytes) -> None:
    response = await client.post(THINGS, content=body, headers=JSON_TYPE)

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/xml"}]
)
async def test_body_that_is_not_declared_as_json_is_explained(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    response = await client.post(THINGS, content=b'{"name": "Apollo"}', headers=headers)

    detail = "The body must be JSON, with the header Content-Type: application/json."
    assert_problem(response, 415, detail)


async def test_missing_body_is_invalid(client: AsyncClient) -> None:
    assert_invalid(await client.post(THINGS), {"body": ["Field required"]})


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"text"', b"NaN", b"[" * 500 + b"]" * 500])
async def test_body_that_is_not_an_object_is_invalid(client: AsyncClient, body: bytes) -> None:
    response = await client.post(THINGS, content=body, headers=JSON_TYPE)

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["body"]


async def test_unknown_names_are_answered_with_the_known_ones(client: AsyncClient) -> None:
    body = await client.post(THINGS, json={"name": "a", "PLANTED": 1, "planted": 2})
    query = await client.get(f"{THINGS}?PLANTED=1")
    thing = (await client.post(THINGS, json={"name": "a"})).json()
    whole = await client.patch(f"{THINGS}/{thing['id']}", json=thing)
    mixed = await client.patch(f"{THINGS}/{thing['id']}", json=thing | {"PLANTED": 1})

    assert_invalid(body, {"body": ["unknown field; allowed: name, description, settings"]})
    assert_invalid(whole, {"body": ["read-only field; allowed: name, description, settings"]})
    assert_invalid(mixed, {"body": ["unknown field; allowed: name, description, settings"]})
    allowed = "unknown parameter; allowed: limit, cursor, skip, sort, total, description_null"
    assert_invalid(query, {"query": [allowed]})


@pytest.mark.parametrize(
    "body",
    [b'{"name": "a", "name": "a"}', b'{"name": "a", "settings": {"b": [{"c": 1, "\\u0063": 2}]}}'],
)
async def test_name_that_stands_twice_is_refused(client: AsyncClient, body: bytes) -> None:
    response = await client.post(THINGS, content=body, headers=JSON_TYPE)

    assert_problem(response, 422, "A name may stand only once in an object of the body.")


@pytest.mark.parametrize(
    "body", [b"[" * 20_000 + b"]" * 20_000, b'{"a":' * 20_000 + b"1" + b"}" * 20_000]
)
async def test_body_that_is_too_deep_for_the_parser_is_malformed(
    client: AsyncClient, body: bytes
) -> None:
    response = await client.post(THINGS, content=body, headers=JSON_TYPE)

    assert_problem(response, 400, "The body is not valid JSON.")


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT * 10])
async def test_body_over_the_limit_is_too_large(client: AsyncClient, size: int) -> None:
    response = await client.post(THINGS, content=b"x" * size, headers=JSON_TYPE)

    assert_problem(response, 413, f"The body may have at most {LIMIT} bytes.")
    assert response.headers["connection"] == "close"


async def test_body_without_a_content_length_is_cut_off(client: AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 50_000
            yield b"x" * 50_000

    response = await client.post(THINGS, content=endless(), headers=JSON_TYPE)

    assert_problem(response, 413, f"The body may have at most {LIMIT} bytes.")
    assert sent <= LIMIT + 100_000


async def test_body_of_the_maximum_size_is_accepted(client: AsyncClient) -> None:
    body = b'{"name": "Apollo"}'.ljust(LIMIT)

    assert (await client.post(THINGS, content=body, headers=JSON_TYPE)).status_code == 201


async def test_unexpected_error_hides_its_cause_and_names_its_log_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = create_app(make_settings("sqlite://"))

    @app.get("/unexpected")
    async def unexpected() -> None:
        msg = "a secret"
        raise RuntimeError(msg)

    async with client_of(app) as client:
        response = await client.get("/unexpected")

    error_id = response.json()["error_id"]
    detail = "Something went wrong here, and it is logged under this id."
    assert_problem(response, 500, detail, error_id=error_id)
    assert response.headers["connection"] == "close"
    assert UUID(error_id)
    logged = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.__dict__["fields"] for record in logged] == [{"error_id": error_id}]


async def test_value_refused_by_the_database_is_not_logged(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await create_thing(client, name="planted secret")

    with caplog.at_level(logging.INFO):
        response = await client.post(THINGS, json={"name": "planted secret"})

    assert response.status_code == 409
    assert "planted" not in response.text
    assert "planted" not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        {"name": ["PLANTED"]},
        {"name": "PLANTED" * 20},
        {"name": "PLANTED\x00"},
        {"name": "a", "PLANTED": 1},
        {"name": "a", "description": {"PLANTED": "PLANTED"}},
        {"name": "a", "settings": {"PLANTED": "PLANTED\x00"}},
        {"name": "a", "settings": {"PLANTED\x00": 1}},
        {"name": "a", "settings": ["PLANTED"]},
        ["PLANTED"],
        "PLANTED",
    ],
)
async def test_error_does_not_repeat_the_body(client: AsyncClient, body: object) -> None:
    response = await client.post(THINGS, json=body)

    assert response.status_code == 422
    assert "PLANTED" not in response.text


@pytest.mark.parametrize("query", ["limit=PLANTED", "PLANTED=1", "cursor=PLANTED", "sort=PLANTED"])
async def test_error_does_not_repeat_the_query(client: AsyncClient, query: str) -> None:
    response = await client.get(f"{THINGS}?{query}")

    assert response.status_code == 422
    assert "PLANTED" not in response.text


@pytest.mark.parametrize("planted", ["\u00a7", "0\u00a7", f"{UUID(int=0)}\u00a7", "{\u00a7}"])
async def test_error_does_not_repeat_a_character_of_an_id(
    client: AsyncClient, planted: str
) -> None:
    for response in (
        await client.get("/api/v1/thing-parts", params={"thing_id": planted}),
        await client.post("/api/v1/thing-parts", json={"name": "a", "thing_id": planted}),
    ):
        assert response.status_code == 422
        assert "must be a UUID" in response.text
        assert "\u00a7" not in response.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": 1e400}',
        b'{"name": "\\ud800"}',
        b'{"name": "a", "settings": {"a": NaN}}',
        b'{"name": "a", "settings": {"a": 1e400}}',
        b'{"name": "a", "settings": {"a": "\\ud800"}}',
        b'{"name": "a", "settings": {"\\ud800": 1}}',
        b'{"name": "a", "\\ud800": 1}',
    ],
)
async def test_value_outside_of_json_is_invalid(client: AsyncClient, body: bytes) -> None:
    response = await client.post(THINGS, content=body, headers=JSON_TYPE)

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
