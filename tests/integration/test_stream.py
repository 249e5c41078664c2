"""Live events and long polls, as every service can have them."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import pytest
from fastapi import FastAPI, Request
from httpx import AsyncClient

from src.api import events, streams
from src.api.capability import Capability
from src.api.guards import Guard
from src.api.paths import API
from src.core import hub
from src.core.errors import AwayError, ForbiddenError
from src.core.observer import Observer
from src.main import create_app
from tests import things
from tests.api import THINGS, UNKNOWN_ID, assert_problem, create_thing
from tests.apps import client_of, database_of, make_settings
from tests.databases import create_tables
from tests.live import Live, asking
from tests.thing_events import END, ThingEvent, ThingEventService, joined, router

type Add = Callable[..., Awaitable[None]]

COMMENT = ":\n\n"


def sse(seq: int, kind: str = "step") -> str:
    return f'id: {seq}\nevent: {kind}\ndata: {{"seq":{seq}}}\n\n'


@pytest.fixture
async def thing(client: AsyncClient) -> UUID:
    return UUID((await create_thing(client))["id"])


@pytest.fixture
def path(thing: UUID) -> str:
    return f"{THINGS}/{thing}/events"


@pytest.fixture
def add(app: FastAPI, thing: UUID) -> Add:
    service = ThingEventService(database_of(app))
    return lambda *kinds: service.add(thing, *kinds)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


class Heard(Observer):
    """Notes what observers are told of streams."""

    def __init__(self) -> None:
        self.open = 0
        self.ended = list[tuple[str, str, int]]()
        self.answers = list[int]()
        self.reasons = list[str]()

    def streams_changed(self, change: int) -> None:
        self.open += change

    def streamed(self, method: str, route: str, status: int, seconds: float) -> None:
        self.ended.append((method, route, status))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self.answers.append(status)

    def refused(self, reason: str) -> None:
        self.reasons.append(reason)


@asynccontextmanager
async def serving(*guards: Guard, **settings: object) -> AsyncIterator[tuple[FastAPI, Heard, UUID]]:
    """Run an app of the test's own, with a thing."""
    heard = Heard()
    part = Capability(
        "part",
        guards=guards,
        routers=[things.router, router],
        lifespan=joined,
        observers=[heard],
        identify=lambda request: _name(request),
    )
    app = create_app(make_settings("sqlite://", **settings), [part])
    async with app.router.lifespan_context(app):
        await create_tables(database_of(app))
        async with client_of(app) as client:
            thing = UUID((await create_thing(client))["id"])
        heard.answers.clear()
        yield app, heard, thing


async def _name(request: Request) -> str:
    return request.headers.get("x-name", "")


async def opened(stack: AsyncExitStack, app: FastAPI, thing: UUID, **headers: str) -> Live:
    """Open a stream without events."""
    live, _ = await stack.enter_async_context(
        asking(app, "GET", f"{THINGS}/{thing}/events", **headers)
    )
    assert (await live.start())["status"] == 200
    assert await live.part() == COMMENT
    return live


# Live events


async def test_stream_has_what_was_and_what_comes_until_the_last_event(
    app: FastAPI, path: str, add: Add
) -> None:
    await add("step", "step")
    async with asking(app, "GET", path) as (live, task):
        start = await live.start()
        assert await live.part() == sse(1) + sse(2)
        await add("step")
        assert await live.part() == sse(3)
        await add("step", END)
        assert await live.rest() == sse(4) + sse(5, END)
        await task

    headers = dict(start["headers"])
    assert start["status"] == 200
    assert headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"x-accel-buffering"] == b"no"


async def test_stream_says_at_once_that_it_is_open(app: FastAPI, path: str) -> None:
    async with asking(app, "GET", path) as (live, _):
        await live.start()
        assert await live.part() == COMMENT


@pytest.mark.parametrize(
    ("query", "headers"),
    [("?after=2", {}), ("", {"last_event_id": "2"}), ("?after=1", {"last_event_id": "2"})],
)
async def test_client_resumes_after_the_last_event_that_it_has(
    app: FastAPI, path: str, add: Add, query: str, headers: dict[str, str]
) -> None:
    await add("step", "step", "step", END)

    async with asking(app, "GET", path + query, **headers) as (live, _):
        await live.start()
        assert await live.rest() == sse(3) + sse(4, END)


@pytest.mark.parametrize("wrong", ["-1", "one", "1.0", str(2**31)])
async def test_number_of_an_event_is_a_whole_number(
    client: AsyncClient, path: str, wrong: str
) -> None:
    assert (await client.get(path, params={"after": wrong})).status_code == 422
    assert (await client.get(path, headers={"Last-Event-ID": wrong})).status_code == 422


