"""What each protection costs: CPU microseconds per request with it and without it, in one run.

Requests are made in this process, without a network, and alternate between the variants; the
figure is the median over the rounds of the difference.
Run: ``python -m workshop.benchmarks.protections``.
"""

import asyncio
import json
import logging
import statistics
import time
from collections.abc import Awaitable, Callable
from itertools import count

from fastapi import FastAPI
from starlette.types import Message, Scope

import tests.environment  # noqa: F401  # before all else
from src.api.context import RequestContext
from src.api.limits import Deadline
from src.api.middleware import HeadAsGet, TrustedHosts
from src.api.paths import API
from src.api.sizes import BodyLimit, HeaderLimit
from src.main import create_app
from tests import things
from tests.api import THINGS
from tests.apps import ServiceSettings, database_of
from tests.databases import create_tables, make_empty

ROUNDS = 15
REQUESTS = 200
SETTINGS = ServiceSettings.model_validate({"database_url": "sqlite://", "allowed_hosts": ["test"]})

type Send = Callable[[], Awaitable[None]]


async def request(
    app: FastAPI, method: str, path: str, body: object = None, **headers: str
) -> dict[str, str]:
    content = b"" if body is None else json.dumps(body).encode()
    sent = {"host": "test", "content-type": "application/json", "content-length": str(len(content))}
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (name.replace("_", "-").encode(), value.encode())
            for name, value in (sent | headers).items()
        ],
    }
    answered: dict[str, str] = {}

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            if message["status"] >= 400:
                raise RuntimeError(message["status"])
            answered.update({name.decode(): value.decode() for name, value in message["headers"]})

    await app(scope, receive, send)
    return answered


def app_without(middleware: object) -> FastAPI:
    app = create_app(SETTINGS)
    app.include_router(things.router, prefix=API)
    app.user_middleware = [each for each in app.user_middleware if each.cls is not middleware]
    return app


async def cpu_of(send: Send) -> float:
    """Microseconds of the process, with its database thread, per request."""
    started = time.process_time()
    for _ in range(REQUESTS):
        await send()
    return (time.process_time() - started) / REQUESTS * 1e6


async def compare(name: str, with_it: Send, without_it: Send) -> None:
    for send in (with_it, without_it):
        await cpu_of(send)  # warm
    pairs = [(await cpu_of(with_it), await cpu_of(without_it)) for _ in range(ROUNDS)]
    cost = statistics.median(with_ - without for with_, without in pairs)
    base = statistics.median(without for _, without in pairs)
    print(f"| {name} | {base:.0f} | {cost:+.1f} |", flush=True)


async def main() -> None:
    print("| protection | request without it, us | its cost, us |\n| --- | --- | --- |")
    full = app_without(None)
    for middleware in (HeaderLimit, HeadAsGet, RequestContext, TrustedHosts, Deadline, BodyLimit):
        bare = app_without(middleware)
        await compare(
            middleware.__name__,
            lambda: _ignored(request(full, "GET", "/health")),
            lambda bare=bare: _ignored(request(bare, "GET", "/health")),  # type: ignore[misc]
        )
    await compare_on_the_database(full)
    await database_of(full).dispose()


async def compare_on_the_database(app: FastAPI) -> None:
    await create_tables(database_of(app))
    await make_empty(database_of(app))
    numbers = count()
    path = (await request(app, "POST", THINGS, {"name": "one"}))["location"]

    async def create() -> None:
        await request(app, "POST", THINGS, {"name": str(next(numbers))})

    async def create_once() -> None:
        number = str(next(numbers))
        await request(app, "POST", THINGS, {"name": number}, idempotency_key=number)

    async def change() -> None:
        await request(app, "PATCH", path, {"description": str(next(numbers))})

    async def change_if_match() -> None:
        etag = (await request(app, "PATCH", path, {}))["etag"]
        await request(app, "PATCH", path, {"description": str(next(numbers))}, if_match=etag)

    async def change_after_empty() -> None:
        await request(app, "PATCH", path, {})
        await change()

    async def read() -> None:
        await request(app, "GET", path)

    async def read_if_changed() -> None:
        await request(app, "GET", path, if_none_match='"0"')

    await compare("Idempotency-Key on POST", create_once, create)
    await compare("If-Match on PATCH", change_if_match, change_after_empty)
    await compare("If-None-Match on GET", read_if_changed, read)


async def _ignored(answer: Awaitable[object]) -> None:
    await answer


if __name__ == "__main__":
    logging.disable()
    asyncio.run(main())
