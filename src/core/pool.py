"""A small pool of connections, handed out in order of arrival after a bounded wait."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from sqlalchemy.ext.asyncio import AsyncConnection

from src.core.codes import Fate
from src.core.driver import OPENING, Opener, Renewal, driver_of, has_news, is_idle
from src.core.errors import QueueError
from src.core.failures import FATE, as_sqlalchemy
from src.core.observer import Observer

RECYCLE_SECONDS = 1800


class ConnectionPool:
    """Up to ``size`` connections of an engine, and a queue: first come, first served.

    SQLAlchemy's own pool serves its queue in no order, so that a few wait far longer than the rest.
    It also switches greenlets to hand out a connection, and pings the server: each costs about as
    much as a small query.
    """

    def __init__(
        self,
        name: str,
        opener: Opener,
        size: int,
        wait_seconds: float,
        observers: Sequence[Observer] = (),
        renewal: Renewal | None = None,
    ) -> None:
        self._name = name
        self._opener = opener
        self._idle: list[AsyncConnection] = []
        self._size = size
        self._free = asyncio.Semaphore(size)
        self._wait_seconds = wait_seconds
        self._observers = observers
        self.renewal = renewal or Renewal()
        self._note("size", size)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection to the block; an exception rolls back its transaction."""
        await self._wait()
        self._note("used", 1)
        try:
            connection = await self._connect()
            try:
                with as_sqlalchemy(connection):
                    if opening := connection.info.get(OPENING):
                        await driver_of(connection).execute(opening)
                    yield connection
            finally:
                await self._take_back(connection)
        finally:
            self._note("used", -1)
            self._free.release()

    async def warm(self) -> list[BaseException]:
        """Open all connections before the first request; return the failures."""

        async def connect() -> None:
            async with self.connection():
                pass

        opened = await asyncio.gather(
            *(connect() for _ in range(self._size)), return_exceptions=True
        )
        return [each for each in opened if each is not None]

    async def _wait(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        self._note("awaited", 1)
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise QueueError from None
        finally:
            self._note("awaited", -1)

    async def _connect(self) -> AsyncConnection:
        while self._idle:
            connection = self._idle.pop()  # the last one used, so that spare ones can grow old
            if not self._has_ended(connection):
                return connection
            await connection.close()
        return await self._opener.open()

    def _has_ended(self, connection: AsyncConnection) -> bool:
        """Return whether the connection is too old, or was closed by the server."""
        oldest = max(self.renewal.since, time.monotonic() - RECYCLE_SECONDS)
        return connection.info["since"] <= oldest or has_news(connection)

    async def _take_back(self, connection: AsyncConnection) -> None:
        """Keep the connection if its state is known to be good; close it otherwise."""
        try:
            if not self._is_doomed(connection) and await _is_left_idle(connection):
                self._idle.append(connection)
                return
        except Exception:  # noqa: BLE001, S110  # whatever it is, the state is not known
            pass
        except BaseException:
            await _close(connection)
            raise
        await _close(connection)

    def _is_doomed(self, connection: AsyncConnection) -> bool:
        if connection.invalidated:
            return True
        fate = connection.info.get(FATE)
        if fate is Fate.ALL_CLOSED:
            self.renewal.demand()
        return fate is not None

    def _note(self, state: str, change: int) -> None:
        for observer in self._observers:
            observer.pool_changed(self._name, state, change)

    async def dispose(self) -> None:
        for connection in self._idle:
            await connection.close()
        await self._opener.engine.dispose()
        self._note("size", -self._size)


async def _close(connection: AsyncConnection) -> None:
    with suppress(Exception):  # one that is broken may not even be closed properly
        await connection.close()


async def _is_left_idle(connection: AsyncConnection) -> bool:
    """Roll back what was not committed; return whether no transaction is left."""
    if connection.sync_connection and connection.sync_connection.get_transaction():
        await connection.rollback()  # also after a failed commit, when it is no longer active
    if not is_idle(connection):
        await driver_of(connection).rollback()
    return is_idle(connection)