async def test_many_events_come_a_few_at_a_time(
    app: FastAPI, path: str, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "EVENTS", 2)
    await add("step", "step", "step", "step", END)

    async with asking(app, "GET", path) as (live, _):
        await live.start()
        assert await live.part() == sse(1) + sse(2)
        assert await live.part() == sse(3) + sse(4)
        assert await live.rest() == sse(5, END)


async def test_stream_of_nothing_is_not_found(client: AsyncClient) -> None:
    response = await client.get(f"{THINGS}/{UNKNOWN_ID}/events")

    assert_problem(response, 404, "There is no such thing.")


async def test_silence_is_broken_before_a_proxy_gives_up(
    app: FastAPI, path: str, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SILENT_SECONDS", 0.01)

    async with asking(app, "GET", path) as (live, _):
        await live.start()
        assert [await live.part() for _ in range(3)] == [COMMENT] * 3
        await add(END)
        assert (await live.rest()).endswith(sse(1, END))


async def test_head_of_a_stream_does_not_run_it(
    client: AsyncClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(ThingEventService, "after", fail)

    response = await client.head(path)

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.content == b""


async def test_change_that_nobody_announced_is_found(
    app: FastAPI, thing: UUID, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on SQLite, whose other processes are not heard."""
    monkeypatch.setattr(hub, "CHECK_SECONDS", 0.0)

    async with asking(app, "GET", path) as (live, _):
        await live.start()
        assert await live.part() == COMMENT
        async with database_of(app).writing() as session:
            session.add(ThingEvent(thing_id=thing, seq=1, kind=END))
        assert await live.rest() == sse(1, END)


async def test_look_that_fails_is_reported_once_and_repeated(
    app: FastAPI,
    thing: UUID,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(hub, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(hub, "POLL_SECONDS", 0.01)
    reading, failures = database_of(app).reading, iter(range(4))

    def failing(**options: bool) -> object:
        if next(failures, None) is not None:
            raise AwayError
        return reading(**options)

    async with asking(app, "GET", path) as (live, _):
        await live.start()
        assert await live.part() == COMMENT
        monkeypatch.setattr(database_of(app), "reading", failing)
        async with database_of(app).writing() as session:
            session.add(ThingEvent(thing_id=thing, seq=1, kind=END))
        assert await live.rest() == sse(1, END)

    assert caplog.text.count("Changes are not looked up: ") == 1


async def test_stream_outlives_a_database_that_is_away(
    app: FastAPI, path: str, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    after, failures = ThingEventService.after, iter([AwayError])

    async def failing(self: ThingEventService, thing_id: UUID, seq: int, most: int) -> object:
        if error := next(failures, None):
            raise error
        return await after(self, thing_id, seq, most)

    monkeypatch.setattr(ThingEventService, "after", failing)
    async with asking(app, "GET", path) as (live, _):
        await live.start()
        assert await live.part() == COMMENT
        await add(END)
        assert await live.rest() == sse(1, END)


async def test_look_that_never_ends_is_given_up(
    app: FastAPI, path: str, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    after, stuck = ThingEventService.after, iter([asyncio.Event()])

    async def hanging(self: ThingEventService, thing_id: UUID, seq: int, most: int) -> object:
        for event in stuck:
            await event.wait()
        return await after(self, thing_id, seq, most)

    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(ThingEventService, "after", hanging)
    async with asking(app, "GET", path) as (live, _):
        await live.start()
        assert await live.part() == COMMENT
        monkeypatch.setattr(streams, "LOOK_SECONDS", 60)
        await add(END)
        assert await live.rest() == sse(1, END)


# Their end


async def test_client_that_leaves_ends_its_stream() -> None:
    async with serving() as (app, heard, thing), AsyncExitStack() as stack:
        live, task = await stack.enter_async_context(asking(app, "GET", f"{THINGS}/{thing}/events"))
        await live.start()
        assert heard.open == 1
        live.leave()
        async with asyncio.timeout(60):
            await task

        assert heard.open == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_streams_end_when_the_service_is_about_to_stop(number: signal.Signals) -> None:
    stops: list[int] = []
    before = signal.signal(number, lambda received, _: stops.append(received))
    try:
        async with serving() as (app, _, thing), AsyncExitStack() as stack:
            lives = [await opened(stack, app, thing) for _ in range(3)]
            signal.raise_signal(number)
            assert [await live.rest() for live in lives] == ["retry: 1000\n\n"] * 3
            async with client_of(app) as client:
                late = await client.get(f"{THINGS}/{thing}/events")
                at_once = await client.get(f"{THINGS}/{thing}/events/count?wait=30")

        for response in (late, at_once):
            assert_problem(response, 503, "The service is about to stop: repeat the request.")
            assert response.headers["retry-after"] == "1"
            assert response.headers["connection"] == "close"  # the next request goes elsewhere
    finally:
        signal.signal(number, before)
    assert stops == ([number] if number is signal.SIGINT else [])


@pytest.mark.parametrize("error", [ForbiddenError("No longer."), AwayError()])
async def test_guards_are_asked_again_in_a_stream(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "CHECK_SECONDS", 0.01)
    asked = list[str | None]()
    refusals = list[Exception]()

    async def guard(request: Request) -> None:
        asked.append(getattr(request.state, "known", None))
        request.state.known = "yes"
        for each in refusals:
            raise each

    async with serving(Guard(guard, early=guard)) as (app, _, thing), AsyncExitStack() as stack:
        live = await opened(stack, app, thing)
        asked.clear()
        await until(lambda: len(asked) >= 2)
        refusals.append(error)
        if isinstance(error, ForbiddenError):
            assert await live.rest() == ""
        else:  # nobody can have changed what the caller may do
            before = len(asked)
            await until(lambda: len(asked) >= before + 2)
            await ThingEventService(database_of(app)).add(thing, END)
            assert await live.rest() == sse(1, END)

    assert {*asked} == {None}


# Their number


async def test_streams_of_a_process_are_counted() -> None:
    async with (
        serving(max_streams=2) as (app, heard, thing),
        client_of(app) as client,
    ):
        async with AsyncExitStack() as stack:
            for _ in range(2):
                await opened(stack, app, thing)
            for path in ("events", "events/count?wait=30"):
                response = await client.get(f"{THINGS}/{thing}/{path}")
                assert_problem(
                    response, 503, "There are too many streams open: repeat the request."
                )
                assert response.headers["retry-after"] == "1"
            assert heard.open == 2
            assert heard.reasons == ["streams", "streams"]
        assert heard.open == 0
        async with AsyncExitStack() as stack:
            await opened(stack, app, thing)


async def test_streams_of_an_owner_are_counted() -> None:
    async with (
        serving(max_streams_per_owner=2) as (app, heard, thing),
        client_of(app) as client,
        AsyncExitStack() as stack,
    ):
        for _ in range(2):
            await opened(stack, app, thing, x_name="ada")
        response = await client.get(f"{THINGS}/{thing}/events", headers={"X-Name": "ada"})
        for name in ("bob", "", "", ""):  # nobody in particular is no owner
            await opened(stack, app, thing, x_name=name)

    assert_problem(
        response, 429, "You have too many streams open: end one, then repeat the request."
    )
    assert response.headers["retry-after"] == "1"
    assert heard.reasons == []


async def test_streams_are_told_apart_from_answers(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as (app, heard, thing), client_of(app) as client:
        path, route = f"{THINGS}/{thing}/events", f"{API}/things/{{thing_id}}/events"
        await ThingEventService(database_of(app)).add(thing, END)
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="src.api.context"):
            await client.get(path)
            await client.get(f"{path}/count?wait=1")
            await client.get(f"{path}/count")
            await client.get(f"{path}?after=-1")

    assert heard.ended == [("GET", route, 200), ("GET", f"{route}/count", 200)]
    assert heard.answers == [200, 422]
    names = [[*record.__dict__["fields"]] for record in caplog.records]
    assert names == [["stream_milliseconds"]] * 2 + [["milliseconds"]] * 2


# Long polls


async def test_long_poll_is_answered_when_there_is_news(app: FastAPI, path: str, add: Add) -> None:
    async with asking(app, "GET", f"{path}/count?wait=30") as (live, _):
        await asyncio.sleep(0)
        await add("step", "step")
        await live.start()
        assert await live.part() == "2"


async def test_long_poll_without_news_ends(client: AsyncClient, path: str) -> None:
    assert (await client.get(f"{path}/count?wait=1")).json() == 0


async def test_request_that_need_not_wait_does_not(client: AsyncClient, path: str) -> None:
    assert (await client.get(f"{path}/count")).json() == 0


async def test_wait_is_bounded(client: AsyncClient, path: str) -> None:
    for wrong in ("31", "-1", "0.5", "1e1"):
        assert (await client.get(f"{path}/count?wait={wrong}")).status_code == 422


async def test_long_poll_may_outlast_the_deadline() -> None:
    async with serving(request_deadline=10) as (app, heard, thing), AsyncExitStack() as stack:
        begun = asyncio.get_running_loop().time()
        live, _ = await stack.enter_async_context(
            asking(app, "GET", f"{THINGS}/{thing}/events/count?wait=30")
        )
        await until(lambda: heard.open == 1)

        assert live.deadline >= begun + 30 + 10
