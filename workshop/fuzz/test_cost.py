"""No request of the default size may keep the event loop for longer than 100 ms.

Measured is the time of the loop's thread, which waits for nobody: the load of the machine hardly
changes it. ``FUZZ_STEP=3`` tries one of three shapes.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from sqlalchemy import URL
from starlette.types import Message

from src.main import app as documented_app
from tests.apps import client_of, leaving, make_settings, running
from tests.callers import Caller
from tests.cost import ATTEMPTS, SECONDS, allowed
from tests.operations import HERE, JSON_TYPE, Document, Operation
from workshop.fuzz import costly

STEP = int(os.environ.get("FUZZ_STEP", "1"))
DOCUMENT = Document(documented_app.openapi())
LOGIN = "/api/v1/login"

type Header = tuple[str, bytes]


@dataclass(frozen=True)
class Sent:
    name: str
    method: str
    path: str
    query: bytes = b""
    headers: tuple[Header, ...] = ()
    body: bytes = field(default=b"", repr=False)


async def cost(app: FastAPI, sent: Sent) -> tuple[float, int]:
    """Return the seconds of the loop's thread, and the status."""
    status = 0
    own = {"Host": b"test", "Content-Type": JSON_TYPE.encode()}
    own |= {"Content-Length": str(len(sent.body)).encode()} if sent.body else {}
    own |= dict(sent.headers)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": sent.method.upper(),
        "scheme": "http",
        "path": sent.path,
        "raw_path": quote(sent.path).encode(),
        "root_path": "",
        "query_string": sent.query,
        "headers": [(name.lower().encode(), value) for name, value in own.items()],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
        "state": {},
    }

    arriving = iter([sent.body])

    async def receive() -> Message:
        for body in arriving:
            return {"type": "http.request", "body": body, "more_body": False}
        await asyncio.Event().wait()  # the client stays
        raise AssertionError

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    started = time.thread_time()
    await leaving(app)(scope, receive, send)
    return time.thread_time() - started, status


@pytest.fixture(scope="module")
async def app(postgres_url: URL | None) -> AsyncIterator[FastAPI]:
    async with running(make_settings(postgres_url or "sqlite://")) as app:
        yield app


@pytest.fixture
async def caller(app: FastAPI) -> AsyncIterator[Caller]:
    async with client_of(app) as client:
        caller = Caller(app, client)
        await caller.forget()
        yield caller


async def hold(
    app: FastAPI, requests: Iterator[Sent], record: Callable[[str, object], None]
) -> None:
    """Send every request; none may fail or take long."""
    longest, faults = (0.0, ""), list[str]()
    for sent in list(requests)[::STEP]:
        most = SECONDS
        for _ in range(ATTEMPTS):
            seconds, status = await cost(app, sent)
            if seconds < SECONDS or seconds < (most := allowed()):
                break
        longest = max(longest, (seconds, f"{sent.method} {sent.path[:80]} {sent.name}"))
        if seconds >= most or not 200 <= status < 500:
            faults.append(f"{status} after {seconds * 1000:.0f} ms: {sent.name}")
    record("longest", longest)
    assert not faults, "\n".join(faults)


async def base(caller: Caller, operation: Operation) -> str:
    return operation.path.format(**await caller.path(operation))


@pytest.mark.parametrize("operation", DOCUMENT.operations, ids=str)
async def test_headers(
    caller: Caller, operation: Operation, record_property: Callable[[str, object], None]
) -> None:
    path, body = await base(caller, operation), await caller.content(operation)

    def requests() -> Iterator[Sent]:
        for name, header in costly.HEADERS.items():
            yield Sent(name, operation.method, path, headers=(header,), body=body)

    await hold(caller.app, requests(), record_property)


@pytest.mark.parametrize("operation", DOCUMENT.operations, ids=str)
async def test_paths_and_queries(
    caller: Caller, operation: Operation, record_property: Callable[[str, object], None]
) -> None:
    values, body = await caller.path(operation), await caller.content(operation)
    path = operation.path.format(**values)

    def requests() -> Iterator[Sent]:
        for name, query in costly.QUERIES.items():
            yield Sent(name, operation.method, path, query, body=body)
        for name, text in costly.STRINGS.items():
            for parameter in operation.names("query"):
                query = f"{parameter}={quote(text)}".encode()
                yield Sent(f"{parameter} {name}", operation.method, path, query, body=body)
            for parameter in values:
                hostile = operation.path.format(**values | {parameter: text.decode()})
                yield Sent(f"{parameter} {name}", operation.method, hostile, body=body)

    await hold(caller.app, requests(), record_property)


@pytest.mark.parametrize("operation", [o for o in DOCUMENT.operations if o.body], ids=str)
async def test_bodies(
    caller: Caller, operation: Operation, record_property: Callable[[str, object], None]
) -> None:
    path, method = await base(caller, operation), operation.method
    assert operation.body
    bodies = {
        place: await caller.content(operation, place) for place in DOCUMENT.places(operation.body)
    }

    def requests() -> Iterator[Sent]:
        for place, body in bodies.items():
            texts_only = HERE in place
            for shapes in (costly.VALUES, costly.SMALL_VALUES):
                for name, value in shapes.items():
                    if texts_only and value[:1] != b'"':
                        continue
                    at = ".".join(map(str, place))
                    whole = body.replace(f'"{HERE}"'.encode(), value)[: costly.BODY_BYTES]
                    yield Sent(f"{at} {name}, {len(whole)} bytes", method, path, body=whole)

    await hold(caller.app, requests(), record_property)


@pytest.mark.parametrize("operation", [o for o in DOCUMENT.operations if o.body], ids=str)
async def test_codecs_and_media_types(
    caller: Caller, operation: Operation, record_property: Callable[[str, object], None]
) -> None:
    await hold(
        caller.app,
        of_all_types(operation.method, await base(caller, operation)),
        record_property,
    )


async def test_login(app: FastAPI, record_property: Callable[[str, object], None]) -> None:
    if LOGIN not in documented_app.openapi()["paths"]:
        pytest.skip("this service has no login")
    await hold(app, of_all_types("post", LOGIN), record_property)


def of_all_types(method: str, path: str) -> Iterator[Sent]:
    bodies = costly.FORMS | {"text": costly.VALUES["long text"]}
    for media_type in costly.MEDIA_TYPES:
        for name, body in bodies.items():
            headers = (("Content-Type", media_type.encode()),)
            yield Sent(f"{media_type} {name}", method, path, headers=headers, body=body)
        for codec in costly.CODECS:
            value = f"{media_type}; charset={codec}".encode()
            body = bodies["part"][:120_000]
            name = f"{media_type} {codec}"
            yield Sent(name, method, path, headers=(("Content-Type", value),), body=body)
