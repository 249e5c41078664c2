"""Routes are found as FastAPI would find them, and at once."""

from collections.abc import Sequence
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import Match
from starlette.types import Scope

from src.api.context import template_of
from src.api.lookup import Included, LookupRouter
from tests.apps import client_of

API = "/api/v1"
REQUESTS = [
    ("GET", "/health"),
    ("PUT", "/health"),
    ("GET", "/health/"),
    ("GET", "/docs"),
    ("GET", "/nowhere"),
    ("GET", f"{API}/"),
    ("GET", f"{API}/nowhere"),
    ("GET", f"{API}/things/special"),
    ("GET", f"{API}/things/7"),
    ("DELETE", f"{API}/things/7"),
    ("PUT", f"{API}/things/7"),
    ("GET", f"{API}/things/7/parts"),
    ("GET", f"{API}/things/7/parts/"),
    ("GET", f"{API}/files/a/b/c/d"),
    ("GET", f"{API}/numbers/7"),
    ("GET", f"{API}/numbers/x"),
    ("GET", f"{API}/anything/at/all"),
    ("POST", f"{API}/anything/at/all"),
    ("GET", f"{API}/things/%E2%82%AC%2F7"),
]


async def show(request: Request) -> list[object]:
    return [template_of(request.scope), request.path_params, request.scope["route"].path]


def router_of(prefix: str, *routes: tuple[str, str]) -> APIRouter:
    router = APIRouter(prefix=prefix)
    for method, path in routes:
        router.add_api_route(path, show, methods=[method])
    return router


def app_of(routers: Sequence[APIRouter], site: APIRouter) -> FastAPI:
    app = FastAPI(redirect_slashes=False)
    site.include_router(router_of("/health", ("GET", "")))
    api = APIRouter()
    for each in routers:
        api.include_router(each)
    site.include_router(api, prefix=API)
    app.include_router(site)
    return app


@pytest.mark.parametrize(("method", "path"), REQUESTS)
async def test_lookup_finds_what_fastapi_finds(method: str, path: str) -> None:
    routers = [
        router_of("/things", ("GET", "/{thing_id}"), ("DELETE", "/{thing_id}")),
        router_of("", ("PUT", "/things/{other_id}"), ("GET", "/things/special")),
        router_of("/{kind}", ("GET", "/at/all"), ("GET", "/{thing_id}/parts")),
        router_of("/numbers", ("GET", "/{number:int}")),
        router_of("/files", ("GET", "/{name:path}")),
    ]
    answers = []
    for site in (LookupRouter(), APIRouter()):
        async with client_of(app_of(routers, site)) as client:
            response = await client.request(method, path)
        answers.append((response.status_code, response.text, response.headers.get("allow")))

    assert answers[0] == answers[1]


@pytest.fixture(scope="module")
def features() -> list[APIRouter]:
    one = [(each, "/{thing_id}") for each in ("GET", "PATCH", "DELETE")]
    return [router_of(f"/{number}", ("GET", ""), ("POST", ""), *one) for number in range(100)]


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("GET", "/health", 1),
        ("GET", f"{API}/99", 2),
        ("GET", f"{API}/99/1", 3),
        ("PUT", f"{API}/99/1", 3),
        ("GET", f"{API}/99/1/2", 0),
        ("GET", f"{API}/nowhere", 0),
    ],
)
async def test_lookup_tries_few_routes_among_a_hundred_features(
    monkeypatch: pytest.MonkeyPatch, features: list[APIRouter], method: str, path: str, most: int
) -> None:
    tried: list[str] = []

    def count(kind: type[APIRoute] | type[Included]) -> None:
        matches = kind.matches

        def counted(self: Any, scope: Scope) -> tuple[Match, Scope]:
            tried.append(self.path)
            return matches(self, scope)

        monkeypatch.setattr(kind, "matches", counted)

    count(APIRoute)
    count(Included)
    async with client_of(app_of(features, LookupRouter())) as client:
        await client.request(method, path)

    assert len(tried) <= most
