"""What tests say to the API and expect of it."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from httpx import AsyncClient, Response

THINGS = "/api/v1/things"
UNKNOWN_ID = "01900000-0000-7000-8000-000000000000"

type Json = dict[str, Any]
type QueryValue = str | int | float | bool | None


async def create_thing(client: AsyncClient, **fields: object) -> Json:
    response = await client.post(THINGS, json={"name": uuid4().hex} | fields)
    assert response.status_code == 201, response.text
    thing: Json = response.json()
    return thing


def assert_problem(response: Response, status: int, detail: str, **extensions: object) -> None:
    """Compare a whole problem document."""
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": response.headers["x-request-id"],
        **extensions,
    }
    assert response.status_code == status


def version_in(tag: str) -> int:
    """Return the version in an ETag, whose digest is about what else the answer shows."""
    version, _, _ = tag.removeprefix('"').removesuffix('"').partition("-")
    return int(version)


def assert_unknown(response: Response, place: str, allowed: Iterable[str] = ()) -> None:
    """Expect one message for all unknown names at a place, with these among the allowed ones."""
    [message] = response.json()["errors"][place]
    assert_invalid(response, {place: [message]})
    kind, _, names = message.partition("; allowed: ")
    assert kind in (
        {"unknown parameter"} if place == "query" else {"unknown field", "read-only field"}
    )
    assert {*names.split(", ")} >= {*allowed}


def assert_invalid(response: Response, errors: dict[str, list[str]]) -> None:
    assert_problem(response, 422, "The request does not match the schema.", errors=errors)
