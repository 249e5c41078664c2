"""Hostile input: every shape of `workshop.fuzz.hostile` in every part of every operation.

The operations come from the OpenAPI document, so those of a new feature are tested as they are.
With ``--postgres`` each request goes to SQLite too, and both have to answer with one status.
"""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from fastapi import FastAPI
from httpx import Response
from sqlalchemy import URL

from src.main import app as documented_app
from tests.apps import client_of, make_settings, running
from tests.callers import Caller, refusal_of
from tests.operations import HERE, JSON_TYPE, Document, Operation, Place
from workshop.fuzz.hostile import (
    BODIES,
    ENTITY_TAGS,
    HEADERS,
    MARKER,
    MEDIA_TYPES,
    QUERIES,
    STRINGS,
    VALUES,
)

DOCUMENT = Document(documented_app.openapi())
# Read from requests of every kind, whether or not the document says so.
COMMON_HEADERS = {
    "Content-Type": MEDIA_TYPES,
    "If-Match": ENTITY_TAGS,
    "If-None-Match": ENTITY_TAGS,
}
# For lack of a password that opens anything.
REFUSED = {"POST /api/v1/login": 415}

type Shapes = Mapping[str, Any]


@dataclass(frozen=True)
class Target:
    """A part of an operation's requests, and what is sent there."""

    operation: Operation
    part: str
    at: str | Place
    shapes: Shapes

    def __str__(self) -> str:
        at = self.at if isinstance(self.at, str) else ".".join(map(str, self.at))
        return f"{self.operation} {self.part} {at}".strip()


def targets_of(operation: Operation) -> Iterator[Target]:
    for part in ("path", "query"):
        for name in operation.names(part):
            yield Target(operation, part, name, STRINGS)
    yield Target(operation, "query", "", QUERIES)
    documented = {name.title(): STRINGS for name in operation.names("header")}
    for name, shapes in (documented | COMMON_HEADERS).items():
        yield Target(operation, "header", name, shapes)
    yield Target(operation, "header", "", HEADERS)
    if operation.body is not None:
        for place in DOCUMENT.places(operation.body):
            shapes = {n: s for n, s in VALUES.items() if s[:1] == b'"'} if HERE in place else VALUES
            yield Target(operation, "body", place, shapes if place else VALUES | BODIES)


GET = next(each for each in DOCUMENT.operations if each.method == "get")
# With FUZZ_STEP=3, one of three, for those who have less time.
STEP = int(os.environ.get("FUZZ_STEP", "1"))
TARGETS = [
    *[target for operation in DOCUMENT.operations for target in targets_of(operation)][::STEP],
    # Read before any operation is looked for: one that succeeds, for problems repeat the id.
    Target(GET, "header", "X-Request-ID", STRINGS),
]


@pytest.fixture(scope="module")
async def apps(shared_app: FastAPI, postgres_url: URL | None) -> AsyncIterator[list[FastAPI]]:
    async with AsyncExitStack() as stack:
        sqlite = running(make_settings("sqlite://"))
        other = [await stack.enter_async_context(sqlite)] if postgres_url else []
        yield [shared_app, *other]


@pytest.fixture
async def callers(apps: list[FastAPI]) -> AsyncIterator[list[Caller]]:
    async with AsyncExitStack() as stack:
        callers = [Caller(app, await stack.enter_async_context(client_of(app))) for app in apps]
        for caller in callers:
            await caller.forget()
        yield callers


@pytest.mark.parametrize("operation", DOCUMENT.operations, ids=str)
async def test_request_without_any_shape_succeeds(
    callers: list[Caller], operation: Operation
) -> None:
    for caller in callers:
        response = await send(caller, Target(operation, "header", "", {}), ("X-Nothing", b""))

        refusal = REFUSED.get(str(operation), refusal_of(operation))
        assert response.is_success or response.status_code == refusal, response.text


@pytest.mark.parametrize("target", TARGETS, ids=str)
async def test_hostile_input_is_taken_or_refused_but_never_fails(
    callers: list[Caller], target: Target
) -> None:
    faults = []
    for name, shape in target.shapes.items():
        responses = [await send(caller, target, shape) for caller in callers]
        statuses = [int(response.status_code) for response in responses]
        if len(set(statuses)) > 1:
            faults.append(f"{name}: {statuses} on PostgreSQL and SQLite")
        faults += [f"{name}: {fault}" for each in responses for fault in faults_of(each)]

    assert not faults, "\n".join(faults)


async def send(caller: Caller, target: Target, shape: Any) -> Response:
    """Make a valid request, but for the shape in the target's part."""
    operation, part, at = target.operation, target.part, target.at
    path = await caller.path(operation)
    headers: dict[str, Any] = {"Content-Type": JSON_TYPE}
    body = await caller.content(operation, at if isinstance(at, tuple) else None)
    raw_query = urlencode(caller.query(operation)).encode()

    if part == "path":
        path[str(at)] = quote(shape, safe="")
    elif part == "query":
        separator = b"&" if raw_query else b""
        raw_query += separator + (f"{at}={quote(shape, safe='')}".encode() if at else shape)
    elif part == "header":
        name, value = (at, shape) if at else shape
        headers[str(name)] = value
    else:
        body = body.replace(f'"{HERE}"'.encode(), shape)

    response = await caller.client.request(
        operation.method,
        operation.path.format(**path),
        params=raw_query.decode() if raw_query else None,
        headers=headers,
        content=body,
    )
    # What was made holds unique values, and what was deleted is needed again.
    if operation.method in ("post", "delete") and response.is_success:
        await caller.undo(operation)
    return response


def faults_of(response: Response) -> Iterator[str]:
    """What is wrong with an answer."""
    status, text = response.status_code, response.text
    if status >= 500:
        yield f"{status} is the service's fault: {text}"
    if status < 400:
        return
    if response.headers.get("Content-Type") != "application/problem+json":
        yield f"{status} is no problem document: {text}"
        return
    problem = response.json()
    if problem.get("status") != status or not {"title", "detail"} <= problem.keys():
        yield f"{status} is an incomplete problem document: {text}"
    if MARKER in text:
        yield f"{status} repeats what was sent: {text}"
