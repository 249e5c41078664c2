"""Answers that wait for news of a row: bounded in number, and ended when the service stops."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

from src.api.draining import Drain
from src.core.database import Database
from src.core.errors import RETRY, DomainError, UnavailableError
from src.core.hub import LOOK_SECONDS, Hub
from src.core.observer import Observer
from src.core.places import Places
from src.core.settings import Settings


class TooManyStreamsError(DomainError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    message = "You have too many streams open: end one, then repeat the request."
    headers = RETRY


class StreamsError(UnavailableError):
    message = "There are too many streams open: repeat the request."
    refusal = "streams"


class StoppingError(UnavailableError):
    message = "The service is about to stop: repeat the request."
    headers = MappingProxyType({**RETRY, "Connection": "close"})  # else the client repeats it here
    refusal = "stopping"


class Topic(NamedTuple):
    """A row whose changes are announced."""

    channel: str
    key: str


class Streams:
    """The answers of this process that wait for news."""

    def __init__(
        self, settings: Settings, database: Database, drain: Drain, observers: Sequence[Observer]
    ) -> None:
        self.hub = Hub(settings, database)
        most, of_owner = settings.max_streams, settings.max_streams_per_owner
        self._places = Places(most, of_owner, StreamsError, TooManyStreamsError)
        self._drain = drain
        self._observers = observers
        self._next: dict[Hashable, asyncio.Task[Any]] = {}

    @property
    def are_ending(self) -> bool:
        return self._drain.has_begun

    @contextmanager
    def waiting(self, owner: str, topic: Topic) -> Iterator[asyncio.Event]:
        """Count an answer, and yield the event that is set when it has to look at its row again.

        An empty owner has no bound of its own. Raises a `DomainError` if there are too many.
        """
        if self.are_ending:
            raise StoppingError
        news = asyncio.Event()
        with (
            self._places.one(owner),
            self._noted(),
            self._drain.telling(news.set),
            self.hub.waking(*topic, news.set),
        ):
            yield news

    async def share[Found](self, key: Hashable, read: Callable[[], Awaitable[Found]]) -> Found:
        """Read once for all callers that ask for the same before the reading has begun.

        One that is under way may be too old an answer: later callers share the next one. Raises
        ``TimeoutError``.
        """

        async def begin() -> Found:
            del self._next[key]
            async with asyncio.timeout(LOOK_SECONDS):
                return await read()

        if key not in self._next:
            self._next[key] = asyncio.create_task(begin())
            self._next[key].add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._next[key])

    @contextmanager
    def _noted(self) -> Iterator[None]:
        self._note(1)
        try:
            yield
        finally:
            self._note(-1)

    def _note(self, change: int) -> None:
        for observer in self._observers:
            observer.streams_changed(change)


async def is_set_by(time: float, event: asyncio.Event) -> bool:
    """Wait until an event is set, and return whether that was in time, on the loop's clock."""
    try:
        async with asyncio.timeout_at(time):
            return await event.wait()
    except TimeoutError:
        return False
