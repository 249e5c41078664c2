"""Hostile input at the one form of the service, which takes what no JSON body can hold."""

from collections.abc import Iterator
from urllib.parse import quote_plus, urlencode
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response

from workshop.fuzz.hostile import BODIES, MARKER, MEDIA_TYPES, STRINGS
from workshop.fuzz.test_hostile import faults_of

FIELDS = ["grant_type", "username", "password", "scope"]


def form_without(field: str) -> str:
    # Each the first at its account: the eleventh attempt would reach nothing but their count.
    values = ["password", uuid4().hex, MARKER, "read"]
    form = dict(zip(FIELDS, values, strict=True))
    return urlencode({name: value for name, value in form.items() if name != field})


async def post(client: AsyncClient, content: bytes, media_type: bytes) -> Response:
    headers = {b"Content-Type": media_type}
    return await client.post("/api/v1/login", content=content, headers=headers)


def faults_at(name: str, response: Response) -> Iterator[str]:
    if response.status_code not in {400, 401, 413, 415, 422}:
        yield f"{name}: {response.status_code} {response.text}"
    yield from (f"{name}: {fault}" for fault in faults_of(response))


@pytest.mark.parametrize("field", FIELDS)
async def test_hostile_field_opens_nothing_and_never_fails(client: AsyncClient, field: str) -> None:
    faults: list[str] = []
    for name, shape in STRINGS.items():
        content = f"{form_without(field)}&{field}={quote_plus(shape)}".encode()
        response = await post(client, content, MEDIA_TYPES["form"])
        faults += faults_at(name, response)

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
async def test_hostile_form_opens_nothing_and_never_fails(
    client: AsyncClient, media_type: str
) -> None:
    faults: list[str] = []
    for name, content in (BODIES | {"form": form_without("").encode()}).items():
        response = await post(client, content, MEDIA_TYPES[media_type])
        faults += faults_at(name, response)

    assert not faults, "\n".join(faults)
