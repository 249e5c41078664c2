"""Wakes what waits in this process for rows that others change."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from time import monotonic

from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.database import Database
from src.core.settings import Settings

POLL_SECONDS = 0.5
"""Pause between two questions while other processes are not heard, as on SQLite."""
CHECK_SECONDS = 15.0
"""The same while they are heard, for a change that nobody has announced."""
LOOK_SECONDS = 10.0
"""Time that a look at rows may take: no request's deadline ends it."""

logger = logging.getLogger(__name__)

type Wake = Callable[[], None]
type Ask = Callable[[AsyncSession, Sequence[str]], Awaitable[Mapping[str, object]]]
"""Returns something that differs whenever one of the rows has changed, by the row's key."""


class Channel:
    """Those who wait for rows whose changes are announced on one channel, by the row's key."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiting: dict[str, set[Wake]] = {}
        self._known: dict[str, object] = {}
        self._asked = 0.0

    @contextmanager
    def waking(self, key: str, wake: Wake) -> Iterator[None]:
        """Call a function at each change of a row during the block; perhaps also without one."""
        wakes = self._waiting.setdefault(key, set())
        wakes.add(wake)
        try:
            yield
        finally:
            wakes.remove(wake)
            if not wakes:
                del self._waiting[key]
                self._known.pop(key, None)

    def heard(self, payload: str) -> None:
        for wake in self._waiting.get(payload, ()):
            wake()

    def missed(self) -> None:
        for key in self._waiting:
            self.heard(key)

    def is_due(self, pause: float) -> bool:
        return bool(self._waiting) and monotonic() >= self._asked + pause

    async def ask(self, database: Database) -> None:
        """Wake those whose row is not as it was at the question before."""
        self._asked = monotonic()
        async with asyncio.timeout(LOOK_SECONDS), database.reading() as session:
            states = await self._ask(session, [*self._waiting])
        for key in states.keys() & self._waiting.keys():
            if self._known.get(key) != states[key]:
                self._known[key] = states[key]
                self.heard(key)


class Hub:
    """The channels of this process, and one query for all that wait, where nothing is heard."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._has_server = settings.database_url.get_backend_name() == "postgresql"
        self._channels: dict[str, Channel] = {}
        self._has_failed = False

    def join(self, name: str, ask: Ask) -> None:
        """Listen on a channel, before `running` begins."""
        self._channels[name] = Channel(ask)
        self._database.listener.subscribe(name, self._channels[name])

    def waking(self, name: str, key: str, wake: Wake) -> AbstractContextManager[None]:
        return self._channels[name].waking(key, wake)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        asking = [asyncio.create_task(self._keep_asking(each)) for each in self._channels.values()]
        try:
            yield
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

    async def _keep_asking(self, channel: Channel) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            hears_others = self._has_server and self._database.listener.is_alive
            if channel.is_due(CHECK_SECONDS if hears_others else 0):
                try:
                    await channel.ask(self._database)
                    self._has_failed = False
                except Exception as error:  # noqa: BLE001  # whatever it is, the next one may work
                    self._report(error)

    def _report(self, error: Exception) -> None:
        if not self._has_failed:
            self._has_failed = True
            logger.warning("Changes are not looked up: %s", error.__cause__ or repr(error))
