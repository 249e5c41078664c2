"""The OpenAPI document, and the pages that show it without loading anything from elsewhere."""

import re
from unittest.mock import Mock

import pytest
from httpx import AsyncClient

from src.api.problems import MEDIA_TYPE
from src.main import create_app
from tests.api import THINGS, Json, assert_problem
from tests.apps import client_of, make_settings


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_docs_load_nothing_from_elsewhere(client: AsyncClient, page: str) -> None:
    response = await client.get(page)

    assert response.status_code == 200
    loaded = re.findall(r'(?:src|href|url|spec-url)[=:]\s*["\']([^"\']+)', response.text)
    assert loaded
    for url in loaded:
        assert url.startswith("/")
        assert (await client.get(url)).status_code == 200


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_browser_is_told_to_load_nothing_from_elsewhere(
    client: AsyncClient, page: str
) -> None:
    policy = (await client.get(page)).headers["content-security-policy"]

    sources = {source for directive in policy.split(";") for source in directive.split()[1:]}
    assert policy.startswith("default-src 'self';")
    assert sources == {"'self'", "'unsafe-inline'", "data:", "blob:", "'none'"}


async def test_production_shows_no_docs() -> None:
    app = create_app(make_settings("sqlite://", environment="production"))

    async with client_of(app) as client:
        for path in ("/docs", "/redoc", "/openapi.json", "/static-offline-docs/"):
            assert_problem(await client.get(path), 404, "Not Found")


@pytest.fixture
async def document(client: AsyncClient) -> Json:
    document: Json = (await client.get("/openapi.json")).json()
    return document


async def test_every_operation_states_its_problems(document: Json) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            assert list(operation["responses"]["default"]["content"]) == [MEDIA_TYPE]
            assert "422" not in operation["responses"]


async def test_operations_are_named_after_their_handlers(document: Json) -> None:
    names = {
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
    }

    assert {"list_things", "create_thing", "get_thing"} < names


async def test_sort_is_an_enumeration(document: Json) -> None:
    parameters = document["paths"][THINGS]["get"]["parameters"]
    by_name = {parameter["name"]: parameter["schema"] for parameter in parameters}

    assert by_name["sort"]["enum"] == ["id", "-id", "name", "-name"]
    assert set(by_name) == {"limit", "cursor", "skip", "sort", "total", "description_null"}


async def test_response_fields_are_never_absent(document: Json) -> None:
    schema = document["components"]["schemas"]["ThingResponse"]

    assert set(schema["required"]) == set(schema["properties"])


async def test_patch_fields_may_all_be_absent(document: Json) -> None:
    schema = document["components"]["schemas"]["ThingUpdate"]

    assert "required" not in schema
    assert set(schema["properties"]) == {"name", "description", "settings"}
    assert schema["properties"]["name"]["type"] == "string"


async def test_only_requests_for_the_document_build_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would keep the event loop for half a second."""
    app = create_app(make_settings("sqlite://"))
    built = Mock(return_value={})
    monkeypatch.setattr(app, "openapi", built)

    async with app.router.lifespan_context(app), client_of(app) as client:
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/nothing")).status_code == 404
        assert (await client.post("/health")).headers["allow"] == "GET, HEAD"
        built.assert_not_called()

        await client.get("/openapi.json")
        built.assert_called_once()
