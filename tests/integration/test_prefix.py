"""The service behind a proxy with a path prefix, as ``--root-path`` of uvicorn sets it."""

import logging
import re
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from fastapi import APIRouter, FastAPI
from httpx import ASGITransport, AsyncClient, Response

from src.api.capability import Capability
from src.api.paths import link_to, path_of
from src.core.observer import Observer
from src.main import create_app
from tests.api import THINGS, UNKNOWN_ID, Json
from tests.apps import client_of, make_settings

PREFIXES = ["", "/ml", "/ml/v2"]
ADDRESS = {"Host": "10.0.0.7:8000"}


class Answered(Observer):
    def __init__(self) -> None:
        self.requests: list[tuple[str, str, int]] = []

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self.requests.append((method, route, status))


def client_behind(app: FastAPI, prefix: str) -> AsyncClient:
    """Like uvicorn: the path has the prefix, whoever calls."""
    transport = ASGITransport(app, root_path=prefix, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url=f"http://test{prefix}")


class Case(NamedTuple):
    method: str
    path: str
    status: int
    headers: Json = {}
    body: Json | None = None


CASES = [
    Case("GET", "/health", 200, ADDRESS),
    Case("GET", "/health/ready", 200, ADDRESS),
    Case("HEAD", "/health", 200, ADDRESS),
    Case("GET", THINGS, 400, ADDRESS),
    Case("GET", "/health/", 400, ADDRESS),
    Case("GET", THINGS, 200),
    Case("GET", f"{THINGS}/", 404),
    Case("PUT", THINGS, 405),
    Case("PUT", f"{THINGS}/{UNKNOWN_ID}", 405),
    Case("GET", f"{THINGS}/{UNKNOWN_ID}", 404),
    Case("POST", THINGS, 413, body={"name": "x" * 1_000_000}),
    Case("POST", THINGS, 201, {"Idempotency-Key": "1"}, {"name": "Apollo"}),
    Case("GET", "/docs", 200),
    Case("GET", "/static-offline-docs/none", 404),
]


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_every_layer_takes_the_path_without_the_prefix(app: FastAPI, prefix: str) -> None:
    async with client_of(app) as plain, client_behind(app, prefix) as client:
        for case in CASES:
            expected = await _sent(plain, case)
            if case.status == 201:
                await plain.delete(expected.headers["location"])
            response = await _sent(client, case)

            assert response.status_code == expected.status_code == case.status, case
            for name in ("allow", "content-type", "etag", "cache-control", "retry-after"):
                assert response.headers.get(name) == expected.headers.get(name), (case, name)


async def _sent(client: AsyncClient, case: Case) -> Response:
    return await client.request(case.method, case.path, headers=case.headers, json=case.body)


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_location_leads_to_the_row_through_the_proxy(app: FastAPI, prefix: str) -> None:
    async with client_behind(app, prefix) as client:
        created = await client.post(THINGS, json={"name": "Apollo"})

        location = created.headers["location"]
        assert location == f"{prefix}{THINGS}/{created.json()['id']}"
        assert (await client.get(location.removeprefix(prefix))).json() == created.json()


async def test_key_is_for_the_same_address_with_and_without_the_prefix(app: FastAPI) -> None:
    key = {"Idempotency-Key": "1"}
    async with client_of(app) as inside, client_behind(app, "/ml") as outside:
        first = await inside.post(THINGS, json={"name": "Apollo"}, headers=key)
        second = await outside.post(THINGS, json={"name": "Apollo"}, headers=key)

    assert second.json() == first.json()
    assert second.headers["idempotent-replayed"] == "true"


async def test_requests_are_logged_and_counted_by_the_template_without_the_prefix(
    caplog: pytest.LogCaptureFixture,
) -> None:
    counted, router = Answered(), APIRouter(prefix="/count")

    @router.get("")
    @router.get("/{number}")
    async def count() -> None:
        pass

    counts = Capability("counts", observers=[counted], outside=[router], probed=["/count"])
    app = create_app(make_settings("sqlite://"), [counts])
    async with client_behind(app, "/ml") as client:
        with caplog.at_level(logging.INFO, logger="src"):
            assert (await client.get("/count", headers=ADDRESS)).status_code == 200
            await client.head("/health")
            await client.get("/count/1")
            await client.get("/nothing")

    probes = [("GET", "/count", 200), ("HEAD", "/health", 200)]
    others = [("GET", "/count/{number}", 200), ("GET", "other", 404)]
    assert counted.requests == others
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("src")]
    assert lines == [" ".join(map(str, each)) for each in (*probes, *others)]


@pytest.fixture
async def prefixed(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with client_behind(app, "/ml") as client:
        yield client


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_pages_load_what_they_need_through_the_proxy(
    prefixed: AsyncClient, page: str
) -> None:
    text = (await prefixed.get(page)).text

    loaded = re.findall(r'(?:src|href|url|spec-url)[=:]\s*["\']([^"\']+)', text)
    assert loaded
    for url in loaded:
        assert url.startswith("/ml/")
        assert (await prefixed.get(url.removeprefix("/ml"))).status_code == 200


async def test_document_names_the_prefix_as_its_server(prefixed: AsyncClient) -> None:
    document = (await prefixed.get("/openapi.json")).json()

    assert document["servers"] == [{"url": "/ml"}]
    # Relative, so that the page resolves it below the prefix.
    for scheme in document["components"].get("securitySchemes", {}).values():
        for flow in scheme.get("flows", {}).values():
            assert not flow["tokenUrl"].startswith("/")


@pytest.mark.parametrize(
    ("root_path", "path", "known"),
    [
        ("", "/health", "/health"),
        ("/ml", "/ml/health", "/health"),
        ("/ml/", "/ml//health", "/health"),
        ("/ml", "/ml/ml/health", "/ml/health"),
        ("/ml", "/mlops/health", "/mlops/health"),
        ("/ml", "/ml", ""),
    ],
)
def test_only_the_prefix_itself_is_removed(root_path: str, path: str, known: str) -> None:
    assert path_of({"root_path": root_path, "path": path}) == known


@pytest.mark.parametrize(
    ("root_path", "path", "link"),
    [
        ("", "/things/1", "/things/1"),
        ("/ml", "/things/1", "/ml/things/1"),
        ("ml", "/things/1", "/ml/things/1"),
        ("/ml/", "/things/1", "/ml/things/1"),
        ("/", "/things/1", "/things/1"),
        ("", "/boxes/ä漢 %/things/1", "/boxes/%C3%A4%E6%BC%A2%20%25/things/1"),
    ],
)
def test_link_is_absolute_and_in_the_characters_of_a_uri(
    root_path: str, path: str, link: str
) -> None:
    assert link_to({"root_path": root_path}, path) == link
