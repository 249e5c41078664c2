"""Every answer, whichever layer makes it, has the headers of its kind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI, Request
from httpx import AsyncClient, Response
from starlette.types import Message, Scope

from src.api.capability import Capability
from src.api.dependencies import IfMatch
from src.api.guards import Guard
from src.api.limits import postpone
from src.api.routing import ResourceRouter
from src.core.errors import DomainError, TooManyAttemptsError
from src.main import create_app
from src.models.base import Entity
from src.schemas.base import EntityResponse, Payload, SecretResponse
from tests.apps import client_of, make_settings

ORIGIN = "https://app.example.com"
JSON_TYPE = {"Content-Type": "application/json"}
PREFLIGHT = {"Access-Control-Request-Method": "HEAD"}
TAG = {"If-Match": '"1"'}
# What scripts may read without leave, and what is for browsers and servers alone.
SAFELISTED = {"cache-control", "content-length", "content-type", "last-modified"}
FOR_BROWSERS = {
    "accept-ranges",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "connection",
    "content-security-policy",
    "referrer-policy",
    "vary",
    "x-content-type-options",
}


class Named(Payload):
    name: str


class Page(EntityResponse):
    pass


class Secret(SecretResponse):
    pass


router = ResourceRouter("/answers")


@router.get("/one")
async def get_one() -> Page:
    return Page.model_validate(Entity().model_dump())


@router.post("", status_code=HTTPStatus.CREATED)
async def create_one(data: Named) -> Page:
    return await get_one()


@router.post("/secret", status_code=HTTPStatus.CREATED)
async def create_secret() -> Secret:
    return Secret.model_validate(Entity().model_dump())


@router.delete("/one", status_code=HTTPStatus.NO_CONTENT)
async def delete_one(if_match: IfMatch) -> None:
    pass


@router.get("/errors/{name}")
async def fail(name: str) -> None:
    kind = next(each for each in errors() if each.__name__ == name)
    raise kind(1) if issubclass(kind, TooManyAttemptsError) else kind("It fails.")


@router.get("/bug")
async def bug() -> None:
    raise RuntimeError


@router.get("/stopped")
async def stopped() -> None:
    raise asyncio.CancelledError


async def hurry(request: Request) -> None:
    postpone(request.scope, 0.02)


HURRIED = [Guard(hurry, early=hurry)]


@router.get("/slow", dependencies=HURRIED)
async def slow() -> None:
    await asyncio.Event().wait()


@router.post("/slow", dependencies=HURRIED)
async def slow_body(data: Named) -> None:
    pass


def errors(kind: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for each in kind.__subclasses__():
        if hasattr(each, "status"):
            yield each
        yield from errors(each)


async def stuck() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.Event().wait()


class Ask(NamedTuple):
    what: str
    status: int
    method: str
    path: str
    headers: Any = {}
    content: Any = None
    has: tuple[str, ...] = ()


ASKS = [
    Ask("a row", 200, "GET", "/answers/one", has=("etag",)),
    Ask("its head", 200, "HEAD", "/answers/one", has=("etag",)),
    Ask("the same row", 304, "GET", "/answers/one", {"If-None-Match": "*"}, has=("etag",)),
    Ask("its head again", 304, "HEAD", "/answers/one", {"If-None-Match": "*"}, has=("etag",)),
    Ask("a part of it", 200, "GET", "/answers/one", {"Range": "bytes=0-1"}, has=("etag",)),
    Ask("a new row", 201, "POST", "/answers", JSON_TYPE, b'{"name":"a"}', has=("etag", "location")),
    Ask("a secret", 201, "POST", "/answers/secret", has=("etag", "location")),
    Ask("no row", 204, "DELETE", "/answers/one", TAG),
    Ask("no tag", 428, "DELETE", "/answers/one"),
    Ask("a wrong tag", 400, "DELETE", "/answers/one", {"If-Match": "1"}),
    Ask("no path", 404, "GET", "/nothing"),
    Ask("no path's head", 404, "HEAD", "/nothing"),
    Ask("no method", 405, "PUT", "/answers/one", has=("allow",)),
    Ask("options", 405, "OPTIONS", "/answers/one", has=("allow",)),
    Ask("no JSON", 400, "POST", "/answers", JSON_TYPE, b"{"),
    Ask("no type", 415, "POST", "/answers", {}, b"{}"),
    Ask("no field", 422, "POST", "/answers", JSON_TYPE, b"{}"),
    Ask("too much", 413, "POST", "/answers", JSON_TYPE, b"x" * 101, has=("connection",)),
    Ask("coded", 415, "POST", "/answers", {"Content-Encoding": "gzip"}, has=("accept-encoding",)),
    Ask("coded on the way", 501, "POST", "/answers", {"Transfer-Encoding": "gzip, chunked"}),
    Ask("without an end", 400, "POST", "/answers", {"Transfer-Encoding": "gzip"}),
    Ask("another host", 400, "GET", "/answers/one", {"Host": "other"}),
    Ask("two keys", 400, "GET", "/answers/one", [("Authorization", "a"), ("authorization", "b")]),
    Ask("a bug", 500, "GET", "/answers/bug", has=("connection",)),
    Ask("a stop", 503, "GET", "/answers/stopped", has=("retry-after", "connection")),
    Ask("too long", 503, "GET", "/answers/slow", has=("retry-after",)),
    Ask("half a body", 408, "POST", "/answers/slow", JSON_TYPE, stuck, has=("connection",)),
    Ask("alive", 200, "GET", "/health"),
    Ask("docs", 200, "GET", "/docs"),
    Ask("document", 200, "GET", "/openapi.json"),
    Ask("a file", 200, "GET", "/static-offline-docs/favicon.png", has=("etag",)),
    Ask("no file", 404, "GET", "/static-offline-docs/none"),
    Ask("may I", 200, "OPTIONS", "/answers", PREFLIGHT),
    Ask("no such method", 400, "OPTIONS", "/answers", {"Access-Control-Request-Method": "TRACE"}),
    *(
        Ask(each.__name__, each.status, "GET", f"/answers/errors/{each.__name__}")
        for each in errors()
    ),
]
ASKED = [pytest.param(each, id=each.what) for each in ASKS]


@pytest.fixture(scope="module")
async def shared_app() -> AsyncIterator[FastAPI]:
    settings = make_settings(
        "sqlite://", cors_origins=[ORIGIN], require_if_match=True, max_body_size=100
    )
    app = create_app(settings, [Capability("answers", outside=[router])])
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(shared_app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with client_of(shared_app) as client:
        yield client


async def answer(client: AsyncClient, ask: Ask, origin: str = ORIGIN) -> Response:
    headers = [*dict(ask.headers).items()] if isinstance(ask.headers, dict) else ask.headers
    content = ask.content() if callable(ask.content) else ask.content
    response = await client.request(
        ask.method, ask.path, headers=[*headers, ("Origin", origin)], content=content
    )
    assert response.status_code == ask.status, response.text
    return response


def test_every_status_is_asked_for() -> None:
    # A capability may raise the other errors of this list.
    assert {each.status for each in ASKS} >= {*range(400, 500)} & {
        each.status for each in errors()
    } | {200, 201, 204, 304, 400, 404, 405, 408, 413, 415, 422, 428, 500, 503}


@pytest.mark.parametrize("ask", ASKED)
async def test_answer_has_the_headers_of_every_answer(client: AsyncClient, ask: Ask) -> None:
    response = await answer(client, ask)

    headers = response.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert len(headers["x-request-id"]) == 32
    expected = "no-store" if ask.what == "a secret" else "private, no-cache"
    assert headers["cache-control"] == expected
    for name in ask.has:
        assert name in headers
    names = [name for name, _ in headers.multi_items()]
    assert sorted(name for name in names if name != "vary") == sorted({*names} - {"vary"})


@pytest.mark.parametrize("ask", ASKED)
async def test_answer_with_a_body_says_what_it_is(client: AsyncClient, ask: Ask) -> None:
    response = await answer(client, ask)

    if ask.status in {204, 304}:
        assert "content-type" not in response.headers
        assert not response.content
    elif ask.status >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        if ask.method != "HEAD":
            assert response.json()["status"] == ask.status
            assert response.json()["request_id"] == response.headers["x-request-id"]
    else:
        assert "content-type" in response.headers


@pytest.mark.parametrize("ask", ASKED)
async def test_scripts_of_an_allowed_origin_alone_may_read_it(
    client: AsyncClient, ask: Ask
) -> None:
    response = await answer(client, ask)

    assert response.headers["access-control-allow-origin"] == ORIGIN
    varies = {each.strip() for each in response.headers["vary"].split(",")}
    # What another user or another site is answered differs, also where only the tag is the same.
    assert varies >= {"Origin", "Authorization"}
    if "Access-Control-Request-Method" not in ask.headers:
        exposed = response.headers.get("access-control-expose-headers", "").lower().split(", ")
        assert {*response.headers} <= {*exposed} | SAFELISTED | FOR_BROWSERS
        other = await answer(client, ask, "https://evil.example")
        assert "access-control-allow-origin" not in other.headers


SINGLE = {
    "Authorization": "Bearer a",
    "Content-Encoding": "identity",
    "Content-Length": "0",
    "Content-Type": "application/json",
    "Host": "test",
    "Idempotency-Key": "a",
    "Origin": ORIGIN,
    "Transfer-Encoding": "chunked",
}
LISTS = {
    "Accept": "text/html",
    "Accept-Encoding": "gzip",
    "Cache-Control": "no-cache",
    "Cookie": "a=b",
    "Forwarded": "for=10.0.0.1",
    "If-Match": '"1"',
    "If-None-Match": '"2"',
    "Via": "1.1 a",
    "X-Forwarded-For": "10.0.0.1",
    "X-Request-ID": "a",
}


@pytest.mark.parametrize(("name", "value"), [*SINGLE.items(), *LISTS.items()])
async def test_header_may_stand_twice_only_if_it_is_a_list(
    client: AsyncClient, name: str, value: str
) -> None:
    """Two of the others could mean one thing to a proxy and another to the service."""
    for lines in ([(name, value)], [(name, value), (name.lower(), value)]):
        response = await client.get("/answers/one", headers=lines)
        assert response.status_code == (400 if name in SINGLE and len(lines) > 1 else 200)


async def test_body_may_say_that_it_is_not_coded(client: AsyncClient) -> None:
    for coding in ("identity", "Identity", ""):
        headers = JSON_TYPE | {"Content-Encoding": coding}
        response = await client.post("/answers", content=b'{"name":"a"}', headers=headers)
        assert response.status_code == 201
    for coding in ("gzip", "x-gzip", "br", "deflate", "identity, gzip", "aes128gcm"):
        response = await client.post("/answers", content=b"x", headers={"Content-Encoding": coding})
        assert response.status_code == 415
        assert response.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("path", ["/answers/one", "/nothing", "/health", "/answers/bug"])
async def test_server_sees_that_head_was_asked(shared_app: FastAPI, path: str) -> None:
    """Otherwise it takes the body that is missing for an error."""
    scope: Scope = {
        "type": "http",
        "method": "HEAD",
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"test")],
    }
    seen = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        seen.append((scope["method"], message.get("body", b"")))

    await shared_app(scope, receive, send)

    assert {*seen} == {("HEAD", b"")}


async def test_headers_in_preflight_are_those_of_the_service_and_of_the_setting() -> None:
    app = create_app(make_settings("sqlite://", cors_origins=ORIGIN, cors_headers="traceparent, B"))
    async with client_of(app) as client:
        for asked, status in [
            ("authorization, If-Match,idempotency-key", 200),
            ("last-event-id", 200),
            ("traceparent,tracestate", 400),
            ("TraceParent, b", 200),
            ("x-other", 400),
        ]:
            headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
            response = await client.options(
                "/health", headers=headers | {"Access-Control-Request-Headers": asked}
            )
            assert (asked, response.status_code) == (asked, status)


@pytest.mark.parametrize("wrong", ["a b", "*", "ä", "a:b"])
def test_setting_takes_names_of_headers_only(wrong: str) -> None:
    with pytest.raises(ValueError, match="cors_headers"):
        make_settings("sqlite://", cors_headers=wrong)
