"""Requests that can be read in two ways are refused, whatever they ask for."""

import re

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from tests.api import THINGS, UNKNOWN_ID, assert_problem
from tests.operations import Document

NOT_UTF_8 = "What is percent-encoded in the URL must be UTF-8."
PARTIAL = "The body must be whole: send all of it, without Content-Range."
NO_UTF_8 = ("%ff", "%C3", "%c3%28", "%ED%A0%80", "a%fe%EF%BF%BD")
HOSTILE = [
    "multipart/form-data; boundary=" + "x" * 257,
    "multipart/form-data; boundary*=utf-8'en'%ff",
    "multipart/form-data; boundary",
    "application/x-www-form-urlencoded; charset=nonsense",
    "application/json; charset=utf-7; charset*0=\xff",
    "application/json; =",
    "application/\xff+json",
    "/",
    ";",
    "",
]


def paths_of(app: FastAPI) -> list[tuple[str, str]]:
    operations = Document(app.openapi()).operations
    return [(each.method, re.sub(r"\{\w+\}", UNKNOWN_ID, each.path)) for each in operations]


@pytest.mark.parametrize("spelt", NO_UTF_8)
async def test_url_that_is_not_utf_8_is_refused(client: AsyncClient, spelt: str) -> None:
    for url in (f"{THINGS}?q={spelt}", f"{THINGS}?{spelt}=1", f"{THINGS}/{spelt}", f"/{spelt}"):
        assert_problem(await client.get(url), 400, NOT_UTF_8)


@pytest.mark.parametrize("spelt", ["%EF%BF%BD", "%C3%A9", "caf%c3%a9%25ff"])
async def test_url_in_utf_8_is_read(client: AsyncClient, spelt: str) -> None:
    path, query = await client.get(f"{THINGS}/{spelt}"), await client.get(f"{THINGS}?sort={spelt}")

    assert (path.status_code, query.status_code) == (404, 422)


async def test_part_of_a_body_is_refused_everywhere(app: FastAPI, client: AsyncClient) -> None:
    for method, path in paths_of(app):
        headers = {"Content-Range": "bytes 4-9/10"}
        response = await client.request(method, path, content=b"456789", headers=headers)
        assert_problem(response, 400, PARTIAL)


@pytest.mark.parametrize("media_type", HOSTILE)
async def test_no_type_of_a_body_is_a_bug(
    app: FastAPI, client: AsyncClient, media_type: str
) -> None:
    for method, path in paths_of(app):
        headers = [(b"Content-Type", media_type.encode("latin-1"))]
        response = await client.request(method, path, content=b"x", headers=headers)
        assert response.status_code < 500, f"{method} {path}"
