"""Live events as server-sent events, which a client resumes where its connection has ended.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Annotated, NamedTuple

from fastapi import Header, Query, Request
from pydantic import Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from src.api.guards import pass_again
from src.api.service import Service
from src.api.streams import Topic, is_set_by
from src.core.errors import DomainError, UnavailableError
from src.core.hub import LOOK_SECONDS
from src.models.types import Whole

SILENT_SECONDS = 15.0
"""Longest silence: proxies give up a connection on which nothing comes, often after a minute."""
CHECK_SECONDS = 60.0
"""Pause between two looks at what the caller may do."""
EVENTS = 100
"""Most events of one look, which are in memory together."""
# As large as the whole numbers of a column.
_Number = Annotated[int, Field(ge=0, le=2**31 - 1), Whole]
LastEventId = Annotated[_Number, Header()]
"""The last event that a client has; a browser sends it when it comes back."""
After = Annotated[_Number, Query()]
"""The same for clients that send no such header."""
_COMMENT = b":\n\n"
_COME_BACK = b"retry: 1000\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx passes on at once


class Event(NamedTuple):
    id: int
    kind: str
    data: str
    """JSON, in one line."""
    is_last: bool = False
    """The stream ends after this event."""

    def render(self) -> str:
        return f"id: {self.id}\nevent: {self.kind}\ndata: {self.data}\n\n"


@dataclass(frozen=True)
class Feed:
    """Where the events of a stream come from."""

    topic: Topic
    after: int
    """The last event that the client has."""
    read: Callable[[int, int], Awaitable[Sequence[Event] | None]]
    """Returns at most so many events after one, in their order; None if none will ever follow."""


class EventStream(Response):
    """Sends the events of a feed, those that exist and those that come, until the last one.

    It holds no session: each look opens its own. Whatever ends it early, the client asks again,
    with the id of the last event that it has, and gets the rest or an error.
    """

    media_type = "text/event-stream"

    # FastAPI's document takes the status from the default of this parameter.
    def __init__(self, service: Service, feed: Feed, status_code: int = 200) -> None:
        self.status_code = status_code
        self.background = None
        self.init_headers(_HEADERS)
        self._service = service
        self._feed = feed
        self._owner = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._owner = await self._service.identify(Request(scope))
        with self._service.streams.waiting(self._owner, self._feed.topic) as news:
            head = {"status": self.status_code, "headers": self.raw_headers}
            await send({"type": "http.response.start", **head})
            if scope["method"] != "HEAD":  # as `HeadAsGet` has told the server
                await self._send_parts(scope, news, receive, send)
            await send({"type": "http.response.body", "body": b""})

    async def _send_parts(
        self, scope: Scope, news: asyncio.Event, receive: Receive, send: Send
    ) -> None:
        left = asyncio.create_task(_has_left(receive, news))
        try:
            with suppress(DomainError):  # the client is told when it asks again
                async with aclosing(self._parts(scope, news, left)) as parts:
                    async for part in parts:
                        await send({"type": "http.response.body", "body": part, "more_body": True})
        finally:
            left.cancel()
            await asyncio.gather(left, return_exceptions=True)

    async def _parts(
        self, scope: Scope, news: asyncio.Event, left: asyncio.Task[None]
    ) -> AsyncGenerator[bytes]:
        clock, streams = asyncio.get_running_loop().time, self._service.streams
        last, check_at, silent_at = self._feed.after, clock() + CHECK_SECONDS, clock()
        while not (left.done() or streams.are_ending):
            news.clear()
            if clock() >= check_at:
                await _pass_again(scope)
                check_at = clock() + CHECK_SECONDS
            if (events := await self._read(last)) is None:
                return
            if events:
                yield "".join(each.render() for each in events).encode()
                last, silent_at = events[-1].id, clock() + SILENT_SECONDS
                if events[-1].is_last:
                    return
            elif clock() >= silent_at:
                yield _COMMENT
                silent_at = clock() + SILENT_SECONDS
            if len(events) < EVENTS:
                await is_set_by(min(silent_at, check_at), news)
        if streams.are_ending:
            yield _COME_BACK

    async def _read(self, last: int) -> Sequence[Event] | None:
        look = partial(self._feed.read, last, EVENTS)
        try:
            return await self._service.streams.share((self._owner, self._feed.topic, last), look)
        except (TimeoutError, UnavailableError):  # it may be available at the next look
            return ()


async def _pass_again(scope: Scope) -> None:
    """Raise a `DomainError` if the caller may no longer read this."""
    with suppress(TimeoutError, UnavailableError):  # nobody can have changed it
        async with asyncio.timeout(LOOK_SECONDS):
            await pass_again(scope)


async def _has_left(receive: Receive, news: asyncio.Event) -> None:
    try:
        while (await receive())["type"] != "http.disconnect":
            pass
    finally:
        news.set()
